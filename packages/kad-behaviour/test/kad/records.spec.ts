import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { signRecord } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import { ownedKey } from '../../src/index.ts'
import { QUIET, TestNetwork, failure, progressed, text } from '../network.ts'
import type { KadInit, QuorumFailedError } from '../../src/index.ts'
import type { TestNode } from '../network.ts'

const KEY = text('key')
const someone = (name: string): ReturnType<typeof createIdentity> => createIdentity(generatePrivateKey(seededRandom(name)), systemCrypto())

async function network (count: number, options: KadInit = {}): Promise<{ net: TestNetwork, nodes: TestNode[] }> {
  const net = new TestNetwork()
  return { net, nodes: await net.acquainted(count, { ...QUIET, ...options }) }
}

describe('what a publisher can do with its records', () => {
  it('compare and swap: only over the expected seq; the refusal says which seq is held, and the next try goes on from there', async () => {
    const { net, nodes } = await network(5)
    const publisher = someone('p')
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('1'), seq: 10 }, { publisher }))
    const missed = await failure(net.until(nodes[1]!.kad.putRecord({ key: KEY, value: text('2') }, { publisher, expectedSeq: 9 }))) as QuorumFailedError
    expect(missed.refused[0]).to.deep.include({ reason: 'cas-mismatch' })
    expect(missed.refused[0]!.message).to.match(/seq 10$/)
    expect(await net.until(nodes[2]!.kad.putRecord({ key: KEY, value: text('2') }, { publisher, expectedSeq: 10 }))).to.include({ storedOn: 4 })
    expect((await net.until(nodes[3]!.kad.getRecord(KEY))).value).to.deep.equal(text('2'))
    expect((await failure(nodes[0]!.kad.putRecord({ key: KEY, value: text('') }, { expectedSeq: -1 }))).message).to.match(/^expectedSeq: expected/)
  })

  it('compare and swap: the new seq is above the expected one, however far ahead of the clock that is', async () => {
    const { net, nodes } = await network(3)
    const seq = 2 ** 50
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('1'), seq }))
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('2') }, { expectedSeq: seq }))
    expect((await net.until(nodes[1]!.kad.getRecord(KEY))).best!.seq).to.equal(seq + 1)
  })

  it('a removed record is gone, and older copies that turn up do not come back', async () => {
    const { net, nodes } = await network(5)
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('1') }))
    const old = nodes[1]!.kad.store.get(KEY, net.clock.now())[0]!.record
    expect(await net.until(nodes[0]!.kad.removeRecord(KEY))).to.include({ storedOn: 4 })
    nodes[4]!.kad.store.remove(old)
    expect(nodes[4]!.kad.store.put(old, 100_000, net.clock.now()).type).to.equal('stored')
    const query = nodes[4]!.kad.getRecord(KEY, { quorum: 'all' })
    const result = await net.until(query)
    expect(result).to.deep.include({ records: [], contested: false })
    expect(result.value).to.equal(undefined)
    expect(result.held.map(({ record: { kind }, holders }) => [kind, holders.length])).to.deep.equal([['tombstone', 4]])
    expect(nodes[0]!.kad.store.put(old, 100_000, net.clock.now())).to.deep.include({ reason: 'older-seq' })
    await net.run(0)
    expect(progressed(nodes[4]!, query.id).at(-1)!.result).to.deep.include({ ok: false, error: 'NotFound' })
  })

  it('a removal corrects holders of older copies when it is read', async () => {
    const { net, nodes } = await network(5)
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('1') }))
    const old = nodes[1]!.kad.store.get(KEY, net.clock.now())[0]!.record
    await net.until(nodes[0]!.kad.removeRecord(KEY))
    nodes[3]!.kad.store.remove(old)
    nodes[3]!.kad.store.put(old, 100_000, net.clock.now())
    await net.until(nodes[4]!.kad.getRecord(KEY, { quorum: 'all' }))
    await net.run(1_000)
    expect(nodes[3]!.kad.store.get(KEY, net.clock.now()).map(({ record: { kind } }) => kind)).to.deep.equal(['tombstone'])
  })

  it('one slot is removed, and only its publisher\'s; put again, it is there again', async () => {
    const { net, nodes } = await network(4)
    const salt = text('salt')
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('salted'), salt }))
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('plain') }))
    await net.until(nodes[1]!.kad.removeRecord(KEY))
    await net.until(nodes[0]!.kad.removeRecord(KEY, { salt }))
    expect((await net.until(nodes[3]!.kad.getRecord(KEY))).records.map(({ record: { value } }) => value)).to.deep.equal([text('plain')])
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('again'), salt }))
    expect((await net.until(nodes[3]!.kad.getRecord(KEY, { salt }))).value).to.deep.equal(text('again'))
  })

  it('R10: every publisher\'s newest, then who held what; contested says that others hold other values', async () => {
    const { net, nodes } = await network(6)
    const [a, b] = [someone('a'), someone('b')]
    const hold = (node: TestNode, of: typeof a, seq: number, value: string): void => {
      node.kad.store.put(signRecord({ key: KEY, seq, value: text(value), ttl: 1000 }, of), 1_000_000, net.clock.now())
    }
    for (const node of nodes.slice(1, 5)) hold(node, a, 1, 'mars')
    for (const node of nodes.slice(1, 3)) hold(node, b, 2, 'venus')
    hold(nodes[3]!, b, 1, 'old')
    const result = await net.until(nodes[0]!.kad.getRecord(KEY, { quorum: 'all' }))
    expect(result.records.map(({ record: { value } }) => new TextDecoder().decode(value))).to.deep.equal(['venus', 'mars'])
    expect(result.contested).to.equal(true)
    const held = Object.fromEntries(result.held.map(({ record: { value }, holders }) => [new TextDecoder().decode(value), holders.map(({ hex }) => hex).sort()]))
    const ids = (from: number, to: number): string[] => nodes.slice(from, to).map(({ id }) => id.hex).sort()
    expect(held).to.deep.equal({ mars: ids(1, 5), venus: ids(1, 3), old: ids(3, 4) })
    expect((await net.until(nodes[0]!.kad.getRecord(KEY, { publisher: a.publicKey }))).contested).to.equal(false)
  })

  it('two publishers with one value contest nothing', async () => {
    const { net, nodes } = await network(4)
    for (const i of [0, 1]) await net.until(nodes[i]!.kad.putRecord({ key: KEY, value: text('same') }))
    expect(await net.until(nodes[3]!.kad.getRecord(KEY))).to.deep.include({ contested: false })
  })

  it('equivocation is refused by holders, and reported by who reads both; all readers believe the same one', async () => {
    const { net, nodes } = await network(4)
    const publisher = someone('p')
    const [one, two] = ['one', 'two'].map(value => signRecord({ key: KEY, seq: 5, value: text(value), ttl: 1000 }, publisher))
    nodes[1]!.kad.store.put(one!, 1_000_000, net.clock.now())
    nodes[2]!.kad.store.put(two!, 1_000_000, net.clock.now())
    expect(nodes[1]!.kad.store.put(two!, 1_000_000, net.clock.now())).to.include({ reason: 'same-seq-other-value' })
    const values = []
    for (const node of [nodes[0]!, nodes[3]!]) {
      const { records, equivocations, value } = await net.until(node.kad.getRecord(KEY, { quorum: 'all' }))
      expect([records.length, equivocations.length]).to.deep.equal([1, 1])
      expect(equivocations[0]!.believed.value).to.deep.equal(value)
      values.push(value)
    }
    expect(values[0]).to.deep.equal(values[1])
    const missed = await failure(net.until(nodes[3]!.kad.putRecord({ key: KEY, value: text('x'), seq: 5 }, { publisher, quorum: 'all' })))
    expect(missed.message).to.include('same-seq-other-value')
  })

  it('an owned key is its owner\'s alone, at holders and at readers', async () => {
    const { net, nodes } = await network(4)
    const key = ownedKey(nodes[0]!.id, 'profile')
    await net.until(nodes[0]!.kad.putRecord({ key, value: text('mine') }))
    expect((await failure(net.until(nodes[1]!.kad.putRecord({ key, value: text('theirs') })))).message).to.include('not-owner')
    expect(await net.until(nodes[2]!.kad.getRecord(key))).to.deep.include({ value: text('mine'), contested: false })
  })

  it('allowUnsigned: unsigned records travel only where all nodes take them, and anybody replaces them', async () => {
    const open = await network(3, { allowUnsigned: true })
    await open.net.until(open.nodes[0]!.kad.putRecord({ key: KEY, value: text('a') }, { unsigned: true }))
    await open.net.run(10)
    await open.net.until(open.nodes[1]!.kad.putRecord({ key: KEY, value: text('b') }, { unsigned: true }))
    const { records, value } = await open.net.until(open.nodes[2]!.kad.getRecord(KEY))
    expect([records.length, value]).to.deep.equal([1, text('b')])
    const closed = await network(2)
    expect((await failure(closed.nodes[0]!.kad.putRecord({ key: KEY, value: text('a') }, { unsigned: true }))).message).to.match(/^unsigned: needs allowUnsigned/)
    const mixed = await closed.net.node({ ...QUIET, allowUnsigned: true })
    closed.net.introduce([mixed, ...closed.nodes])
    const missed = await failure(closed.net.until(mixed.kad.putRecord({ key: KEY, value: text('a') }, { unsigned: true }))) as QuorumFailedError
    expect(missed.refused.map(({ reason }) => reason)).to.deep.equal(['unsigned', 'unsigned'])
    expect(await closed.net.until(closed.nodes[0]!.kad.getRecord(KEY))).to.deep.include({ records: [] })
  })

  it('policies by prefix, as an object: the validator refuses with its reason, the selector chooses', async () => {
    const { net, nodes } = await network(4, {
      policies: {
        '/v/': {
          validate: ({ value }) => value.length > 1 ? 'too long' : undefined,
          select: records => [...records].sort((a, b) => a.value[0]! - b.value[0]!)
        }
      }
    })
    const key = text('/v/x')
    const refused = await failure(net.until(nodes[0]!.kad.putRecord({ key, value: text('ab') }))) as QuorumFailedError
    expect(refused.refused[0]).to.deep.include({ reason: 'invalid-value', message: 'too long' })
    for (const [i, value] of ['a', 'b'].entries()) await net.until(nodes[i]!.kad.putRecord({ key, value: text(value) }))
    expect((await net.until(nodes[3]!.kad.getRecord(key))).value).to.deep.equal(text('a'))
    expect((await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text('ab') }))).storedOn).to.equal(3)
  })

  it('also: a node far from the key is given a copy too, and the result says whether it took it', async () => {
    const { net, nodes } = await network(8, { replicationFactor: 2, k: 8 })
    const put = async (also?: TestNode): Promise<string[]> => {
      const result = await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: text(`${also?.id.hex}`) }, also === undefined ? {} : { also: [also.contact] }))
      return result.holders.map(({ hex }) => hex)
    }
    const near = await put()
    const far = nodes.slice(1).find(({ id }) => !near.includes(id.hex))!
    expect((await put(far)).sort()).to.deep.equal([...near, far.id.hex].sort())
    expect(far.kad.store.get(KEY, net.clock.now())).to.have.length(1)
  })
})

