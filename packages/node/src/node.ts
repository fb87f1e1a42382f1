import { ListenError } from '@kadmium/interface'
import type { Clock, EclipseSuspected, Endpoint, Identity, KadRecord, PeerId, PutResult } from '@kadmium/interface'
import { kad, QuorumFailedError } from '@kadmium/kad-behaviour'
import type { DiscoveredPeer, KadBehaviour, Profile, PutOptions as KadPutOptions, StoreLimits } from '@kadmium/kad-behaviour'
import { bucketIndex, commonPrefixLength, createIdentity, isPeerId, keyId } from '@kadmium/peer-id'
import { systemClock, systemCompressor, systemCrypto } from '@kadmium/runtime'
import { createSwarm } from '@kadmium/swarm'
import { tcp } from '@kadmium/transport-tcp'
import { udp } from '@kadmium/transport-udp'
import { endpointFromMultiaddr } from '@kadmium/wire'
import type { AbortOptions, ComponentLogger, PrivateKey } from '@libp2p/interface'
import { channelFactory } from './channels.ts'
import type { NodeConfig } from './config.ts'
import { openDataDirectory } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import { logEvents } from './event-log.ts'
import { checkSeeds, joinNetwork } from './join.ts'
import { openKept } from './kept.ts'
import type { Kept } from './kept.ts'
import { loadPublisherKey, readKeyFile } from './key-file.ts'
import { listenAddresses, reachableAddresses } from './listen.ts'
import { componentLogger } from './logger.ts'
import type { NodeSwarm } from './node-swarm.ts'
import type { AdvertiseOptions, DiscoverOptions, FoundPeer, GetOfMany, GetOptions, KeyAndValue, PutOfMany } from './operations.ts'
import type { FindOptions, FindOutcome, GetOutcome, HeldCopy, Hop, JoinOptions, JoinResult, KnownPeer, NodeOperations, NodeStatus, Pong, PutOptions, PutOutcome } from './operations.ts'
import { newPrivateKey } from './private-key.ts'

/** A running node: the verbs of the command line, and the swarm for all else. */
export interface KadmiumNode extends NodeOperations {
  readonly swarm: NodeSwarm
}

/** Makes a node and starts it. Rejects with the reason when it cannot listen, or when an option is not what it must be. */
export async function createNode (config: NodeConfig = {}): Promise<KadmiumNode> {
  if (config.dataDirectory === undefined) return await startNode(config, await nodeKey(config))
  const directory = await openDataDirectory(config.dataDirectory, async () => await nodeKey(config))
  try {
    return await startNode(config, await explicitKey(config) ?? directory.privateKey, directory)
  } catch (error) {
    await directory.close()
    throw error
  }
}

async function startNode (config: NodeConfig, privateKey: PrivateKey, directory?: DataDirectory): Promise<KadmiumNode> {
  const logger = componentLogger(config.logLevel ?? 'error', config.log ?? (line => process.stderr.write(line)))
  const clock = systemClock()
  const kept = directory && await openKept({ directory, privateKey, publisherKeyFile: config.publisherKeyFile, limits: storeLimitsOf(config), clock, log: logger.forComponent('data') })
  const swarm = await startSwarm(config, { privateKey, logger, clock, ...(kept && { kept }) })
  kept?.recall(swarm, config.port !== undefined)
  return new RunningNode(swarm, config, kept)
}

interface Parts {
  readonly privateKey: PrivateKey
  readonly logger: ComponentLogger
  readonly clock: Clock
  readonly kept?: Kept
}

/** Who has been at a port before is looked for there. When somebody else has it now, any other is as good. */
async function startSwarm (config: NodeConfig, parts: Parts): Promise<NodeSwarm> {
  const lastPort = config.mode === 'client' ? undefined : parts.kept?.lastPort
  if (config.port !== undefined || lastPort === undefined) return await startSwarmAt(config.port ?? config.defaultPort ?? 0, config, parts)
  return await startSwarmAt(lastPort, config, parts).catch(async (error: unknown) => {
    if (!(error instanceof ListenError && error.code === 'EADDRINUSE')) throw error
    parts.logger.forComponent('data').error('port %d, where others know this node, is taken: it listens at another for now', lastPort)
    return await startSwarmAt(0, config, parts)
  })
}

