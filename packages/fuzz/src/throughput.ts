import { seededRandom } from '@kadmium/runtime'
import { endpoint } from '@kadmium/wire'
import { golden } from './golden.ts'
import { LiveNode } from './live-node.ts'
import type { ChannelName } from './live-node.ts'
import { Mutator } from './mutator.ts'

const PACKETS = 20_000
const ROUNDS = 5

/**
 * How many bent datagrams a node gets rid of in a second of CPU time, whoever else wants the machine: read to the end, as those of private addresses are,
 * and turned away unread, as those of a public address that sends too many.
 */
export async function rejectedPerSecond (seed: number | string): Promise<Map<string, number>> {
  const rates = new Map<string, number>()
  for (const channel of ['plaintext', 'noise'] as const) {
    rates.set(`${channel}, read`, await rate(channel, '10.6.6.6', seed))
    rates.set(`${channel}, unread`, await rate(channel, '66.6.6.6', seed))
  }
  return rates
}

async function rate (channel: ChannelName, host: string, seed: number | string): Promise<number> {
  const node = await LiveNode.start({ channel })
  const mutator = new Mutator(seededRandom(`throughput ${seed}`))
  const { datagrams, noise } = golden()
  const samples = channel === 'noise' ? noise : datagrams
  const packets = Array.from({ length: PACKETS }, () => mutator.bend(mutator.pick(samples), samples))
  const froms = packets.map((_, i) => endpoint(host, 1 + i % 60_000))
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const before = node.drops
    const start = process.cpuUsage()
    for (const [i, bytes] of packets.entries()) node.inject(bytes, froms[i]!)
    const { user, system } = process.cpuUsage(start)
    best = Math.max(best, (node.drops - before) * 1_000_000 / (user + system))
    node.transport.take()
    await node.pass(1_000)
  }
  await node.swarm.stop()
  return best
}
