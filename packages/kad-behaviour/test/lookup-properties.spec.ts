import { expect } from 'chai'
import fc from 'fast-check'
import { seededRandom } from '@kadmium/runtime'
import { compareDistance } from '@kadmium/peer-id'
import { Lookup } from '../src/lookup.ts'
import { contactOf, nearest, randomId } from './support/perfect-network.ts'
import type { Contact, PeerId, Random } from '@kadmium/interface'
import type { LookupInit } from '../src/lookup.ts'

const settings = { seed: 160, numRuns: 200 }
const seeds = fc.integer({ min: 0, max: 0xffff })

/** Some contacts, who know each other in some way, and one who looks for a target. */
interface World {
  readonly random: Random
  readonly init: LookupInit
  readonly everyone: readonly Contact[]
  answerOf (id: PeerId): Contact[]
}

function randomWorld (seed: number, options: Partial<LookupInit> = {}): World {
  const random = seededRandom(seed)
  const everyone = Array.from({ length: 1 + random.below(60) }, () => contactOf(randomId(random)))
  const some = (n: number): Contact[] => Array.from({ length: random.below(n + 1) }, () => everyone[random.below(everyone.length)]!)
  const init = {
    target: randomId(random),
    localId: everyone[0]!.id,
    seeds: some(20),
    k: 1 + random.below(20),
    alpha: 1 + random.below(5),
    disjointPaths: 1 + random.below(5),
    maxContactsPerReply: 20,
    ...options
  }
  return { random, init, everyone, answerOf: () => some(20) }
}

type Fate = 'answered' | 'failed' | 'slow' | 'late'

/** Drives it to its end in a random order of events; `watch` sees each step. */
function drive (lookup: Lookup, world: World, fateOf: (id: PeerId) => Fate, watch: (event: { asked: readonly Contact[], fate?: Fate }) => void = () => {}): void {
  const open: Contact[] = []
  const failed: Contact[] = []
  let now = 0
  for (;;) {
    const asked = lookup.next(now)
    open.push(...asked)
    watch({ asked })
    if (lookup.done) return
    if (open.length === 0) throw new Error('it waits for nobody and has not ended')
    const [{ id }] = open.splice(world.random.below(open.length), 1) as [Contact]
    const fate = fateOf(id)
    now++
    switch (fate) {
      case 'answered':
        lookup.answered(id, world.answerOf(id), now)
        break
      case 'failed':
        lookup.failed(id, now)
        failed.push(contactOf(id))
        break
      case 'slow':
        lookup.slow(id, now)
        open.push(contactOf(id))
        break
      case 'late':
        lookup.failed(id, now)
        lookup.answered(id, world.answerOf(id), now)
        break
    }
    watch({ asked: [], fate })
  }
}

function randomFate (random: Random, failures: number): () => Fate {
  return () => {
    const roll = random.float()
    if (roll < failures) return 'failed'
    return roll < failures + 0.1 ? 'slow' : roll < failures + 0.15 ? 'late' : 'answered'
  }
}

