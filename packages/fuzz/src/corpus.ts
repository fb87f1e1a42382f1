import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fromHex, toHex } from './golden.ts'

const DEFAULT = new URL('../../../../test-fixtures/fuzz-corpus/', import.meta.url)
/** A find of many kilobytes would tell no more than a short one, and a corpus that grows without end is read by nobody. */
const MAX_BYTES = 1_300
const MAX_INPUTS = 64

/** Inputs that once had an outcome of their own: one file for each target, one line of hex for each input. */
export class Corpus {
  readonly #folder: URL

  constructor (folder = DEFAULT) {
    this.#folder = folder
  }

  inputs (target: string): Uint8Array[] {
    const file = this.#file(target)
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(line => line.length > 0).map(fromHex) : []
  }

  /** Says whether it was taken. */
  add (target: string, input: Uint8Array): boolean {
    const lines = this.inputs(target).map(toHex)
    const line = toHex(input)
    if (input.length === 0 || input.length > MAX_BYTES || lines.length >= MAX_INPUTS || lines.includes(line)) return false
    writeFileSync(this.#file(target), [...lines, line].join('\n') + '\n')
    return true
  }

  #file (target: string): URL {
    return new URL(`${target}.txt`, this.#folder)
  }
}
