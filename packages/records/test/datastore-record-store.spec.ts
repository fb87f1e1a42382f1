import { MemoryDatastore } from 'datastore-core'
import type { KadRecord } from '@kadmium/interface'
import { keyId } from '@kadmium/peer-id'
import { VirtualClock, seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { Key } from 'interface-datastore'
import { DatastoreRecordStore, RecordPolicies, immutableRecord, signRecord, signTombstone } from '../src/index.ts'
import type { DatastoreRecordStoreInit, PutOutcome, MemoryRecordStore } from '../src/index.ts'
import { addressIn, advertisementOf, credulous, recordOf } from './crowd.ts'
import { FaultyDatastore, contents } from './faulty-datastore.ts'
import { alice, bob, bytes, crypto } from './people.ts'

const HOUR = 3_600_000
const FOREVER = 48 * HOUR
const START = 1_767_225_600_000
const key = bytes('key')
const make = (text: string, seq = 1, publisher = alice, under = key): KadRecord => signRecord({ key: under, value: bytes(text), seq }, publisher)
const texts = (store: MemoryRecordStore, now: number, under = key): string[] => store.get(under, now).map(({ record }) => Buffer.from(record.value).toString())

interface World {
  readonly datastore: FaultyDatastore
  readonly clock: VirtualClock
  open (options?: Partial<DatastoreRecordStoreInit>): Promise<DatastoreRecordStore>
}

function world (): World {
  const datastore = new FaultyDatastore()
  const clock = new VirtualClock({ startWallMs: START })
  return { datastore, clock, open: async (options = {}) => await DatastoreRecordStore.open({ crypto, datastore, clock, ...options }) }
}

/** Another run on the same disk: another monotonic clock, and what the wall says then. */
async function reopened ({ datastore }: World, wallMs: number, options: Partial<DatastoreRecordStoreInit> = {}): Promise<DatastoreRecordStore> {
  return await DatastoreRecordStore.open({ crypto, datastore, clock: new VirtualClock({ startWallMs: wallMs }), ...options })
}

const outcomeOf = async (outcome: PutOutcome): Promise<string> => outcome.type === 'refused' ? outcome.reason : (await outcome.durable)?.reason ?? outcome.type

describe('DatastoreRecordStore', () => {
  it('keeps every acknowledged record over a restart, with its times, sender and kind', async () => {
    const here = world()
    const store = await here.open()
    const from = endpoint('203.0.113.1', 7)
    const put = [make('a'), make('b', 1, bob), immutableRecord(bytes('immutable')), signTombstone({ key: bytes('gone'), seq: 5 }, alice)]
    for (const record of put) expect(await outcomeOf(store.put(record, 10 * HOUR, 0, { from }))).to.equal('stored')
    const again = await reopened(here, START + HOUR)
    expect(again.loaded).to.deep.equal({ records: 4, unreadable: 0, expired: 0, dropped: 0 })
    expect([...again.entries(0)].map(({ record }) => record)).to.have.deep.members(put)
    const held = again.getSlot(make('a'), 0)
    expect(held).to.include({ expiresAt: 9 * HOUR, firstReceivedAt: -HOUR, receivedAt: -HOUR })
    expect(held?.from?.text).to.equal(from.text)
    expect(again.put(make('old', 0), FOREVER, 0)).to.have.property('reason', 'older-seq')
  })

  it('acknowledges nothing before it is written', async () => {
    const { datastore, open } = world()
    const store = await open()
    datastore.hold()
    const outcome = store.put(make('a'), FOREVER, 0)
    let acknowledged = false
    const done = outcomeOf(outcome).then(() => { acknowledged = true })
    await turns()
    expect([acknowledged, contents(datastore).size]).to.deep.equal([false, 0])
    datastore.release()
    await done
    expect(contents(datastore).size).to.equal(1)
  })

  it('the same record again waits for the first one\'s write, and for nothing once that is done', async () => {
    const { datastore, open } = world()
    const store = await open()
    datastore.hold()
    const [first, second] = [store.put(make('a'), FOREVER, 0), store.put(make('a'), FOREVER, 0)]
    expect(second.type === 'unchanged' && first.type === 'stored' && second.durable === first.durable).to.equal(true)
    await turns()
    const third = store.put(make('a'), FOREVER, 0)
    expect(third).to.have.property('durable')
    datastore.failure = new Error('disk full')
    datastore.release()
    expect(await Promise.all([first, second, third].map(outcomeOf))).to.deep.equal(['store-failed', 'store-failed', 'store-failed'])
    datastore.failure = undefined
    await outcomeOf(store.put(make('a'), FOREVER, 0))
    expect(store.put(make('a'), FOREVER, 0)).to.include({ type: 'unchanged' }).and.not.have.property('durable')
  })

  it('writes what comes during a write in one batch after it', async () => {
    const { datastore, open } = world()
    const store = await open()
    await store.flush()
    datastore.commits = 0
    const many = Array.from({ length: 100 }, (_, index) => store.put(make('a', 1, alice, bytes(`${index}`)), FOREVER, 0))
    await Promise.all(many.map(outcomeOf))
    expect(datastore.commits).to.equal(1)
    expect(contents(datastore).size).to.equal(100)
  })

  it('store-failed: what could not be written is refused and taken back; the older record stands, and reads go on', async () => {
    const here = world()
    const errors: unknown[] = []
    const store = await here.open({ onWriteError: error => errors.push(error) })
    await outcomeOf(store.put(make('a', 1), FOREVER, 0))
    here.datastore.failure = new Error('no space left on /home/alice')
    const outcome = store.put(make('b', 2), FOREVER, 0)
    const other = store.put(make('c', 1, bob), FOREVER, 0)
    expect(await Promise.all([outcomeOf(outcome), outcomeOf(other)])).to.deep.equal(['store-failed', 'store-failed'])
    expect('durable' in outcome && (await outcome.durable)?.message, 'which says nothing about this machine').to.equal('this node could not write the record')
    expect(errors).to.deep.equal([here.datastore.failure])
    expect(texts(store, 0)).to.deep.equal(['a'])
    expect(store.size).to.equal(1)
    here.datastore.failure = undefined
    expect(await outcomeOf(store.put(make('d', 3), FOREVER, 0)), 'when there is room again').to.equal('stored')
    expect(texts(await reopened(here, START), 0)).to.deep.equal(['d'])
  })

  it('disk-full: says so, however the datastore has wrapped what the system said', async () => {
    for (const failure of [
      Object.assign(new Error('write'), { code: 'ENOSPC' }),
      new Error('batch failed', { cause: Object.assign(new Error('write'), { code: 'EDQUOT' }) }),
      new Error('IO error: /home/alice/000003.log: No space left on device')
    ]) {
      const here = world()
      const store = await here.open()
      await outcomeOf(store.put(make('a', 1), FOREVER, 0))
      here.datastore.failure = failure
      expect(await outcomeOf(store.put(make('b', 2), FOREVER, 0))).to.equal('disk-full')
      expect(texts(store, 0)).to.deep.equal(['a'])
    }
  })

  it('a failed write is put right by the next one, however much of it reached the disk', async () => {
    for (const written of [0, 1, 2, 3]) {
      const here = world()
      const store = await here.open()
      await outcomeOf(store.put(make('a', 1), FOREVER, 0))
      Object.assign(here.datastore, { failure: new Error('disk full'), written })
      await Promise.all([outcomeOf(store.put(make('b', 2), FOREVER, 0)), outcomeOf(store.put(make('c', 1, bob), FOREVER, 0))])
      here.datastore.failure = undefined
      await outcomeOf(store.put(make('x', 1, alice, bytes('other')), FOREVER, 0))
      expect(store.pendingWrites).to.equal(0)
      const again = await reopened(here, START)
      expect([texts(again, 0), texts(again, 0, bytes('other'))]).to.deep.equal([['a'], ['x']])
    }
  })

  it('takes back what a refused put had displaced, and what was put on top of it', async () => {
    const here = world()
    const near = bytes('near')
    const store = await here.open({ maxRecords: 1, localId: keyId(near) })
    await outcomeOf(store.put(make('far', 1), FOREVER, 0))
    here.datastore.hold()
    const first = store.put(make('b', 1, alice, near), FOREVER, 0)
    await turns()
    const second = store.put(make('c', 2, alice, near), FOREVER, 0)
    store.put(make('c', 2, alice, near), FOREVER, 0)
    expect(texts(store, 0)).to.deep.equal([])
    here.datastore.failure = new Error('disk full')
    here.datastore.release()
    expect(await Promise.all([outcomeOf(first), outcomeOf(second)])).to.deep.equal(['store-failed', 'store-failed'])
    expect([texts(store, 0), texts(store, 0, near), store.size]).to.deep.equal([['far'], [], 1])
  })

  it('maxPendingWrites: does not pile up what the disk cannot take, and goes on when it can', async () => {
    const { datastore, open } = world()
    const store = await open({ maxPendingWrites: 2 })
    datastore.hold()
    const taken = [1, 2].map(index => store.put(make('a', 1, alice, bytes(`${index}`)), FOREVER, 0))
    expect(store.put(make('a', 1, alice, bytes('3')), FOREVER, 0)).to.include({ type: 'refused', reason: 'store-busy' })
    datastore.release()
    expect(await Promise.all(taken.map(outcomeOf))).to.deep.equal(['stored', 'stored'])
    expect(await outcomeOf(store.put(make('a', 1, alice, bytes('3')), FOREVER, 0))).to.equal('stored')
  })

  it('with maxPendingWrites waiting for a disk that fails, each refused put tries again', async () => {
    const { datastore, open } = world()
    const store = await open({ maxPendingWrites: 2 })
    datastore.failure = new Error('disk full')
    const failing = [1, 2].map(index => store.put(make('a', 1, alice, bytes(`${index}`)), FOREVER, 0))
    expect(await Promise.all(failing.map(outcomeOf))).to.deep.equal(['store-failed', 'store-failed'])
    expect(await outcomeOf(store.put(make('a', 1, alice, bytes('3')), FOREVER, 0))).to.equal('store-failed')
    await store.flush()
    datastore.failure = undefined
    expect(await outcomeOf(store.put(make('a', 1, alice, bytes('3')), FOREVER, 0))).to.equal('store-failed')
    await store.flush()
    expect(await outcomeOf(store.put(make('a', 1, alice, bytes('3')), FOREVER, 0))).to.equal('stored')
  })

  it('forgets on the disk what it forgets: expired, removed, displaced, replaced', async () => {
    const here = world()
    const store = await here.open()
    store.put(make('a'), 1000, 0)
    store.put(make('b', 1, bob), FOREVER, 0)
    store.put(make('b2', 2, bob), FOREVER, 0)
    await store.flush()
    expect(contents(here.datastore).size).to.equal(2)
    store.expire(1000)
    await store.flush()
    expect(contents(here.datastore).size).to.equal(1)
    store.remove(make('b', 1, bob))
    await store.flush()
    expect(contents(here.datastore).size).to.equal(0)
  })

  it('a removal stays one when the disk fails, and reaches it later', async () => {
    const here = world()
    const store = await here.open()
    await outcomeOf(store.put(make('a'), FOREVER, 0))
    here.datastore.failure = new Error('disk full')
    store.remove(make('a'))
    await store.flush()
    expect([texts(store, 0), contents(here.datastore).size]).to.deep.equal([[], 1])
    here.datastore.failure = undefined
    await outcomeOf(store.put(make('b', 1, bob), FOREVER, 0))
    expect(texts(await reopened(here, START), 0)).to.deep.equal(['b'])
  })

  it('what was removed during a write that fails does not come back', async () => {
    const here = world()
    const store = await here.open()
    await outcomeOf(store.put(make('a', 1), FOREVER, 0))
    here.datastore.hold()
    const outcome = store.put(make('b', 2), FOREVER, 0)
    await turns()
    store.remove(make('b', 2))
    here.datastore.failure = new Error('disk full')
    here.datastore.release()
    expect(await outcomeOf(outcome)).to.equal('store-failed')
    expect(texts(store, 0)).to.deep.equal([])
  })

  it('writes nothing when the same record comes again with no longer life', async () => {
    const { datastore, open } = world()
    const store = await open()
    await outcomeOf(store.put(make('a'), HOUR, 0))
    const before = datastore.commits
    store.put(make('a'), HOUR / 2, 0, { from: addressIn(1) })
    await store.flush()
    expect(datastore.commits).to.equal(before)
    const record = make('a')
    await outcomeOf(store.put(record, 2 * HOUR, 0))
    await outcomeOf(store.put(record, 3 * HOUR, 0))
    expect(datastore.commits).to.equal(before + 2)
  })

  it('holds old records to the limits and rules of this run, nearest first, and deletes the others', async () => {
    const here = world()
    const store = await here.open({ crypto: credulous })
    for (let index = 0; index < 10; index++) store.put(recordOf(index, bytes(`${index}`)), FOREVER, 0)
    await store.flush()
    const few = await reopened(here, START, { crypto: credulous, maxRecords: 4, localId: keyId(bytes('3')) })
    expect(few.loaded).to.deep.equal({ records: 4, unreadable: 0, expired: 0, dropped: 6 })
    expect(few.get(bytes('3'), 0)).to.have.length(1)
    await few.flush()
    expect(contents(here.datastore).size).to.equal(4)
    const policies = new RecordPolicies()
    policies.register('3', { validate: () => 'no more' })
    const ruled = await reopened(here, START, { crypto: credulous, policies })
    expect([ruled.size, ruled.get(bytes('3'), 0).length], 'G4: what has become invalid is not served').to.deep.equal([3, 0])
  })

  it('counts a record for its IP group after a restart too, and keeps a sample one', async () => {
    const here = world()
    const init = { crypto: credulous, maxRecordsPerGroup: 2, random: seededRandom(1), maxAdvertisementsPerKey: 3 }
    const store = await here.open(init)
    for (const index of [1, 2]) store.put(recordOf(index, bytes(`${index}`)), FOREVER, 0, { from: addressIn(7) })
    for (let index = 0; index < 10; index++) store.put(advertisementOf(index, key), FOREVER, 0, { from: addressIn(index) })
    await store.flush()
    const again = await reopened(here, START, init)
    expect(again.put(recordOf(3, bytes('3')), FOREVER, 0, { from: addressIn(7) })).to.have.property('reason', 'group-quota')
    expect([again.advertisementCount, again.size]).to.deep.equal([3, 5])
  })

  it('prefix: two stores share a datastore and see nothing of each other', async () => {
    const here = world()
    const [one, two] = [await here.open({ prefix: '/one' }), await here.open({ prefix: '/two' })]
    await Promise.all([outcomeOf(one.put(make('a'), FOREVER, 0)), outcomeOf(two.put(make('b'), FOREVER, 0))])
    expect(texts(await reopened(here, START, { prefix: '/one' }), 0)).to.deep.equal(['a'])
    expect((await reopened(here, START)).size, 'the default is /kadmium').to.equal(0)
  })

  it('close: refuses puts, writes what is left and the time', async () => {
    const here = world()
    const store = await here.open()
    store.put(make('a'), FOREVER, 0)
    await store.close()
    await store.close()
    expect(store.put(make('b', 2), FOREVER, 0)).to.include({ type: 'refused', reason: 'store-failed' })
    expect([contents(here.datastore).size, contents(here.datastore, '/kadmium/time').size]).to.deep.equal([1, 1])
  })

  it('options that make no sense are refused', async () => {
    for (const name of ['maxPendingWrites', 'timeMarkMs']) {
      for (const limit of [0, 0.5, NaN]) {
        let thrown: unknown
        await world().open({ [name]: limit }).catch((error: unknown) => { thrown = error })
        expect(thrown, name).to.have.property('option', name)
      }
    }
  })

  it('rejects when the datastore cannot be read at all', async () => {
    const here = world()
    here.datastore.query = () => { throw new Error('corrupted') }
    let thrown: unknown
    await here.open().catch((error: unknown) => { thrown = error })
    expect(thrown).to.have.property('message', 'corrupted')
  })
})

describe('a clock between two runs', () => {
  const lifeAfter = async (ranMs: number, wallMs: number, options: Partial<DatastoreRecordStoreInit> = {}): Promise<number | undefined> => {
    const here = world()
    const store = await here.open(options)
    await outcomeOf(store.put(make('a'), 10 * HOUR, 0))
    for (let at = 0; at < ranMs; at += 60_000) {
      here.clock.setTimeout(() => { store.expire(here.clock.now()) }, 60_000)
      here.clock.runNext()
      await store.flush()
    }
    return (await reopened(here, wallMs, options)).getSlot(make('a'), 0)?.expiresAt
  }

  it('that goes on shortens each life by the time between', async () => {
    expect(await lifeAfter(0, START + 4 * HOUR)).to.equal(6 * HOUR)
    expect(await lifeAfter(HOUR, START + 4 * HOUR)).to.equal(6 * HOUR)
    expect(await lifeAfter(HOUR, START + 10 * HOUR)).to.equal(undefined)
  })

  it('that stepped back lengthens none, not even by the time that the earlier run went on', async () => {
    expect(await lifeAfter(0, START - 24 * HOUR)).to.equal(10 * HOUR)
    expect(await lifeAfter(HOUR, START - 24 * HOUR)).to.equal(9 * HOUR)
  })

  it('timeMarkMs: the time is written down so often, though nothing else is', async () => {
    expect(await lifeAfter(HOUR, START - 24 * HOUR, { timeMarkMs: 2 * HOUR })).to.equal(10 * HOUR)
    expect(await lifeAfter(HOUR, START - 24 * HOUR, { timeMarkMs: HOUR / 2 })).to.equal(9 * HOUR)
  })

  it('that stepped back while a run went on lengthens none', async () => {
    const here = world()
    let wall = START
    const clock = { now: () => here.clock.now(), wallNow: () => wall }
    const store = await here.open({ clock })
    store.put(make('a'), 10 * HOUR, 0)
    wall -= 24 * HOUR
    here.clock.setTimeout(() => { store.put(make('b', 1, bob), 10 * HOUR, here.clock.now()) }, 2 * HOUR)
    here.clock.runNext()
    await store.flush()
    const again = await reopened(here, wall + 2 * HOUR)
    expect([make('a'), make('b', 1, bob)].map(record => again.getSlot(record, 0)?.expiresAt)).to.deep.equal([8 * HOUR, 10 * HOUR])
  })

  it('X3: never leaves more than was left when the record was written, whatever it says', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: -FOREVER, max: FOREVER }), fc.integer({ min: 1, max: FOREVER }), async (step, life) => {
      const here = world()
      const store = await here.open()
      await outcomeOf(store.put(make('a'), life, 0))
      const left = (await reopened(here, START + step)).getSlot(make('a'), 0)?.expiresAt ?? 0
      expect(left).to.equal(Math.max(0, life - Math.max(0, step)))
    }), { seed: 20_260_101, numRuns: 100 })
  })
})

