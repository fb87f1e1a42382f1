import { expect } from 'chai'
import fc from 'fast-check'
import { RoundTrips } from '../src/round-trips.ts'

const init = { roundTrips: 100, initialTimeoutMs: 1000, minTimeoutMs: 50, lastTimeoutMs: 200, writeTimeoutMs: 1000, maxTimeoutMs: 2000 }

describe('RoundTrips', () => {
  it('waits for the first stranger as long as it is told', () => {
    expect(new RoundTrips(init).timeoutOf('a')).to.equal(1000)
    expect(new RoundTrips({ ...init, initialTimeoutMs: 300 }).timeoutOf('a')).to.equal(300)
  })

  it('follows RFC 6298: srtt + 4 rttvar, alpha 1/8, beta 1/4; but begins with half of a round trip to spare', () => {
    const trips = new RoundTrips(init)
    trips.measured('a', 200)
    expect(trips.timeoutOf('a')).to.equal(200 + 4 * 25)
    trips.measured('a', 120)
    const variance = 0.75 * 25 + 0.25 * 80
    const srtt = 0.875 * 200 + 0.125 * 120
    expect(trips.timeoutOf('a')).to.equal(srtt + 4 * variance)
    expect(trips.rttOf('a')).to.equal(srtt)
  })

  it('judges a stranger by what this node has measured of all, and a known peer by itself', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 1000; i++) trips.measured(`near ${i % 49}`, 60)
    expect(trips.timeoutOf('stranger')).to.be.closeTo(60 + 20, 1)
    for (let i = 0; i < 1000; i++) trips.measured(`far ${i % 49}`, 400)
    expect(trips.timeoutOf('stranger')).to.be.above(400)
    expect(trips.timeoutOf('near 7')).to.be.closeTo(60, 1)
  })

  it('the fewer peers it has measured, the more it gives a stranger of the time before the first: all of them may be near', () => {
    const trips = new RoundTrips(init)
    const patience = [1, 4, 9, 99].map(peers => {
      for (let i = 0; i < 500; i++) trips.measured(`near ${i % peers}`, 60)
      return Math.round(trips.timeoutOf('stranger')) - 60
    })
    expect(patience).to.deep.equal([500, 200, 100, 10])
  })

  it('waits for a known peer as long as for a stranger at most, unless its own round trip and a half is longer', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 100; i++) trips.measured('near', 60)
    for (let i = 0; i < 20; i++) trips.measured('shaky', i % 2 === 0 ? 50 : 350)
    trips.measured('far', 800)
    expect(trips.timeoutOf('shaky')).to.equal(trips.timeoutOf('stranger'))
    expect(trips.timeoutOf('far')).to.equal(1.5 * 800)
  })

  it('a silent peer slows down nobody: there is nothing to be told of it', () => {
    const trips = new RoundTrips(init)
    trips.measured('a', 100)
    expect(trips.timeoutOf('silent')).to.equal(100 + 2.5 * 50 + 500)
  })

  it('waits up to twice as long after an answer that came too late, up to the highest, and forgets that with the next in time', () => {
    const trips = new RoundTrips(init)
    trips.measured('a', 200)
    trips.answeredLate('a', 5_000)
    expect(trips.timeoutOf('a')).to.equal(600)
    for (let i = 0; i < 20; i++) trips.answeredLate('a', 5_000)
    expect(trips.timeoutOf('a')).to.equal(2000)
    for (let i = 0; i < 50; i++) trips.measured('a', 200)
    expect(trips.timeoutOf('a')).to.be.closeTo(200, 5)
  })

  it('waits no longer than the late answer would have needed, however many come at once', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 999; i++) trips.measured(`near ${i}`, 1)
    for (let i = 0; i < 20; i++) trips.answeredLate(`far ${i}`, 300)
    expect(trips.timeoutOf('stranger')).to.equal(300 + 1)
    trips.measured('known', 200)
    for (let i = 0; i < 20; i++) trips.answeredLate('known', 310)
    expect(trips.timeoutOf('known')).to.be.closeTo(310, 1e-6)
  })

  it('an answer sooner after the second try than the peer is away is one to the first, and measured as such', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 100; i++) trips.measured('a', 200)
    trips.answeredAgain('a', { tried: 2, sinceFirstMs: 360, sinceLastMs: 90 })
    expect(trips.rttOf('a')).to.be.closeTo(220, 1)
    trips.answeredAgain('a', { tried: 2, sinceFirstMs: 500, sinceLastMs: 110 })
    trips.answeredAgain('a', { tried: 3, sinceFirstMs: 500, sinceLastMs: 10 })
    expect(trips.rttOf('a'), 'of these nobody knows').to.be.closeTo(220, 1)
  })

  it('gives strangers more time when it was wrong about them, and less again when it was not', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 999; i++) trips.measured(`neighbour ${i}`, 1)
    expect(trips.timeoutOf('overseas')).to.equal(50 + 1)
    for (let i = 0; i < 4; i++) trips.answeredLate(`overseas ${i}`, 2_000)
    expect(trips.timeoutOf('overseas')).to.equal(800 + 1)
    expect(trips.timeoutOf('neighbour 998')).to.equal(50)
    for (let i = 0; i < 200; i++) trips.measured(`overseas ${i}`, 300)
    expect(trips.timeoutOf('stranger')).to.be.closeTo(300, 5)
  })

  it('a third of strangers may need a second try before the others wait longer', () => {
    const stranger = (every: number): number => {
      const trips = new RoundTrips(init)
      for (let i = 0; i < 300; i++) {
        if (i % every === every - 1) trips.answeredAgain(`lossy ${i}`, { tried: 2, sinceFirstMs: 1_000, sinceLastMs: 100 })
        else trips.measured(`peer ${i}`, 100)
      }
      return trips.timeoutOf('stranger')
    }
    expect(stranger(4)).to.be.closeTo(103, 1)
    expect(stranger(2)).to.be.above(300)
  })

  it('sends as often as it takes where datagrams are lost', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 100; i++) trips.measured('a', 100)
    expect(trips.tries).to.equal(2)
    for (let i = 0; i < 100; i++) trips.answeredAgain('a', { tried: 2, sinceFirstMs: 300, sinceLastMs: 100 })
    expect(trips.tries).to.equal(6)
  })

  it('stays between the lowest and the highest timeout, for any history', () => {
    const step = fc.oneof(fc.constant(undefined), fc.double({ min: 0, max: 1e6, noNaN: true }))
    fc.assert(fc.property(fc.array(step), history => {
      const trips = new RoundTrips(init)
      trips.measured('a', 1)
      for (const rttMs of history) {
        if (rttMs === undefined) trips.answeredLate('a', 1e6)
        else trips.measured('a', rttMs)
        expect(trips.timeoutOf('a')).to.be.within(50, 2000)
        expect(trips.timeoutOf('stranger')).to.be.within(50, 2000)
      }
    }), { seed: 3, numRuns: 200 })
  })

  it('waits longer for what may take longer than packets travel: the last try, and more so a write', () => {
    const trips = new RoundTrips(init)
    for (let i = 0; i < 100; i++) trips.measured('near', 20)
    expect(trips.waitsFor('near', false)).to.deep.equal({ timeoutMs: 50, retryMs: 50, lastMs: 200 })
    expect(trips.waitsFor('near', true)).to.deep.equal({ timeoutMs: 50, retryMs: 50, lastMs: 1000 })
    for (let i = 0; i < 100; i++) trips.measured('far', 800)
    const { timeoutMs, retryMs, lastMs } = trips.waitsFor('far', false)
    expect(timeoutMs).to.be.above(700)
    expect([retryMs, lastMs]).to.deep.equal([timeoutMs / 2, timeoutMs])
  })

  it('no wait is below the lowest or above the highest timeout, whatever the other limits say, for any history', () => {
    const count = fc.integer({ min: 1, max: 5000 })
    const limits = fc.record({ initialTimeoutMs: count, minTimeoutMs: count, lastTimeoutMs: count, writeTimeoutMs: count, maxTimeoutMs: count })
      .filter(({ minTimeoutMs, maxTimeoutMs }) => minTimeoutMs <= maxTimeoutMs)
    const step = fc.oneof(fc.constant(undefined), fc.double({ min: 0, max: 1e5, noNaN: true }))
    fc.assert(fc.property(limits, fc.array(step), fc.boolean(), (given, history, write) => {
      const trips = new RoundTrips({ roundTrips: 100, ...given })
      for (const rttMs of history) {
        if (rttMs === undefined) trips.answeredLate('a', 1e6)
        else trips.measured('a', rttMs)
      }
      for (const endpoint of ['a', 'stranger']) {
        for (const waitMs of Object.values(trips.waitsFor(endpoint, write))) expect(waitMs).to.be.within(given.minTimeoutMs, given.maxTimeoutMs)
      }
    }), { seed: 5, numRuns: 300 })
  })

  it('remembers so many peers and no more', () => {
    const trips = new RoundTrips({ ...init, roundTrips: 3 })
    for (let i = 0; i < 100; i++) trips.measured(`peer ${i}`, 100)
    expect(trips.size).to.equal(3)
    expect(trips.rttOf('peer 99')).to.equal(100)
    expect(trips.rttOf('peer 0')).to.equal(undefined)
  })
})
