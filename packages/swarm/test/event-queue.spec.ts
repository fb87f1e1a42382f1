import type { SwarmEvent } from '@kadmium/interface'
import { expect } from 'chai'
import { EventQueue } from '../src/event-queue.ts'

const event = (newMode: 'server' | 'client' = 'server'): SwarmEvent => ({ type: 'ModeChanged', detail: { newMode } })
const numbered = (count: number): SwarmEvent => ({ type: 'Dropped', detail: { count } })

async function readAll (queue: EventQueue): Promise<SwarmEvent[]> {
  const events: SwarmEvent[] = []
  for await (const each of queue) events.push(each)
  return events
}

describe('EventQueue', () => {
  it('hands over every event in order, then ends', async () => {
    const queue = new EventQueue(1000, () => {})
    const events = Array.from({ length: 500 }, (_, index) => numbered(index))
    for (const each of events) queue.push(each)
    queue.end()
    expect(await readAll(queue)).to.deep.equal(events)
  })

  it('wakes readers in the order they wait', async () => {
    const queue = new EventQueue(10, () => {})
    const reads = [queue.next(), queue.next(), queue.next()]
    queue.push(event('client'))
    queue.push(event('server'))
    queue.end()
    const results = await Promise.all(reads)
    expect(results.map(({ value }) => value as unknown)).to.deep.equal([event('client'), event('server'), undefined])
  })

  it('drops what a slow reader has no room for, and says where and how many', async () => {
    const queue = new EventQueue(3, () => {})
    for (let i = 0; i < 8; i++) queue.push(event('client'))
    await queue.next()
    await queue.next()
    queue.push(event('server'))
    queue.end()
    expect(await readAll(queue)).to.deep.equal([event('client'), numbered(5), event('server')])
  })

  it('says so also when nothing follows', async () => {
    const queue = new EventQueue(1, () => {})
    queue.push(event())
    queue.push(event())
    expect((await queue.next()).value).to.deep.equal(event())
    expect((await queue.next()).value).to.deep.equal(numbered(1))
  })

  it('lets go of everything when its reader leaves', async () => {
    let left = 0
    const queue = new EventQueue(10, () => { left++ })
    queue.push(event())
    queue.push(event())
    const iterator = queue[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.return()
    expect(left).to.equal(1)
    expect(await queue.next()).to.deep.equal({ done: true, value: undefined })
  })
})
