/** A map that holds so many entries at most: the one set longest ago leaves for a new one. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #capacity: number

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  get size (): number {
    return this.#entries.size
  }

  get (key: K): V | undefined {
    return this.#entries.get(key)
  }

  has (key: K): boolean {
    return this.#entries.has(key)
  }

  /** Makes `key` the newest. Returns the value that had to leave. */
  set (key: K, value: V): V | undefined {
    this.#entries.delete(key)
    const evicted = this.#entries.size >= this.#capacity ? this.#takeOldest() : undefined
    this.#entries.set(key, value)
    return evicted
  }

  delete (key: K): boolean {
    return this.#entries.delete(key)
  }

  clear (): void {
    this.#entries.clear()
  }

  values (): IterableIterator<V> {
    return this.#entries.values()
  }

  #takeOldest (): V | undefined {
    const oldest = this.#entries.entries().next()
    if (oldest.done === true) return undefined
    const [key, value] = oldest.value
    this.#entries.delete(key)
    return value
  }
}
