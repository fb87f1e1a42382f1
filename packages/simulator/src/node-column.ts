const INITIAL_CAPACITY = 64

/** One number for each node: 8 bytes a node, whatever their number. */
export class NodeColumn {
  #values = new Float64Array(INITIAL_CAPACITY)
  #length = 0

  get length (): number {
    return this.#length
  }

  push (value: number): void {
    if (this.#length === this.#values.length) {
      const wider = new Float64Array(this.#length * 2)
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values[this.#length++] = value
  }

  get (node: number): number {
    return this.#values[node] as number
  }

  set (node: number, value: number): void {
    this.#values[node] = value
  }

  add (node: number, value: number): void {
    this.#values[node] = (this.#values[node] as number) + value
  }

  total (): number {
    return this.#values.subarray(0, this.#length).reduce((sum, value) => sum + value, 0)
  }
}
