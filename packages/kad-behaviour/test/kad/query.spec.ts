import { VirtualClock, runUntil } from '@kadmium/runtime'
import { expect } from 'chai'
import { peerIdFromHex } from '@kadmium/peer-id'
import { kadOptions } from '../../src/checked-options.ts'
import { Queries } from '../../src/queries.ts'
import type { Query, QueryOptions, QueryProgressed, QueryResult } from '@kadmium/interface'
import type { KadInit } from '../../src/index.ts'
import type { Outcome, Progress } from '../../src/query.ts'

const KEY = new Uint8Array([1])
const PEER = peerIdFromHex('0000000000000000000000000000000000000001')
const DONE: QueryResult = { type: 'PutRecord', ok: true, key: KEY, success: [] }
const PART: QueryResult = { type: 'GetRecord', ok: false, error: 'NotFound', key: KEY, closestPeers: [] }

class Bench {
  readonly clock = new VirtualClock()
  readonly events: QueryProgressed[] = []
  readonly queries: Queries

  constructor (init: KadInit = {}) {
    this.queries = new Queries(this.clock, kadOptions(init), event => this.events.push(event))
    this.queries.open()
  }

  start<T> (work: (progress: Progress<number>) => Promise<Outcome<T>>, options: QueryOptions = {}): Query<T, number> {
    return this.queries.start({ type: 'PutRecord', options, inLine: true, work })
  }

  /** Ends only when it is told to. */
  waits (options: QueryOptions = {}): Query<string, number> {
    return this.start(async progress => {
      await new Promise<void>(resolve => progress.onEnding(resolve))
      return { value: progress.ending ?? 'nothing', result: DONE }
    }, options)
  }

  async run (ms: number): Promise<void> {
    await runUntil(this.clock, this.clock.now() + ms)
  }
}

async function outcome (query: PromiseLike<unknown>): Promise<unknown> {
  return await query.then(value => value, (error: Error) => error.message)
}

async function read (query: AsyncIterable<number>): Promise<number[]> {
  const seen: number[] = []
  for await (const one of query) seen.push(one)
  return seen
}

