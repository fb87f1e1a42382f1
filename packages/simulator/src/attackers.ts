/**
 * Nodes that are not what they seem: the shipped behaviour, with something else in the place of its answers. They join, ask
 * and are asked like all others.
 */
import type { BehaviourFactory, Contact, Endpoint, Envelope, Handler, PeerId, Protocol, Random, SwarmComponents } from '@kadmium/interface'
import { KAD_PROTOCOL } from '@kadmium/kad-behaviour'
import type { KadBehaviour, KadRequest, KadResponse } from '@kadmium/kad-behaviour'
import { commonPrefixLength, generatePrivateKey, keyId, peerIdFromBytes, peerIdFromKey, peerIdFromPublicKey } from '@kadmium/peer-id'
import { endpoint } from '@kadmium/wire'
import { closestOf } from './oracle.ts'

type KadFactory = BehaviourFactory<KadBehaviour>
type Answer = (request: KadRequest) => KadResponse | Promise<KadResponse>

interface Accomplice {
  readonly id: PeerId
  readonly contact: Contact
}

const CONTACTS_PER_ANSWER = 20
const LIES_MS = 60_000

/** Answers pings and nothing else: it is in every table and of no use. */
export function silent (inner: KadFactory): KadFactory {
  return answeringWith(inner, () => () => new Promise(() => {}))
}

/** Answers with nodes that do not exist, and with records that nobody signed. */
export function garbage (inner: KadFactory): KadFactory {
  return answeringWith(inner, ({ random }) => request => {
    const contacts = Array.from({ length: CONTACTS_PER_ANSWER }, () => inventedContact(random))
    switch (request.type) {
      case 'find-node': return { type: 'found-node', contacts }
      case 'find-value': return { type: 'found-value', records: [inventedRecord(request.key, random)], contacts, more: false }
      case 'store': return { type: 'stored' }
    }
  })
}

/**
 * Answers with nodes that do not exist, with ids right next to what is looked for: as whoever had made many keys for each
 * target. Only in `lite`, where an id is taken for what it says; on the wire it is made anew from the key.
 */
export function decoys (inner: KadFactory): KadFactory {
  return answeringWith(inner, ({ random }) => request => {
    if (request.type === 'store') return { type: 'stored' }
    const target = request.type === 'find-node' ? request.target : keyId(request.key)
    const contacts = Array.from({ length: CONTACTS_PER_ANSWER }, () => ({ ...inventedContact(random), id: idNextTo(target, random) }))
    return request.type === 'find-node' ? { type: 'found-node', contacts } : { type: 'found-value', records: [], contacts, more: false }
  })
}

/** Names only its accomplices, says that it stored what it threw away, and has no record. */
export function colluding (inner: KadFactory, accomplices: readonly Accomplice[]): KadFactory {
  return answeringWith(inner, ({ localId }) => request => {
    if (request.type === 'store') return { type: 'stored' }
    const target = request.type === 'find-node' ? request.target : keyId(request.key)
    const contacts = closestOf(accomplices, target, CONTACTS_PER_ANSWER + 1).map(({ contact }) => contact).filter(({ id }) => !id.equals(localId)).slice(0, CONTACTS_PER_ANSWER)
    return request.type === 'find-node' ? { type: 'found-node', contacts } : { type: 'found-value', records: [], contacts, more: false }
  })
}

/** Names contacts right next to what is looked for, all of them at the address of somebody who is to be flooded; see `decoys`. */
export function redirecting (inner: KadFactory, victim: () => Endpoint): KadFactory {
  return answeringWith(inner, ({ random }) => request => {
    if (request.type === 'store') return { type: 'stored' }
    const target = request.type === 'find-node' ? request.target : keyId(request.key)
    const contacts = Array.from({ length: CONTACTS_PER_ANSWER }, () => ({ id: idNextTo(target, random), publicKey: random.bytes(32), addresses: [victim()] }))
    return request.type === 'find-node' ? { type: 'found-node', contacts } : { type: 'found-value', records: [], contacts, more: false }
  })
}

/** Besides what all do, asks random nodes of `victims` so many times a second. */
export function flooder (inner: KadFactory, victims: () => readonly { readonly contact: Contact }[], perSecond: number): KadFactory {
  return components => {
    let protocol: Protocol<KadRequest, KadResponse> | undefined
    const watching = handlingBy(components, (handled, handler) => {
      protocol = handled
      components.handle(handled, handler)
    })
    const behaviour = inner(watching)
    const flood = (): void => {
      const all = victims()
      const victim = all[components.random.below(Math.max(1, all.length))]
      if (protocol !== undefined && victim !== undefined) void components.request(victim.contact, protocol, { type: 'find-node', target: components.localId })
      components.clock.setTimeout(flood, 1000 / perSecond)
    }
    components.clock.setTimeout(flood, 1000 / perSecond)
    return behaviour
  }
}

/** Tells everybody who asks that he is seen at one and the same wrong address. */
export function falseObservation (envelope: Envelope): Envelope {
  return envelope.kind === 'request' || envelope.observed === undefined ? envelope : { ...envelope, observed: FALSE_ADDRESS }
}

export const FALSE_ADDRESS = endpoint('6.6.6.6', 666)

/** A key whose id shares at least `bits` leading bits with `target`: about 2^bits tries. */
export function keyNear (target: PeerId, bits: number, random: Random): ReturnType<typeof generatePrivateKey> {
  for (;;) {
    const key = generatePrivateKey(random)
    if (commonPrefixLength(peerIdFromKey(key), target) >= bits) return key
  }
}

/** The behaviour of `inner`, but for its answers to requests of the Kad protocol. */
function answeringWith (inner: KadFactory, answerOf: (components: SwarmComponents) => Answer): KadFactory {
  return components => {
    const answer = answerOf(components)
    return inner(handlingBy(components, (protocol, handler) => {
      components.handle(protocol, protocol.name === KAD_PROTOCOL ? request => answer(request) : handler)
    }))
  }
}

type Handle = (protocol: Protocol<KadRequest, KadResponse>, handler: Handler<KadRequest, KadResponse>) => void

/** The same components, but for `handle`. */
function handlingBy (components: SwarmComponents, handle: Handle): SwarmComponents {
  return new Proxy(components, { get: (target, name) => name === 'handle' ? handle : Reflect.get(target, name, target) as unknown })
}

function inventedContact (random: Random): Contact {
  const publicKey = random.bytes(32)
  const host = [1 + random.below(9), random.below(256), random.below(256), 1 + random.below(254)].join('.')
  return { id: peerIdFromPublicKey(publicKey), publicKey, addresses: [endpoint(host, 4001)] }
}

/** Half of the bits are those of `target`. */
function idNextTo (target: PeerId, random: Random): PeerId {
  return peerIdFromBytes(new Uint8Array([...target.bytes.subarray(0, 10), ...random.bytes(10)]))
}

function inventedRecord (key: Uint8Array, random: Random): { record: { key: Uint8Array, value: Uint8Array, publisher: Uint8Array, seq: number, ttl: number, signature: Uint8Array }, remainingMs: number } {
  const record = { key, value: random.bytes(32), publisher: random.bytes(32), seq: 1, ttl: LIES_MS / 1000, signature: random.bytes(64) }
  return { record, remainingMs: LIES_MS }
}
