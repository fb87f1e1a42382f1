/** What befalls the whole network at a given time. */
import type { Random } from '@kadmium/interface'
import type { Simulator } from '../simulator.ts'
import type { KadNode } from './kad-node.ts'
import type { Population } from './population.ts'
import type { ScenarioEvent } from './scenario.ts'

export class Happenings {
  readonly #sim: Simulator
  readonly #population: Population
  readonly #random: Random

  constructor (sim: Simulator, population: Population, random: Random) {
    this.#sim = sim
    this.#population = population
    this.#random = random
  }

  /** Times count from now. */
  schedule (events: readonly ScenarioEvent[]): void {
    for (const event of events) this.#sim.clock.setTimeout(() => { this.#happen(event) }, event.at)
  }

  #happen (event: ScenarioEvent): void {
    switch (event.do) {
      case 'partition': return this.#partition(event.share)
      case 'heal': return this.#heal()
      case 'mass-death':
        for (const node of this.#some(event.share)) this.#sim.crash(node)
        return
      case 'flash-crowd': {
        const newcomers = Math.round(event.share * this.#population.up.length)
        for (let i = 0; i < newcomers; i++) this.#within(event.within, async () => { await this.#population.add() })
        return
      }
      case 'restart-all':
        for (const node of this.#population.up.filter(node => !this.#population.isSeed(node))) this.#within(event.within, async () => { await this.#bounce(node) })
    }
  }

  #partition (share: number): void {
    const cut = new Set(this.#some(share))
    this.#sim.partition([[...cut]])
    this.#population.cut(new Map(this.#population.nodes.map(node => [node, cut.has(node) ? 1 : 0])))
  }

  #heal (): void {
    this.#sim.heal()
    this.#population.cut(undefined)
  }

  async #bounce (node: KadNode): Promise<void> {
    if (node.status !== 'up') return
    this.#sim.crash(node)
    await this.#sim.restart(node)
  }

  #within (ms: number, then: () => Promise<void>): void {
    this.#sim.clock.setTimeout(() => { void then() }, Math.floor(this.#random.float() * ms))
  }

  /** So many of the nodes that are up, at random; never a seed. */
  #some (share: number): KadNode[] {
    const nodes = this.#population.up.filter(node => !this.#population.isSeed(node))
    for (let i = nodes.length - 1; i > 0; i--) {
      const other = this.#random.below(i + 1)
      const node = nodes[i] as KadNode
      nodes[i] = nodes[other] as KadNode
      nodes[other] = node
    }
    return nodes.slice(0, Math.round(share * nodes.length))
  }
}
