import { Socket as DatagramSocket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { keyId, peerIdFromBytes } from '@kadmium/peer-id'
import { seededRandom } from '@kadmium/runtime'
import { createNode, loadPublisherKey } from '../src/index.ts'
import type { KadmiumNode, NodeConfig } from '../src/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** All that goes out of this process by UDP and TCP while it runs. */
class Capture {
  readonly #chunks: Buffer[] = []
  readonly #send = DatagramSocket.prototype.send
  readonly #write = Socket.prototype.write

  start (): void {
    const capture = this
    DatagramSocket.prototype.send = function (this: DatagramSocket, ...args: unknown[]) {
      capture.#chunks.push(Buffer.from(args[0] as Uint8Array))
      return Reflect.apply(capture.#send, this, args)
    }
    Socket.prototype.write = function (this: Socket, ...args: unknown[]) {
      if (this.remotePort !== undefined) capture.#chunks.push(Buffer.from(args[0] as Uint8Array))
      return Reflect.apply(capture.#write, this, args)
    } as Socket['write']
  }

  stop (): Buffer {
    DatagramSocket.prototype.send = this.#send
    Socket.prototype.write = this.#write
    return Buffer.concat(this.#chunks.flatMap(chunk => [chunk, Buffer.of(0)]))
  }
}

describe('a capture of a network', function () {
  this.timeout(20_000)
  let dir: string
  const nodes: KadmiumNode[] = []

  before(async () => { dir = await mkdtemp(join(tmpdir(), 'kadmium-capture-')) })
  after(async () => { await rm(dir, { recursive: true }) })
  afterEach(async () => { await Promise.all(nodes.splice(0).map(async node => { await node.stop() })) })

  /** Five nodes meet, put and get a small and a large value, and look for an id. Returns which secrets went out, as bytes or in hex. */
  async function capture (config: NodeConfig): Promise<readonly string[]> {
    const random = seededRandom('capture')
    const recorder = new Capture()
    const publisherKeyFile = join(dir, 'publisher.key')
    const publisher = (await loadPublisherKey(publisherKeyFile)).privateKey.publicKey.raw
    const [key, value, target] = [utf8('the secret key of a record'), utf8('its secret value'), peerIdFromBytes(random.bytes(20))]
    const large = seededRandom('large').bytes(50_000) // which nothing compresses
    large.set(value, 40_000)
    let captured: Buffer = Buffer.alloc(0)
    recorder.start()
    try {
      for (let i = 0; i < 5; i++) {
        const node = await createNode({ host: '127.0.0.1', publisherKeyFile, ...config })
        nodes.push(node)
        if (i > 0) await node.join(nodes[0]!.addresses)
      }
      expect((await nodes[1]!.put(key, value)).storedOn).to.equal(4)
      expect((await nodes[3]!.get(key)).value).to.deep.equal(value)
      expect((await nodes[2]!.put(utf8('the secret key of a large record'), large)).storedOn).to.equal(4)
      expect((await nodes[4]!.get(utf8('the secret key of a large record'))).value).to.deep.equal(large)
      await nodes[4]!.get(utf8('a secret key that nobody has'))
      await nodes[4]!.find(target)
    } finally {
      captured = recorder.stop()
    }
    const secrets: Record<string, Uint8Array> = {
      'record key': key,
      'key of a large record': utf8('the secret key of a large record'),
      'key that nobody has': utf8('a secret key that nobody has'),
      'value, small and in a large one': value,
      'SHA-1 of a record key': keyId(key).bytes,
      'target of a lookup': target.bytes,
      'publisher of a record': publisher,
      'name of a protocol': utf8('/kadmium/')
    }
    expect(captured.length).to.be.above(200_000)
    return Object.entries(secrets).flatMap(([name, bytes]) => {
      const seen = captured.includes(Buffer.from(bytes)) || captured.includes(Buffer.from(bytes).toString('hex'))
      return seen ? [name] : []
    })
  }

  it('by default shows no record key, value, target or publisher, nor a key\'s SHA-1', async () => {
    expect(await capture({})).to.deep.equal([])
  })

  it('with plaintext shows them all: the test above would see them', async () => {
    expect(await capture({ channel: 'plaintext' })).to.deep.equal([
      'record key', 'key of a large record', 'key that nobody has', 'value, small and in a large one', 'SHA-1 of a record key',
      'target of a lookup', 'publisher of a record', 'name of a protocol'
    ])
  })
})
