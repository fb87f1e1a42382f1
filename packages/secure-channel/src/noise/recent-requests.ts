import type { Session } from './session.ts'

const FNV_OFFSET = 0x811c_9dc5
const FNV_PRIME = 0x0100_0193

/**
 * Tells a second try from a first one: the same bytes on the same session, which was not heard in between. Fingerprints of
 * 32 bits (FNV-1a) do: at worst a handshake is made that was not needed.
 */
export class RecentRequests {
  readonly #capacity: number
  readonly #heardAtFirstTry = new Map<number, number>()
  /** A ring of the names above: the first key of a `Map` that loses its first keys all the time is slow to find. */
  readonly #names: number[] = []
  #next = 0

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  /** Notes the try; whether it is a second one in vain. */
  isRepeated (message: Uint8Array, session: Session): boolean {
    const name = fingerprint(message) ^ session.index
    const heard = this.#heardAtFirstTry.get(name)
    if (heard === session.heard) return true
    if (heard === undefined) this.#makeRoomFor(name)
    this.#heardAtFirstTry.set(name, session.heard)
    return false
  }

  #makeRoomFor (name: number): void {
    const oldest = this.#names[this.#next]
    if (oldest !== undefined) this.#heardAtFirstTry.delete(oldest)
    this.#names[this.#next] = name
    this.#next = (this.#next + 1) % this.#capacity
  }
}

function fingerprint (bytes: Uint8Array): number {
  let hash = FNV_OFFSET
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME)
  return hash
}
