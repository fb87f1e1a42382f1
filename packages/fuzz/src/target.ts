/** Something that bytes can be thrown at. */
export interface Target {
  readonly name: string
  /** What good inputs look like. */
  readonly samples: readonly Uint8Array[]
  /** Whether inputs are texts, which are bent otherwise. */
  readonly text?: boolean
  /** What became of the input, in few words that tell one way through the code from another. Throws when something is wrong. */
  run (bytes: Uint8Array): string | Promise<string>
  /** Of a decoder, without what `run` checks beside it. */
  readonly decode?: (bytes: Uint8Array) => unknown
  /** Called now and then: lets time pass, and throws when what was thrown left a mark. */
  check? (): Promise<void>
  stop? (): Promise<void>
}
