import type { Contact } from '@kadmium/interface'
import { expect } from 'chai'
import { RoutingTable } from '../src/index.ts'
import type { RoutingTableInit } from '../src/index.ts'
import { contactIn, contactsIn, local, withAddresses } from './contacts.ts'

describe('limits by IP group', () => {
  /** Contact number `i` of a bucket, in one /24 with all the others. */
  const crowd = (bucket: number, i: number): Contact => withAddresses(contactIn(bucket, i), `203.0.113.${i}:4000`)

  it('at most two of one /24 enter a bucket', () => {
    const { table, outcomes } = insertAll({}, [1, 2, 3].map(i => crowd(0, i)))
    expect(outcomes).to.deep.equal(['inserted', 'inserted', 'group-in-bucket'])
    expect(table.insert(withAddresses(contactIn(0, 4), '203.0.114.1:4000'), 0).type).to.equal('inserted')
  })

  it('at most two of one /56 enter a bucket', () => {
    const addresses = ['[2001:db8:1:ab00::1]:1', '[2001:db8:1:ab7f::2]:1', '[2001:db8:1:abff::3]:1', '[2001:db8:1:ac00::1]:1']
    const { outcomes } = insertAll({}, addresses.map((address, i) => withAddresses(contactIn(0, i), address)))
    expect(outcomes).to.deep.equal(['inserted', 'inserted', 'group-in-bucket', 'inserted'])
  })

  it('maxPerGroupInBucket says how many', () => {
    const { outcomes } = insertAll({ maxPerGroupInBucket: 4 }, [1, 2, 3, 4, 5].map(i => crowd(0, i)))
    expect(outcomes).to.deep.equal(['inserted', 'inserted', 'inserted', 'inserted', 'group-in-bucket'])
  })

  it('at most ten of one /24 enter the table', () => {
    const { table, outcomes } = insertAll({}, Array.from({ length: 12 }, (_, i) => crowd(i, i)))
    expect(outcomes).to.deep.equal([...Array.from({ length: 10 }, () => 'inserted'), 'group-in-table', 'group-in-table'])
    expect(table.size).to.equal(10)
  })

  it('maxPerGroupInTable says how many', () => {
    const { outcomes } = insertAll({ maxPerGroupInTable: 3 }, [0, 1, 2, 3].map(i => crowd(i, i)))
    expect(outcomes).to.deep.equal(['inserted', 'inserted', 'inserted', 'group-in-table'])
  })

  it('both addresses of a contact count, each in its family', () => {
    const v6 = '[2001:db8:1:1::1]:1'
    const contacts = ['198.51.100.1:1', '198.51.101.1:1', '198.51.102.1:1'].map((v4, i) => withAddresses(contactIn(0, i), v4, v6))
    expect(insertAll({}, contacts).outcomes).to.deep.equal(['inserted', 'inserted', 'group-in-bucket'])
    expect(insertAll({}, contacts.map(({ id, addresses }) => ({ id, addresses: [addresses[0]!] }))).outcomes)
      .to.deep.equal(['inserted', 'inserted', 'inserted'])
  })

  for (const host of ['127.0.0.1', '10.1.2.3', '192.168.1.1', '[::1]', '[fd00::1]', '[fe80::1]']) {
    it(`${host} counts to no group, so that small networks work`, () => {
      const contacts = [1, 2, 3, 4].map(i => withAddresses(contactIn(0, i), `${host}:${4000 + i}`))
      expect(insertAll({}, contacts).table.size).to.equal(4)
    })

    it(`${host} counts when exemptPrivate is false`, () => {
      const contacts = [1, 2, 3, 4].map(i => withAddresses(contactIn(0, i), `${host}:${4000 + i}`))
      expect(insertAll({ exemptPrivate: false }, contacts).table.size).to.equal(2)
    })
  }

  it('P10: a place is free again when its holder has left', () => {
    const { table } = insertAll({}, [1, 2].map(i => crowd(0, i)))
    expect(table.insert(crowd(0, 3), 1).type).to.equal('rejected')
    table.remove(crowd(0, 1).id, 2)
    expect(table.insert(crowd(0, 3), 3).type).to.equal('inserted')
    table.failed(crowd(0, 2).id, 4)
    table.failed(crowd(0, 2).id, 5)
    expect(table.insert(crowd(0, 4), 6).type).to.equal('inserted')
    expect(table.insert(crowd(0, 5), 7).type).to.equal('rejected')
  })

  it('those that wait count too, so that one network cannot fill the replacement cache', () => {
    const { table } = insertAll({ k: 5 }, contactsIn(0, 5))
    const outcomes = [1, 2, 3, 4].map(i => table.insert(crowd(0, 100 + i), 10))
    expect(outcomes.map(({ type }) => type)).to.deep.equal(['pending', 'cached', 'rejected', 'rejected'])
  })

  it('a candidate takes a place only if its group still has room', () => {
    const { table, contacts } = insertAll({ k: 5, maxPerGroupInTable: 1 }, contactsIn(0, 5))
    table.insert(contactIn(0, 50), 10)
    table.insert(crowd(0, 51), 11)
    table.insert(crowd(1, 52), 12)
    expect(table.remove(contacts[0]!.id, 13)).to.deep.equal({ removed: contacts[0], replacement: contactIn(0, 50) })
    expect(table.remove(contacts[1]!.id, 14)).to.deep.equal({ removed: contacts[1] })
  })

  it('nobody is evicted for a candidate that may not enter', () => {
    const { table, contacts } = insertAll({ k: 5, maxPerGroupInTable: 1 }, contactsIn(0, 5))
    table.insert(crowd(1, 52), 10)
    expect(table.insert(crowd(0, 51), 11)).to.deep.equal({ type: 'pending', probe: contacts[0] })
    expect(table.failed(contacts[0]!.id, 12)).to.deep.equal({ type: 'kept', failures: 1 })
  })
})

