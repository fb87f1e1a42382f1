/** One class per reason; match by `name`, since two copies of a package may be loaded. */
import type { Endpoint } from './endpoint.ts'

class KadmiumError extends Error {
  constructor (name: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = name
  }
}

/** An option or argument is not what it must be. The message names it and says what is allowed. */
export class InvalidOptionError extends KadmiumError {
  static override readonly name = 'InvalidOptionError'
  readonly option: string

  constructor (option: string, problem: string) {
    super(InvalidOptionError.name, `${option}: ${problem}`)
    this.option = option
  }
}

export class UnsupportedKeyTypeError extends KadmiumError {
  static override readonly name = 'UnsupportedKeyTypeError'

  constructor (type: string) {
    super(UnsupportedKeyTypeError.name, `expected an Ed25519 key, got ${type}`)
  }
}

/** The key's id does not solve the puzzle that the network asks for. */
export class DifficultyError extends KadmiumError {
  static override readonly name = 'DifficultyError'

  constructor (required: number, actual: number) {
    super(DifficultyError.name, `this network requires a key of difficulty ${required}, this key has ${actual}; make one with: kadmium id new --difficulty ${required}`)
  }
}

/** A socket could not be bound. */
export class ListenError extends KadmiumError {
  static override readonly name = 'ListenError'
  /** For example `EADDRINUSE`. */
  readonly code: string

  constructor (message: string, code: string, options?: { cause?: unknown }) {
    super(ListenError.name, message, options)
    this.code = code
  }

  /** What the system said of an address that it would not bind, in words. */
  static of (protocol: 'udp' | 'tcp', { text, family }: Pick<Endpoint, 'text' | 'family'>, cause: Error & { readonly code?: string | undefined }): ListenError {
    const { code = 'UNKNOWN' } = cause
    return new ListenError(`cannot listen on ${protocol} ${text}: ${bindFailure(code, family)}`, code, { cause })
  }
}

function bindFailure (code: string, family: Endpoint['family']): string {
  switch (code) {
    case 'EADDRINUSE': return 'the port is in use'
    case 'EACCES': return 'permission denied; ports below 1024 need privileges'
    case 'EADDRNOTAVAIL': return 'no interface of this machine has this address'
    case 'EAFNOSUPPORT': return `this machine has no IPv${family}`
    default: return code
  }
}

export class NotStartedError extends KadmiumError {
  static override readonly name = 'NotStartedError'

  constructor () {
    super(NotStartedError.name, 'the swarm is not started')
  }
}

/** Nobody could be reached under the target of a dial. */
export class DialError extends KadmiumError {
  static override readonly name = 'DialError'

  constructor (message: string, options?: { cause?: unknown }) {
    super(DialError.name, message, options)
  }
}

/** The routing table is empty, so there is nobody to ask. */
export class NoKnownPeersError extends KadmiumError {
  static override readonly name = 'NoKnownPeersError'

  constructor () {
    super(NoKnownPeersError.name, 'no known peers: add an address or join through a node that runs')
  }
}

/** A value does not fit what can be sent or stored. Raised before anything is stored. */
export class ValueTooLargeError extends KadmiumError {
  static override readonly name = 'ValueTooLargeError'
  readonly size: number
  readonly limit: number

  constructor (size: number, limit: number) {
    super(ValueTooLargeError.name, `value is ${size} bytes, at most ${limit} fit`)
    this.size = size
    this.limit = limit
  }
}