describe('lookup, whatever happens', function () {
  this.timeout(30_000)

  for (const failures of [0, 0.25, 0.6]) {
    it(`Q2, U1: ends, sorted, with at most k, with ${failures * 100} % failures`, () => {
      fc.assert(fc.property(seeds, seed => {
        const world = randomWorld(seed)
        const lookup = new Lookup(world.init)
        const asked: string[] = []
        drive(lookup, world, randomFate(world.random, failures), event => { asked.push(...event.asked.map(({ id }) => id.hex)) })
        const closest = lookup.closest()
        expect(closest.length).to.be.at.most(world.init.k)
        expect(closest).to.deep.equal(nearest(closest, world.init.target, world.init.k))
        expect(new Set(asked).size, 'each is asked once').to.equal(asked.length)
        expect(asked).to.not.include(world.init.localId.hex)
        const { requests, successes, failures: failed, waiting } = lookup.stats
        expect(requests).to.equal(successes + failed + waiting)
        expect(requests).to.equal(asked.length)
        if (closest.length < world.init.k) {
          const known = world.everyone.filter(({ id }) => lookup.hops(id) !== undefined)
          expect(asked.length, 'when it found fewer than k it has asked everyone it knows').to.equal(known.length)
        }
      }), settings)
    })
  }

  it('Q2: has at most alpha in flight until it stalls, then at most max(alpha, k)', () => {
    fc.assert(fc.property(seeds, seed => {
      const world = randomWorld(seed, { disjointPaths: 1 })
      const lookup = new Lookup(world.init)
      drive(lookup, world, () => world.random.float() < 0.25 ? 'failed' : 'answered', ({ asked }) => {
        const { waiting, successes } = lookup.stats
        if (successes === 0) expect(waiting).to.be.at.most(world.init.alpha)
        expect(waiting).to.be.at.most(Math.max(world.init.alpha, world.init.k))
        expect(asked).to.deep.equal(nearest(asked, world.init.target, asked.length))
      })
    }), settings)
  })

  it('Q2: every answer and every failure lowers the number of those awaited by one', () => {
    fc.assert(fc.property(seeds, seed => {
      const world = randomWorld(seed)
      const lookup = new Lookup(world.init)
      let before = 0
      drive(lookup, world, randomFate(world.random, 0.25), ({ asked, fate }) => {
        const { waiting } = lookup.stats
        expect(waiting).to.equal(before + asked.length - (fate === undefined || fate === 'slow' ? 0 : 1))
        before = waiting
      })
    }), settings)
  })

  it('rule 1: what it found are the k nearest of all that it knows and that did not fail', () => {
    fc.assert(fc.property(seeds, seed => {
      const world = randomWorld(seed, { distrustAfterDead: Infinity })
      const lookup = new Lookup(world.init)
      const failed = new Set<string>()
      drive(lookup, world, id => {
        if (world.random.float() > 0.3) return 'answered'
        failed.add(id.hex)
        return 'failed'
      })
      const known = world.everyone.filter(({ id }) => lookup.hops(id) !== undefined && !failed.has(id.hex))
      expect(lookup.closest()).to.deep.equal(nearest(known, world.init.target, world.init.k))
    }), settings)
  })

  it('the same events give the same requests', () => {
    fc.assert(fc.property(seeds, seed => {
      const [one, two] = [0, 1].map(() => {
        const world = randomWorld(seed)
        const lookup = new Lookup(world.init)
        drive(lookup, world, randomFate(world.random, 0.25))
        return lookup.trace()
      })
      expect(one).to.deep.equal(two)
    }), settings)
  })

  it('stays within its bounds whatever it is told', () => {
    fc.assert(fc.property(seeds, seed => {
      const world = randomWorld(seed, { maxCandidates: 15, maxRequests: 12, maxContactsPerReply: 5 })
      const lookup = new Lookup(world.init)
      drive(lookup, world, randomFate(world.random, 0.5), () => {
        expect(world.everyone.filter(({ id }) => lookup.hops(id) !== undefined).length).to.be.at.most(15)
        expect(lookup.stats.requests).to.be.at.most(12)
        expect(lookup.trace().length).to.be.at.most(12)
      })
    }), settings)
  })
})

describe('lookup in random graphs of 20 to 200 nodes', function () {
  this.timeout(30_000)

  /** Everyone knows the k nearest to themselves and some others, which is what lookups need to be exact. */
  function graph (seed: number): World {
    const random = seededRandom(seed)
    const everyone = Array.from({ length: 20 + random.below(181) }, () => contactOf(randomId(random)))
    const k = 8
    const target = randomId(random)
    const table = new Map(everyone.map(({ id }) => {
      const others = everyone.filter(other => other.id !== id)
      const far = Array.from({ length: 10 }, () => others[random.below(others.length)]!)
      return [id.hex, nearest([...new Set([...nearest(others, id, 2 * k), ...far])], target, k)]
    }))
    const answerOf = (id: PeerId): Contact[] => table.get(id.hex)!
    const localId = everyone[0]!.id
    return { random, everyone, answerOf, init: { target, localId, seeds: answerOf(localId), k, alpha: 3, disjointPaths: 1 } }
  }

  for (const disjointPaths of [1, 2, 4]) {
    it(`DJ3: finds the true k nearest on ${disjointPaths} path(s), whatever the order of the answers`, () => {
      fc.assert(fc.property(seeds, seed => {
        const world = graph(seed)
        const lookup = new Lookup({ ...world.init, disjointPaths })
        drive(lookup, world, () => 'answered')
        const others = world.everyone.slice(1)
        const closest = lookup.closest()
        expect(closest[0]).to.equal(nearest(others, world.init.target, 1)[0])
        expect(closest).to.deep.equal(nearest(others, world.init.target, 8))
      }), { seed: 160, numRuns: 50 })
    })
  }

  it('DJ1, DJ3: several paths give one sorted list without doubles, never shorter than one path gives', () => {
    fc.assert(fc.property(seeds, seed => {
      const [one, four] = [1, 4].map(disjointPaths => {
        const world = graph(seed)
        const lookup = new Lookup({ ...world.init, disjointPaths })
        drive(lookup, world, () => 'answered')
        return { lookup, target: world.init.target }
      })
      const all = four!.lookup.closest(Infinity)
      expect(all.length).to.be.at.least(one!.lookup.closest().length)
      for (let i = 1; i < all.length; i++) expect(compareDistance(four!.target, all[i - 1]!.id, all[i]!.id)).to.be.below(0)
    }), { seed: 160, numRuns: 50 })
  })
})
