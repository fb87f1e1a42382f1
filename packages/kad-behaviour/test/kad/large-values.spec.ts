import { expect } from 'chai'
import { TestNetwork, failure, text } from '../network.ts'
import type { QuorumFailedError } from '../../src/index.ts'
import type { Sent, TestNode } from '../network.ts'

const KEY = text('large')
const LARGEST = new Uint8Array(65_536).map((_, index) => index * 7)

describe('values that fit no datagram', () => {
  async function network (): Promise<{ network: TestNetwork, nodes: TestNode[] }> {
    const network = new TestNetwork({ reliable: true })
    return { network, nodes: await network.acquainted(5) }
  }

  it('are put and got where the swarm has a reliable transport, up to 64 KiB, with any salt', async () => {
    const { network: net, nodes } = await network()
    const { storedOn, refused } = await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: LARGEST, salt: text('salt') }))
    expect([storedOn, refused]).to.deep.equal([4, []])
    const { value } = await net.until(nodes[4]!.kad.getRecord(KEY))
    expect(value).to.deep.equal(LARGEST)
  })

  it('U9: above 64 KiB are rejected before anything is stored or sent', async () => {
    const { network: net, nodes } = await network()
    const sent: Sent[] = []
    net.fate = one => { sent.push(one); return 'delivered' }
    const error = await failure(net.until(nodes[0]!.kad.putRecord({ key: KEY, value: new Uint8Array(65_537) })))
    expect(error).to.include({ name: 'ValueTooLargeError', size: 65_537, limit: 65_536 })
    expect([sent, nodes[0]!.kad.store.size]).to.deep.equal([[], 0])
  })

  it('are refused by name by a holder that takes no connection; the others store them', async () => {
    const { network: net, nodes } = await network()
    net.fate = ({ to, reliable }) => reliable && to.text === nodes[2]!.address.text ? 'lost' : 'delivered'
    const { storedOn, refused } = await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: LARGEST }))
    expect(storedOn).to.equal(3)
    expect(refused).to.deep.equal([{ peer: nodes[2]!.id, reason: 'unreachable', message: 'takes no connection, which a value of this size needs' }])
    expect(nodes[0]!.kad.table.get(nodes[2]!.id), 'its datagrams are as good as before').to.not.equal(undefined)
  })

  it('fail with that name when nobody takes a connection', async () => {
    const { network: net, nodes } = await network()
    net.fate = ({ reliable }) => reliable ? 'lost' : 'delivered'
    const error = await failure(net.until(nodes[0]!.kad.putRecord({ key: KEY, value: LARGEST }))) as QuorumFailedError
    expect(error.refused.map(({ reason }) => reason)).to.deep.equal(Array(4).fill('unreachable'))
  })

  it('do not stop a get at a holder that takes no connection: its contacts count, others are asked', async () => {
    const { network: net, nodes } = await network()
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: LARGEST }))
    net.fate = ({ to, from, reliable }) => reliable && [to.text, from.text].includes(nodes[1]!.address.text) ? 'lost' : 'delivered'
    expect((await net.until(nodes[4]!.kad.getRecord(KEY))).value).to.deep.equal(LARGEST)
  })

  it('do not keep small records of others under the same key out of a datagram', async () => {
    const { network: net, nodes } = await network()
    await net.until(nodes[0]!.kad.putRecord({ key: KEY, value: LARGEST }))
    await net.until(nodes[1]!.kad.putRecord({ key: KEY, value: text('small') }))
    net.fate = ({ reliable }) => reliable ? 'lost' : 'delivered'
    const late = await net.node({ seeds: [nodes[0]!.address.text] })
    await net.until(late.kad.bootstrap())
    const { records } = await net.until(late.kad.getRecord(KEY))
    expect(records.map(({ record }) => record.value)).to.deep.equal([text('small')])
  })
})
