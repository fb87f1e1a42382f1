import { compareDistance, keyId, peerIdFromBytes } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { EclipseAlarm } from '../../src/eclipse-alarm.ts'
import { SizeEstimate } from '../../src/size-estimate.ts'
import { QUIET, TestNetwork, text } from '../network.ts'
import type { PeerId } from '@kadmium/interface'
import type { EclipseAlarmInit } from '../../src/eclipse-alarm.ts'

const K = 20
const N = 2000
const random = seededRandom('alarm')
const ids = Array.from({ length: N }, () => peerIdFromBytes(random.bytes(20)))
const nearestTo = (target: PeerId, among: readonly PeerId[] = ids): PeerId[] => [...among].sort((a, b) => compareDistance(target, a, b)).slice(0, K)
const alarm = (init: Partial<EclipseAlarmInit> = {}): EclipseAlarm => new EclipseAlarm({ eclipseDivergence: 10, eclipseRepeatMs: 1000, maxSuspected: 2, ...init })

/** They share 64 bits with the target: no other node does. */
const crowd = (target: PeerId, count: number): PeerId[] => Array.from({ length: count }, () => peerIdFromBytes(new Uint8Array([...target.bytes.subarray(0, 8), ...random.bytes(12)])))

describe('the alarm of crowded keys', () => {
  it('row 7: suspects no clean place of 400, with an estimate that is 20 % off either way', () => {
    for (const size of [0.8 * N, N, 1.2 * N]) {
      const clean = alarm()
      const flagged = Array.from({ length: 400 }, () => peerIdFromBytes(random.bytes(20))).filter(place => clean.check(place, nearestTo(place), size, 0) !== undefined)
      expect(flagged.length, `size ${size}`).to.be.at.most(2)
    }
  })

  it('row 7: says how many crowd, from a handful on, and how unlikely that is', () => {
    for (const count of [5, 10, 20]) {
      const target = keyId(text(`crowded ${count}`))
      const suspicion = alarm().check(target, nearestTo(target, [...ids, ...crowd(target, count)]), N, 0)
      expect(suspicion, `${count}`).to.include({ peers: count, networkSize: N })
      expect(suspicion?.divergence).to.be.above(10)
    }
  })

  it('says nothing where the size is not known, when it is off, and of who sits at the target itself', () => {
    const target = keyId(text('crowded'))
    const nearest = nearestTo(target, [...ids, ...crowd(target, 20)])
    expect(alarm().check(target, nearest, undefined, 0)).to.equal(undefined)
    expect(alarm({ eclipseDivergence: 'off' }).check(target, nearest, N, 0)).to.equal(undefined)
    expect(alarm().check(ids[0]!, nearestTo(ids[0]!), N, 0)).to.equal(undefined)
  })

  it('eclipseRepeatMs, maxSuspected: tells a place once in that time, and remembers so many places', () => {
    const limited = alarm()
    const tell = (name: string, now: number): boolean => {
      const target = keyId(text(name))
      return limited.check(target, crowd(target, 20), N, now) !== undefined
    }
    expect([tell('a', 0), tell('a', 999), tell('a', 1000)]).to.deep.equal([true, false, true])
    expect([tell('b', 1000), tell('c', 1000), tell('a', 1001)], 'a was forgotten for c').to.deep.equal([true, true, true])
  })

  it('measures the network elsewhere: one crowded key, looked up again and again, makes it no larger', () => {
    const size = new SizeEstimate({ maxSizeSamples: 150, sizeSampleMaxAgeMs: 1000, minSizeSamples: 5 })
    for (let i = 0; i < 10; i++) {
      const place = peerIdFromBytes(random.bytes(20))
      size.measured(place, nearestTo(place), 0)
    }
    const target = keyId(text('popular'))
    for (let i = 0; i < 100; i++) size.measured(target, crowd(target, K), 0)
    expect(size.nodes(0)).to.be.within(0.7 * N, 1.5 * N)
    expect(size.atMostElsewhere(target, 0)).to.be.within(0.7 * N, 1.5 * N)
  })

  it('row 7: many crowded keys, looked up one after the other, make the network no larger either', () => {
    const size = new SizeEstimate({ maxSizeSamples: 150, sizeSampleMaxAgeMs: 1000, minSizeSamples: 3 })
    for (let i = 0; i < 5; i++) {
      const place = peerIdFromBytes(random.bytes(20))
      size.measured(place, nearestTo(place), 0)
    }
    for (let i = 0; i < 100; i++) {
      const target = keyId(text(`crowded ${i}`))
      size.measured(target, crowd(target, K), 0)
    }
    expect(size.nodes(0)).to.be.within(0.7 * N, 1.5 * N)
    expect(size.atMostElsewhere(keyId(text('another')), 0)).to.be.within(0.7 * N, 1.6 * N)
  })

  it('takes a network for no smaller than the own table: one that grows fast is no crowd', async () => {
    const network = new TestNetwork({ seed: 1 })
    const first = await network.acquainted(20, { ...QUIET, k: K })
    const [node] = first
    let suspected = 0
    node!.swarm.addEventListener('EclipseSuspected', () => { suspected++ })
    const lookUp = async (): Promise<unknown> => await network.until(node!.kad.getClosestPeers(random.bytes(20)))
    for (let i = 0; i < 6; i++) await lookUp()
    const later = []
    for (let i = 0; i < 60; i++) later.push(await network.node({ ...QUIET, k: K }))
    network.introduce([...first, ...later])
    for (let i = 0; i < 20; i++) await lookUp()
    expect(suspected).to.equal(0)
  })
})