describe('batches', () => {
  it('putMany and getMany: all of them, results as they come, near keys by one lookup', async () => {
    const { net, nodes } = await network(20)
    const items = Array.from({ length: 100 }, (_, n) => ({ key: text(`key ${n}`), value: text(`value ${n}`) }))
    const results = await net.until(collect(nodes[0]!.kad.putMany(items, { concurrency: 4 })))
    expect(results.map(({ item }) => items.indexOf(item)).sort((a, b) => a - b)).to.deep.equal([...items.keys()])
    expect(results.every(one => 'result' in one && one.result.storedOn === 19)).to.equal(true)
    const lookups = nodes.slice(1).reduce((sum, { events }) => sum + events.filter(event => event.type === 'InboundRequest' && event.detail.request.type === 'FindNode').length, 0)
    expect(lookups, 'at most one lookup for each of four lanes').to.be.at.most(4 * 19)
    const got = await net.until(collect(nodes[7]!.kad.getMany(async function * () { yield * items.map(({ key }) => key) }())))
    const values = new Map(got.map(one => [new TextDecoder().decode(one.item), 'result' in one ? one.result.value : undefined]))
    for (const { key, value } of items) expect(values.get(new TextDecoder().decode(key))).to.deep.equal(value)
  })

  it('holders of a batch are the nearest, as those of a single put are', async () => {
    const { net, nodes } = await network(60, { k: 4, replicationFactor: 4 })
    const items = Array.from({ length: 30 }, (_, n) => ({ key: text(`key ${n}`), value: text('v') }))
    const results = await net.until(collect(nodes[0]!.kad.putMany(items, { concurrency: 1 })))
    for (const one of results) {
      if (!('result' in one)) throw one.error
      expect(one.result.holders.map(({ hex }) => hex).sort()).to.deep.equal(net.closest(one.result.keyId, 4, nodes.slice(1)).map(({ id }) => id.hex).sort())
    }
  })

  it('an error of one item ends no other; concurrency bounds what runs; the signal ends it', async () => {
    const { net, nodes } = await network(4)
    const items = [{ key: text('good'), value: text('1') }, { key: new Uint8Array(0), value: text('2') }, { key: text('large'), value: new Uint8Array(100_000) }]
    const results = await net.until(collect(nodes[0]!.kad.putMany(items)))
    const names = results.map(one => 'error' in one ? one.error.name : 'stored')
    expect(names.sort()).to.deep.equal(['InvalidOptionError', 'ValueTooLargeError', 'stored'])
    const many = Array.from({ length: 20 }, (_, n) => ({ key: text(`${n}`), value: text('') }))
    const running = nodes[0]!.kad.putMany(many, { concurrency: 3 })
    const first = running.next()
    await net.run(0)
    expect(nodes[0]!.kad.queries()).to.have.length(3)
    await net.until(first)
    await net.until(running.return())
    const ended = new AbortController()
    ended.abort()
    expect(await net.until(collect(nodes[0]!.kad.putMany(many, { signal: ended.signal })))).to.deep.equal([])
    expect(() => nodes[0]!.kad.getMany([], { concurrency: 0 })).to.throw('count: expected')
  })
})

async function collect<T> (items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
