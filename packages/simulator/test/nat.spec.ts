import { expect } from 'chai'
import { endpoint } from '@kadmium/wire'
import { Nat } from '../src/nat.ts'
import type { NatKind } from '../src/node-place.ts'

const peer = endpoint('1.1.1.1', 1)
const samePeerOtherPort = endpoint('1.1.1.1', 2)
const stranger = endpoint('2.2.2.2', 1)

/** Who gets in after something was sent to `peer`: the peer, the same host by another port, a stranger. */
const ADMITTED: Record<NatKind, readonly [boolean, boolean, boolean]> = {
  'full-cone': [true, true, true],
  restricted: [true, true, false],
  'port-restricted': [true, false, false],
  symmetric: [true, false, false]
}

describe('Nat', () => {
  for (const [kind, expected] of Object.entries(ADMITTED) as Array<[NatKind, readonly boolean[]]>) {
    it(`${kind}: lets in whom RFC 3489 says, while its mapping lives`, () => {
      const nat = new Nat({ kind, mappingMs: 1000 }, '9.9.9.9')
      const external = nat.outbound(peer, 0)
      const admitted = (now: number): boolean[] => [peer, samePeerOtherPort, stranger].map(from => nat.admits(external, from, now))
      expect(external.host).to.equal('9.9.9.9')
      expect(admitted(1000)).to.deep.equal(expected)
      expect(admitted(1001)).to.deep.equal([false, false, false])
      nat.outbound(peer, 900)
      expect(admitted(1900)).to.deep.equal(expected)
      expect(nat.outbound(peer, 5000).port, 'a mapping that is gone is made anew').to.not.equal(external.port)
      expect(nat.admits(endpoint('9.9.9.9', 4001), peer, 5000), 'a port without mapping').to.equal(false)
    })

    it(`${kind}: ${kind === 'symmetric' ? 'shows another' : 'shows the same'} port to another peer`, () => {
      const nat = new Nat({ kind }, '9.9.9.9')
      expect(nat.outbound(peer, 0).text === nat.outbound(stranger, 0).text).to.equal(kind !== 'symmetric')
    })
  }

  it('keeps a mapping for 30 s when nothing is said', () => {
    const nat = new Nat({ kind: 'full-cone' }, '9.9.9.9')
    const external = nat.outbound(peer, 0)
    expect([nat.admits(external, peer, 30_000), nat.admits(external, peer, 30_001)]).to.deep.equal([true, false])
  })
})
