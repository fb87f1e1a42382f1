/** What a node remembers from one run to the next: the records it holds, and whom it knew. */
import type { Clock, Timer } from '@kadmium/interface'
import { peerIdFromKey, peerIdFromPublicKey } from '@kadmium/peer-id'
import { DatastoreRecordStore, NodeStateStore } from '@kadmium/records'
import type { SavedContact } from '@kadmium/records'
import { systemCrypto, systemRandom } from '@kadmium/runtime'
import type { Logger, PrivateKey } from '@libp2p/interface'
import type { DataDirectory } from './data-directory.ts'
import type { NodeSwarm } from './node-swarm.ts'

/** How often the contacts are written down, in milliseconds: what a node that is killed forgets at most. */
const SAVE_EVERY_MS = 30_000

export async function openKept (directory: DataDirectory, privateKey: PrivateKey, clock: Clock, log: Logger): Promise<Kept> {
  const records = await DatastoreRecordStore.open({
    datastore: directory.datastore,
    clock,
    crypto: systemCrypto(),
    random: systemRandom(),
    localId: peerIdFromKey(privateKey),
    onWriteError: error => { log.error('a record could not be written: %e', error) }
  })
  const { unreadable } = records.loaded
  if (unreadable > 0) log.error('%d entries of the store cannot be read and were skipped', unreadable)
  return new Kept(directory, records, clock, log)
}

export class Kept {
  readonly records: DatastoreRecordStore
  readonly #directory: DataDirectory
  readonly #state: NodeStateStore
  readonly #clock: Clock
  readonly #log: Logger
  #swarm: NodeSwarm | undefined
  #timer: Timer | undefined

  constructor (directory: DataDirectory, records: DatastoreRecordStore, clock: Clock, log: Logger) {
    this.records = records
    this.#directory = directory
    this.#state = new NodeStateStore(directory.datastore)
    this.#clock = clock
    this.#log = log
  }

  /** Asks whom it knew, in the background: so a node rejoins although its seed is gone. */
  async recall (swarm: NodeSwarm): Promise<void> {
    this.#swarm = swarm
    const { items, unreadable } = await this.#state.loadContacts()
    if (unreadable > 0) this.#log.error('%d contacts cannot be read and were skipped', unreadable)
    if (items.length > 0) void this.#rejoin(swarm, items).catch((error: unknown) => { this.#log('rejoining: %e', error) })
    this.#arm()
  }

  /** An empty table is no reason to forget everybody. */
  async save (): Promise<void> {
    const contacts = this.#contacts()
    if (contacts.length === 0) return
    await this.#state.saveContacts(contacts).catch((error: unknown) => { this.#log.error('the contacts could not be written: %e', error) })
  }

  async close (): Promise<void> {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    await this.records.close()
    await this.#directory.close()
  }

  async #rejoin ({ behaviours: { kad } }: NodeSwarm, contacts: readonly SavedContact[]): Promise<void> {
    await Promise.all(contacts.map(async ({ publicKey, addresses }) =>
      await kad.addAddress({ id: peerIdFromPublicKey(publicKey), publicKey, addresses })))
    if (kad.table.size > 0) await kad.bootstrap()
  }

  #arm (): void {
    this.#timer = this.#clock.setTimeout(() => {
      void this.save()
      this.#arm()
    }, SAVE_EVERY_MS)
  }

  #contacts (): SavedContact[] {
    const toWall = this.#clock.wallNow() - this.#clock.now()
    const entries = [...this.#swarm?.behaviours.kad.table.buckets() ?? []].flatMap(bucket => bucket.entries)
    return entries.flatMap(({ contact: { publicKey, addresses }, lastSeen }) =>
      publicKey === undefined ? [] : [{ publicKey, addresses, lastSeen: lastSeen + toWall }])
  }
}
