import { seededRandom } from '@kadmium/runtime'
import type { Corpus } from './corpus.ts'
import { decoderTargets } from './decoders.ts'
import { heapBytes } from './heap.ts'
import { Mutator } from './mutator.ts'
import { nodeTargets } from './node-targets.ts'
import { isPrototypeClean } from './prototype.ts'
import { streamTargets } from './stream-targets.ts'
import type { Target } from './target.ts'

export interface CampaignInit {
  readonly seed: number | string
  /** Ends after so many inputs. */
  readonly count?: number
  /** Ends after so many milliseconds; `now` tells them. */
  readonly ms?: number
  readonly now?: () => number
  readonly targets: readonly Target[]
  readonly corpus: Corpus
  /** Keeps inputs with a new outcome in the corpus. */
  readonly add?: boolean
  /** Compares the heap of the end with that after the warm-up. */
  readonly heap?: boolean
}

export interface Report {
  readonly inputs: number
  /** How many inputs each target had, and how many outcomes were told apart. */
  readonly targets: ReadonlyMap<string, { readonly inputs: number, readonly outcomes: number }>
  readonly added: number
  readonly heapGrowthBytes: number | undefined
}

/** What is wrong, and how to see it again. */
export class Find extends Error {
  readonly target: string
  readonly input: Uint8Array
  readonly index: number

  constructor (target: string, input: Uint8Array, index: number, cause: unknown) {
    super(`${target}: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}`, { cause })
    this.name = 'Find'
    this.target = target
    this.input = input
    this.index = index
  }
}

const INPUTS_PER_TURN = 128
const LATEST = 64
/**
 * What a node may remember fills up, and code is compiled: over all targets the heap grows by 1.0 MiB from 100,000 to 200,000
 * inputs, and by 0.3 from 400,000 to 500,000. What grows without end shows after that.
 */
const WARM_UP_INPUTS = 100_000

/** By names, or beginnings of names; without any, all. */
export async function targetsNamed (names: readonly string[] = []): Promise<Target[]> {
  const all = [...decoderTargets(), ...await nodeTargets(), ...await streamTargets()]
  const chosen = names.length === 0 ? all : all.filter(({ name }) => names.some(wanted => name.startsWith(wanted)))
  if (chosen.length === 0) throw new Error(`no such target; there are ${all.map(({ name }) => name).join(', ')}`)
  return chosen
}

/** Each target in turn gets bent inputs until time or count is up; then they are stopped. Rejects with the first `Find`. */
export async function fuzz (init: CampaignInit): Promise<Report> {
  const { count = Infinity, ms = Infinity, now = () => 0 } = init
  const runs = init.targets.map(target => new Run(target, init))
  const progress = (): number => Math.max(inputsOf(runs) / count, (now() - startedAt) / ms)
  const startedAt = now()
  let heapAtFirst: number | undefined
  try {
    for (let turn = 0; progress() < 1; turn++) {
      await (runs[turn % runs.length] as Run).turn(Math.min(INPUTS_PER_TURN, count - inputsOf(runs)))
      if (init.heap === true && heapAtFirst === undefined && turn >= runs.length && isWarm(inputsOf(runs), progress())) heapAtFirst = heapBytes()
    }
    const heapGrowthBytes = heapAtFirst === undefined ? undefined : heapBytes() - heapAtFirst
    const targets = new Map(runs.map(({ target, inputs, outcomes }) => [target.name, { inputs, outcomes: outcomes.size }]))
    return { inputs: inputsOf(runs), targets, added: runs.reduce((sum, { added }) => sum + added, 0), heapGrowthBytes }
  } finally {
    for (const { target } of runs) await target.stop?.()
  }
}

/** A short campaign has no time for it. */
function isWarm (inputs: number, progress: number): boolean {
  return progress > 0.5 || (progress > 0.2 && inputs >= WARM_UP_INPUTS)
}

function inputsOf (runs: readonly Run[]): number {
  return runs.reduce((sum, { inputs }) => sum + inputs, 0)
}

/** One target's share. Which inputs it gets depends on the seed and on nothing that others do. */
class Run {
  readonly target: Target
  readonly outcomes = new Set<string>()
  inputs = 0
  added = 0
  readonly #mutator: Mutator
  readonly #samples: Uint8Array[]
  readonly #given: number
  readonly #corpus: Corpus | undefined

  constructor (target: Target, { seed, corpus, add }: CampaignInit) {
    this.target = target
    this.#mutator = new Mutator(seededRandom(`${seed} ${target.name}`))
    this.#samples = [...target.samples, ...corpus.inputs(target.name)]
    this.#given = this.#samples.length
    this.#corpus = add === true ? corpus : undefined
  }

  async turn (inputs: number): Promise<void> {
    let input: Uint8Array = new Uint8Array()
    try {
      for (let i = 0; i < inputs; i++) {
        // Each good input and each of the corpus first, as they are.
        input = this.inputs < this.#given ? this.#samples[this.inputs] as Uint8Array : this.#next()
        this.inputs++
        const outcome = this.target.run(input.slice())
        this.#note(typeof outcome === 'string' ? outcome : await outcome, input)
      }
      await this.target.check?.()
      if (!isPrototypeClean()) throw new Error('Object.prototype was changed')
    } catch (error) {
      throw new Find(this.target.name, input, this.inputs, error)
    }
  }

  #next (): Uint8Array {
    const sample = this.#mutator.pick(this.#samples)
    if (this.target.text !== true) return this.#mutator.bend(sample, this.#samples)
    return new TextEncoder().encode(this.#mutator.bendText(new TextDecoder().decode(sample)))
  }

  /** Who had a new outcome is bent further: the way there may lead on. */
  #note (outcome: string, input: Uint8Array): void {
    if (this.outcomes.has(outcome) || this.outcomes.size >= 1_000) return
    this.outcomes.add(outcome)
    if (this.inputs <= this.#given) return
    if (this.#samples.length < this.#given + LATEST) this.#samples.push(input)
    if (this.#corpus?.add(this.target.name, input) === true) this.added++
  }
}
