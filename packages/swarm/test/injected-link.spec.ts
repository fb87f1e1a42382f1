import type { Delivery, Endpoint, Envelope, Link, LinkHandler, Payload, SwarmComponents } from '@kadmium/interface'
import { generatePrivateKey } from '@kadmium/peer-id'
import { VirtualClock, runUntil, seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { expect } from 'chai'
import { createSwarm } from '../src/index.ts'
import { echo, text } from './support/nodes.ts'

const here = endpoint('192.0.2.1', 1)
const there = endpoint('192.0.2.2', 1)

/** Hands messages over as they are to one peer that answers whatever it is asked. It has no sessions and no bytes. */
class ParrotLink implements Link {
  readonly listening: readonly Endpoint[] = [here]
  readonly reliable = false
  readonly sent: Envelope[] = []
  readonly #clock: VirtualClock
  readonly parrotKey = seededRandom('parrot').bytes(32)
  handler: LinkHandler | undefined

  constructor (clock: VirtualClock) {
    this.#clock = clock
  }

  async start (handler: LinkHandler): Promise<void> {
    this.handler = handler
  }

  async stop (): Promise<void> {
    this.handler = undefined
  }

  reaches (to: Endpoint): boolean {
    return to.text === there.text
  }

  send<T> (envelope: Envelope, message: T | undefined): 'sent' {
    this.sent.push(envelope)
    const answer: Envelope = { kind: 'response', transactionId: envelope.transactionId, mode: 'server', observed: here, truncated: false }
    if (envelope.kind === 'request') this.#clock.setTimeout(() => { this.handler?.deliver(this.delivery(answer, message)) }, 5)
    return 'sent'
  }

  open<T> (payload: Payload): T {
    return payload as T
  }

  permits (): { granted: true } {
    return { granted: true }
  }

  delivery (envelope: Envelope, payload: unknown, peerKey = this.parrotKey): Delivery {
    return { envelope, payload, peerKey, endpoint: there, via: 0, proven: true, size: 0 }
  }
}

describe('a swarm on a link that it is given', () => {
  const clock = new VirtualClock()
  const link = new ParrotLink(clock)
  const privateKey = generatePrivateKey(seededRandom('mine'))
  const start = () => createSwarm({
    privateKey, clock, link: () => link, behaviours: { lent: (components: SwarmComponents) => ({ components }) }
  })

  it('dials, asks and answers as on any other, and takes an answer for the proof of an address', async () => {
    const swarm = await start()
    const seen: string[] = []
    swarm.addEventListener('ConnectionEstablished', event => { seen.push(event.detail.peer.hex) })
    const dialled = swarm.dial(there.text)
    const asked = swarm.behaviours.lent.components.request({ addresses: [there] }, echo, text('hello'))
    await runUntil(clock, 100)
    const { peer, rttMs } = await dialled
    expect(rttMs).to.equal(5)
    expect(seen).to.deep.equal([peer.hex])
    expect(swarm.connectedPeers().map(String)).to.deep.equal([peer.hex])
    expect(await asked).to.deep.include({ type: 'response', message: text('hello') })
    expect(swarm.listenAddrs.map(String)).to.deep.equal(['/ip4/192.0.2.1/udp/1'])
    await swarm.stop()
    expect(link.handler).to.equal(undefined)
    await runUntil(clock, 10_000)
    expect(clock.pending).to.equal(0)
  })

  it('row 23: hears nobody who bears its own key', async () => {
    const swarm = await start()
    const request: Envelope = { kind: 'request', transactionId: new Uint8Array(8), mode: 'server', protocol: '/kadmium/ping/1.0.0' }
    link.sent.length = 0
    link.handler?.deliver(link.delivery(request, undefined, swarm.publicKey))
    link.handler?.sessionOpened(swarm.publicKey, there, false)
    expect(link.sent).to.be.empty
    expect(swarm.connectedPeers()).to.be.empty
    expect(swarm.counters.dropped.get('own key')).to.equal(1)
    link.handler?.deliver(link.delivery(request, undefined))
    expect(link.sent.map(({ kind }) => kind)).to.deep.equal(['response'])
    await swarm.stop()
  })

  it('takes the contact that the link has at hand', async () => {
    const swarm = await start()
    const contact = { id: swarm.localPeerId, publicKey: link.parrotKey, addresses: [there] }
    const seen: unknown[] = []
    swarm.behaviours.lent.components.handle(echo, (request, from) => { seen.push(from.contact); return request })
    const request: Envelope = { kind: 'request', transactionId: new Uint8Array(8), mode: 'server', protocol: echo.name }
    link.handler?.deliver({ ...link.delivery(request, text('x')), contact })
    expect(seen).to.deep.equal([contact])
    expect(seen[0]).to.equal(contact)
    await swarm.stop()
  })
})
