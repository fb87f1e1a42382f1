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
  readonly #timers = new Map<Job, Timer>()
  #round = 0

  constructor (clock: Clock, random: Random, jobs: readonly Job[]) {
    this.#clock = clock
    this.#random = random
    this.#jobs = jobs
  }

  start (): void {
    this.stop()
    for (const job of this.#jobs) this.#arm(job, job.firstInMs, this.#round)
  }

  stop (): void {
    this.#round++
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer)
    this.#timers.clear()
  }

  /** Up to a tenth earlier or later, so that nodes that started together do not all work at once. */
  #arm (job: Job, pauseMs: number, round: number): void {
    const jitteredMs = pauseMs * (0.9 + 0.2 * this.#random.float())
    this.#timers.set(job, this.#clock.setTimeout(() => { void this.#run(job, round) }, jitteredMs))
  }

  async #run (job: Job, round: number): Promise<void> {
    const pauseMs = await job.run()
    if (round === this.#round) this.#arm(job, pauseMs, round)
  }
}
