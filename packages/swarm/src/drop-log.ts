import type { Clock, Endpoint } from '@kadmium/interface'
import type { Logger } from '@libp2p/interface'

/** One line a second for each reason tells as much as a flood of them. */
const QUIET_MS = 1000

/** Tells whoever looks for it why nothing comes of what is sent: a wrong network, a wrong key, no answer. The reasons are fixed texts. */
export class DropLog {
  readonly #log: Logger
  readonly #clock: Pick<Clock, 'now'>
  /** Made for the first. */
  #told: Map<string, { at: number, untold: number }> | undefined

  constructor (log: Logger, clock: Pick<Clock, 'now'>) {
    this.#log = log
    this.#clock = clock
  }

  dropped (reason: string, endpoint: Endpoint): void {
    if (!this.#log.enabled) return
    const now = this.#clock.now()
    const last = this.#told?.get(reason)
    if (last !== undefined && now - last.at < QUIET_MS) {
      last.untold++
      return
    }
    this.#log('dropped, %s: %s%s', endpoint.text, reason, last === undefined || last.untold === 0 ? '' : ` (and ${last.untold} more before)`)
    this.#told ??= new Map()
    this.#told.set(reason, { at: now, untold: 0 })
  }
}
