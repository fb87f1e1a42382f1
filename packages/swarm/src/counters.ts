import type { SwarmCounters } from '@kadmium/interface'

/** Counts datagrams, their bytes, and by reason what was dropped. The reasons are fixed texts, so there are few. */
export class Counters implements SwarmCounters {
  /** Made for the first. */
  #dropped: Map<string, number> | undefined
  #sent = 0
  #received = 0
  #bytesSent = 0
  #bytesReceived = 0

  get sent (): number {
    return this.#sent
  }

  get received (): number {
    return this.#received
  }

  get bytesSent (): number {
    return this.#bytesSent
  }

  get bytesReceived (): number {
    return this.#bytesReceived
  }

  get dropped (): ReadonlyMap<string, number> {
    return this.#dropped ?? NONE
  }

  addSent (bytes: number): void {
    this.#sent++
    this.#bytesSent += bytes
  }

  addReceived (bytes: number): void {
    this.#received++
    this.#bytesReceived += bytes
  }

  addDropped (reason: string): void {
    const dropped = this.#dropped ??= new Map()
    dropped.set(reason, (dropped.get(reason) ?? 0) + 1)
  }
}

const NONE: ReadonlyMap<string, number> = new Map()
