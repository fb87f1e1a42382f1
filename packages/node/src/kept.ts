/** What a node remembers from one run to the next: the records it holds, what it publishes, and whom it knew. */
import { InvalidOptionError } from '@kadmium/interface'
import type { Clock, Identity, Timer } from '@kadmium/interface'
import type { EarlierState, OwnState, StoreLimits } from '@kadmium/kad-behaviour'
import { createIdentity, peerIdFromKey, peerIdFromPublicKey } from '@kadmium/peer-id'
import { DatastoreRecordStore, NodeStateStore } from '@kadmium/records'
import type { SavedContact } from '@kadmium/records'
import { systemCompressor, systemCrypto, systemRandom } from '@kadmium/runtime'
import { endpointFromMultiaddr } from '@kadmium/wire'
import type { Logger, PrivateKey } from '@libp2p/interface'
import { storeError } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import { findPublisherKey } from './key-file.ts'
import type { NodeSwarm } from './node-swarm.ts'
import { WriteErrors } from './write-errors.ts'

/** How often the contacts are written down, in milliseconds: what a node that is killed forgets at most. */
const SAVE_EVERY_MS = 30_000

/** While few are written down, a new one is not left out for long: without any, nothing leads back into the network. */
const SAVE_SOON_MS = 100
const FEW = 20

export interface KeptInit {
  readonly directory: DataDirectory
  readonly privateKey: PrivateKey
  readonly publisherKeyFile: string | undefined
  readonly limits: StoreLimits
  readonly clock: Clock
  readonly log: Logger
}

/** Rejects with `DataDirectoryError` when the store cannot be read; single entries that cannot are skipped, counted and logged. */
export async function openKept (init: KeptInit): Promise<Kept> {
  try {
    return await readKept(init)
  } catch (error) {
    if (error instanceof InvalidOptionError) throw error
    throw storeError(init.directory.path, error)
  }
}

async function readKept (init: KeptInit): Promise<Kept> {
  const { directory: { datastore, skippedBytes }, privateKey, limits, clock, log } = init
  tellSkipped(log, 'bytes of the store\'s log', skippedBytes)
  const writeErrors = new WriteErrors(log, clock)
  const records = await DatastoreRecordStore.open({
    ...limits,
    datastore,
    clock,
    crypto: systemCrypto(),
    compressor: systemCompressor(),
    random: systemRandom(),
    localId: peerIdFromKey(privateKey),
    onWriteError: error => { writeErrors.failed('a record', error) }
  })
  tellSkipped(log, 'entries of the store', records.loaded.unreadable)
  const store = new NodeStateStore(datastore)
  const { items: contacts, unreadable } = await store.loadContacts()
  tellSkipped(log, 'contacts', unreadable)
  const [lastPort, earlier] = [await store.loadPort(), await earlierState(store, init)]
  return new Kept(init, { records, store, contacts, lastPort, writeErrors, earlier })
}

async function earlierState (store: NodeStateStore, { publisherKeyFile, log }: KeptInit): Promise<EarlierState> {
  const { items: publications, unreadable } = await store.loadPublications()
  tellSkipped(log, 'publications', unreadable)
  const { items: kept, unreadable: unreadableKept } = await store.loadKept()
  tellSkipped(log, 'records kept for others', unreadableKept)
  const [sequence, networkSize] = [await store.loadSequence(), await store.loadNetworkSize()]
  return {
    publications,
    kept,
    signers: publications.length === 0 ? [] : await publishers(publisherKeyFile, log),
    ...(sequence !== undefined && { sequence }),
    ...(networkSize && { networkSize })
  }
}

/** Whoever put something before has a key by now. One that cannot be read only keeps this node from putting that anew. */
async function publishers (file: string | undefined, log: Logger): Promise<Identity[]> {
  const key = await findPublisherKey(file).catch((error: unknown) => { log.error('what was published is not put anew: %e', error) })
  return key === undefined ? [] : [createIdentity(key, systemCrypto())]
}

function tellSkipped (log: Logger, what: string, unreadable: number): void {
  if (unreadable > 0) log.error('%d %s cannot be read and were skipped', unreadable, what)
}

interface Opened {
  readonly records: DatastoreRecordStore
  readonly store: NodeStateStore
  readonly contacts: readonly SavedContact[]
  readonly lastPort: number | undefined
  readonly writeErrors: WriteErrors
  readonly earlier: EarlierState
}

