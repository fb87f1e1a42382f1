/** Why bytes or a message were not taken. A value, not an exception: what a stranger sent is no error of ours. */
export class Refusal {
  readonly reason: string

  constructor (reason: string) {
    this.reason = reason
  }
}
