import { keyId } from '@kadmium/peer-id'
import type { Endpoint, PeerId } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { ExternalAddresses } from '../src/external-addresses.ts'

const address = endpoint('203.0.113.5', 8001)
const home = endpoint('192.168.1.5', 8001)
const peer = (n: number): PeerId => keyId(new Uint8Array([n]))
const inGroup = (group: number, host = 1): Endpoint => endpoint(`198.51.${group}.${host}`, 4001)

describe('ExternalAddresses', () => {
  it('confirms a public address when three IP groups agree, not three peers of one group', () => {
    const external = new ExternalAddresses()
    expect(external.observed(address, peer(1), inGroup(1, 1)).type).to.equal('candidate')
    expect(external.observed(address, peer(2), inGroup(1, 2)).type).to.equal('known')
    expect(external.observed(address, peer(3), inGroup(1, 3)).type).to.equal('known')
    expect(external.observed(address, peer(4), inGroup(2)).type).to.equal('candidate')
    expect(external.confirmed).to.be.empty
    expect(external.observed(address, peer(5), inGroup(3)).type).to.equal('confirmed')
    expect(external.confirmed).to.deep.equal([address])
    expect(external.observed(address, peer(6), inGroup(4)).type).to.equal('known')
  })

  it('confirms a private address when two peers agree, since they share a group', () => {
    const external = new ExternalAddresses()
    expect(external.observed(home, peer(1), endpoint('192.168.1.7', 1)).type).to.equal('candidate')
    expect(external.observed(home, peer(1), endpoint('192.168.1.7', 2)).type).to.equal('known')
    expect(external.observed(home, peer(2), endpoint('192.168.1.8', 1)).type).to.equal('confirmed')
  })

  it('externalAddressVotes: counts the votes it is told to count', () => {
    const external = new ExternalAddresses({ public: 1, private: 3 })
    expect(external.observed(address, peer(1), inGroup(1)).type).to.equal('confirmed')
    expect(external.observed(home, peer(1), inGroup(1)).type).to.equal('candidate')
    expect(external.observed(home, peer(2), inGroup(1)).type).to.equal('candidate')
    expect(external.observed(home, peer(3), inGroup(1)).type).to.equal('confirmed')
    expect(() => new ExternalAddresses({ public: 0 })).to.throw('externalAddressVotes.public')
  })

  it('holds no more candidates and voted addresses than it needs, and says which had to leave', () => {
    const external = new ExternalAddresses({ public: 1 })
    const outcomes = Array.from({ length: 10 }, (_, index) => external.observed(endpoint('203.0.113.5', index + 1), peer(1), inGroup(1)))
    expect(external.confirmed.map(({ port }) => port)).to.deep.equal([7, 8, 9, 10])
    expect(outcomes.at(-1)).to.have.nested.property('expired.port', 6)
    const careful = new ExternalAddresses()
    for (const group of [1, 2]) {
      for (let port = 1; port <= 100; port++) careful.observed(endpoint('203.0.113.5', port), peer(1), inGroup(group))
    }
    expect(careful.observed(endpoint('203.0.113.5', 1), peer(1), inGroup(3)).type, 'pushed out by the others').to.equal('candidate')
  })

  it('keeps what the application says, whatever others say', () => {
    const external = new ExternalAddresses({ public: 1 })
    expect(external.add(address)).to.equal(true)
    expect(external.add(address)).to.equal(false)
    for (let port = 1; port < 10; port++) external.observed(endpoint('203.0.113.6', port), peer(1), inGroup(1))
    expect(external.confirmed).to.include(address)
    expect(external.remove(address)).to.equal(true)
    expect(external.remove(address)).to.equal(false)
  })
})
