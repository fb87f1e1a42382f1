/** Upkeep that comes round. A job does what is due and says in how many milliseconds to look again. */
import type { Clock, Random, Timer } from '@kadmium/interface'

export interface Job {
  readonly name: string
  /** The pause before the first run, in milliseconds. */
  readonly firstInMs: number
  run (): number | Promise<number>
}

/** Runs each job by its own pauses, never two runs of one job at once. */
export class Jobs {
  readonly #clock: Clock
  readonly #random: Random
  readonly #jobs: readonly Job[]
  /** Of each job, by its place. */
  #timers: readonly Timer[] = []
  #round = 0

  constructor (clock: Clock, random: Random, jobs: readonly Job[]) {
    this.#clock = clock
    this.#random = random
    this.#jobs = jobs
  }

  start (): void {
    this.stop()
    this.#timers = this.#jobs.map((job, place) => this.#arm(place, job.firstInMs, this.#round))
  }

  stop (): void {
    this.#round++
    for (const timer of this.#timers) this.#clock.clearTimeout(timer)
    this.#timers = []
  }

  /** Up to a tenth earlier or later, so that nodes that started together do not all work at once. */
  #arm (place: number, pauseMs: number, round: number): Timer {
    const jitteredMs = pauseMs * (0.9 + 0.2 * this.#random.float())
    return this.#clock.setTimeout(() => { void this.#run(place, round) }, jitteredMs)
  }

  async #run (place: number, round: number): Promise<void> {
    const pauseMs = await this.#jobs[place]!.run()
    if (round === this.#round) this.#timers = this.#timers.with(place, this.#arm(place, pauseMs, round))
  }
}
