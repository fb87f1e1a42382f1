import type { Endpoint } from '@kadmium/interface'
import { encodeEnvelope, encodeKadRequest, endpoint } from '@kadmium/wire'
import { KAD, LiveNode, PING } from './live-node.ts'
import type { ChannelName, LiveNodeInit } from './live-node.ts'
import type { Stranger } from './stranger.ts'

export const CHANNELS: readonly ChannelName[] = ['plaintext', 'noise']
export const AT: Endpoint = endpoint('10.0.0.2', 4001)
export const MODE = 'server'
const QUICK = { requestTimeoutMs: 50, requestTries: 1, queryTimeoutMs: 500 }

export interface Met {
  readonly node: LiveNode
  readonly friend: Stranger
  readonly check: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A node and a peer that it knows. */
export async function met (channel: ChannelName, init: Partial<LiveNodeInit> = {}): Promise<Met> {
  const node = await LiveNode.start({ channel, kad: QUICK, ...init })
  const friend = node.stranger('friend', AT)
  await keepInTable(node, friend)
  const check = async (): Promise<void> => {
    await node.pass(1_000)
    node.transport.take()
    node.streams.take()
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

export async function keepInTable (node: LiveNode, friend: Stranger): Promise<void> {
  friend.answer = ({ envelope }) => encodeEnvelope({ kind: 'response', transactionId: envelope.transactionId, mode: MODE, truncated: false }, undefined)
  for (let i = 0; i < 4 && (i === 0 || node.swarm.behaviours.kad.table.size === 0); i++) {
    friend.ask(PING)
    await node.pass(10)
    friend.exchange()
  }
}

export function outcomeOf (node: LiveNode, before: ReadonlyMap<string, number>): string {
  const { dropped } = node.swarm.counters
  return [...dropped].filter(([reason, count]) => count !== before.get(reason)).map(([reason]) => reason).join()
}
