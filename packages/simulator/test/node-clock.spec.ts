import { expect } from 'chai'
import { VirtualClock } from '@kadmium/runtime'
import { NodeClock } from '../src/node-clock.ts'

describe('NodeClock', () => {
  it('is the time of the network', () => {
    const clock = new VirtualClock({ startWallMs: 1000 })
    const node = new NodeClock(clock)
    const fired: number[] = []
    node.setTimeout(() => { fired.push(node.now()) }, 5)
    node.clearTimeout(node.setTimeout(() => { fired.push(-1) }, 2))
    while (clock.runNext());
    expect([fired, node.now(), node.wallNow(), node.pending]).to.deep.equal([[5], 5, 1005, 0])
  })

  it('lets nothing happen after the node died, and keeps nothing of it', () => {
    const clock = new VirtualClock()
    const [dead, alive] = [new NodeClock(clock), new NodeClock(clock)]
    const fired: string[] = []
    dead.setTimeout(() => { fired.push('dead') }, 79_200_000)
    alive.setTimeout(() => { fired.push('alive') }, 1)
    dead.stop()
    dead.clearTimeout(dead.setTimeout(() => {}, 1))
    dead.setTimeout(() => { fired.push('set after death') }, 1)
    expect(clock.pending).to.equal(1)
    while (clock.runNext());
    expect(fired).to.deep.equal(['alive'])
  })
})
