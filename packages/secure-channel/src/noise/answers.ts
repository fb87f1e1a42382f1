/** Answers of finished handshakes, for first flights that the network delivers twice. The oldest leave. */
export class Answers {
  readonly #capacity: number
  readonly #lifeMs: number
  readonly #answers = new Map<string, { readonly packet: Uint8Array, readonly until: number }>()

  constructor (capacity: number, lifeMs: number) {
    this.#capacity = capacity
    this.#lifeMs = lifeMs
  }

  add (name: string, packet: Uint8Array, now: number): void {
    this.#answers.delete(name)
    this.#answers.set(name, { packet, until: now + this.#lifeMs })
    if (this.#answers.size > this.#capacity) this.#answers.delete(this.#answers.keys().next().value!)
  }

  get (name: string, now: number): Uint8Array | undefined {
    const answer = this.#answers.get(name)
    return answer !== undefined && answer.until > now ? answer.packet : undefined
  }

  expire (now: number): void {
    for (const [name, { until }] of this.#answers) {
      if (until > now) break
      this.#answers.delete(name)
    }
  }

  nextDeadline (): number | undefined {
    return this.#answers.values().next().value?.until
  }
}
