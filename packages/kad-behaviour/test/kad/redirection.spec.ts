import { bucketIndex, isCloser, peerIdFromPublicKey } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { AddressBudget } from '../../src/address-budget.ts'
import { SuspectAddresses } from '../../src/suspect-addresses.ts'
import { QUIET, TestNetwork } from '../network.ts'
import type { Contact } from '@kadmium/interface'
import type { TestNode } from '../network.ts'

const random = seededRandom('redirection')
const at = (port: number): Contact => {
  const publicKey = random.bytes(32)
  return { id: peerIdFromPublicKey(publicKey), publicKey, addresses: [endpoint('6.6.6.6', port)] }
}

describe('row 22: contacts at the address of somebody else', () => {
  it('maxPerAddress: so many packets of a lookup go to an address, until somebody there answers', () => {
    const budget = new AddressBudget(3)
    expect([1, 2, 3, 4].map(() => budget.take('a'))).to.deep.equal([true, true, true, false])
    expect(budget.take('b')).to.equal(true)
    budget.answered('a')
    expect(budget.take('a')).to.equal(true)
  })

  it('maxPerAddress: twice as many go to whom almost everybody near the target names', () => {
    const budget = new AddressBudget(3)
    expect([1, 2, 3, 4].map(() => budget.take('a'))).to.deep.equal([true, true, true, false])
    expect([1, 2, 3, 4].map(() => budget.take('a', true))).to.deep.equal([true, true, true, false])
    expect(budget.take('a')).to.equal(false)
  })

  it('suspectAddressMs: where two were asked in vain nobody new is asked for a while; the last of them may be', () => {
    const suspects = new SuspectAddresses({ suspectAddressMs: 1000, maxSilentPeers: 8 })
    const [first, second, third] = [at(1), at(1), at(1)]
    suspects.timedOut(first, 0)
    suspects.timedOut(first, 0)
    expect(suspects.isSuspect(second, 0), 'one node may come after another').to.equal(false)
    suspects.timedOut(second, 0)
    expect([first, second, third].map(one => suspects.isSuspect(one, 999))).to.deep.equal([true, false, true])
    expect(suspects.isSuspect(at(2), 999)).to.equal(false)
    expect(suspects.isSuspect(third, 1000)).to.equal(false)
  })

  it('whoever is heard from an address clears it', () => {
    const suspects = new SuspectAddresses({ suspectAddressMs: 1000, maxSilentPeers: 8 })
    for (let i = 0; i < 3; i++) suspects.timedOut(at(1), 0)
    const living = at(1)
    expect(suspects.isSuspect(living, 0)).to.equal(true)
    suspects.heard(living)
    expect(suspects.isSuspect(living, 0)).to.equal(false)
  })

  it('who was heard there is asked there whoever else is named, until it leaves a request unanswered', () => {
    const suspects = new SuspectAddresses({ suspectAddressMs: 1000, maxSilentPeers: 8 })
    const honest = at(1)
    suspects.heard(honest)
    for (let i = 0; i < 3; i++) suspects.timedOut(at(1), 0)
    expect([honest, at(1)].map(one => suspects.isSuspect(one, 0))).to.deep.equal([false, true])
    suspects.timedOut(honest, 0)
    suspects.timedOut(at(1), 0)
    expect(suspects.isSuspect(honest, 0)).to.equal(true)
  })

  it('maxSilentPeers: remembers so many addresses', () => {
    const suspects = new SuspectAddresses({ suspectAddressMs: 1000, maxSilentPeers: 2 })
    for (const port of [1, 1, 2, 2, 3, 3]) suspects.timedOut(at(port), 0)
    expect([1, 2, 3].map(port => suspects.isSuspect(at(port), 0))).to.deep.equal([false, true, true])
    const living = [1, 2, 3].map(at)
    for (const one of living) suspects.heard(one)
    expect(living.map(one => suspects.lives(one))).to.deep.equal([false, true, true])
  })
})

describe('row 22: invented keys at the address of an honest peer', () => {
  for (const inventions of [1, 2, 4]) {
    it(`${inventions} that nobody answers for do not make that peer a silent one: it is asked again as often as any other`, async () => {
      const network = new TestNetwork()
      const [honest, ...others] = await network.acquainted(4, QUIET)
      const node = await network.node({ ...QUIET, maxFailures: 10 })
      const invented = Array.from({ length: inventions }, () => ({ ...at(1), addresses: [honest!.address] }))
      const liar = await network.impostor(() => ({ type: 'found-node', contacts: invented }))
      for (const contact of [liar, ...[honest!, ...others].map(one => one.contact)]) node.kad.peerAnswered(contact, { mode: 'server', rttMs: 10 })
      await network.until(node.kad.getClosestPeers(honest!.id))
      await network.run(10_000)
      network.loseNextRequestTo(honest!)
      const { peers } = await network.until(node.kad.getClosestPeers(honest!.id))
      expect(peers.map(({ id }) => id.hex)).to.include(honest!.id.hex)
    })
  }

  it('who has newcomers ping many at the address of somebody else has them ping one', async () => {
    const network = new TestNetwork()
    const k = 5
    const node = await network.node({ ...QUIET, k, bootstrapRefreshes: 0, disjointPaths: 1 })
    const near: TestNode[] = []
    while (near.length < k) {
      const other = await network.node(QUIET)
      if (bucketIndex(node.id, other.id) !== 0) near.push(other)
    }
    const invention = (): Contact => {
      const contact = at(1)
      return bucketIndex(node.id, contact.id) === 0 && near.every(({ id }) => isCloser(contact.id, node.id, id)) ? contact : invention()
    }
    const invented = Array.from({ length: k - 1 }, invention)
    const liar = await network.impostor(() => ({ type: 'found-node', contacts: [...near.map(one => one.contact), ...invented] }))
    node.kad.peerAnswered(liar, { mode: 'server', rttMs: 10 })
    const pinged = new Set<string>()
    network.fate = ({ to, envelope }) => {
      if (to.host === '6.6.6.6' && envelope.kind === 'request') pinged.add(Array.from(envelope.transactionId).join())
      return 'delivered'
    }
    await network.until(node.kad.bootstrap())
    expect(pinged.size).to.equal(1)
  })

  it('who lives there is asked although packets to invented keys have used up what one lookup sends to that address', async () => {
    const network = new TestNetwork()
    const [honest] = await network.acquainted(1, QUIET)
    const node = await network.node({ ...QUIET, alpha: 1, disjointPaths: 1 })
    const target = peerIdFromPublicKey(random.bytes(32))
    const nearer = (): Contact => {
      const contact = { ...at(1), addresses: [honest!.address] }
      return isCloser(target, contact.id, honest!.id) ? contact : nearer()
    }
    const invented = Array.from({ length: 4 }, nearer)
    const liar = await network.impostor(() => ({ type: 'found-node', contacts: invented }))
    for (const contact of [liar, honest!.contact]) node.kad.peerAnswered(contact, { mode: 'server', rttMs: 10 })
    const { peers } = await network.until(node.kad.getClosestPeers(target))
    expect(peers.map(({ id }) => id.hex)).to.include(honest!.id.hex)
  })
})