async function startSwarmAt (port: number, config: NodeConfig, { privateKey, logger, clock, kept }: Parts): Promise<NodeSwarm> {
  const { host, k, alpha, queryTimeoutMs, ttlMs, difficulty = 0, network, mode = 'server', channel = 'noise', profile = 'private' } = config
  const listen = await listenAddresses(host, port)
  const recordTtl = ttlMs === undefined ? undefined : seconds(ttlMs)
  const remembered = kept === undefined ? { store: storeLimitsOf(config) } : { store: kept.records, state: kept.ownState }
  const swarm: NodeSwarm = await createSwarm({
    privateKey,
    transports: [udp({ listen }), tcp({ listen: mode === 'client' ? [] : listen })], // a client is asked nothing
    secureChannel: channelFactory(channel),
    behaviours: { kad: kad({ k, alpha, queryTimeoutMs, recordTtl, profile, compressor: systemCompressor(), ...remembered }) },
    mode,
    profile: profile === 'public' ? 'public' : 'private', // for limits `auto` has nothing to go by before it is too late
    difficulty,
    logger,
    clock,
    start: false,
    ...(network === undefined ? {} : { network })
  })
  logEvents(swarm, logger.forComponent(swarm.localPeerId.hex.slice(0, 8)))
  config.signal?.throwIfAborted()
  await swarm.start()
  return swarm
}

function storeLimitsOf ({ storeLimits = {}, profile }: NodeConfig): StoreLimits {
  return { ...storeLimits, exemptPrivate: profile !== 'public' }
}

async function nodeKey (config: NodeConfig): Promise<PrivateKey> {
  return await explicitKey(config) ?? await newPrivateKey(config.difficulty ?? 0, config.signal)
}

async function explicitKey ({ privateKey, identityFile }: NodeConfig): Promise<PrivateKey | undefined> {
  return privateKey ?? (identityFile === undefined ? undefined : await readKeyFile(identityFile))
}

class RunningNode implements KadmiumNode {
  readonly swarm: NodeSwarm
  readonly #publisherKeyFile: string | undefined
  readonly #profile: Profile
  readonly #kept: Kept | undefined
  readonly #clock = systemClock()
  #publisher: Promise<Identity> | undefined

  constructor (swarm: NodeSwarm, { publisherKeyFile, profile = 'private' }: NodeConfig, kept: Kept | undefined) {
    this.swarm = swarm
    this.#publisherKeyFile = publisherKeyFile
    this.#profile = profile
    this.#kept = kept
  }

  get id (): PeerId {
    return this.swarm.localPeerId
  }

  get network (): string {
    return this.swarm.network
  }

  get addresses (): readonly Endpoint[] {
    return reachableAddresses(this.swarm.listenAddrs.map(endpointFromMultiaddr))
  }

