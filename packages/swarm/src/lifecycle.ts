import type { Swarm } from '@kadmium/interface'
import { NotStartedError } from '@kadmium/interface'

export interface LifecycleInit {
  readonly up: () => Promise<void>
  /** Undoes `up`, also one that ended half-way. Never rejects. */
  readonly down: () => Promise<void>
  /** Makes a running `up` end soon. */
  readonly interrupt: () => void
}

/**
 * Starting and stopping, each to one end whatever else is called meanwhile:
 *
 * - `start` twice is one start, `stop` twice is one stop; `start` during a stop starts afterwards;
 * - `stop` during a start undoes it: the stop resolves, the start rejects with `NotStartedError`;
 * - a start that fails leaves nothing behind and rejects with its reason; it can be tried again.
 */
export class Lifecycle {
  readonly #init: LifecycleInit
  #status: Swarm['status'] = 'stopped'
  #transition: Promise<void> = Promise.resolve()

  constructor (init: LifecycleInit) {
    this.#init = init
  }

  get status (): Swarm['status'] {
    return this.#status
  }

  start (): Promise<void> {
    switch (this.#status) {
      case 'started': return Promise.resolve()
      case 'starting': return this.#transition
      case 'stopping': return settled(this.#transition).then(() => this.start())
      case 'stopped': return (this.#transition = this.#startUp())
    }
  }

  stop (): Promise<void> {
    switch (this.#status) {
      case 'stopped': return Promise.resolve()
      case 'stopping': return settled(this.#transition)
      case 'started': return (this.#transition = this.#stopDown())
      case 'starting':
        this.#status = 'stopping'
        this.#init.interrupt()
        return settled(this.#transition)
    }
  }

  async #startUp (): Promise<void> {
    this.#status = 'starting'
    try {
      await this.#init.up()
    } catch (error) {
      const interrupted = this.#wasInterrupted()
      await this.#stopDown()
      throw interrupted ? new NotStartedError() : error
    }
    if (this.#wasInterrupted()) {
      await this.#stopDown()
      throw new NotStartedError()
    }
    this.#status = 'started'
  }

  async #stopDown (): Promise<void> {
    this.#status = 'stopping'
    await this.#init.down()
    this.#status = 'stopped'
  }

  #wasInterrupted (): boolean {
    return this.#status === 'stopping'
  }
}

function settled (promise: Promise<void>): Promise<void> {
  return promise.catch(() => {})
}
