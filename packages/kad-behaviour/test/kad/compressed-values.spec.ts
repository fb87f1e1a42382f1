import { MemoryRecordStore, signRecord } from '@kadmium/records'
import { seededRandom, systemCompressor, systemCrypto } from '@kadmium/runtime'
import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { expect } from 'chai'
import { QUIET, TestNetwork, failure, text } from '../network.ts'
import type { Compressor, KadRecord } from '@kadmium/interface'
import { GetTally } from '../../src/get-tally.ts'
import type { KadInit } from '../../src/index.ts'
import type { Sent, TestNode } from '../network.ts'

const KEY = text('key')
const HOUR_MS = 3_600_000
const WORDS = 'It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.\n'
const TALE = text(WORDS.repeat(480)).slice(0, 50 * 1024)
const NOISE = seededRandom('noise').bytes(50 * 1024)
const BOMB = systemCompressor().deflate(new Uint8Array(65_537))
const compressor = systemCompressor()
const OPTIONS: KadInit = { ...QUIET, compressor }
const mallory = createIdentity(generatePrivateKey(seededRandom('mallory')), systemCrypto())

/** Whether anything went over a connection. */
function watch (network: TestNetwork): Sent[] {
  const sent: Sent[] = []
  network.fate = one => { sent.push(one); return 'delivered' }
  return sent
}

function held ({ kad }: TestNode, network: TestNetwork, key = KEY): KadRecord | undefined {
  return kad.store.get(key, network.clock.now())[0]?.record
}

