import { expect } from 'chai'
import fc from 'fast-check'
import { InvalidOptionError } from '@kadmium/interface'
import type { Timer } from '@kadmium/interface'
import { drive, runUntil, VirtualClock } from '../src/index.ts'
import { TimerHeap } from '../src/timer-heap.ts'

describe('VirtualClock', () => {
  it('fires in the order of time, then of setting, and never what was cancelled (brute-force model)', () => {
    for (const cancelled of [2, 8]) orderedLikeModel(cancelled)
  })

  /** Of ten timers so many are cancelled: many, and the heap is rebuilt. */
  function orderedLikeModel (cancelled: number): void {
    const action = fc.record({ delayMs: fc.integer({ min: 0, max: 50 }), cancel: fc.nat(9).map(n => n < cancelled) })
    fc.assert(fc.property(fc.array(action, { maxLength: 400, size: 'max' }), actions => {
      const clock = new VirtualClock()
      const fired: number[] = []
      const timers = actions.map(({ delayMs }, index) => clock.setTimeout(() => { fired.push(index) }, delayMs))
      actions.forEach(({ cancel }, index) => { if (cancel) clock.clearTimeout(timers[index] as Timer) })
      const expected = actions.map((each, index) => ({ ...each, index })).filter(({ cancel }) => !cancel)
        .sort((a, b) => a.delayMs - b.delayMs || a.index - b.index)

      expect(clock.pending).to.equal(expected.length)
      while (clock.runNext());
      expect(fired).to.deep.equal(expected.map(({ index }) => index))
      expect(clock.pending).to.equal(0)
    }), { numRuns: 100, seed: 1 })
  }

  it('keeps the order when timers are set and cancelled while others fire', () => {
    const clock = new VirtualClock()
    const fired: number[] = []
    const rearm = (left: number): void => {
      fired.push(clock.now())
      const never = clock.setTimeout(() => { throw new Error('a cancelled timer fired') }, 1)
      if (left > 0) clock.setTimeout(() => { rearm(left - 1) }, left % 7)
      clock.clearTimeout(never)
    }
    for (let i = 0; i < 20; i++) rearm(200)
    while (clock.runNext());
    expect(fired).to.have.length(20 * 201)
    expect(fired).to.deep.equal([...fired].sort((a, b) => a - b))
  })

  it('moves to the time of each event and says when the next one is', () => {
    const clock = new VirtualClock({ startWallMs: 1_000_000 })
    clock.setTimeout(() => {}, 10.5)
    expect(clock.nextAt).to.equal(10.5)
    expect(clock.runNext()).to.equal(true)
    expect([clock.now(), clock.wallNow(), clock.nextAt, clock.runNext()]).to.deep.equal([10.5, 1_000_010, undefined, false])
  })

  it('takes a negative delay as none and refuses one that is no number', () => {
    const clock = new VirtualClock()
    clock.setTimeout(() => {}, -5)
    expect(clock.nextAt).to.equal(0)
    expect(() => clock.setTimeout(() => {}, Infinity)).to.throw('delayMs: expected a finite number').with.property('name', InvalidOptionError.name)
    expect(() => clock.setTimeout(() => {}, NaN)).to.throw('delayMs')
  })

  it('ignores a second cancellation and one after the timer fired', () => {
    const clock = new VirtualClock()
    const fired = clock.setTimeout(() => {}, 1)
    clock.setTimeout(() => {}, 2)
    clock.runNext()
    clock.clearTimeout(fired)
    clock.clearTimeout(fired)
    expect(clock.pending).to.equal(1)
  })

  it('holds no more cancelled timers than live ones: a request that is answered cancels its timeout', () => {
    const heap = new TimerHeap()
    for (let at = 0; at < 1000; at++) heap.push(at, () => {})
    for (let at = 0; at < 100_000; at++) heap.cancel(heap.push(5_000 + at, () => {}))
    expect(heap.live).to.equal(1000)
    expect(heap.size).to.be.at.most(2100)
  })
})

describe('runUntil', () => {
  it('fires all that is due, inclusive, and leaves the clock at the end', async () => {
    const clock = new VirtualClock()
    const fired: number[] = []
    for (const at of [5, 10, 10.001]) clock.setTimeout(() => { fired.push(at) }, at)
    await runUntil(clock, 10)
    expect(fired).to.deep.equal([5, 10])
    expect([clock.now(), clock.pending]).to.deep.equal([10, 1])
  })

  it('lets promise chains of any depth settle before time moves on', async () => {
    const clock = new VirtualClock()
    const order: string[] = []
    clock.setTimeout(() => { void deep(100).then(() => { order.push(`chain at ${clock.now()}`) }) }, 1)
    clock.setTimeout(() => { order.push('next event') }, 1)
    await runUntil(clock, 2)
    expect(order).to.deep.equal(['chain at 1', 'next event'])
  })

  it('settles what was started before it was called, first', async () => {
    const clock = new VirtualClock()
    const order: string[] = []
    void deep(10).then(() => { clock.setTimeout(() => { order.push('set by a promise') }, 1) })
    await runUntil(clock, 2)
    expect(order).to.deep.equal(['set by a promise'])
  })

  it('never steps back', async () => {
    const clock = new VirtualClock()
    await runUntil(clock, 10)
    await runUntil(clock, 5)
    expect(clock.now()).to.equal(10)
  })

  it('rejects with what a timer throws', async () => {
    const clock = new VirtualClock()
    clock.setTimeout(() => { throw new Error('from a timer') }, 1)
    const error = await runUntil(clock, 2).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.have.property('message', 'from a timer')
  })

  it('gives the process its turn during a long run', async () => {
    let turns = 0
    const count = setInterval(() => { turns++ }, 0)
    let left = 50_000
    await drive(() => left-- > 0)
    clearInterval(count)
    expect(turns).to.be.at.least(1)
  })
})

async function deep (levels: number): Promise<void> {
  for (let level = 0; level < levels; level++) await Promise.resolve()
}
