import type { PeerId, Refused } from '@kadmium/interface'

/** A put was acknowledged by fewer holders than its quorum. What did acknowledge keeps its copy, and so does this node. */
export class QuorumFailedError extends Error {
  static override readonly name = 'QuorumFailedError'
  /** Who acknowledged. */
  readonly success: readonly PeerId[]
  /** Who did not, and why. */
  readonly refused: readonly Refused[]
  /** How many were to acknowledge. */
  readonly quorum: number

  constructor (success: readonly PeerId[], refused: readonly Refused[], quorum: number) {
    super(`${success.length} of ${quorum} needed holders stored the record${refused.length === 0 ? '' : `: ${reasons(refused)}`}`)
    this.name = QuorumFailedError.name
    this.success = success
    this.refused = refused
    this.quorum = quorum
  }
}

/** A bootstrap found nobody that answers in time. It goes on in the background. */
export class BootstrapTimeoutError extends Error {
  static override readonly name = 'BootstrapTimeoutError'

  constructor (timeoutMs: number) {
    super(`nobody answered within ${timeoutMs} ms; still trying`)
    this.name = BootstrapTimeoutError.name
  }
}

/** More operations wait than `maxQueuedQueries`. */
export class TooManyQueriesError extends Error {
  static override readonly name = 'TooManyQueriesError'

  constructor (limit: number) {
    super(`${limit} queries wait already`)
    this.name = TooManyQueriesError.name
  }
}

const SHOWN = 3

function reasons (refused: readonly Refused[]): string {
  const shown = refused.slice(0, SHOWN).map(({ peer, reason, message }) => `${peer.hex} ${reason}${message === '' ? '' : ` (${message})`}`)
  const rest = refused.length - shown.length
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
