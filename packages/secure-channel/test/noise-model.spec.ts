import type { Output } from '@kadmium/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { noiseEnd, request, restarted } from './noise-support.ts'
import type { NoiseEnd } from './noise-support.ts'
import { here, there } from './support.ts'

/** What happens to two nodes and the network between them. `side` 0 is the one, 1 the other. */
type Step =
  | { readonly type: 'send', readonly side: number, readonly class: 'read' | 'write', readonly byAddress: boolean, readonly long: boolean }
  | { readonly type: 'retry', readonly side: number, readonly back: number }
  | { readonly type: 'deliver', readonly which: number, readonly copies: number }
  | { readonly type: 'lose', readonly which: number }
  | { readonly type: 'wait', readonly ms: number }
  | { readonly type: 'restart', readonly side: number }

const side = fc.integer({ min: 0, max: 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('send' as const), side, class: fc.constantFrom('read' as const, 'write' as const), byAddress: fc.boolean(), long: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('retry' as const), side, back: fc.nat(5) }) },
  { weight: 12, arbitrary: fc.record({ type: fc.constant('deliver' as const), which: fc.nat(7), copies: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('lose' as const), which: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 3000, 6000, 400_000, 3_600_000, 8_000_000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), side }) }
)

/** The first byte of a message tells a request from an answer. */
const ANSWER = 0xff

interface Sent {
  readonly message: Uint8Array
  readonly class: 'read' | 'write'
  readonly byAddress: boolean
  readonly side: number
  tries: number
  delivered: number
  answered: boolean
}

class World {
  readonly ends: NoiseEnd[] = [noiseEnd(here), noiseEnd(there)]
  readonly wire: { readonly to: number, readonly bytes: Uint8Array }[] = []
  readonly sent: Sent[] = []
  now = 0

  take (step: Step): void {
    switch (step.type) {
      case 'send': return this.send(step.side, step.class, step.byAddress, step.long ? 1100 : 20)
      case 'retry': {
        const known = this.sent.filter(sent => sent.side === step.side).at(-1 - step.back)
        if (known !== undefined) this.try(known)
        return
      }
      case 'deliver': return this.deliver(step.which, step.copies)
      case 'lose': {
        if (this.wire.length > 0) this.wire.splice(step.which % this.wire.length, 1)
        return
      }
      case 'wait': return this.wait(step.ms)
      case 'restart': this.ends[step.side] = restarted(this.ends[step.side]!)
    }
  }

  send (from: number, kind: 'read' | 'write', byAddress: boolean, length: number): void {
    const sent: Sent = { message: request(this.sent.length, length), class: kind, byAddress, side: from, tries: 0, delivered: 0, answered: false }
    this.sent.push(sent)
    this.try(sent)
  }

  try (sent: Sent): void {
    const other = this.ends[1 - sent.side]!
    sent.tries++
    const to = sent.byAddress ? { endpoint: other.at } : { endpoint: other.at, peerKey: other.key }
    this.#handle(sent.side, this.ends[sent.side]!.channel.send(sent.message, to, { class: sent.class }, this.now))
  }

  deliver (which: number, copies: number): void {
    if (this.wire.length === 0) return
    const at = which % this.wire.length
    const { to, bytes } = this.wire[at]!
    if (copies === 1) this.wire.splice(at, 1)
    this.#handle(to, this.ends[to]!.channel.receive(bytes.slice(), this.ends[1 - to]!.at, this.now))
  }

  wait (ms: number): void {
    this.now += ms
    for (const [of, end] of this.ends.entries()) {
      this.#handle(of, end.channel.due(this.now))
      const next = end.channel.nextDeadline()
      if (next !== undefined) expect(next, 'what is due is done').to.be.above(this.now)
    }
  }

  /** Nothing is lost any more. */
  settle (): void {
    for (let packets = 0; this.wire.length > 0; packets++) {
      expect(packets, 'they come to rest').to.be.below(500)
      this.deliver(0, 1)
    }
  }

  #handle (at: number, outputs: readonly Output[]): void {
    for (const output of outputs) {
      if (output.type === 'transmit') this.wire.push({ to: 1 - at, bytes: output.bytes })
      if (output.type === 'message') this.#hear(at, output)
    }
  }

  #hear (at: number, { message, via, proven, peerKey }: Extract<Output, { type: 'message' }>): void {
    const end = this.ends[at]!
    const other = this.ends[1 - at]!
    expect(peerKey).to.deep.equal(other.key)
    const sent = this.sent[new DataView(message.buffer, message.byteOffset).getUint32(0) & 0xffffff]!
    if (message[0] === ANSWER) {
      expect(sent.side, 'an answer goes to who asked').to.equal(at)
      sent.answered = true
      return
    }
    expect(message).to.deep.equal(sent.message)
    expect(sent.side).to.equal(1 - at)
    sent.delivered++
    if (sent.class === 'write') {
      expect(proven, 'a write is only believed from a proven address').to.equal(true)
      expect(sent.delivered, 'a write arrives at most once for each try').to.be.at.most(sent.tries)
    }
    const answer = message.slice(0, 20)
    answer[0] = ANSWER
    this.#handle(at, end.channel.send(answer, { endpoint: other.at, peerKey: other.key }, { class: 'read', via }, this.now))
  }
}

describe('noise: whatever the network does', () => {
  it('delivers writes at most once for each try, and two tries are answered as soon as nothing is lost', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), steps => {
      const world = new World()
      for (const step of steps) world.take(step)
      world.settle()
      for (const kind of ['read', 'write'] as const) {
        for (const from of [0, 1]) {
          world.send(from, kind, false, 20)
          const last = world.sent.at(-1)!
          world.settle()
          if (!last.answered) world.try(last)
          world.settle()
          expect(last.answered, `${kind} of ${from}`).to.equal(true)
          expect(last.delivered, 'delivered').to.be.at.least(1)
        }
      }
    }), { seed: 20_240_609, numRuns: 400 })
  })
})