describe('a torn or rotten disk', () => {
  const one = async (): Promise<{ here: World, name: Key, value: Uint8Array }> => {
    const here = world()
    const store = await here.open()
    await outcomeOf(store.put(make('a'), 10 * HOUR, 0, { from: addressIn(1) }))
    await outcomeOf(store.put(make('b', 1, bob), FOREVER, 0))
    const [name, value] = [...contents(here.datastore)][0] ?? ['', '']
    return { here, name: new Key(name), value: new Uint8Array(Buffer.from(value, 'hex')) }
  }

  it('an entry cut short at any byte is skipped and counted, and the others are there', async () => {
    const { here, name, value } = await one()
    for (let length = 0; length < value.length; length++) {
      await here.datastore.put(name, value.slice(0, length))
      const store = await reopened(here, START)
      expect([store.loaded.unreadable, texts(store, 0)], `${length} bytes`).to.deep.equal([1, ['b']])
    }
  })

  it('an entry with any byte changed is skipped and counted', async () => {
    const { here, name, value } = await one()
    for (let at = 0; at < value.length; at++) {
      await here.datastore.put(name, value.with(at, (value[at] ?? 0) ^ (1 << (at % 8))))
      const store = await reopened(here, START)
      expect([store.loaded.unreadable, texts(store, 0)], `byte ${at}`).to.deep.equal([1, ['b']])
    }
  })

  it('an entry under the name of another slot is none, and is left where it is', async () => {
    const { here, name, value } = await one()
    await here.datastore.put(new Key(`${name.toString()}00`), value)
    const store = await reopened(here, START)
    expect(store.loaded).to.include({ records: 2, unreadable: 1 })
    await store.flush()
    expect(contents(here.datastore).size).to.equal(3)
  })

  it('a rotten time is counted; the newest record says what time it was', async () => {
    const { here } = await one()
    await here.datastore.put(new Key('/kadmium/time'), Uint8Array.of(1, 2, 3))
    const store = await reopened(here, START - HOUR)
    expect(store.loaded.unreadable).to.equal(1)
    expect(store.getSlot(make('a'), 0)?.expiresAt).to.equal(10 * HOUR)
  })
})