describe('a query', () => {
  it('starts at once, is in the list while it runs, and then no more', async () => {
    const bench = new Bench()
    const query = bench.start(async () => ({ value: 7, result: DONE }))
    expect(bench.queries.all().map(({ id, type }) => ({ id, type }))).to.deep.equal([{ id: query.id, type: 'PutRecord' }])
    expect(await query).to.equal(7)
    await bench.run(0)
    expect(bench.queries.get(query.id)).to.equal(undefined)
  })

  it('counts its steps from 1, and the last alone is last', async () => {
    const bench = new Bench()
    const query = bench.start(async progress => {
      progress.report(PART)
      progress.report(PART)
      return { value: 0, result: DONE }
    })
    await query
    expect(bench.events.map(({ id, step, result }) => ({ id, step, result }))).to.deep.equal([
      { id: query.id, step: { count: 1, last: false }, result: PART },
      { id: query.id, step: { count: 2, last: false }, result: PART },
      { id: query.id, step: { count: 3, last: true }, result: DONE }
    ])
  })

  it('rejects with the error of its outcome, and the event comes first', async () => {
    const bench = new Bench()
    const query = bench.start(async () => ({ error: new Error('refused'), result: PART }))
    const told = query.then(() => 'fine', (error: Error) => `${error.message} after ${bench.events.length} event`)
    expect(await told).to.equal('refused after 1 event')
    expect(await query.catch(() => 'caught')).to.equal('caught')
    let finals = 0
    await query.finally(() => { finals++ }).catch(() => {})
    expect(finals).to.equal(1)
  })

  it('that nobody awaits is no unhandled rejection', async () => {
    const bench = new Bench()
    const unhandled: unknown[] = []
    const listen = (reason: unknown): void => { unhandled.push(reason) }
    process.on('unhandledRejection', listen)
    bench.start(async () => ({ error: new Error('nobody cares'), result: PART }))
    await new Promise(resolve => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(unhandled).to.deep.equal([])
  })

  it('is cancelled by its signal with the reason of that, at once if it was aborted before', async () => {
    const bench = new Bench()
    const controller = new AbortController()
    const { signal } = controller
    const running = bench.waits({ signal })
    await bench.run(1)
    controller.abort(new Error('changed my mind'))
    expect(await outcome(running)).to.equal('changed my mind')
    expect(await outcome(bench.waits({ signal }))).to.equal('changed my mind')
    expect(bench.events.map(({ step }) => step.last)).to.deep.equal([true, true])
  })

  it('ends by finish and by timeout with what its work makes of that', async () => {
    const bench = new Bench({ queryTimeoutMs: 500 })
    const [finished, timed, sooner] = [bench.waits(), bench.waits(), bench.waits({ timeoutMs: 100 })]
    finished.finish()
    await bench.run(99)
    expect(bench.queries.all()).to.have.length(2)
    await bench.run(1)
    expect(bench.queries.all()).to.have.length(1)
    await bench.run(400)
    expect(await Promise.all([finished, timed, sooner])).to.deep.equal(['finished', 'timeout', 'timeout'])
    expect(bench.clock.pending).to.equal(0)
  })

  it('the first reason to end it is the one that counts', async () => {
    const bench = new Bench()
    const query = bench.waits()
    query.finish()
    await bench.run(0)
    expect(await query).to.equal('finished')
    query.finish()
    expect(bench.events).to.have.length(1)
    const controller = new AbortController()
    const both = bench.waits({ signal: controller.signal, timeoutMs: 5 })
    await bench.run(0)
    both.finish()
    controller.abort(new Error('too late'))
    expect(await both).to.equal('finished')
    const timed = bench.waits({ timeoutMs: 5 })
    await runUntil(bench.clock, bench.clock.now() + 5)
    timed.finish()
    expect(await timed).to.equal('timeout')
  })

  it('can be iterated from the start at any time, by several, and iterating ends with it', async () => {
    const bench = new Bench()
    const query = bench.start(async progress => {
      for (const n of [1, 2, 3]) progress.tell(n)
      await new Promise<void>(resolve => bench.clock.setTimeout(resolve, 10))
      progress.tell(4)
      return { value: 0, result: DONE }
    })
    const early = read(query)
    await bench.run(5)
    const late = read(query)
    await bench.run(5)
    expect(await Promise.all([early, late])).to.deep.equal([[1, 2, 3, 4], [1, 2, 3, 4]])
    expect(await read(query)).to.deep.equal([1, 2, 3, 4])
  })

  it('iterating throws what the promise rejects with, after what there was', async () => {
    const bench = new Bench()
    const query = bench.start(async progress => {
      progress.tell(1)
      return { error: new Error('too few'), result: PART }
    })
    const seen: unknown[] = []
    await (async () => { for await (const one of query) seen.push(one) })().catch((error: Error) => seen.push(error.message))
    expect(seen).to.deep.equal([1, 'too few'])
  })

  it('leaving the loop does not end it', async () => {
    const bench = new Bench()
    const query = bench.start(async progress => {
      progress.tell(1)
      await new Promise<void>(resolve => bench.clock.setTimeout(resolve, 10))
      return { value: progress.ending, result: DONE }
    })
    const iterator = query[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.return?.()
    await bench.run(10)
    expect(await query).to.equal(undefined)
  })

  it('progressBuffer bounds what is kept for who iterates late', async () => {
    const bench = new Bench({ progressBuffer: 3 })
    const query = bench.start(async progress => {
      for (let n = 0; n < 10; n++) progress.tell(n)
      return { value: 0, result: DONE }
    })
    await query
    expect(await read(query)).to.deep.equal([7, 8, 9])
  })

  it('numPending is what is neither answered nor failed; the duration runs from the first request and stands at the end', async () => {
    const bench = new Bench()
    const query = bench.start(async progress => {
      await new Promise<void>(resolve => bench.clock.setTimeout(resolve, 10))
      for (let i = 0; i < 5; i++) progress.stats.requested(PEER)
      progress.stats.succeeded()
      progress.stats.succeeded()
      progress.stats.failed()
      await new Promise<void>(resolve => bench.clock.setTimeout(resolve, 10))
      return { value: progress.stats.asked, result: DONE }
    })
    expect(query.stats.durationMs).to.equal(undefined)
    await bench.run(15)
    const stats = { numRequests: 5, numSuccesses: 2, numFailures: 1, numPending: 2, durationMs: 5 }
    expect(bench.queries.get(query.id)!.stats).to.deep.equal(stats)
    await bench.run(1000)
    expect(await query).to.equal(1)
    expect(bench.events[0]!.stats.durationMs).to.equal(10)
    expect(query.stats.durationMs).to.equal(10)
  })
})

describe('the queries of a node', () => {
  it('maxRunningQueries run at once, first come, first served', async () => {
    const bench = new Bench({ maxRunningQueries: 2 })
    const started: number[] = []
    const queries = [0, 1, 2, 3].map(n => bench.start(async progress => {
      started.push(n)
      await new Promise<void>(resolve => progress.onEnding(resolve))
      return { value: n, result: DONE }
    }))
    await bench.run(0)
    expect(started).to.deep.equal([0, 1])
    queries[1]!.finish()
    await bench.run(0)
    expect(started).to.deep.equal([0, 1, 2])
    expect(bench.queries.all()).to.have.length(3)
  })

  it('the time to run begins with the turn, not in line', async () => {
    const bench = new Bench({ maxRunningQueries: 1, queryTimeoutMs: 100 })
    const [first, second] = [bench.waits(), bench.waits()]
    await bench.run(150)
    expect(await first).to.equal('timeout')
    expect(bench.queries.all()).to.have.length(1)
    await bench.run(50)
    expect(await second).to.equal('timeout')
  })

  it('who is cancelled in line leaves it, and has its last event too', async () => {
    const bench = new Bench({ maxRunningQueries: 1 })
    const controller = new AbortController()
    const [first, second, third] = [bench.waits(), bench.waits({ signal: controller.signal }), bench.waits()]
    await bench.run(0)
    controller.abort(new Error('left'))
    expect(await outcome(second)).to.equal('left')
    expect(bench.events.map(({ id }) => id)).to.deep.equal([second.id])
    first.finish()
    await bench.run(0)
    await bench.run(60_000)
    expect(await third).to.equal('timeout')
    expect(await first).to.equal('finished')
  })

  it('beyond maxQueuedQueries in line they reject, with no events', async () => {
    const bench = new Bench({ maxRunningQueries: 1, maxQueuedQueries: 2 })
    const queries = Array.from({ length: 4 }, () => bench.waits())
    expect(await outcome(queries[3]!)).to.equal('2 queries wait already')
    expect(bench.events).to.deep.equal([])
    expect(bench.queries.all()).to.have.length(3)
  })

  it('that were refused have an id, no events, and are in no list', async () => {
    const bench = new Bench()
    const refused = bench.queries.refuse(new Error('bad key'))
    expect(bench.queries.all()).to.deep.equal([])
    expect(await outcome(refused)).to.equal('bad key')
    expect(refused.id).to.equal(1)
    expect(bench.waits().id).to.equal(2)
    expect(bench.events).to.deep.equal([])
  })

  it('end when the node stops, each with its last event, and none begins until it starts', async () => {
    const bench = new Bench({ maxRunningQueries: 1 })
    const queries = [bench.waits(), bench.waits()]
    const silent = bench.queries.silently()
    let told = 0
    silent.onEnding(() => { told++ })
    await bench.queries.close()
    expect(bench.events).to.have.length(2)
    expect(await Promise.all(queries.map(outcome))).to.deep.equal(['the swarm is not started', 'the swarm is not started'])
    expect(await outcome(bench.waits())).to.equal('the swarm is not started')
    expect(told).to.equal(1)
    bench.queries.silently().onEnding(() => { told++ })
    expect(told).to.equal(2)
    bench.queries.open()
    const query = bench.waits()
    query.finish()
    expect(await query).to.equal('finished')
  })
})
