import { MemoryDatastore } from 'datastore-core'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { Key } from 'interface-datastore'
import { NodeStateStore, signRecord } from '../src/index.ts'
import type { Publication, SavedContact } from '../src/index.ts'
import { contents } from './faulty-datastore.ts'
import { alice, bob, bytes } from './people.ts'

const WALL = 1_767_225_600_000
const v4 = endpoint('203.0.113.1', 8001)
const v6 = endpoint('2001:db8::1', 8001)
const contact = (publicKey: Uint8Array, lastSeen = WALL): SavedContact => ({ publicKey, addresses: [v4, v6], lastSeen })
const record = signRecord({ key: bytes('key'), value: bytes('value'), seq: 7, salt: bytes('s') }, alice)
const publication: Publication = { record, publishedAt: WALL }
const fresh = (): { datastore: MemoryDatastore, state: NodeStateStore } => {
  const datastore = new MemoryDatastore()
  return { datastore, state: new NodeStateStore(datastore) }
}

describe('NodeStateStore', () => {
  it('gives back what it was given', async () => {
    const { state, datastore } = fresh()
    await state.saveContacts([contact(alice.publicKey), contact(bob.publicKey, WALL - 5)])
    await state.savePublication(publication)
    await state.saveKept({ record, endsAt: WALL + 5 })
    await state.savePublication({ record: signRecord({ key: bytes('key'), value: bytes('kept'), seq: 8 }, bob), publishedAt: WALL })
    await state.saveNetworkSize({ size: 1234.5, measuredAt: WALL })
    await state.saveSequence(Number.MAX_SAFE_INTEGER)
    await state.savePort(8001)
    const later = new NodeStateStore(datastore)
    const contacts = await later.loadContacts()
    expect(contacts.items.map(({ publicKey, addresses, lastSeen }) => [publicKey, addresses.map(({ text }) => text), lastSeen])).to.have.deep.members([
      [alice.publicKey, [v4.text, v6.text], WALL], [bob.publicKey, [v4.text, v6.text], WALL - 5]
    ])
    expect(await later.loadKept()).to.deep.equal({ items: [{ record, endsAt: WALL + 5 }], unreadable: 0 })
    const publications = await later.loadPublications()
    expect(publications.items).to.have.deep.members([publication, { record: signRecord({ key: bytes('key'), value: bytes('kept'), seq: 8 }, bob), publishedAt: WALL }])
    expect([contacts.unreadable, publications.unreadable]).to.deep.equal([0, 0])
    expect(await later.loadNetworkSize()).to.deep.equal({ size: 1234.5, measuredAt: WALL })
    expect(await later.loadSequence()).to.equal(Number.MAX_SAFE_INTEGER)
    expect(await later.loadPort()).to.equal(8001)
  })

  it('a new node remembers nothing', async () => {
    const { state } = fresh()
    expect(await state.loadContacts()).to.deep.equal({ items: [], unreadable: 0 })
    expect(await state.loadPublications()).to.deep.equal({ items: [], unreadable: 0 })
    expect([await state.loadNetworkSize(), await state.loadSequence(), await state.loadPort()]).to.deep.equal([undefined, undefined, undefined])
  })

  it('saves contacts in place of those before, and one publication a slot', async () => {
    const { state } = fresh()
    await state.saveContacts([contact(alice.publicKey), contact(bob.publicKey)])
    await state.saveContacts([contact(bob.publicKey, WALL + 9)])
    expect((await state.loadContacts()).items.map(({ publicKey, lastSeen }) => [publicKey, lastSeen])).to.deep.equal([[bob.publicKey, WALL + 9]])
    await state.savePublication(publication)
    await state.savePublication({ ...publication, publishedAt: WALL + 9 })
    expect((await state.loadPublications()).items.map(({ publishedAt }) => publishedAt)).to.deep.equal([WALL + 9])
    await state.removePublication(record)
    expect((await state.loadPublications()).items).to.deep.equal([])
    await state.removePublication(record)
  })

  it('skips and counts what was torn or has rotted at any byte, and what is misplaced', async () => {
    const { state, datastore } = fresh()
    await state.saveContacts([contact(alice.publicKey)])
    await state.savePublication(publication)
    for (const [kind, load] of [['contacts', async () => await state.loadContacts()], ['publications', async () => await state.loadPublications()]] as const) {
      const [[name, hex] = ['', '']] = contents(datastore, `/kadmium/state/${kind}/`)
      const value = new Uint8Array(Buffer.from(hex, 'hex'))
      for (let at = 0; at < value.length; at++) {
        for (const broken of [value.slice(0, at), value.with(at, (value[at] ?? 0) ^ 1)]) {
          await datastore.put(new Key(name), broken)
          expect(await load(), `${kind}, byte ${at}`).to.deep.equal({ items: [], unreadable: 1 })
        }
      }
      await datastore.put(new Key(name), value)
      await datastore.put(new Key(`${name}0`), value)
      expect(await load()).to.have.property('unreadable', 1)
    }
  })

  it('what cannot be read of single values is none', async () => {
    const { state, datastore } = fresh()
    await state.saveNetworkSize({ size: 5, measuredAt: WALL })
    await state.saveSequence(5)
    for (const name of ['network-size', 'sequence']) await datastore.put(new Key(`/kadmium/state/${name}`), Uint8Array.of(1, 2, 3))
    expect([await state.loadNetworkSize(), await state.loadSequence()]).to.deep.equal([undefined, undefined])
  })

  it('never throws for what a disk may hold', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), async junk => {
      const { state, datastore } = fresh()
      for (const name of ['contacts/a', 'publications/a', 'network-size', 'sequence']) await datastore.put(new Key(`/kadmium/state/${name}`), junk)
      expect((await state.loadContacts()).unreadable + (await state.loadPublications()).unreadable).to.equal(2)
      expect([await state.loadNetworkSize(), await state.loadSequence()]).to.deep.equal([undefined, undefined])
    }), { seed: 20_260_101, numRuns: 200 })
  })

  it('rejects where the datastore fails', async () => {
    const { state, datastore } = fresh()
    datastore.get = () => { throw new Error('i/o error') }
    let thrown: unknown
    await state.loadSequence().catch((error: unknown) => { thrown = error })
    expect(thrown).to.have.property('message', 'i/o error')
  })

  it('prefix: two nodes share a datastore', async () => {
    const datastore = new MemoryDatastore()
    await new NodeStateStore(datastore, '/one').saveSequence(1)
    await new NodeStateStore(datastore, '/two').saveSequence(2)
    expect(await new NodeStateStore(datastore, '/one').loadSequence()).to.equal(1)
  })
})
