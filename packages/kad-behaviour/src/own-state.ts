/** What a node remembers of itself beyond its process, so that it goes on where an earlier run has ended. */
import type { Identity, KadRecord } from '@kadmium/interface'
import type { KeptRecord, NetworkSizeEstimate, NodeStateStore, Publication, Slot } from '@kadmium/records'

/** What earlier runs have left. Times are wall-clock milliseconds. */
export interface EarlierState {
  readonly publications: readonly Publication[]
  /** Records that others asked this node to keep alive. Default: none. */
  readonly kept?: readonly KeptRecord[]
  /** Who signs publications anew, beside this node itself. Publications of others are left to end. */
  readonly signers?: readonly Identity[]
  /** The highest sequence number that was given out. */
  readonly sequence?: number
  readonly networkSize?: NetworkSizeEstimate
}

export interface OwnState {
  readonly earlier: EarlierState
  /** Where this run leaves its own. */
  readonly store: Pick<NodeStateStore, 'savePublication' | 'removePublication' | 'saveKept' | 'removeKept' | 'saveSequence'>
  /** Hears why something could not be written. Must not throw. */
  readonly onWriteError?: (error: unknown) => void
}

/** Writes one thing after the other, so that the last word on each is the last written. Without a state it writes nothing. */
export class OwnStateWriter {
  readonly #state: OwnState | undefined
  #written: Promise<void> | undefined

  constructor (state: OwnState | undefined) {
    this.#state = state
  }

  /** Resolves when everything so far is written, or has failed to be; `undefined` where there is nothing to wait for. */
  get written (): Promise<void> | undefined {
    return this.#written
  }

  signed (seq: number): void {
    this.#write(async ({ store }) => { await store.saveSequence(seq) })
  }

  published (record: KadRecord, publishedAt: number): void {
    this.#write(async ({ store }) => { await store.savePublication({ record, publishedAt }) })
  }

  forgotten (record: KadRecord): void {
    this.#write(async ({ store }) => { await store.removePublication(record) })
  }

  kept (record: KadRecord, endsAt: number): void {
    this.#write(async ({ store }) => { await store.saveKept({ record, endsAt }) })
  }

  released (slot: Slot): void {
    this.#write(async ({ store }) => { await store.removeKept(slot) })
  }

  #write (work: (state: OwnState) => Promise<void>): void {
    const state = this.#state
    if (state === undefined) return
    const before = this.#written
    const written = write(before, async () => { await work(state) }, state.onWriteError)
    this.#written = written
    void written.then(() => { if (this.#written === written) this.#written = undefined })
  }
}

async function write (before: Promise<void> | undefined, work: () => Promise<void>, onError: OwnState['onWriteError']): Promise<void> {
  await before
  await work().catch((error: unknown) => { onError?.(error) })
}
