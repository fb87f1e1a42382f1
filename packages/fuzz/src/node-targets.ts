import { encodeEnvelope, endpoint } from '@kadmium/wire'
import type { Endpoint } from '@kadmium/interface'
import { golden } from './golden.ts'
import type { ChannelName } from './live-node.ts'
import { AT, CHANNELS, MODE, keepInTable, met, outcomeOf } from './met.ts'
import type { Target } from './target.ts'

/** From several places, some of which are limited, as private ones are not. */
const PLACES: readonly Endpoint[] = [AT, endpoint('10.0.0.2', 4002), endpoint('10.0.0.3', 4001), endpoint('9.1.2.3', 53), endpoint('10.9.9.9', 0)]
/** Of most golden records. */
const KEY = new TextEncoder().encode('greeting')
/** How a query may end that got no answer to use. */
const EXPECTED = ['NoKnownPeersError']

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