export class Kept {
  readonly records: DatastoreRecordStore
  /** What the behaviour goes on from, and where it leaves what it publishes. */
  readonly ownState: OwnState
  /** Where others have found this node. */
  readonly lastPort: number | undefined
  readonly #init: KeptInit
  readonly #store: NodeStateStore
  readonly #former: readonly SavedContact[]
  readonly #writeErrors: WriteErrors
  #swarm: NodeSwarm | undefined
  #saved: number
  #saving: Promise<void> | undefined
  #timer: Timer | undefined
  #dueAt = Infinity

  constructor (init: KeptInit, { records, store, contacts, lastPort, writeErrors, earlier }: Opened) {
    this.records = records
    this.lastPort = lastPort
    this.#init = init
    this.#store = store
    this.#former = contacts
    this.#saved = contacts.length
    this.#writeErrors = writeErrors
    this.ownState = { earlier, store, onWriteError: error => { writeErrors.failed('what this node publishes', error) } }
  }

  /**
   * Asks whom it knew, in the background: so a node rejoins although its seed is gone.
   * @param isPortChosen whether somebody has said at which port it is to listen. One that it only fell back to is not
   * remembered: next time it tries the one where others know it again.
   */
  recall (swarm: NodeSwarm, isPortChosen: boolean): void {
    this.#swarm = swarm
    if (isPortChosen || this.lastPort === undefined) void this.#savePort(swarm)
    if (this.#former.length > 0) void this.#rejoin(swarm).catch((error: unknown) => { this.#init.log('rejoining: %e', error) })
    swarm.addEventListener('RoutingUpdated', () => { if (this.#saved < FEW) this.#arm(SAVE_SOON_MS) })
    this.#arm(SAVE_EVERY_MS)
  }

  async save (): Promise<void> {
    this.#saving ??= this.#save().finally(() => { this.#saving = undefined })
    await this.#saving
  }

  async close (): Promise<void> {
    this.#disarm()
    await this.#saving
    await this.records.close()
    await this.#init.directory.close()
  }

  /** An empty table is no reason to forget everybody. */
  async #save (): Promise<void> {
    const contacts = this.#contacts()
    if (contacts.length === 0) return
    try {
      await this.#store.saveContacts(contacts)
      this.#saved = contacts.length
      await this.#saveNetworkSize()
    } catch (error) {
      this.#writeErrors.failed('whom this node knows', error)
    }
  }

  async #rejoin ({ behaviours: { kad } }: NodeSwarm): Promise<void> {
    await Promise.all(this.#former.map(async ({ publicKey, addresses }) =>
      await kad.addAddress({ id: peerIdFromPublicKey(publicKey), publicKey, addresses })))
    if (kad.table.size > 0) await kad.bootstrap()
  }

  /** A client is at another port each time, and nobody looks for it. */
  async #savePort ({ listenAddrs, mode }: NodeSwarm): Promise<void> {
    const [address] = listenAddrs.map(endpointFromMultiaddr)
    if (mode === 'client' || address === undefined || address.port === this.lastPort) return
    await this.#store.savePort(address.port).catch((error: unknown) => { this.#writeErrors.failed('the port', error) })
  }

  async #saveNetworkSize (): Promise<void> {
    const measured = this.#swarm?.behaviours.kad.measuredNetworkSize
    if (measured !== undefined) await this.#store.saveNetworkSize({ size: measured.nodes, measuredAt: measured.measuredAt + this.#toWall })
  }

  #arm (pauseMs: number): void {
    const { clock } = this.#init
    const dueAt = clock.now() + pauseMs
    if (dueAt >= this.#dueAt) return
    this.#disarm()
    this.#dueAt = dueAt
    this.#timer = clock.setTimeout(() => {
      this.#dueAt = Infinity
      this.#arm(SAVE_EVERY_MS)
      void this.save()
    }, pauseMs)
  }

  #disarm (): void {
    if (this.#timer !== undefined) this.#init.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #contacts (): SavedContact[] {
    const entries = [...this.#swarm?.behaviours.kad.table.buckets() ?? []].flatMap(bucket => bucket.entries)
    return entries.flatMap(({ contact: { publicKey, addresses }, lastSeen }) =>
      publicKey === undefined ? [] : [{ publicKey, addresses, lastSeen: lastSeen + this.#toWall }])
  }

  get #toWall (): number {
    const { clock } = this.#init
    return clock.wallNow() - clock.now()
  }
}
