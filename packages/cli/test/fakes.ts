import { PassThrough, Readable } from 'node:stream'
import type { EclipseSuspected, Endpoint, PeerId } from '@kadmium/interface'
import { endpoint, keyId } from '@kadmium/node'
import type { FoundPeer, GetOfMany, KeyAndValue, PutOfMany } from '@kadmium/node'
import type { FindOutcome, GetOutcome, HeldCopy, JoinResult, KnownPeer, NodeConfig, NodeOperations, NodeStatus, Pong, PutOutcome } from '@kadmium/node'
import { run } from '../src/index.ts'
import type { ExitCode, Terminal } from '../src/index.ts'

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const someId = keyId(utf8('a node'))
export const otherId = keyId(utf8('another node'))
export const local = (port: number): Endpoint => endpoint('127.0.0.1', port)

/** A node that answers from memory, and remembers what it was asked. */
export class FakeNode implements NodeOperations {
  readonly id: PeerId = someId
  readonly network = 'kadmium'
  addresses: readonly Endpoint[] = [local(8001)]
  readonly calls: Array<readonly [verb: string, ...args: unknown[]]> = []
  readonly values = new Map<string, Uint8Array>()
  stopped = 0
  putOutcome: Partial<PutOutcome> = {}
  getOutcome: Partial<GetOutcome> = {}
  closest: FindOutcome['closest'] = [{ peer: otherId, addresses: [local(8002)] }]
  answersJoin = true
  /** Peers of an earlier run that answered. */
  formerPeers = 0
  advertisers: FoundPeer[] = []
  eclipse: EclipseSuspected | undefined
  pong: Pong | undefined = { peer: otherId, address: local(8002), rttMs: 1.25 }
  /** Awaited by each put and get, so that a test can hold them up. */
  gate: (signal?: AbortSignal | null) => Promise<void> = async () => {}

  async join (seeds: readonly Endpoint[], options: object = {}): Promise<JoinResult> {
    this.calls.push(['join', seeds.map(({ text }) => text), options])
    const reached = this.answersJoin ? seeds.slice(0, 1).map(address => ({ peer: otherId, address })) : []
    return { reached, unreachable: seeds.slice(reached.length), peers: reached.length + this.formerPeers, elapsedMs: 12.345 }
  }

  async put (key: Uint8Array, value: Uint8Array, options: { signal?: AbortSignal | null } = {}): Promise<PutOutcome> {
    this.calls.push(['put', new TextDecoder().decode(key), new TextDecoder('utf-8', { ignoreBOM: true }).decode(value), options])
    await this.gate(options.signal)
    this.values.set(new TextDecoder().decode(key), value)
    return { key, keyId: keyId(key), holders: [], storedOn: 5, storedLocally: false, refused: [], asked: 6, quorum: 3, elapsedMs: 4.5678, ok: true, ...this.putOutcome }
  }

  async get (key: Uint8Array, options: { signal?: AbortSignal | null } = {}): Promise<GetOutcome> {
    this.calls.push(['get', new TextDecoder().decode(key), options])
    await this.gate(options.signal)
    return { key, keyId: keyId(key), value: this.values.get(new TextDecoder().decode(key)), records: [], contested: false, disbelieved: [], equivocations: [], hops: 1, asked: 3, answered: 3, elapsedMs: 2, ...this.getOutcome }
  }

  async remove (key: Uint8Array, options: object = {}): Promise<PutOutcome> {
    this.calls.push(['remove', new TextDecoder().decode(key), options])
    return { key, keyId: keyId(key), holders: [], storedOn: 5, storedLocally: false, refused: [], asked: 6, quorum: 3, elapsedMs: 4.5678, ok: true, ...this.putOutcome }
  }

  async * putMany (items: AsyncIterable<KeyAndValue>): AsyncGenerator<PutOfMany, void> {
    for await (const { key, value } of items) {
      this.values.set(new TextDecoder().decode(key), value)
      yield value.length > 850 ? { key, storedOn: 0, problem: 'too large' } : { key, storedOn: 5 }
    }
  }

  async * getMany (keys: AsyncIterable<Uint8Array>): AsyncGenerator<GetOfMany, void> {
    for await (const key of keys) {
      const value = this.values.get(new TextDecoder().decode(key))
      yield value === undefined ? { key } : { key, value }
    }
  }

