const BLOCK_BITS = 32

/**
 * Which counters came already, as RFC 6479 keeps them: a ring of blocks, where moving on clears whole blocks instead of
 * shifting bits. A packet more than `size` behind the highest one counts as seen.
 */
export class ReplayWindow {
  readonly #size: number
  readonly #blocks: Uint32Array
  #highest = -1

  /** `size` is rounded up to whole blocks of 32. */
  constructor (size: number) {
    const blocks = Math.ceil(size / BLOCK_BITS)
    this.#size = blocks * BLOCK_BITS
    // One block more: the highest counter may be anywhere in its block (RFC 6479, section 2).
    this.#blocks = new Uint32Array(blocks + 1)
  }

  /** Whether a packet with this counter may still be opened. */
  admits (counter: number): boolean {
    if (counter > this.#highest) return true
    if (this.#highest - counter >= this.#size) return false
    return ((this.#blocks[this.#slot(counter)]! >>> counter % BLOCK_BITS) & 1) === 0
  }

  /** Marks a counter that `admits` let through; only for packets that opened, or a forger could move the window. */
  mark (counter: number): void {
    if (counter > this.#highest) this.#advance(counter)
    const slot = this.#slot(counter)
    this.#blocks[slot] = this.#blocks[slot]! | 1 << counter % BLOCK_BITS
  }

  #advance (counter: number): void {
    const from = this.#highest < 0 ? -1 : blockOf(this.#highest)
    const steps = Math.min(blockOf(counter) - from, this.#blocks.length)
    for (let step = 1; step <= steps; step++) this.#blocks[(from + step) % this.#blocks.length] = 0
    if (steps === this.#blocks.length) this.#blocks.fill(0)
    this.#highest = counter
  }

  #slot (counter: number): number {
    return blockOf(counter) % this.#blocks.length
  }
}

function blockOf (counter: number): number {
  return Math.floor(counter / BLOCK_BITS)
}