describe('DatastoreRecordStore as a model', () => {
  it('holds in memory what was acknowledged, and on the disk what it holds, for any puts and failures', async () => {
    const drawn = [1, 2, 3].flatMap(seq => [make('a', seq), make('b', seq, bob), make('c', seq, alice, bytes('other'))])
    const step = fc.record({ put: fc.array(fc.nat(drawn.length - 1), { minLength: 1, maxLength: 3 }), fails: fc.boolean(), written: fc.nat(4), removes: fc.option(fc.nat(2)), settle: fc.boolean() })
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
      const here = world()
      const store = await here.open()
      const acknowledged = new Map<string, number>()
      const slot = ({ key, publisher = key }: KadRecord): string => Buffer.concat([key, publisher]).toString('hex')
      for (const { put, fails, written, removes, settle } of steps) {
        Object.assign(here.datastore, { failure: fails ? new Error('disk full') : undefined, written })
        const records = put.map(index => drawn[index] as KadRecord)
        const outcomes = records.map(record => store.put(record, FOREVER, 0))
        if (settle) await turns()
        const removed = removes === null ? undefined : drawn[removes]
        const results = await Promise.all(outcomes.map(outcomeOf))
        results.forEach((result, index) => {
          const record = records[index] as KadRecord
          if (result === 'stored' || result === 'unchanged') acknowledged.set(slot(record), Math.max(record.seq, acknowledged.get(slot(record)) ?? 0))
        })
        if (removed !== undefined) {
          store.remove(removed)
          acknowledged.delete(slot(removed))
          await store.flush()
        }
        expect(new Map([...store.entries(0)].map(({ record }) => [slot(record), record.seq]))).to.deep.equal(acknowledged)
      }
      here.datastore.failure = undefined
      await store.close()
      const again = await reopened(here, START)
      expect([...again.entries(0)].map(({ record }) => record)).to.have.deep.members([...store.entries(0)].map(({ record }) => record))
    }), { seed: 20_260_101, numRuns: 200 })
  })
})

describe('interface-datastore, as it is relied on', () => {
  const bytesOf = (text: string): Key => new Key(text)

  it('get of what is not there throws NotFoundError, and delete of it does nothing', async () => {
    const datastore = new MemoryDatastore()
    let thrown: unknown
    try { await datastore.get(bytesOf('/none')) } catch (error) { thrown = error }
    expect(thrown).to.have.property('name', 'NotFoundError')
    const batch = datastore.batch()
    batch.delete(bytesOf('/none'))
    await batch.commit()
  })

  it('a batch is done when its commit is, and a query by prefix finds what begins with it', async () => {
    const datastore = new MemoryDatastore()
    const batch = datastore.batch()
    for (const name of ['/a/1', '/a/2', '/ab', '/b']) batch.put(bytesOf(name), bytes(name))
    expect(await datastore.has(bytesOf('/a/1'))).to.equal(false)
    await batch.commit()
    const found: string[] = []
    for await (const { key } of datastore.query({ prefix: '/a/' })) found.push(key.toString())
    expect(found).to.deep.equal(['/a/1', '/a/2'])
  })
})

/** Lets what is under way get on. */
async function turns (): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