  async join (seeds: readonly Endpoint[], options: JoinOptions = {}): Promise<JoinResult> {
    checkSeeds(seeds, this.#profile)
    return await joinNetwork(this.swarm, seeds, options)
  }

  async put (key: Uint8Array, value: Uint8Array, options: PutOptions = {}): Promise<PutOutcome> {
    const how = await this.#putOptions(options)
    return await this.#putting(key, () => this.#kad.putRecord({ key, value, ...lifeOf(options) }, how))
  }

  async remove (key: Uint8Array, options: PutOptions = {}): Promise<PutOutcome> {
    const how = await this.#putOptions(options)
    return await this.#putting(key, () => this.#kad.removeRecord(key, how))
  }

  async * putMany (items: AsyncIterable<KeyAndValue>, options: PutOptions = {}): AsyncGenerator<PutOfMany, void> {
    const how = await this.#putOptions(options)
    const records = async function * (): AsyncGenerator<KeyAndValue & { ttl?: number }, void> {
      for await (const item of items) yield { ...item, ...lifeOf(options) }
    }
    for await (const one of this.#kad.putMany(records(), how)) {
      const { key } = one.item
      yield 'result' in one ? { key, storedOn: one.result.storedOn } : { key, storedOn: 0, problem: one.error.message }
    }
  }

  async * getMany (keys: AsyncIterable<Uint8Array>, { signal }: AbortOptions = {}): AsyncGenerator<GetOfMany, void> {
    for await (const one of this.#kad.getMany(keys, signalOf(signal))) {
      if ('error' in one) yield { key: one.item, problem: one.error.message }
      else yield { key: one.item, ...(one.result.value === undefined ? {} : { value: one.result.value }) }
    }
  }

  async advertise (namespace: string, { ttlMs, payload, signal }: AdvertiseOptions = {}): Promise<PutResult> {
    const addresses = (): readonly Endpoint[] => {
      const external = this.swarm.externalAddrs.map(endpointFromMultiaddr)
      return external.length > 0 ? external : this.addresses
    }
    return await this.#kad.advertise(namespace, { addresses, ...lifeOf({ ...(ttlMs === undefined ? {} : { ttlMs }) }), ...(payload === undefined ? {} : { payload }), ...signalOf(signal) })
  }

  async withdraw (namespace: string, { signal }: AbortOptions = {}): Promise<void> {
    await this.#kad.withdraw(namespace, signalOf(signal))
  }

  async * discover (namespace: string, { signal, follow = false }: DiscoverOptions = {}): AsyncGenerator<FoundPeer, void> {
    const found: AsyncIterable<DiscoveredPeer> = follow ? this.#kad.watch(namespace, signalOf(signal)) : this.#kad.discover(namespace, signalOf(signal))
    for await (const { id, addresses, payload } of found) {
      yield { peer: id, addresses: addresses.map(endpointFromMultiaddr), ...(payload === undefined ? {} : { payload }) }
    }
  }

  async #putOptions ({ quorum, signal, also = [] }: PutOptions): Promise<KadPutOptions> {
    return {
      publisher: await this.#publishingIdentity(),
      ...(quorum === undefined ? {} : { quorum }),
      ...(also.length === 0 ? {} : { also: also.map(({ peer, address }) => ({ id: peer, addresses: [address] })) }),
      ...signalOf(signal)
    }
  }

  async #putting (key: Uint8Array, begin: () => PromiseLike<PutResult>): Promise<PutOutcome> {
    const startedAt = this.#clock.now()
    try {
      return { ...await begin(), ok: true }
    } catch (error) {
      if (!(error instanceof QuorumFailedError)) throw error
      return { ...this.#missedQuorum(key, error, this.#clock.now() - startedAt), ok: false }
    }
  }