describe('compressed values', () => {
  it('a text of 50 KiB that comes to less than 850 bytes goes by datagrams, and comes back as it was', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(5, OPTIONS)
    const sent = watch(network)
    const { storedOn } = await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: TALE }))
    expect(storedOn).to.equal(4)
    expect(held(nodes[1]!, network)).to.deep.include({ encoding: 'deflate' })
    expect(held(nodes[1]!, network)!.value.length).to.be.below(848)
    const { value, records } = await network.until(nodes[4]!.kad.getRecord(KEY))
    expect(value).to.deep.equal(TALE)
    expect(records[0]!.value).to.deep.equal(TALE)
    expect(sent.every(({ bytes, reliable }) => !reliable && (bytes?.length ?? 0) < 1_100)).to.equal(true)
  })

  it('what does not shrink by an eighth travels as it is, and so does what is short', async () => {
    const network = new TestNetwork({ reliable: true })
    const nodes = await network.acquainted(3, { ...OPTIONS, compressMinBytes: 300 })
    for (const value of [NOISE, TALE.slice(0, 299)]) {
      await network.until(nodes[0]!.kad.putRecord({ key: KEY, value }))
      expect(held(nodes[1]!, network)).to.not.have.property('encoding')
      expect((await network.until(nodes[2]!.kad.getRecord(KEY))).value).to.deep.equal(value)
    }
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: TALE.slice(0, 300) }))
    expect(held(nodes[1]!, network)).to.have.property('encoding', 'deflate')
  })

  it('the limit of 64 KiB is for what was put, however small it becomes', async () => {
    const network = new TestNetwork()
    const [node] = await network.acquainted(1, OPTIONS)
    const error = await failure(network.until(node!.kad.putRecord({ key: KEY, value: new Uint8Array(65_537) })))
    expect(error).to.include({ name: 'ValueTooLargeError', size: 65_537, limit: 65_536 })
  })

  it('without connections, what stays above 848 bytes is refused with that limit', async () => {
    const network = new TestNetwork()
    const [node] = await network.acquainted(1, OPTIONS)
    const value = new Uint8Array(2_000).map((_, i) => i < 900 ? NOISE[i]! : 0)
    const error = await failure(network.until(node!.kad.putRecord({ key: KEY, value })))
    expect(error).to.include({ name: 'ValueTooLargeError', limit: 848 })
  })

  it('who cannot decompress holds and verifies them all the same, and says of a get why it shows nothing', async () => {
    const network = new TestNetwork()
    const [publisher, holder, reader] = [await network.node(OPTIONS), await network.node(QUIET), await network.node(QUIET)]
    network.introduce([publisher, holder, reader])
    expect((await network.until(publisher.kad.putRecord({ key: KEY, value: TALE }))).storedOn).to.equal(2)
    network.kill(publisher)
    const { value, records, disbelieved } = await network.until(reader.kad.getRecord(KEY))
    expect([value, records]).to.deep.equal([undefined, []])
    expect(disbelieved).to.deep.equal([{ peer: holder.id, reason: 'unknown-encoding' }])
  })

  for (const [what, value, reason] of [['a bomb', BOMB, 'value-too-large'], ['garbage', NOISE.slice(0, 100), 'bad-encoding']] as const) {
    it(`${what} is refused by a holder that can tell, and by a reader where one could not`, async () => {
      const network = new TestNetwork()
      const [knowing, naive, reader] = [await network.node(OPTIONS), await network.node(QUIET), await network.node(OPTIONS)]
      network.introduce([knowing, naive, reader])
      const record = signRecord({ key: KEY, value, encoding: 'deflate', seq: 1 }, mallory)
      const now = network.clock.now()
      expect(knowing.kad.store.put(record, HOUR_MS, now)).to.include({ type: 'refused', reason })
      expect(naive.kad.store.put(record, HOUR_MS, now)).to.include({ type: 'stored' })
      const { records, disbelieved } = await network.until(reader.kad.getRecord(KEY))
      expect([records, disbelieved]).to.deep.equal([[], [{ peer: naive.id, reason }]])
      expect(held(reader, network)).to.equal(undefined)
    })
  }

  it('are not made, and not taken, under keys whose values an application looks at', async () => {
    const network = new TestNetwork({ reliable: true })
    const seen: Uint8Array[] = []
    const policies = { 'text/': { validate: ({ value }: KadRecord) => { seen.push(value); return undefined } } }
    const nodes = await network.acquainted(3, { ...OPTIONS, policies })
    const key = text('text/a')
    await network.until(nodes[0]!.kad.putRecord({ key, value: TALE }))
    expect((await network.until(nodes[2]!.kad.getRecord(key))).value).to.deep.equal(TALE)
    expect(seen.every(({ length }) => length === TALE.length)).to.equal(true)
    const record = signRecord({ key, value: compressor.deflate(TALE), encoding: 'deflate', seq: 1 }, mallory)
    expect(nodes[1]!.kad.store.put(record, HOUR_MS, network.clock.now())).to.include({ reason: 'invalid-value', message: 'compressed values are not taken under this key' })
  })

  it('are put anew as they are', async () => {
    const network = new TestNetwork()
    const nodes = await network.acquainted(3, { ...OPTIONS, republishIntervalMs: HOUR_MS })
    await network.until(nodes[0]!.kad.putRecord({ key: KEY, value: TALE }))
    const before = held(nodes[1]!, network)!
    await network.run(1.2 * HOUR_MS)
    expect(held(nodes[1]!, network)).to.deep.include({ value: before.value, encoding: 'deflate', seq: before.seq + 1 })
    expect((await network.until(nodes[2]!.kad.getRecord(KEY))).value).to.deep.equal(TALE)
  })

  it('do not make one value look like two publishers\' different ones', async () => {
    const network = new TestNetwork({ reliable: true })
    const [packing, plain, reader] = [await network.node(OPTIONS), await network.node({ ...QUIET }), await network.node(OPTIONS)]
    network.introduce([packing, plain, reader])
    for (const { kad } of [packing, plain]) await network.until(kad.putRecord({ key: KEY, value: TALE }))
    const { records, contested } = await network.until(reader.kad.getRecord(KEY))
    expect([records.length, contested]).to.deep.equal([2, false])
  })

  it('inflating is bounded where it happens: a compressor is never asked for more than a value may have', async () => {
    const asked: number[] = []
    const counting: Compressor = { ...compressor, inflate: (bytes, maxBytes) => { asked.push(maxBytes); return compressor.inflate(bytes, maxBytes) } }
    const store = new MemoryRecordStore({ crypto: systemCrypto(), compressor: counting })
    store.put(signRecord({ key: KEY, value: BOMB, encoding: 'deflate', seq: 1 }, mallory), HOUR_MS, 0)
    expect(asked).to.deep.equal([65_536])
  })

  for (const [what, bytes, believed] of [['as long as they may be', 65_536, 16], ['too long', 65_537, 0]] as const) {
    it(`of 32 values in an answer that are ${what} once inflated, a reader inflates 1 MiB and each only once`, () => {
      let [calls, most] = [0, 0]
      const counting: Compressor = { ...compressor, inflate: (value, maxBytes) => { calls++; most += maxBytes; return compressor.inflate(value, maxBytes) } }
      const value = compressor.deflate(new Uint8Array(bytes))
      const answer = Array.from({ length: 32 }, (_, index) => {
        const publisher = createIdentity(generatePrivateKey(seededRandom(`publisher ${index}`)), systemCrypto())
        return { record: signRecord({ key: KEY, value, encoding: 'deflate', seq: 1 }, publisher), remainingMs: HOUR_MS }
      })
      const tally = new GetTally({ key: KEY }, systemCrypto(), undefined, { compressor: counting })
      const [liar, other] = [mallory, createIdentity(generatePrivateKey(seededRandom('other')), systemCrypto())]
        .map(({ peerId, publicKey }) => ({ id: peerId, publicKey, addresses: [] }))
      expect(tally.answered(liar!, answer)).to.have.length(believed)
      expect([calls, most]).to.deep.equal([16, 1_048_576])
      expect(tally.newest.reduce((sum, one) => sum + one.value.length, 0)).to.equal(believed * bytes)
      expect(tally.disbelieved).to.deep.equal([{ peer: liar!.id, reason: 'value-too-large' }])
      expect(tally.answered(other!, answer.slice(0, 16)), 'what is known is not inflated again').to.have.length(0)
      expect(calls).to.equal(believed > 0 ? 16 : 32)
    })
  }
})
