import type { Endpoint } from './endpoint.ts'

/** What a transport tells the swarm. */
export interface TransportHandler {
  /** `bytes` belongs to the receiver from here on. */
  receive (bytes: Uint8Array, from: Endpoint): void
  /** A socket failed after it was bound, or a datagram could not be sent to `to`. */
  failed (error: Error, to?: Endpoint): void
}

export interface StartOptions {
  /**
   * What port 0 stands for: the port that an earlier transport of the swarm has bound, so that one number serves them all.
   * Absent: any free port.
   */
  readonly port?: number
}

/** Bytes to and from sockets; nothing else. Message-oriented: what is sent at once arrives at once, or not at all. */
export interface Transport {
  /** True where every message arrives, in order, or the sender is told. */
  readonly reliable: boolean
  /** What it is bound to; empty before `start` and after `stop`. */
  readonly listening: readonly Endpoint[]
  /** Binds. Rejects with `ListenError` when it cannot; then nothing is left bound. */
  start (handler: TransportHandler, options?: StartOptions): Promise<void>
  /** Whether it has a socket of the family of `to`. */
  reaches (to: Endpoint): boolean
  /**
   * Never throws; what fails is told to the handler. Where a transport has connections, the `from` of a message names the one
   * that it came by, and what is sent to that very object goes back on it.
   */
  send (bytes: Uint8Array, to: Endpoint): void
  /** Resolves when every socket is closed. */
  stop (): Promise<void>
}

export type TransportFactory = () => Transport
