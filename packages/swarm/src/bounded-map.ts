/**
 * A map that holds so many entries at most: the one set longest ago leaves for a new one. A node has several that stay empty,
 * or are empty mostly, so each makes its table when it needs one.
 */
export class BoundedMap<K, V> {
  #entries: Map<K, V> | undefined
  readonly #capacity: number

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  get size (): number {
    return this.#entries?.size ?? 0
  }

  get (key: K): V | undefined {
    return this.#entries?.get(key)
  }

  has (key: K): boolean {
    return this.#entries?.has(key) === true
  }

  /** Makes `key` the newest. Returns the value that had to leave. */
  set (key: K, value: V): V | undefined {
    this.#entries ??= new Map()
    this.#entries.delete(key)
    const evicted = this.#entries.size >= this.#capacity ? takeOldest(this.#entries) : undefined
    this.#entries.set(key, value)
    return evicted
  }

  delete (key: K): boolean {
    const had = this.#entries?.delete(key) === true
    if (this.#entries?.size === 0) this.#entries = undefined
    return had
  }

  clear (): void {
    this.#entries = undefined
  }

  values (): IterableIterator<V> {
    return (this.#entries ?? new Map<K, V>()).values()
  }
}

function takeOldest<K, V> (entries: Map<K, V>): V | undefined {
  const oldest = entries.entries().next()
  if (oldest.done === true) return undefined
  const [key, value] = oldest.value
  entries.delete(key)
  return value
}
