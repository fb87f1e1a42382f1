import { InvalidOptionError } from '@kadmium/interface'
import { NodeColumn } from './node-column.ts'

/** The line of each node, which sends one datagram after the other. */
export interface Bandwidth {
  /** Bytes a second that a node can send. */
  readonly up: number
  /** Bytes a second that a node can receive. */
  readonly down: number
  /** What would wait longer than so many milliseconds is dropped. Default 200. */
  readonly queueMs?: number
}

const DEFAULT_QUEUE_MS = 200

/** One direction of all nodes' lines: when each is free again. */
export class Lines {
  readonly #bytesPerMs: number
  readonly #queueMs: number
  readonly #freeAt = new NodeColumn()

  constructor (option: string, bytesPerSecond: number, queueMs = DEFAULT_QUEUE_MS) {
    if (!(bytesPerSecond > 0)) throw new InvalidOptionError(`bandwidth.${option}`, `expected bytes a second, more than 0, got ${bytesPerSecond}`)
    this.#bytesPerMs = bytesPerSecond / 1000
    this.#queueMs = queueMs
  }

  addNode (): void {
    this.#freeAt.push(0)
  }

  /** How long a datagram takes, its wait included, in milliseconds; `undefined` when the queue is full. */
  take (node: number, bytes: number, now: number): number | undefined {
    const waitMs = Math.max(0, this.#freeAt.get(node) - now)
    if (waitMs > this.#queueMs) return undefined
    const takenMs = waitMs + bytes / this.#bytesPerMs
    this.#freeAt.set(node, now + takenMs)
    return takenMs
  }
}
