import { expect } from 'chai'
import type { Codec, Contact, Delivery, Endpoint, Envelope, Link } from '@kadmium/interface'
import { peerIdFromPublicKey } from '@kadmium/peer-id'
import { VirtualClock, seededRandom, systemCrypto } from '@kadmium/runtime'
import { Addresses } from '../src/addresses.ts'
import { fixed } from '../src/latency.ts'
import { LiteLink } from '../src/lite-link.ts'
import type { LiteMessage } from '../src/lite-link.ts'
import { Network } from '../src/network.ts'
import { Trace } from '../src/trace.ts'

const codec: Codec<object> = {
  encode: () => { throw new Error('encoded') },
  decode: () => { throw new Error('decoded') }
}

/** Two or more lite links whose handlers write down what they hear, and answer requests. */
class Bench {
  readonly clock = new VirtualClock()
  readonly heard: string[] = []
  readonly deliveries: Delivery[] = []
  readonly links: Link[] = []
  readonly contacts: Contact[] = []
  readonly #network: Network<LiteMessage>

  constructor (nodes: number, maxSessions = 256, networks: readonly string[] = []) {
    const random = seededRandom(1)
    this.#network = new Network({}, {
      clock: this.clock, random, trace: new Trace(systemCrypto()), addresses: new Addresses(1), latency: fixed(10)(random)
    })
    for (let node = 0; node < nodes; node++) {
      const publicKey = random.bytes(32)
      this.contacts.push({ id: peerIdFromPublicKey(publicKey), publicKey, addresses: this.#network.addNode() })
      this.links.push(new LiteLink({
        medium: this.#network, node, network: networks[node] ?? 'same', contactOf: index => this.contacts[index] as Contact, maxSessions
      }))
    }
  }

  async start (answer = true): Promise<this> {
    for (const [node, link] of this.links.entries()) {
      const name = (key: Uint8Array): string => `${node}: ${this.contacts.findIndex(({ publicKey }) => publicKey === key)}`
      await link.start({
        deliver: delivery => {
          this.deliveries.push(delivery)
          this.heard.push(`${name(delivery.peerKey)} ${delivery.envelope.kind}${delivery.proven ? ' proven' : ''}`)
          if (answer && delivery.envelope.kind === 'request') this.answer(node, delivery)
        },
        sessionOpened: (key, _endpoint, initiator) => { this.heard.push(`${name(key)} opened${initiator ? ' by us' : ''}`) },
        sessionClosed: (key, _endpoint, reason) => { this.heard.push(`${name(key)} closed ${reason}`) },
        sent: () => {},
        received: () => {},
        dropped: reason => { this.heard.push(reason) },
        failed: error => { this.heard.push(error.message) }
      })
    }
    return this
  }

  ask (from: number, to: number, message: object, token?: Uint8Array): string {
    const envelope: Envelope = { kind: 'request', transactionId: new Uint8Array(8), mode: 'server', protocol: '/x', ...(token && { token }) }
    return this.link(from).send(envelope, message, codec, { endpoint: this.address(to), class: 'read' })
  }

  answer (node: number, { envelope, endpoint, via }: Delivery): void {
    const response: Envelope = { kind: 'response', transactionId: envelope.transactionId, mode: 'server', truncated: false }
    this.link(node).send(response, {}, codec, { endpoint, via, class: 'read' })
  }

  link (node: number): Link {
    return this.links[node] as Link
  }

  address (node: number): Endpoint {
    return (this.contacts[node] as Contact).addresses[0] as Endpoint
  }

  settle (): string[] {
    while (this.clock.runNext());
    return this.heard.splice(0)
  }
}

describe('LiteLink', () => {
  it('hands the message itself over, with the contact that all nodes share', async () => {
    const bench = await new Bench(2).start()
    const message = { question: 42 }
    bench.ask(0, 1, message)
    bench.settle()
    const [request] = bench.deliveries as [Delivery]
    expect(bench.link(1).open(request.payload, codec)).to.equal(message)
    expect(request.contact).to.equal(bench.contacts[0])
    expect(request.peerKey).to.equal(bench.contacts[0]?.publicKey)
    expect(request.endpoint.text).to.equal(bench.address(0).text)
  })

  it('proves the answerer by the answer, then the asker by an empty packet, each once', async () => {
    const bench = await new Bench(2).start()
    bench.ask(0, 1, {})
    expect(bench.settle()).to.deep.equal(['1: 0 request', '0: 1 opened by us', '0: 1 response proven', '1: 0 opened'])
    expect(bench.clock.now()).to.equal(30)
    bench.ask(0, 1, {})
    expect(bench.settle()).to.deep.equal(['1: 0 request proven', '0: 1 response proven'])
    bench.ask(1, 0, {})
    expect(bench.settle()).to.deep.equal(['0: 1 request proven', '1: 0 response proven'])
  })

  it('proves nobody who is silent', async () => {
    const bench = await new Bench(2).start(false)
    bench.ask(0, 1, {})
    bench.ask(0, 1, {})
    expect(bench.settle()).to.deep.equal(['1: 0 request', '1: 0 request'])
  })

  it('permits a write to who is proven or returns the token', async () => {
    const bench = await new Bench(2).start()
    const permission = (): ReturnType<Link['permits']> => bench.link(1).permits(bench.deliveries.at(-2) as Delivery, new Uint8Array(1))
    bench.ask(0, 1, {})
    bench.settle()
    const first = permission()
    expect(first).to.have.property('granted', false)
    bench.ask(0, 1, {})
    bench.settle()
    expect(permission()).to.deep.equal({ granted: true })

    const stranger = await new Bench(2).start()
    stranger.ask(0, 1, {}, 'token' in first ? first.token : undefined)
    stranger.settle()
    expect(stranger.link(1).permits(stranger.deliveries[0] as Delivery, new Uint8Array(1))).to.deep.equal({ granted: true })
  })

  it('keeps no more sessions than asked, and proves anew who was forgotten', async () => {
    const bench = await new Bench(4, 2).start()
    for (const peer of [1, 2, 3]) {
      bench.ask(0, peer, {})
      bench.settle()
    }
    bench.ask(1, 0, {})
    expect(bench.settle()).to.deep.equal(['0: 1 request', '1: 0 response proven', '0: 1 opened', '0: 2 closed evicted'])
  })

  it('does not hear other networks', async () => {
    const bench = await new Bench(3, 256, ['odd', 'even', 'odd']).start()
    bench.ask(0, 1, {})
    bench.ask(0, 2, {})
    expect(bench.settle()).to.include.members(['other network', '2: 0 request']).and.not.include('1: 0 request')
  })

  it('is reached only between start and stop, and closes its sessions', async () => {
    const bench = new Bench(2)
    expect([bench.link(0).listening, bench.link(0).reaches(bench.address(1)), bench.ask(0, 1, {})]).to.deep.equal([[], false, 'unreachable'])
    await bench.start()
    expect(bench.link(0).listening.map(String)).to.deep.equal([bench.address(0).text])
    expect(bench.ask(0, 1, {})).to.equal('sent')
    bench.settle()
    await bench.link(1).stop()
    await bench.link(1).stop()
    expect(bench.settle()).to.deep.equal(['1: 0 closed stopped'])
    bench.ask(0, 1, {})
    expect(bench.settle()).to.deep.equal([])
  })
})
