import { expect } from 'chai'
import fc from 'fast-check'
import { RoundTrips } from '../src/round-trips.ts'

const init = { roundTrips: 100, initialTimeoutMs: 1000, minTimeoutMs: 50, maxTimeoutMs: 2000 }

describe('RoundTrips', () => {
  it('waits for the first stranger as long as it is told', () => {
    expect(new RoundTrips(init).timeoutOf('a')).to.equal(1000)
    expect(new RoundTrips({ ...init, initialTimeoutMs: 300 }).timeoutOf('a')).to.equal(300)
  })

  it('follows RFC 6298: srtt + 4 rttvar, alpha 1/8, beta 1/4', () => {
    const trips = new RoundTrips(init)
    trips.measured('a', 200)
    expect(trips.timeoutOf('a')).to.equal(200 + 4 * 100)
    trips.measured('a', 120)
    const variance = 0.75 * 100 + 0.25 * 80
    const srtt = 0.875 * 200 + 0.125 * 120
    expect(trips.timeoutOf('a')).to.equal(srtt + 4 * variance)
    expect(trips.rttOf('a')).to.equal(srtt)
  })

  it('judges a stranger by what this node has measured of all, and a known peer by itself', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 100; i++) trips.measured('near', 60)
    expect(trips.timeoutOf('stranger')).to.be.closeTo(60, 1)
    for (let i = 0; i < 100; i++) trips.measured('far', 400)
    expect(trips.timeoutOf('stranger')).to.be.above(300)
    expect(trips.timeoutOf('near')).to.be.closeTo(60, 1)
  })

  it('doubles after each timeout up to the highest, and forgets that with the next round trip', () => {
    const trips = new RoundTrips(init)
    trips.measured('a', 200)
    trips.timedOut('a')
    expect(trips.timeoutOf('a')).to.equal(1200)
    for (let i = 0; i < 20; i++) trips.timedOut('a')
    expect(trips.timeoutOf('a')).to.equal(2000)
    for (let i = 0; i < 50; i++) trips.measured('a', 200)
    expect(trips.timeoutOf('a')).to.be.closeTo(200, 1)
  })

  it('a silent stranger does not slow down the others', () => {
    const trips = new RoundTrips(init)
    trips.measured('a', 100)
    for (let i = 0; i < 10; i++) trips.timedOut('silent')
    expect(trips.timeoutOf('stranger')).to.equal(300)
  })

  it('gives strangers more time when it was wrong about them, and less again when it was not', () => {
    const trips = new RoundTrips(init)
    trips.measured('neighbour', 1)
    expect(trips.timeoutOf('overseas')).to.equal(50)
    for (let i = 0; i < 4; i++) trips.answeredLate(`overseas ${i}`)
    expect(trips.timeoutOf('overseas')).to.equal(800)
    expect(trips.timeoutOf('neighbour')).to.equal(50)
    for (let i = 0; i < 60; i++) trips.measured(`overseas ${i}`, 300)
    expect(trips.timeoutOf('stranger')).to.be.closeTo(300, 5)
  })

  it('a third of strangers may need a second try before the others wait longer', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 300; i++) {
      if (i % 4 === 3) trips.answeredLate(`lossy ${i}`)
      else trips.measured(`peer ${i}`, 100)
    }
    expect(trips.timeoutOf('stranger')).to.be.below(250)
  })

  it('stays between the lowest and the highest timeout, for any history', () => {
    const step = fc.oneof(fc.constant(undefined), fc.double({ min: 0, max: 1e6, noNaN: true }))
    fc.assert(fc.property(fc.array(step), history => {
      const trips = new RoundTrips(init)
      trips.measured('a', 1)
      for (const rttMs of history) {
        if (rttMs === undefined) trips.timedOut('a')
        else trips.measured('a', rttMs)
        expect(trips.timeoutOf('a')).to.be.within(50, 2000)
        expect(trips.timeoutOf('stranger')).to.be.within(50, 2000)
      }
    }), { seed: 3, numRuns: 200 })
  })

  it('remembers so many peers and no more', () => {
    const trips = new RoundTrips({ ...init, roundTrips: 3 })
    for (let i = 0; i < 100; i++) trips.measured(`peer ${i}`, 100)
    expect(trips.size).to.equal(3)
    expect(trips.rttOf('peer 99')).to.equal(100)
    expect(trips.rttOf('peer 0')).to.equal(undefined)
  })
})
