import { expect } from 'chai'
import { endpoint } from '@kadmium/wire'
import { byteOf, tiny, tinyId, tinyLookup } from './support/tiny.ts'
import type { Contact } from '@kadmium/interface'
import { withDefaults } from '../src/lookup-init.ts'
import type { TinyLookup } from './support/tiny.ts'

/** Ids have 8 bits, the target is 0, so the distance of a node is its number. Unless it is said: k = 4, alpha = 2. */
describe('lookup, by eye', () => {
  describe('whom it asks', () => {
    it('Q1: knows the seeds, sorted, and has asked nobody', () => {
      const it = tinyLookup([0x30, 0x10, 0x20])
      expect(it.lookup.stats).to.deep.equal({ requests: 0, successes: 0, failures: 0, waiting: 0 })
      expect(it.closest()).to.deep.equal([])
      expect(it.done).to.be.false
    })

    it('Q2: asks the nearest first, and waits when alpha are in flight', () => {
      const it = tinyLookup([0x40, 0x20, 0x80])
      expect(it.next()).to.deep.equal([0x20, 0x40])
      expect(it.next()).to.deep.equal([])
      expect(it.lookup.stats).to.deep.equal({ requests: 2, successes: 0, failures: 0, waiting: 2 })
    })

    it('of seeds that share at most a bit less with the target, the cheapest goes first; the others follow by distance', () => {
      const costs = new Map([[0x11, 90], [0x12, 50], [0x21, 20], [0x41, 10], [0x42, 10]])
      const it = tinyLookup([0x11, 0x12, 0x21, 0x41, 0x42], { k: 5, alpha: 3, costOf: ({ id }: Contact) => costs.get(byteOf(id)) })
      expect(it.next()).to.deep.equal([0x21, 0x12, 0x11])
    })

    it('nobody goes first whose cost is not known, nor when all are asked anyway', () => {
      const blind = tinyLookup([0x11, 0x12, 0x13], { k: 3, alpha: 2, costOf: ({ id }: Contact) => byteOf(id) === 0x13 ? 1 : undefined })
      expect(blind.next()).to.deep.equal([0x11, 0x12])
      const it = tinyLookup([0x11, 0x12, 0x13, 0x14, 0x15], { k: 5, alpha: 1, costOf: ({ id }: Contact) => 0x100 - byteOf(id) })
      expect(it.next()).to.deep.equal([0x15])
      expect(it.answered(0x15), 'it stalls').to.deep.equal([0x11, 0x12, 0x13, 0x14])
    })

    it('who is named by more than two thirds of those nearest that answered, and by eight of them, is vouched for', () => {
      const seeds = Array.from({ length: 14 }, (_, i) => 0x10 + i)
      const it = tinyLookup(seeds, { k: 12, alpha: 14 })
      it.next()
      const vouched = (): boolean => it.lookup.isVouchedFor(tinyId(1))
      expect(vouched(), 'nobody has heard of it').to.be.false
      for (const byte of seeds.slice(0, 7)) it.answered(byte, 1)
      expect(vouched(), 'seven do not suffice').to.be.false
      it.answered(seeds[7]!, 1)
      expect(vouched(), 'eight of eight').to.be.true
      for (const byte of seeds.slice(8, 11)) it.answered(byte)
      expect(vouched(), 'eight of eleven').to.be.true
      it.answered(seeds[11]!)
      expect(vouched(), 'eight of twelve').to.be.false
    })

    it('follows an answer at once, without waiting for the others of its round', () => {
      const it = tinyLookup([0x20, 0x40, 0x80])
      it.next()
      expect(it.answered(0x40, 0x10)).to.deep.equal([0x10])
    })

    it('asks nobody beyond the k nearest that count', () => {
      const it = tinyLookup([1, 2, 3], { k: 2, alpha: 3 })
      expect(it.next()).to.deep.equal([1, 2])
    })

    it('never asks itself, whoever names it', () => {
      const it = tinyLookup([0x20, 0xff])
      expect(it.next()).to.deep.equal([0x20])
      expect(it.answered(0x20, 0xff, 0x10)).to.deep.equal([0x10])
      expect(it.hops(0xff)).to.be.undefined
    })

    it('Q3: keeps a contact once, however often it is named', () => {
      const it = tinyLookup([0x20, 0x20, 0x40])
      expect(it.next()).to.deep.equal([0x20, 0x40])
      expect(it.answered(0x20, 0x10, 0x10, 0x40)).to.deep.equal([0x10])
      it.answered(0x40, 0x10)
      it.answered(0x10)
      expect(it.closest()).to.deep.equal([0x10, 0x20, 0x40])
      expect(it.lookup.stats.requests).to.equal(3)
    })

    it('reads maxContactsPerReply contacts of an answer', () => {
      const it = tinyLookup([0x20], { maxContactsPerReply: 2 })
      it.next()
      it.answered(0x20, 8, 9, 7)
      expect([8, 9, 7].map(byte => it.hops(byte))).to.deep.equal([1, 1, undefined])
    })

    it('reads k contacts of an answer when it is not told how many', () => {
      const it = tinyLookup([0x20], { k: 2 })
      it.next()
      it.answered(0x20, 8, 9, 7)
      expect([8, 9, 7].map(byte => it.hops(byte))).to.deep.equal([1, 1, undefined])
    })

    it('forgets the farthest that was not asked when it knows maxCandidates', () => {
      const it = tinyLookup([0x20, 0x30, 0x40], { maxCandidates: 3 })
      it.next()
      it.answered(0x20, 0x10)
      expect(it.hops(0x40), 'the farthest gave way').to.be.undefined
      it.answered(0x10, 0x50)
      expect(it.hops(0x50), 'farther than everyone').to.be.undefined
      expect(it.lookup.stats.requests).to.equal(3)
    })

    it('never sends more than maxRequests', () => {
      const it = tinyLookup([1, 2, 3, 4], { maxRequests: 3 })
      it.next()
      it.answered(1)
      it.failed(2)
      expect(it.done).to.be.false
      it.answered(3)
      expect(it.done).to.be.true
      expect(it.closest()).to.deep.equal([1, 3])
      expect(it.lookup.stats.requests).to.equal(3)
    })
  })

  describe('how many at once', () => {
    it('Q6: asks the rest of the k nearest at once when the nearest has answered and named nobody nearer', () => {
      const it = tinyLookup([1, 2, 3, 4, 5], { k: 4 })
      expect(it.next()).to.deep.equal([1, 2])
      expect(it.answered(1, 2, 3)).to.deep.equal([3, 4])
      expect(it.lookup.stats.waiting, 'more than alpha, up to k').to.equal(3)
    })

    it('Q6: asks the rest of the k nearest at once when alpha answers since the last progress brought nothing', () => {
      const it = tinyLookup([1, 2, 3, 4, 5, 6, 7], { k: 6 })
      expect(it.next()).to.deep.equal([1, 2])
      expect(it.answered(2)).to.deep.equal([3])
      expect(it.answered(3)).to.deep.equal([4, 5, 6])
    })

    it('Q6: goes back to alpha when somebody nearer is named; what is in flight stays', () => {
      const it = tinyLookup([0x10, 0x11, 0x12, 0x13, 0x14], { k: 5 })
      it.next()
      expect(it.answered(0x10)).to.deep.equal([0x12, 0x13, 0x14])
      expect(it.answered(0x11, 1, 2), 'three are still in flight').to.deep.equal([])
      expect(it.answered(0x12), 'two').to.deep.equal([])
      expect(it.answered(0x13), 'one').to.deep.equal([1])
    })

    it('Q6: a request that was under way before the last progress says nothing about it', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70], { k: 8, alpha: 3 })
      it.next()
      expect(it.answered(0x10, 0x08)).to.deep.equal([0x08])
      expect(it.answered(0x20), 'asked before').to.deep.equal([0x40])
      expect(it.answered(0x30), 'asked before').to.deep.equal([0x50])
      expect(it.answered(0x40), 'the first that was asked since').to.deep.equal([0x60])
    })

    it('Q6: a new round starts from nothing', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40, 0x50, 0x60], { k: 8 })
      it.next()
      expect(it.answered(0x20), 'the first in vain').to.deep.equal([0x30])
      expect(it.answered(0x30, 0x08)).to.deep.equal([0x08])
      expect(it.answered(0x10), 'asked before').to.deep.equal([0x40])
      expect(it.answered(0x40), 'the first in vain since').to.deep.equal([0x50])
    })

    it('Q6: has no less than alpha places when it stalls, even when k is smaller', () => {
      const it = tinyLookup([0x40, 0x50, 0x60], { k: 2, alpha: 3 })
      expect(it.next()).to.deep.equal([0x40, 0x50])
      expect(it.slow(0x40)).to.deep.equal([0x60])
      expect(it.answered(0x40, 1, 2)).to.deep.equal([1])
      expect(it.answered(1), '0x50 and 0x60 are in flight').to.deep.equal([2])
    })

    it('Q6: a nearer node is progress, whoever invented nearer ones', () => {
      const it = tinyLookup([0x40, 0x50, 0x60, 0x70, 0x80], { alpha: 1 })
      it.next()
      expect(it.answered(0x40, 1, 2, 3, 4)).to.deep.equal([1])
      for (const byte of [1, 2]) it.failed(byte)
      expect(it.failed(3), '4 is doubted').to.deep.equal([0x50])
      expect(it.answered(0x50), 'it stalls').to.deep.equal([0x60, 0x70])
      expect(it.answered(0x60, 0x10, 0x11), 'and stalls no more').to.deep.equal([])
    })

    it('Q7: a failure frees a place', () => {
      const it = tinyLookup([1, 2, 3])
      it.next()
      expect(it.failed(1)).to.deep.equal([3])
    })

    it('Q4: a slow node frees its place, and its answer still counts', () => {
      const it = tinyLookup([0x10, 0x20, 0x30])
      it.next()
      expect(it.slow(0x10)).to.deep.equal([0x30])
      expect(it.slow(0x10), 'once').to.deep.equal([])
      expect(it.lookup.stats).to.deep.equal({ requests: 3, successes: 0, failures: 0, waiting: 3 })
      expect(it.answered(0x10, 0x01), 'alpha are in flight').to.deep.equal([])
      expect(it.answered(0x20)).to.deep.equal([0x01])
      expect(it.closest()).to.deep.equal([0x10, 0x20])
    })

    it('Q4: a slow node that fails does not free a second place', () => {
      const it = tinyLookup([1, 2, 3, 4, 5], { k: 5 })
      it.next()
      expect(it.slow(1)).to.deep.equal([3])
      expect(it.failed(1)).to.deep.equal([])
    })
  })

  describe('when it ends', () => {
    it('ends when the k nearest have answered, and asks nobody farther', () => {
      const it = tinyLookup([1, 2, 3, 4, 5, 6])
      it.next()
      for (const byte of [1, 2, 3]) it.answered(byte)
      expect(it.done).to.be.false
      expect(it.answered(4)).to.deep.equal([])
      expect(it.done).to.be.true
      expect(it.closest()).to.deep.equal([1, 2, 3, 4])
      expect(it.lookup.stats.requests).to.equal(4)
    })

    it('does not wait for who is farther than the k nearest', () => {
      const it = tinyLookup([0x10, 0x20], { k: 2 })
      it.next()
      expect(it.answered(0x10, 1, 2)).to.deep.equal([1])
      it.answered(1)
      it.answered(2)
      expect(it.done, '0x20 has not answered').to.be.true
    })

    it('waits for a slow one among the k nearest until it fails, and asks the next meanwhile', () => {
      const it = tinyLookup([1, 2, 3], { k: 2 })
      it.next()
      expect(it.slow(1)).to.deep.equal([3])
      it.answered(2)
      it.answered(3)
      expect(it.done).to.be.false
      it.failed(1)
      expect(it.done).to.be.true
      expect(it.closest()).to.deep.equal([2, 3])
    })

    it('Q5: tries everyone it knows when all fail, then ends', () => {
      const it = tinyLookup([1, 2, 3, 4, 5, 6])
      it.next()
      for (const byte of [1, 2, 3, 4, 5, 6]) it.failed(byte)
      expect(it.done).to.be.true
      expect(it.closest()).to.deep.equal([])
      expect(it.lookup.stats).to.deep.equal({ requests: 6, successes: 0, failures: 6, waiting: 0 })
    })

    it('ends at once when it knows nobody, itself not counted', () => {
      for (const seeds of [[], [0xff]]) {
        const it = tinyLookup(seeds)
        expect(it.done).to.be.true
        expect(it.next()).to.deep.equal([])
      }
    })

    it('returns what it reached when it is finished early, and then changes no more', () => {
      const it = tinyLookup([0x10, 0x20, 0x30])
      it.next()
      it.answered(0x20, 0x01)
      it.lookup.finish()
      expect(it.done).to.be.true
      expect(it.answered(0x10, 0x02), 'asks nobody').to.deep.equal([])
      expect(it.failed(0x01)).to.deep.equal([])
      expect(it.closest()).to.deep.equal([0x20])
      expect(it.hops(0x02)).to.be.undefined
      expect(it.lookup.stats).to.deep.equal({ requests: 3, successes: 1, failures: 0, waiting: 2 })
    })
  })

  describe('what it does not listen to', () => {
    it('ignores strangers, and those it has not asked', () => {
      const it = tinyLookup([1, 2, 3])
      it.next()
      for (const byte of [0x77, 3]) {
        it.answered(byte, 0)
        it.failed(byte)
        it.slow(byte)
      }
      expect(it.hops(0)).to.be.undefined
      expect(it.lookup.stats).to.deep.equal({ requests: 2, successes: 0, failures: 0, waiting: 2 })
    })

    it('Q3: ignores a second answer', () => {
      const it = tinyLookup([0x10, 0x20])
      it.next()
      it.answered(0x10)
      it.answered(0x10, 0x01)
      expect(it.hops(0x01)).to.be.undefined
    })

    it('ignores a second failure', () => {
      const it = tinyLookup([1, 2])
      it.next()
      it.failed(1)
      it.now = 100
      it.failed(1)
      expect(it.lookup.trace()[0]!.elapsedMs).to.equal(0)
    })

    it('DJ4: a failure cannot undo an answer', () => {
      const it = tinyLookup([0x10, 0x20])
      it.next()
      it.answered(0x10)
      it.failed(0x10)
      it.slow(0x10)
      expect(it.closest()).to.deep.equal([0x10])
      expect(it.lookup.stats.failures).to.equal(0)
    })

    it('Q4: an answer after the failure still counts, unless it has ended', () => {
      const it = tinyLookup([0x10, 0x20])
      it.next()
      it.failed(0x10)
      expect(it.answered(0x10, 0x01)).to.deep.equal([0x01])
      expect(it.lookup.stats).to.deep.equal({ requests: 3, successes: 1, failures: 0, waiting: 2 })
      it.failed(0x01)
      it.answered(0x20)
      expect(it.done).to.be.true
      it.answered(0x01)
      expect(it.closest()).to.deep.equal([0x10, 0x20])
    })
  })

  describe('whom it believes', () => {
    const liarsSeeds = [0x40, 0x50, 0x60, 0x70, 0x80]
    /** 0x40 names twelve that nobody else has heard of. */
    const lied = (options = {}): TinyLookup => {
      const it = tinyLookup(liarsSeeds, { maxContactsPerReply: 12, ...options })
      it.next()
      it.answered(0x40, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
      return it
    }
    const asked = (it: TinyLookup): number[] => it.lookup.trace().map(step => byteOf(step.peer))

    it('never cuts the candidates to k: who was named and not verified displaces nobody', () => {
      const it = lied()
      for (let i = 0; i < 20; i++) for (const byte of asked(it)) if (byte < 0x40) it.failed(byte); else it.answered(byte)
      expect(it.done).to.be.true
      expect(it.closest()).to.deep.equal([0x40, 0x50, 0x60, 0x70])
    })

    it('follows a source no farther than distrustAfterDead contacts while none of them has answered', () => {
      for (const distrustAfterDead of [3, 5]) {
        const it = lied({ distrustAfterDead })
        for (let i = 0; i < 20; i++) for (const byte of asked(it)) if (byte < 0x40) it.failed(byte); else it.answered(byte)
        expect(asked(it).filter(byte => byte < 0x40)).to.deep.equal([1, 2, 3, 4, 5].slice(0, distrustAfterDead))
      }
    })

    /** 1, 2, 3 and 0x70 are in flight; on the word of 0x40, which has named `more` as well. */
    const unproven = (...more: number[]): TinyLookup => {
      const it = tinyLookup([0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0, 0xb0], { k: 5, alpha: 4, maxContactsPerReply: 6 })
      it.next()
      expect(it.answered(0x40, 1, 2, 3, ...more)).to.deep.equal([1])
      expect(it.failed(0x50)).to.deep.equal([2])
      expect(it.failed(0x60)).to.deep.equal([3])
      return it
    }

    it('asks nobody farther in the place of one who is unproven, and asks it when its source is proven', () => {
      const it = unproven(4)
      expect(it.failed(0x70)).to.deep.equal([])
      expect(it.answered(2)).to.deep.equal([4])
    })

    it('counts who is slow as silent, until it answers', () => {
      const it = unproven(4)
      it.failed(0x70)
      expect(it.slow(1), '2, 3, 4 and 0x40 are nearer').to.deep.equal([0x80])
      expect(it.slow(2)).to.deep.equal([0x90])
      expect(it.slow(3), '3 is slow, 4 is doubted').to.deep.equal([0xa0, 0xb0])
      expect(it.answered(3), 'alpha are in flight').to.deep.equal([])
      expect(it.failed(0xb0)).to.deep.equal([4])
    })

    it('believes a source again when one of its contacts answers, late as it may be', () => {
      const it = lied()
      for (const byte of [0x50, 1, 2, 3]) it.failed(byte)
      expect(asked(it)).to.not.include(4)
      for (const byte of [2, 0x60, 0x70]) it.answered(byte)
      expect(asked(it)).to.include.members([4, 5])
    })

    it('believes who is named by a second source', () => {
      const it = lied()
      for (const byte of [1, 2, 3]) it.failed(byte)
      it.answered(0x50, 7)
      it.answered(0x60)
      expect(asked(it)).to.include(7).and.not.include(4)
    })

    it('holds nothing against a source that another confirms', () => {
      const it = unproven(4, 5, 6)
      for (const byte of [1, 2]) expect(it.failed(byte)).to.deep.equal([])
      expect(it.failed(3), '4, 5 and 6 are doubted').to.deep.equal([0x80, 0x90, 0xa0])
      expect(it.answered(0x70, 1), 'then one of the three was no invention').to.deep.equal([4])
      for (const byte of [0x80, 0x90]) expect(it.failed(byte), '5 and 6 are unproven, and nearer than 0xb0').to.deep.equal([])
    })

    it('does not take one source that repeats itself for two', () => {
      const it = tinyLookup([0x40, 0x50, 0x60, 0x70, 0x80], { k: 5, alpha: 4, maxContactsPerReply: 12 })
      it.next()
      it.answered(0x40, 1, 1, 2, 2, 3, 3, 4, 4)
      for (const byte of [0x50, 0x60, 1, 2, 3]) it.failed(byte)
      expect(asked(it)).to.not.include(4)
    })

    it('does not hold against a source that seeds are silent which it names too', () => {
      const it = tinyLookup([1, 0x10, 0x11, 0x12], { k: 6, alpha: 1 })
      it.next()
      expect(it.answered(1, 0x10, 0x11, 0x12, 0x13, 0x14)).to.deep.equal([0x10, 0x11, 0x12, 0x13, 0x14])
    })

    it('asks nobody who is doubted while others are in flight, and no more than are missing', () => {
      const it = tinyLookup([0x40, 0x50], { k: 3, alpha: 4, maxContactsPerReply: 12 })
      it.next()
      expect(it.answered(0x40, 1, 2, 3, 4, 5, 6)).to.deep.equal([1, 2, 3])
      for (const byte of [1, 2, 3]) expect(it.failed(byte), '0x50 may know better').to.deep.equal([])
      expect(it.answered(0x50), 'two have answered').to.deep.equal([4])
    })

    it('asks even the doubted when nobody else is left: a young network has one seed', () => {
      const it = tinyLookup([0x40], { maxContactsPerReply: 12 })
      it.next()
      it.answered(0x40, 1, 2, 3, 4, 5)
      for (const byte of [1, 2, 3]) it.failed(byte)
      expect(asked(it)).to.deep.equal([0x40, 1, 2, 3, 4, 5])
      it.answered(4)
      it.answered(5)
      expect(it.closest()).to.deep.equal([4, 5, 0x40])
      expect(it.done).to.be.true
    })
  })

  describe('who is named with several addresses', () => {
    const at = (byte: number, ...ports: number[]): Contact => ({ id: tinyId(byte), addresses: ports.map(port => endpoint('192.0.2.1', port)) })
    const portsOf = (contacts: readonly Contact[]): number[] => contacts.flatMap(({ addresses }) => addresses.map(({ port }) => port))
    /** 0x40, 0x50 and 0x60 answer with what they say of the node 1; it is asked on the word of 0x40. */
    const named = (first: Contact, options = {}): TinyLookup => {
      const it = tinyLookup([0x40, 0x50, 0x60, 0x70], { k: 5, alpha: 4, ...options })
      it.next()
      it.lookup.answered(tinyId(0x40), [first], 0)
      expect(portsOf(it.lookup.next(0))).to.deep.equal([1])
      return it
    }

    it('is asked again at the address that another named, when it fails at the first', () => {
      const it = named(at(1, 1))
      it.lookup.answered(tinyId(0x50), [at(1, 2)], 0)
      expect(it.lookup.next(0), 'one at a time').to.deep.equal([])
      it.lookup.failed(tinyId(1), 0)
      expect(portsOf(it.lookup.next(0))).to.deep.equal([2])
      it.answered(1)
      expect(portsOf(it.lookup.closest(1)), 'the address that is right').to.deep.equal([2])
      expect(it.lookup.stats).to.deep.equal({ requests: 6, successes: 3, failures: 1, waiting: 2 })
      expect(it.lookup.trace().map(step => step.state)).to.deep.equal(['answered', 'answered', 'waiting', 'waiting', 'failed', 'answered'])
    })

    it('is asked again when the other address is named after the failure', () => {
      const it = named(at(1, 1))
      it.lookup.failed(tinyId(1), 0)
      it.lookup.answered(tinyId(0x50), [at(1, 2)], 0)
      expect(portsOf(it.lookup.next(0))).to.deep.equal([2])
    })

    it('is not asked again where it was', () => {
      const it = named(at(1, 1))
      it.lookup.answered(tinyId(0x50), [at(1, 1)], 0)
      it.lookup.failed(tinyId(1), 0)
      expect(it.lookup.next(0)).to.deep.equal([])
    })

    it('is not asked again when it answered', () => {
      const it = named(at(1, 1))
      it.answered(1)
      it.lookup.answered(tinyId(0x50), [at(1, 2)], 0)
      expect(it.lookup.next(0)).to.deep.equal([])
      expect(portsOf(it.lookup.closest(1))).to.deep.equal([1])
    })

    it('is asked maxTriesPerContact times in all', () => {
      for (const maxTriesPerContact of [1, 2, 3]) {
        const it = named(at(1, 1), { maxTriesPerContact })
        it.lookup.answered(tinyId(0x50), [at(1, 2)], 0)
        it.lookup.answered(tinyId(0x60), [at(1, 3)], 0)
        it.lookup.answered(tinyId(0x70), [at(1, 4)], 0)
        let tries = 1
        it.lookup.failed(tinyId(1), 0)
        while (it.lookup.next(0).length > 0) {
          tries++
          it.lookup.failed(tinyId(1), 0)
        }
        expect(tries).to.equal(maxTriesPerContact)
        expect(it.done).to.be.true
      }
    })

    it('Q4: a late answer of the first try counts while the second waits to be sent', () => {
      const it = named(at(1, 1))
      it.lookup.answered(tinyId(0x50), [at(1, 2)], 0)
      it.lookup.failed(tinyId(1), 0)
      it.lookup.answered(tinyId(1), [], 0)
      expect(it.lookup.next(0)).to.deep.equal([])
      expect(it.lookup.stats.successes).to.equal(3)
    })
  })

  describe('what it tells', () => {
    it('says at which hop, and from whom first, each contact was heard of', () => {
      const it = tinyLookup([0x40, 0x50])
      it.next()
      it.answered(0x40, 0x20)
      it.answered(0x50, 0x20, 0x40)
      it.answered(0x20, 0x10)
      expect(it.lookup.trace().map(step => step.heardFrom && byteOf(step.heardFrom))).to.deep.equal([undefined, undefined, 0x40, 0x20])
      expect([0x40, 0x20, 0x10, 0x77].map(byte => it.hops(byte))).to.deep.equal([0, 1, 2, undefined])
      expect([0x40, 0x20, 0x10, 0x77].map(byte => it.heardFrom(byte))).to.deep.equal([undefined, 0x40, 0x20, undefined])
    })

    it('returns n of those that answered, k when it is not told, sorted', () => {
      const it = tinyLookup([5, 3, 4, 1], { k: 3, alpha: 4 })
      it.next()
      for (const byte of [3, 4, 1]) it.answered(byte)
      expect(it.closest()).to.deep.equal([1, 3, 4])
      expect(it.closest(2)).to.deep.equal([1, 3])
    })

    it('traces every request in the order of asking', () => {
      const it = tinyLookup([0x40, 0x50])
      it.now = 100
      it.next()
      it.now = 130
      it.answered(0x50, 0x20)
      it.now = 150
      it.failed(0x40)
      expect(it.lookup.trace()).to.deep.equal([
        { peer: tinyId(0x40), heardFrom: undefined, hops: 0, state: 'failed', askedAt: 100, elapsedMs: 50 },
        { peer: tinyId(0x50), heardFrom: undefined, hops: 0, state: 'answered', askedAt: 100, elapsedMs: 30 },
        { peer: tinyId(0x20), heardFrom: tinyId(0x50), hops: 1, state: 'waiting', askedAt: 130, elapsedMs: undefined }
      ])
    })

    it('changes neither the seeds nor the answers that it is given', () => {
      const closer = Object.freeze(tiny(9, 1, 5))
      const it = tinyLookup([0x40])
      it.next()
      it.lookup.answered(tinyId(0x40), closer, 0)
      expect(it.next()).to.deep.equal([1, 5])
    })
  })

  describe('disjoint paths', () => {
    const twoPaths = { disjointPaths: 2, pathWidth: 2, alpha: 1, k: 4 }

    it('deals the seeds in turn, and each path asks alpha of its own', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40], { ...twoPaths, disjointPaths: 3 })
      expect(it.next()).to.deep.equal([0x10, 0x20, 0x30])
    })

    it('has no more paths than seeds', () => {
      const it = tinyLookup([0x10, 0x20], { ...twoPaths, disjointPaths: 8 })
      expect(it.next()).to.deep.equal([0x10, 0x20])
      it.failed(0x10)
      it.answered(0x20)
      expect(it.done).to.be.true
    })

    it('follows an answer on the path of who gave it', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40], twoPaths)
      expect(it.next()).to.deep.equal([0x10, 0x20])
      expect(it.answered(0x20, 1), 'on the second').to.deep.equal([1])
      expect(it.answered(0x10), 'the first has not heard of 1').to.deep.equal([0x30])
    })

    it('asks each node on one path only, also when both know it', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40], twoPaths)
      it.next()
      expect(it.answered(0x20, 1)).to.deep.equal([1])
      expect(it.answered(0x10, 1), 'it is in flight on the other').to.deep.equal([])
      it.answered(1)
      expect(it.lookup.stats.requests).to.equal(it.lookup.trace().length)
      expect(new Set(it.lookup.trace().map(step => byteOf(step.peer))).size).to.equal(it.lookup.stats.requests)
    })

    it('one closing step asks the rest of the k nearest of the union at once, as soon as all paths together get no nearer', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40, 0x50, 0x60], { ...twoPaths, k: 6 })
      expect(it.next()).to.deep.equal([0x10, 0x20])
      expect(it.answered(0x20, 0x08), 'they get nearer').to.deep.equal([0x08])
      expect(it.answered(0x10), 'asked before that').to.deep.equal([0x30])
      expect(it.answered(0x08), 'the nearest of all').to.deep.equal([0x40, 0x50])
      for (const byte of [0x30, 0x40, 0x50]) it.answered(byte)
      expect(it.done).to.be.true
      expect(it.closest()).to.deep.equal([0x08, 0x10, 0x20, 0x30, 0x40, 0x50])
    })

    it('ends no sooner than each path, which has pathWidth answers then', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40], { ...twoPaths, k: 1 })
      it.next()
      expect(it.answered(0x10), 'the nearest of all').to.deep.equal([0x30])
      it.answered(0x30)
      expect(it.done).to.be.false
      expect(it.answered(0x20)).to.deep.equal([0x40])
      it.answered(0x40)
      expect(it.done).to.be.true
    })

    it('what the closing step hears is known to the path of who said it, and to no other', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40], { ...twoPaths, pathWidth: 3, k: 4 })
      it.next()
      expect(it.answered(0x10), 'by the first path and the closing step').to.deep.equal([0x30, 0x40])
      expect(it.answered(0x40, 0x60), 'of the second path, which waits for 0x20; the first has a place to spare').to.deep.equal([])
      expect(it.answered(0x20), 'the second answer of the second path').to.deep.equal([0x60])
    })

    it('what the closing step hears from one whom several paths know is known to the one that heard of it first', () => {
      const it = tinyLookup([0x08, 0x10, 0x20, 0x30], { ...twoPaths, k: 5 })
      expect(it.next()).to.deep.equal([0x08, 0x10])
      expect(it.answered(0x08, 0x04, 0x30), 'the first path hears of 0x30, a seed of the second').to.deep.equal([0x04])
      expect(it.answered(0x04), 'the first path has ended: the closing step').to.deep.equal([0x20, 0x30])
      expect(it.answered(0x30, 0x02), 'the second path waits for 0x10, the closing step for 0x20').to.deep.equal([])
      expect(it.answered(0x10)).to.deep.equal([0x02])
    })

    it('DJ2: a path full of lies displaces nobody that another path found', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40], { ...twoPaths, alpha: 2, k: 3 })
      it.next()
      it.answered(0x10, 1, 2, 3) // invented
      it.answered(0x20, 4)
      for (let i = 0; i < 9; i++) {
        for (const { peer } of it.lookup.trace()) {
          if (byteOf(peer) < 4) it.failed(byteOf(peer)); else it.answered(byteOf(peer))
        }
      }
      expect(it.done).to.be.true
      expect(it.closest()).to.deep.equal([4, 0x10, 0x20])
    })

    it('a slow node holds up the closing step only, not its path', () => {
      const it = tinyLookup([0x10, 0x20, 0x30, 0x40], { ...twoPaths, pathWidth: 1, k: 3 })
      expect(it.next()).to.deep.equal([0x10, 0x20])
      expect(it.slow(0x20), 'on the second path 0x40 is next').to.deep.equal([0x40])
      expect(it.answered(0x40), 'and ends it: the closing step').to.deep.equal([0x30])
      for (const byte of [0x10, 0x30]) it.answered(byte)
      expect(it.done).to.be.false
      it.failed(0x20)
      expect(it.done).to.be.true
    })

    it('asks the doubted when nobody else is left on any path, though the closing step itself waits for nobody', () => {
      const it = tinyLookup([0x10, 0x20, 0x30], { disjointPaths: 2, k: 6, pathWidth: 4, alpha: 4, maxContactsPerReply: 4 })
      expect(it.next()).to.deep.equal([0x10, 0x30, 0x20])
      expect(it.answered(0x10, 1, 2, 3, 4)).to.deep.equal([1, 2, 3])
      for (const byte of [1, 2, 3]) it.failed(byte)
      expect(it.answered(0x30, 0x28)).to.deep.equal([0x28])
      expect(it.answered(0x28), 'the closing step begins; the second path waits for 0x20').to.deep.equal([])
      expect(it.answered(0x20)).to.deep.equal([4])
    })

    it('a path leaves the doubted to the closing step', () => {
      const it = tinyLookup([0x10, 0x20], { ...twoPaths, k: 3, pathWidth: 3, alpha: 3, maxContactsPerReply: 4 })
      it.next()
      expect(it.answered(0x10, 1, 2, 3, 4)).to.deep.equal([1, 2, 3])
      for (const byte of [1, 2, 3]) expect(it.failed(byte), '0x20 is in flight').to.deep.equal([])
      expect(it.answered(0x20), 'the closing step').to.deep.equal([4])
    })
  })
  it('has the bounds that its documentation names', () => {
    const { pathWidth, maxCandidates, maxContactsPerReply, distrustAfterDead, maxTriesPerContact, maxRequests } =
      withDefaults({ target: tinyId(0), localId: tinyId(1), seeds: [], k: 7, alpha: 3, disjointPaths: 1 })
    expect([pathWidth, maxCandidates, maxContactsPerReply, distrustAfterDead, maxTriesPerContact, maxRequests]).to.deep.equal([8, 512, 7, 3, 3, 256])
  })
})
