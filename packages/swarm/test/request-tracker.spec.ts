import { keyId, peerIdFromPublicKey } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import fc from 'fast-check'
import { RequestTracker } from '../src/request-tracker.ts'
import type { Question, Ticket } from '../src/request-tracker.ts'

const at = endpoint('192.0.2.1', 4001)
const publicKey = seededRandom('peer').bytes(32)
const otherKey = seededRandom('other').bytes(32)

function tracker (pendingRequests = 100): RequestTracker<string> {
  return new RequestTracker({ pendingRequests, random: seededRandom(1), idOf: peerIdFromPublicKey })
}

function question (change: Partial<Question> = {}): Question {
  return { endpoint: at, publicKey, protocol: '/echo', tries: 2, timeoutMs: 100, retryMs: 100, lastMs: 100, reliable: false, ...change }
}

function open (requests: RequestTracker<string>, change: Partial<Question> = {}, now = 0): Ticket<string> {
  const ticket = requests.open(question(change), 'context', now)
  if (ticket === undefined) throw new Error('expected a ticket')
  return ticket
}

function reasonOf (settlement: ReturnType<RequestTracker<string>['settle']>): string {
  return settlement.type === 'rejected' ? settlement.reason : settlement.type
}

describe('RequestTracker', () => {
  it('U4: believes an answer only from the endpoint and the key that were asked, under the id they were asked with', () => {
    const requests = tracker()
    const { transactionId } = open(requests)
    const guess = transactionId.slice()
    guess[7]! ^= 1
    expect(reasonOf(requests.settle(guess, at, publicKey, 1))).to.equal('unknown transaction')
    expect(reasonOf(requests.settle(transactionId.subarray(0, 7), at, publicKey, 1))).to.equal('unknown transaction')
    expect(reasonOf(requests.settle(transactionId, endpoint('192.0.2.1', 4002), publicKey, 1))).to.equal('wrong endpoint')
    expect(reasonOf(requests.settle(transactionId, endpoint('192.0.2.2', 4001), publicKey, 1))).to.equal('wrong endpoint')
    expect(reasonOf(requests.settle(transactionId, at, otherKey, 1))).to.equal('wrong peer')
    expect(reasonOf(requests.settle(transactionId, at, publicKey, 1)), 'and the true answer still counts').to.equal('accepted')
  })

  it('U4: where only the id of the peer is known, its key must have that id', () => {
    const requests = tracker()
    const { transactionId } = open(requests, { publicKey: undefined, id: peerIdFromPublicKey(publicKey) })
    expect(reasonOf(requests.settle(transactionId, at, otherKey, 1))).to.equal('wrong peer')
    expect(reasonOf(requests.settle(transactionId, at, publicKey, 1))).to.equal('accepted')
    const stranger = open(requests, { publicKey: undefined, id: keyId(new Uint8Array([1])) })
    expect(reasonOf(requests.settle(stranger.transactionId, at, publicKey, 1))).to.equal('wrong peer')
  })

  it('U4: draws 64 random bits for each request', () => {
    const requests = tracker(10_000)
    const ids = new Set(Array.from({ length: 5000 }, () => open(requests).key))
    expect(ids.size).to.equal(5000)
    expect(open(requests).transactionId).to.have.lengthOf(8)
  })

  it('tries again under the same id, waits as long as before, and counts an answer to either try', () => {
    const requests = tracker()
    const ticket = open(requests, { tries: 3 })
    expect(requests.due(99)).to.be.empty
    expect(requests.due(101)).to.deep.equal([{ type: 'retry', ticket }])
    expect(requests.due(200)).to.be.empty
    expect(requests.due(201)).to.deep.equal([{ type: 'retry', ticket }])
    const settlement = requests.settle(ticket.transactionId, at, publicKey, 260)
    expect(settlement).to.include({ type: 'accepted', rttMs: 260, sinceLastMs: 59 })
    expect(ticket.tried).to.equal(3)
    expect(reasonOf(requests.settle(ticket.transactionId, at, publicKey, 300))).to.equal('duplicate answer')
  })

  it('waits retryMs between two later tries, and lastMs after the last', () => {
    const requests = tracker()
    const ticket = open(requests, { tries: 4, retryMs: 50, lastMs: 300 })
    const deadlines = Array.from({ length: 4 }, () => {
      const { deadline } = ticket
      requests.due(deadline)
      return deadline
    })
    expect(deadlines).to.deep.equal([100, 150, 200, 500])
    expect(open(requests, { tries: 1, lastMs: 300 }).deadline).to.equal(300)
    expect(requests.size).to.equal(1)
  })

  it('waits for what was asked by the reliable transport until an answer comes by it', () => {
    const requests = tracker()
    const { transactionId } = open(requests, { reliable: true })
    expect(reasonOf(requests.settle(transactionId, at, publicKey, 1))).to.equal('duplicate answer')
    expect(reasonOf(requests.settle(transactionId, at, publicKey, 2, true))).to.equal('accepted')
  })

  it('says how long it took, and for how long the last try was under way', () => {
    const requests = tracker()
    const { transactionId } = open(requests, {}, 1000)
    expect(requests.settle(transactionId, at, publicKey, 1042)).to.include({ rttMs: 42, sinceLastMs: 42 })
  })

  it('expires after its last try; a late answer is known from a forged one, and counted once', () => {
    const requests = tracker()
    const ticket = open(requests)
    requests.due(100)
    expect(requests.due(200)).to.deep.equal([{ type: 'expired', ticket }])
    expect(requests.size).to.equal(0)
    expect(reasonOf(requests.settle(ticket.transactionId, endpoint('192.0.2.1', 4002), publicKey, 201))).to.equal('wrong endpoint')
    expect(reasonOf(requests.settle(ticket.transactionId, at, otherKey, 201))).to.equal('wrong peer')
    expect(requests.settle(ticket.transactionId, at, publicKey, 201)).to.deep.equal({ type: 'late', rttMs: 201, protocol: '/echo' })
    expect(reasonOf(requests.settle(ticket.transactionId, at, publicKey, 202))).to.equal('duplicate answer')
  })

  it('holds so many and no more; each that ends makes room', () => {
    const requests = tracker(2)
    const first = open(requests)
    open(requests)
    expect(requests.open(question(), 'third', 0)).to.equal(undefined)
    requests.forget(first)
    expect(requests.open(question(), 'third', 0)).to.not.equal(undefined)
  })

  it('remembers of what has ended no more than it may hold', () => {
    const requests = tracker(10)
    const ended = Array.from({ length: 30 }, () => {
      const ticket = open(requests)
      requests.forget(ticket)
      return ticket
    })
    const reasons = ended.map(({ transactionId }) => reasonOf(requests.settle(transactionId, at, publicKey, 1)))
    expect(reasons.filter(reason => reason === 'late')).to.have.lengthOf(10)
  })

  it('wakes at the earliest deadline, whatever comes in between', () => {
    const patience = fc.record({ timeoutMs: fc.integer({ min: 1, max: 2000 }), retryMs: fc.integer({ min: 1, max: 2000 }), lastMs: fc.integer({ min: 1, max: 2000 }), tries: fc.integer({ min: 1, max: 3 }) })
    fc.assert(fc.property(fc.array(patience), questions => {
      const requests = tracker()
      const tickets = questions.slice(0, 100).map(change => open(requests, change))
      let guard = 0
      for (let now = requests.nextDeadline(); now !== undefined; now = requests.nextDeadline()) {
        expect(requests.due(now - 0.001)).to.be.empty
        expect(requests.due(now)).to.not.be.empty
        expect(++guard).to.be.at.most(3 * tickets.length)
      }
      expect(requests.size).to.equal(0)
      for (const { tried, question: { tries } } of tickets) expect(tried).to.equal(tries)
    }), { seed: 7, numRuns: 100 })
  })
})
