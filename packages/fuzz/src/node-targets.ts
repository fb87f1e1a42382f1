import { encodeEnvelope, encodeKadRequest, endpoint } from '@kadmium/wire'
import type { Endpoint } from '@kadmium/interface'
import { golden } from './golden.ts'
import { KAD, LiveNode, PING } from './live-node.ts'
import type { ChannelName } from './live-node.ts'
import type { Stranger } from './stranger.ts'
import type { Target } from './target.ts'

const CHANNELS: readonly ChannelName[] = ['plaintext', 'noise']
const AT = endpoint('10.0.0.2', 4001)
/** From several places, some of which are limited, as private ones are not. */
const PLACES: readonly Endpoint[] = [AT, endpoint('10.0.0.2', 4002), endpoint('10.0.0.3', 4001), endpoint('9.1.2.3', 53), endpoint('10.9.9.9', 0)]
const MODE = 'server'
/** Of most golden records. */
const KEY = new TextEncoder().encode('greeting')
/** How a query may end that got no answer to use. */
const EXPECTED = ['NoKnownPeersError']
const QUICK = { requestTimeoutMs: 50, requestTries: 1, queryTimeoutMs: 500 }

/** For each channel: datagrams from anywhere, messages of a peer with a session, and answers of one that the node asked. */
export async function nodeTargets (): Promise<Target[]> {
  return (await Promise.all(CHANNELS.map(async channel => [
    await datagrams(channel), await messages(channel), await answers(channel)
  ]))).flat()
}

async function datagrams (channel: ChannelName): Promise<Target> {
  const { node, friend, stop, check } = await met(channel)
  const stranger = node.stranger('stranger', endpoint('10.0.0.9', 4001))
  const { datagrams, messages, noise } = golden()
  const sealed = messages.slice(0, 12).flatMap(message => [...friend.seal(message), ...stranger.seal(message)])
  return {
    name: `datagram-${channel}`,
    samples: [...sealed, ...(channel === 'noise' ? noise : datagrams)],
    run (bytes) {
      const before = new Map(node.swarm.counters.dropped)
      node.inject(bytes, PLACES[(bytes[bytes.length - 1] ?? 0) % PLACES.length] as Endpoint)
      return outcomeOf(node, before)
    },
    check,
    stop
  }
}

async function messages (channel: ChannelName): Promise<Target> {
  const { node, friend, stop, check } = await met(channel)
  return {
    name: `message-${channel}`,
    samples: golden().messages,
    run (bytes) {
      const before = new Map(node.swarm.counters.dropped)
      const heard = friend.say(bytes).map(({ envelope }) => envelope.kind === 'error' ? envelope.code : envelope.kind)
      return `${outcomeOf(node, before)} ${heard.join()}`
    },
    check,
    stop
  }
}

async function answers (channel: ChannelName): Promise<Target> {
  const { node, friend, stop, check } = await met(channel)
  const { kad } = node.swarm.behaviours
  let answered = 0
  const ask = async (bytes: Uint8Array): Promise<string> => {
    try {
      if ((bytes.length & 1) === 0) return `${Math.min(3, (await kad.getClosestPeers(KEY)).peers.length)} peers`
      return (await kad.getRecord(KEY)).value === undefined ? 'no value' : 'a value'
    } catch (error) {
      if (error instanceof Error && EXPECTED.includes(error.name)) return error.name
      throw error
    }
  }
  return {
    name: `answer-${channel}`,
    samples: golden().kadResponses,
    async run (bytes) {
      friend.answer = ({ envelope }) => {
        answered++
        return encodeEnvelope({ kind: 'response', transactionId: envelope.transactionId, mode: MODE, truncated: false }, bytes)
      }
      const outcome = ask(bytes)
      const before = answered
      for (let turn = 0; turn < 40; turn++) {
        await node.pass(turn < 4 ? 0 : 20)
        friend.exchange()
      }
      if (answered === before) await keepInTable(node, friend)
      return `${await outcome} ${answered > before ? 'answered' : 'unasked'}`
    },
    check,
    stop
  }
}

interface Met {
  readonly node: LiveNode
  readonly friend: Stranger
  readonly check: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A node and a peer that it knows. */
async function met (channel: ChannelName): Promise<Met> {
  const node = await LiveNode.start({ channel, kad: QUICK })
  const friend = node.stranger('friend', AT)
  await keepInTable(node, friend)
  const check = async (): Promise<void> => {
    await node.pass(1_000)
    node.transport.take()
    node.checkCounters()
    if (node.errors.length > 0) throw node.errors[0]
    await keepInTable(node, friend)
    if (!hears(friend)) throw new Error('the node no longer answers')
  }
  return { node, friend, check, stop: () => node.swarm.stop() }
}

function hears (friend: Stranger): boolean {
  const request = encodeKadRequest({ type: 'find-node', target: new Uint8Array(20) }, 1_000)
  const answers = [...friend.ask(PING), ...friend.ask(KAD, request)]
  return answers.filter(({ envelope: { kind } }) => kind === 'response').length === 2
}

async function keepInTable (node: LiveNode, friend: Stranger): Promise<void> {
  friend.answer = ({ envelope }) => encodeEnvelope({ kind: 'response', transactionId: envelope.transactionId, mode: MODE, truncated: false }, undefined)
  for (let i = 0; i < 4 && (i === 0 || node.swarm.behaviours.kad.table.size === 0); i++) {
    friend.ask(PING)
    await node.pass(10)
    friend.exchange()
  }
}

function outcomeOf (node: LiveNode, before: ReadonlyMap<string, number>): string {
  const { dropped } = node.swarm.counters
  return [...dropped].filter(([reason, count]) => count !== before.get(reason)).map(([reason]) => reason).join()
}