  #missedQuorum (key: Uint8Array, { success, refused, quorum }: QuorumFailedError, elapsedMs: number): PutResult {
    const asked = new Set([...success, ...refused.map(({ peer }) => peer)].map(({ hex }) => hex))
    const storedLocally = this.#kad.store.get(key, this.#clock.now()).length > 0
    return { key, keyId: keyId(key), holders: success, storedOn: success.length, storedLocally, refused, asked: asked.size, quorum, elapsedMs }
  }

  async get (key: Uint8Array, { signal, publisher }: GetOptions = {}): Promise<GetOutcome> {
    const result = await this.#kad.getRecord(key, { ...(publisher === undefined ? {} : { publisher }), ...signalOf(signal) })
    const answered = new Set([...result.holders, ...result.closest.map(({ id }) => id)].map(({ hex }) => hex))
    const { value, hops, asked, elapsedMs, contested, disbelieved } = result
    const equivocations = result.equivocations.flatMap(({ believed: { publisher, seq } }) => publisher === undefined ? [] : [{ publisher, seq }])
    const records = result.records.map(({ record, value }) => ({
      ...(record.publisher === undefined ? {} : { publisher: record.publisher }),
      value,
      seq: record.seq,
      holders: result.held.find(one => isSame(one.record, record))?.holders.length ?? 0
    }))
    return { key, keyId: result.keyId, value, records, contested, disbelieved, equivocations, hops, asked, answered: answered.size, elapsedMs }
  }

  async find (target: PeerId, { signal, onHop }: FindOptions = {}): Promise<FindOutcome> {
    const query = this.#kad.getClosestPeers(target, signalOf(signal))
    const addresses = new Map<string, Endpoint>()
    let answered = 0
    for await (const step of query) {
      if (step.type === 'asked') {
        const [address] = step.peer.addresses
        if (address !== undefined) addresses.set(step.peer.id.hex, endpointFromMultiaddr(address))
        continue
      }
      if (step.type === 'answered') answered++
      const address = addresses.get(step.peer.hex)
      if (address !== undefined) onHop?.(hopOf(step, address, target))
    }
    const { peers, hops, asked, elapsedMs } = await query
    const closest = peers.map(({ id, addresses }) => ({ peer: id, addresses: addresses.map(endpointFromMultiaddr) }))
    return { target, closest, hops, asked, answered, elapsedMs }
  }

  async ping (target: Endpoint | PeerId, options: AbortOptions = {}): Promise<Pong | undefined> {
    try {
      const { peer, address, rttMs } = await this.swarm.dial(isPeerId(target) ? target : target.text, options)
      return { peer, address: endpointFromMultiaddr(address), rttMs }
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof Error && error.name === 'DialError') return undefined
      throw error
    }
  }

  status (): NodeStatus {
    const buckets = [...this.#kad.table.buckets()].map(({ index, entries }) => ({ index, size: entries.length })).filter(({ size }) => size > 0)
    const { id, addresses, network } = this
    const storedRecords = this.records().length
    return { id, addresses, network, mode: this.swarm.mode, buckets, knownPeers: this.#kad.table.size, storedRecords }
  }

  peers (): readonly KnownPeer[] {
    const now = this.#clock.now()
    return [...this.#kad.table.buckets()].flatMap(({ entries }) => entries).map(({ contact, rttMs, lastSeen }) => ({
      peer: contact.id,
      addresses: contact.addresses,
      bucket: bucketIndex(this.id, contact.id) ?? 0,
      rttMs,
      lastSeenMsAgo: now - lastSeen
    }))
  }

  records (): readonly HeldCopy[] {
    const now = this.#clock.now()
    return [...this.#kad.store.entries(now)].map(({ record, expiresAt }) => ({ key: record.key, valueBytes: record.value.length, expiresInMs: expiresAt - now }))
  }

  watchForEclipses (told: (suspected: EclipseSuspected) => void): void {
    this.swarm.addEventListener('EclipseSuspected', ({ detail }) => { told(detail) })
  }

  async stop (): Promise<void> {
    await this.#kept?.save()
    await this.swarm.stop()
    await this.#kept?.close()
  }

  get #kad (): KadBehaviour {
    return this.swarm.behaviours.kad
  }

  /** Loaded when something is put for the first time: a node that puts nothing leaves no file. */
  async #publishingIdentity (): Promise<Identity> {
    this.#publisher ??= loadPublisherKey(this.#publisherKeyFile).then(({ privateKey }) => createIdentity(privateKey, systemCrypto()))
    this.#publisher.catch(() => { this.#publisher = undefined })
    return await this.#publisher
  }
}

type Step = { readonly peer: PeerId, readonly elapsedMs: number } & ({ readonly type: 'answered', readonly contacts: number } | { readonly type: 'failed', readonly reason: string })

function hopOf (step: Step, address: Endpoint, target: PeerId): Hop {
  const outcome: Hop['outcome'] = step.type === 'answered' ? { type: 'answered', closer: step.contacts } : { type: 'failed', reason: step.reason }
  return { peer: step.peer, address, sharedBits: commonPrefixLength(step.peer, target), elapsedMs: step.elapsedMs, outcome }
}

function signalOf (signal: AbortSignal | null | undefined): { readonly signal?: AbortSignal } {
  return signal === null || signal === undefined ? {} : { signal }
}

function isSame (a: KadRecord, b: KadRecord): boolean {
  return a.seq === b.seq && a.signature?.join() === b.signature?.join() && a.value.join() === b.value.join()
}

function lifeOf ({ ttlMs }: { readonly ttlMs?: number }): { readonly ttl?: number } {
  return ttlMs === undefined ? {} : { ttl: seconds(ttlMs) }
}

/** A record's life is in whole seconds; at least one, since none lives for ever and none is born dead. */
function seconds (ms: number): number {
  return Math.max(1, Math.floor(ms / 1000))
}
