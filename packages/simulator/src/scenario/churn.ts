/**
 * Nodes that come and go: a tenth is always on, the sessions and pauses of the others are lognormal, most vanish without a
 * word. The network is in balance from the start: as many are away as the model says, and those that are there have been
 * there for a while, so that it keeps its size.
 */
import type { Random, Timer } from '@kadmium/interface'
import { exp, lognormal } from '../lognormal.ts'
import type { Simulator } from '../simulator.ts'
import type { KadNode } from './kad-node.ts'
import type { Population } from './population.ts'
import type { ChurnModel } from './scenario.ts'

export class Churn {
  joined = 0
  vanished = 0
  left = 0
  readonly #sim: Simulator
  readonly #population: Population
  readonly #model: ChurnModel
  readonly #random: Random
  readonly #timers = new Set<Timer>()
  #isOn = false

  constructor (sim: Simulator, population: Population, model: ChurnModel, random: Random) {
    this.#sim = sim
    this.#population = population
    this.#model = model
    this.#random = random
  }

  /** From now on the nodes that are up come and go, and others that are not there yet come too. */
  start (): void {
    this.#isOn = true
    const { alwaysOn } = this.#model
    let away = 0
    for (const node of this.#population.up) {
      const stays = this.#population.isSeed(node) || this.#random.float() < alwaysOn
      if (stays) continue
      this.#after(this.#rest(this.#model.median), async () => { await this.#leave(node) })
      away += this.#offMedian / this.#model.median
    }
    for (let i = 0; i < Math.round(away); i++) this.#after(this.#rest(this.#offMedian), async () => { await this.#come() })
  }

  stop (): void {
    this.#isOn = false
    for (const timer of this.#timers) this.#sim.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  async #come (): Promise<void> {
    const node = await this.#population.add()
    this.joined++
    this.#after(this.#session(), async () => { await this.#leave(node) })
  }

  async #leave (node: KadNode): Promise<void> {
    if (node.status === 'up') {
      if (this.#random.float() < this.#model.clean) {
        this.left++
        await this.#sim.stop(node)
      } else {
        this.vanished++
        this.#sim.crash(node)
      }
    }
    this.#after(lognormal(this.#offMedian, this.#model.sigma, this.#random), async () => { await this.#comeBack(node) })
  }

  async #comeBack (node: KadNode): Promise<void> {
    if (node.status !== 'up') {
      this.joined++
      await this.#sim.restart(node)
    }
    this.#after(this.#session(), async () => { await this.#leave(node) })
  }

  #after (delayMs: number, then: () => Promise<void>): void {
    if (!this.#isOn) return
    const timer = this.#sim.clock.setTimeout(() => {
      this.#timers.delete(timer)
      void then()
    }, Math.floor(delayMs))
    this.#timers.add(timer)
  }

  #session (): number {
    return lognormal(this.#model.median, this.#model.sigma, this.#random)
  }

  /** What is left, at a random moment, of a span that is under way: long ones are met more often, by their length. */
  #rest (medianMs: number): number {
    const { sigma } = this.#model
    return lognormal(medianMs * exp(sigma * sigma), sigma, this.#random) * this.#random.float()
  }

  get #offMedian (): number {
    return this.#model.offMedian ?? 2 * this.#model.median
  }
}