  async advertise (namespace: string, options: object = {}): Promise<PutOutcome> {
    this.calls.push(['advertise', namespace, options])
    return await this.remove(utf8(namespace))
  }

  async withdraw (namespace: string): Promise<void> {
    this.calls.push(['withdraw', namespace])
  }

  async * discover (namespace: string, options: { follow?: boolean } = {}): AsyncGenerator<FoundPeer, void> {
    this.calls.push(['discover', namespace, options.follow])
    yield * this.advertisers
  }

  async find (target: PeerId, options: Parameters<NodeOperations['find']>[1] = {}): Promise<FindOutcome> {
    this.calls.push(['find', target.hex])
    options.onHop?.({ peer: otherId, address: local(8002), sharedBits: 3, elapsedMs: 1.5, outcome: { type: 'answered', closer: 20 } })
    options.onHop?.({ peer: someId, address: local(8003), sharedBits: 5, elapsedMs: 100, outcome: { type: 'failed', reason: 'timeout' } })
    return { target, closest: this.closest, hops: 2, asked: 2, answered: 1, elapsedMs: 101 }
  }

  async ping (target: Endpoint | PeerId): Promise<Pong | undefined> {
    this.calls.push(['ping', String(target)])
    return this.pong
  }

  status (): NodeStatus {
    return { id: this.id, addresses: this.addresses, network: 'kadmium', mode: 'server', buckets: [{ index: 0, size: 4 }, { index: 3, size: 1 }], knownPeers: 5, storedRecords: 2 }
  }

  peers (): readonly KnownPeer[] {
    return [{ peer: otherId, addresses: [local(8002)], bucket: 0, rttMs: 0.5, lastSeenMsAgo: 1500 }]
  }

  records (): readonly HeldCopy[] {
    return [...this.values].map(([key, value]) => ({ key: utf8(key), valueBytes: value.length, expiresInMs: 172_799_500 }))
  }

  watchForEclipses (told: (suspected: EclipseSuspected) => void): void {
    if (this.eclipse !== undefined) told(this.eclipse)
  }

  async stop (): Promise<void> {
    this.stopped += 1
  }
}

export interface Ran {
  readonly code: ExitCode
  readonly stdout: string
  readonly stderr: string
  readonly configs: readonly NodeConfig[]
}

export interface RunInit {
  readonly node?: NodeOperations
  readonly nodes?: readonly NodeOperations[]
  readonly stdin?: string | Uint8Array
  readonly interrupted?: AbortSignal
  /** Interrupts the command once it has printed something. */
  readonly interruptOncePrinted?: boolean
  readonly createNode?: Terminal['createNode']
  /** Which of the streams are a terminal. */
  readonly terminals?: readonly ('stdout' | 'stderr')[]
}

/** Runs one command line against fake nodes and gives back all that a caller of the process would see. */
export async function runWith (argv: readonly string[], init: RunInit = {}): Promise<Ran> {
  const stdout = collecting()
  const stderr = collecting()
  for (const name of init.terminals ?? []) Object.assign({ stdout, stderr }[name].stream, { isTTY: true, cursorTo () {}, clearLine () {}, columns: 120 })
  const configs: NodeConfig[] = []
  const printed = new AbortController()
  if (init.interruptOncePrinted === true) stdout.stream.once('data', () => printed.abort())
  const nodes = [...init.nodes ?? [init.node ?? new FakeNode()]]
  const code = await run(argv, {
    stdin: Readable.from(init.stdin === undefined ? [] : [Buffer.from(init.stdin)]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    interrupted: init.interrupted ?? printed.signal,
    createNode: async config => {
      configs.push(config)
      if (init.createNode !== undefined) return await init.createNode(config)
      const node = nodes.shift()
      if (node === undefined) throw new Error('the test has no more nodes')
      return node
    }
  })
  return { code, stdout: stdout.text(), stderr: stderr.text(), configs }
}

export function collecting (): { readonly stream: PassThrough, text: () => string, lines: () => string[] } {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  const text = (): string => Buffer.concat(chunks).toString()
  return { stream, text, lines: () => text().split('\n').filter(line => line !== '') }
}
