import type { PeerId } from '@kadmium/interface'

/** `slow`: a first try went unanswered. `silent`: all tries did. */
export type Silence = 'slow' | 'silent'

/**
 * Peers that were asked and not heard since. They are asked again, since they may be back, but nobody waits for them: without
 * this, each lookup would wait anew for the same dead node, as long as others name it. The longest silent are forgotten.
 */
export class SilentPeers {
  readonly #capacity: number
  readonly #peers = new Map<string, Silence>()

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  get size (): number {
    return this.#peers.size
  }

  of (peer: PeerId): Silence | undefined {
    return this.#peers.get(peer.hex)
  }

  heard (peer: PeerId): void {
    this.#peers.delete(peer.hex)
  }

  slow (peer: PeerId): void {
    if (this.#peers.get(peer.hex) === undefined) this.#set(peer, 'slow')
  }

  timedOut (peer: PeerId): void {
    this.#set(peer, 'silent')
  }

  #set (peer: PeerId, silence: Silence): void {
    this.#peers.delete(peer.hex)
    this.#peers.set(peer.hex, silence)
    for (const hex of this.#peers.keys()) {
      if (this.#peers.size <= this.#capacity) break
      this.#peers.delete(hex)
    }
  }
}
