import { peerIdFromHex } from '@kadmium/peer-id'
import { VirtualClock, runUntil, seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { FormerPeers } from '../../src/former-peers.ts'
import { Jobs } from '../../src/jobs.ts'
import { SilentPeers } from '../../src/silent-peers.ts'
import type { Contact } from '@kadmium/interface'

function at (port: number): Contact {
  return { id: peerIdFromHex('00'.repeat(20)), addresses: [endpoint('10.0.0.1', port)] }
}

function peerAt (port: number): Contact {
  return { ...at(port), id: peerIdFromHex(port.toString(16).padStart(40, '0')) }
}

describe('jobs', () => {
  it('run again after the pause that they ask for, up to a tenth earlier or later, so that nodes drift apart', async () => {
    const clock = new VirtualClock()
    const runs: number[] = []
    const jobs = new Jobs(clock, seededRandom(1), [{ name: 'job', firstInMs: 1_000, run: () => { runs.push(clock.now()); return 1_000 } }])
    jobs.start()
    await runUntil(clock, 100_000)
    const pauses = runs.map((now, i) => now - (runs[i - 1] ?? 0))
    expect(Math.min(...pauses)).to.be.within(900, 950)
    expect(Math.max(...pauses)).to.be.within(1_050, 1_100)
  })

  it('never run twice at once, and stop at once, also while they run', async () => {
    const clock = new VirtualClock()
    let [started, running] = [0, 0]
    const jobs = new Jobs(clock, seededRandom(1), [{
      name: 'slow',
      firstInMs: 10,
      async run () {
        started++
        expect(++running).to.equal(1)
        await new Promise<void>(resolve => clock.setTimeout(resolve, 100))
        running--
        return 10
      }
    }])
    jobs.start()
    await runUntil(clock, 1_000)
    expect(started).to.be.within(8, 10)
    jobs.stop()
    await runUntil(clock, 2_000)
    expect(started).to.be.within(8, 10)
    expect(clock.pending).to.equal(0)
  })
})

describe('former peers', () => {
  const init = { maxFormerPeers: 8, formerRetryMs: 10_000, formerRetryMaxMs: 80_000 }
  /** When somebody is tried, looking every ten seconds for half an hour, after so many of 100 have left at once. */
  const triedAt = (departures: number): number[] => {
    const former = new FormerPeers(init)
    for (let port = 1; port <= departures; port++) former.left(peerAt(port), 0)
    const looks = Array.from({ length: 180 }, (_, i) => 10_000 * (i + 1))
    return looks.filter(now => former.due(now, 100 - departures) !== undefined)
  }

  it('are tried one at a time and in no hurry where peers come and go', () => {
    const tries = triedAt(8)
    expect(tries[0]).to.equal(10_000)
    for (const [i, at] of tries.slice(1).entries()) expect(at - tries[i]!).to.be.at.least(60_000)
    expect(tries.length).to.equal(30)
  })

  it('are tried quickly after a quarter of all that was known has left within minutes: the network may be cut', () => {
    const former = new FormerPeers({ ...init, maxFormerPeers: 64 })
    for (let port = 1; port <= 30; port++) former.left(peerAt(port), 0)
    const first = Array.from({ length: 30 }, (_, i) => former.due(10_000 * (i + 1), 70)?.addresses[0]?.port)
    expect(new Set(first).size, 'each once before any twice').to.equal(30)
  })
})

describe('silent peers', () => {
  it('are slow, then silent, and neither once they are heard', () => {
    const silent = new SilentPeers({ maxSilentPeers: 8, formerRetryMs: 10, formerRetryMaxMs: 30 })
    silent.slow(at(1))
    expect(silent.of(at(1))).to.equal('slow')
    silent.timedOut(at(1))
    silent.slow(at(1))
    expect(silent.of(at(1))).to.equal('silent')
    expect(silent.of(at(2))).to.equal(undefined)
    silent.heard(at(1))
    expect(silent.of(at(1))).to.equal(undefined)
  })

  it('are silent until they answer: by another sign of life only who was slow is forgiven', () => {
    const silent = new SilentPeers({ maxSilentPeers: 8, formerRetryMs: 10, formerRetryMaxMs: 30 })
    silent.slow(at(1))
    silent.timedOut(at(2))
    for (const port of [1, 2]) silent.seen(at(port))
    expect([1, 2].map(port => silent.of(at(port)))).to.deep.equal([undefined, 'silent'])
  })

  it('are put to trial when they are seen: at once, then ever more rarely, however often they fail', () => {
    const silent = new SilentPeers({ maxSilentPeers: 8, formerRetryMs: 10, formerRetryMaxMs: 30 })
    expect(silent.onTrial(at(1), 0), 'nothing speaks against it').to.equal(false)
    silent.timedOut(at(1))
    const trials = Array.from({ length: 101 }, (_, now) => now).filter(now => {
      const due = silent.onTrial(at(1), now)
      if (due) silent.timedOut(at(1))
      return due
    })
    expect(trials).to.deep.equal([0, 10, 30, 60, 90])
    silent.heard(at(1))
    silent.timedOut(at(1))
    expect(silent.onTrial(at(1), 100), 'it had answered').to.equal(true)
  })

  it('are silent as who they are where they are: an invented key at an address speaks against nobody else there', () => {
    const silent = new SilentPeers({ maxSilentPeers: 8, formerRetryMs: 10, formerRetryMaxMs: 30 })
    const invented = { ...peerAt(1), id: peerAt(2).id }
    silent.timedOut(invented)
    expect([silent.of(invented), silent.of(peerAt(1)), silent.of(peerAt(2))]).to.deep.equal(['silent', undefined, undefined])
    expect(silent.onTrial(peerAt(1), 0)).to.equal(false)
    silent.heard(peerAt(1))
    expect(silent.of(invented)).to.equal('silent')
  })

  it('are remembered up to the capacity, the latest longest', () => {
    const silent = new SilentPeers({ maxSilentPeers: 2, formerRetryMs: 10, formerRetryMaxMs: 30 })
    for (const port of [1, 2, 1, 3]) silent.timedOut(at(port))
    expect([1, 2, 3].map(port => silent.of(at(port)))).to.deep.equal(['silent', undefined, 'silent'])
  })
})