describe('addresses', () => {
  const peer = contactIn(0, 1)

  it('an answer from elsewhere replaces the address of the same family', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(withAddresses(peer, '198.51.100.1:4000', '[2001:db8::1]:4000'), 0)
    expect(table.insert(withAddresses(peer, '198.51.100.9:5000'), 1)).to.deep.equal({ type: 'updated', addressesChanged: true })
    expect(texts(table, peer)).to.have.members(['198.51.100.9:5000', '[2001:db8::1]:4000'])
    expect(table.insert(withAddresses(peer, '[2001:db8::2]:4000'), 2)).to.deep.equal({ type: 'updated', addressesChanged: true })
    expect(texts(table, peer)).to.have.members(['198.51.100.9:5000', '[2001:db8::2]:4000'])
    expect(table.size).to.equal(1)
  })

  it('the other port of a host is another address', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(withAddresses(peer, '198.51.100.1:4000'), 0)
    expect(table.insert(withAddresses(peer, '198.51.100.1:4001'), 1)).to.deep.equal({ type: 'updated', addressesChanged: true })
    expect(texts(table, peer)).to.deep.equal(['198.51.100.1:4001'])
  })

  it('the first address of a family is added to the other', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(withAddresses(peer, '198.51.100.1:4000'), 0)
    expect(table.insert(withAddresses(peer, '[2001:db8::1]:4000'), 1)).to.deep.equal({ type: 'updated', addressesChanged: true })
    expect(texts(table, peer)).to.have.members(['198.51.100.1:4000', '[2001:db8::1]:4000'])
  })

  it('hearing the same again changes nothing but the time, and keeps the object', () => {
    const table = new RoutingTable({ localId: local })
    const both = withAddresses(peer, '198.51.100.1:4000', '[2001:db8::1]:4000')
    table.insert(both, 0)
    for (const again of [both, withAddresses(peer, '[2001:db8::1]:4000', '198.51.100.1:4000'), withAddresses(peer, '198.51.100.1:4000')]) {
      expect(table.insert(again, 5)).to.deep.equal({ type: 'updated', addressesChanged: false })
    }
    expect(table.get(peer.id)).to.equal(both)
    expect(table.entry(peer.id)!.lastSeen).to.equal(5)
  })

  it('a contact keeps at most one address of each family: the first', () => {
    const table = new RoutingTable({ localId: local })
    table.insert(withAddresses(peer, '198.51.100.1:1', '198.51.100.2:2', '[2001:db8::1]:3', '[2001:db8::2]:4'), 0)
    expect(texts(table, peer)).to.deep.equal(['198.51.100.1:1', '[2001:db8::1]:3'])
    table.insert(withAddresses(peer, '198.51.100.3:1', '198.51.100.4:2'), 1)
    expect(texts(table, peer)).to.have.members(['198.51.100.3:1', '[2001:db8::1]:3'])
  })

  it('a public key is learnt, and not forgotten', () => {
    const table = new RoutingTable({ localId: local })
    const publicKey = new Uint8Array(32).fill(7)
    table.insert(peer, 0)
    expect(table.insert({ ...peer, publicKey }, 1)).to.deep.equal({ type: 'updated', addressesChanged: false })
    expect(table.get(peer.id)!.publicKey).to.deep.equal(publicKey)
    table.insert(withAddresses(peer, '198.51.100.1:4000'), 2)
    expect(table.get(peer.id)!.publicKey).to.deep.equal(publicKey)
  })

  it('nobody moves into a group that is full: the known address stays, and is not taken for seen', () => {
    const table = new RoutingTable({ localId: local })
    for (const i of [2, 3]) table.insert(withAddresses(contactIn(0, i), `203.0.113.${i}:4000`), 0)
    table.insert(withAddresses(peer, '198.51.100.1:4000'), 0)
    expect(table.insert(withAddresses(peer, '203.0.113.1:4000'), 1)).to.deep.equal({ type: 'rejected', reason: 'group-in-bucket' })
    expect(texts(table, peer)).to.deep.equal(['198.51.100.1:4000'])
    expect(table.entry(peer.id)!.lastSeen).to.equal(0)
  })

  it('a contact does not count against itself when it moves within its group', () => {
    const table = new RoutingTable({ localId: local })
    for (const i of [1, 2]) table.insert(withAddresses(contactIn(0, i), `203.0.113.${i}:4000`), 0)
    expect(table.insert(withAddresses(peer, '203.0.113.77:4000'), 1)).to.deep.equal({ type: 'updated', addressesChanged: true })
  })

  it('those that wait cannot keep a contact from moving', () => {
    const { table } = insertAll({ k: 5 }, contactsIn(0, 5))
    for (const i of [1, 2]) table.insert(withAddresses(contactIn(0, 100 + i), `203.0.113.${i}:4000`), 10)
    expect(table.insert(withAddresses(contactIn(0, 0), '203.0.113.9:4000'), 11)).to.deep.equal({ type: 'updated', addressesChanged: true })
  })
})

function insertAll (init: Partial<RoutingTableInit>, contacts: readonly Contact[]) {
  const table = new RoutingTable({ localId: local, ...init })
  const outcomes = contacts.map(each => table.insert(each, 0)).map(outcome => outcome.type === 'rejected' ? outcome.reason : outcome.type)
  return { table, outcomes, contacts }
}

function texts (table: RoutingTable, { id }: Contact): string[] {
  return table.get(id)!.addresses.map(({ text }) => text)
}
