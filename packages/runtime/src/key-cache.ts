import { InvalidOptionError } from '@kadmium/interface'

/** Keeps what was made of the last keys asked for; bounded because strangers choose the keys that we verify with. */
export class KeyCache<T> {
  readonly #size: number
  readonly #make: (key: Uint8Array) => T
  readonly #made = new Map<string, T>()

  constructor (size: number, make: (key: Uint8Array) => T) {
    if (!Number.isInteger(size) || size < 1) throw new InvalidOptionError('keyCacheSize', `expected an integer of 1 or more, got ${size}`)
    this.#size = size
    this.#make = make
  }

  /** A `Map` keeps the order of insertion, so its first entry is the least recently used one. */
  get (key: Uint8Array): T {
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
    const made = this.#made.get(name) ?? this.#make(key)
    this.#made.delete(name)
    this.#made.set(name, made)
    if (this.#made.size > this.#size) this.#made.delete(this.#made.keys().next().value as string)
    return made
  }
}
