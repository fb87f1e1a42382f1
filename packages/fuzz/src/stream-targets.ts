import { readMessages } from '@kadmium/transport-tcp'
import { STREAM_BYTES, endpoint } from '@kadmium/wire'
import { isDeepStrictEqual } from 'node:util'
import { golden } from './golden.ts'
import type { ChannelName } from './live-node.ts'
import { CHANNELS, met, outcomeOf } from './met.ts'
import { varint } from './protobuf.ts'
import { piecesOf, readStream, writeStream } from './stream.ts'
import type { StreamEnd } from './stream.ts'
import type { Target } from './target.ts'

/** A connection comes from a port of its own. */
const FROM = endpoint('10.0.0.2', 50_000)
const COMPLAINTS: Record<StreamEnd, RegExp> = {
  whole: /^$/,
  cut: /^(Unexpected end of input|the stream ended within a message)$/,
  'too long': /^Message length (length )?too long$/,
  'longer than it needs to be': /^a length is longer than it needs to be$/
}

/** The streams of TCP, without sockets; and for each channel a node that reads what such streams bring it. */
export async function streamTargets (): Promise<Target[]> {
  return [framing(), ...await Promise.all(CHANNELS.map(streams))]
}

/** The messages must be those of the stream, wherever that is cut, and what is no stream must be refused with the right reason. */
function framing (): Target {
  const samples = [...lengths(), ...golden().messages.slice(0, 6).map(message => writeStream([message, new Uint8Array(), message]))]
  const run = async (bytes: Uint8Array): Promise<string> => {
    const { messages, end } = readStream(bytes)
    let read = 0
    let complaint = ''
    try {
      for await (const message of readMessages(chunksOf(bytes), STREAM_BYTES)) {
        if (!isDeepStrictEqual(message, messages[read++])) throw new Error(`message ${read} is another`)
      }
    } catch (error) {
      complaint = (error as Error).message
    }
    if (read !== messages.length || !COMPLAINTS[end].test(complaint)) throw new Error(`expected ${messages.length} messages and '${end}', got ${read} and '${complaint}'`)
    return `${Math.min(3, read)} ${end}`
  }
  return { name: 'stream-framing', samples, run }
}

/** Where limits are, and one beside. */
function lengths (): Uint8Array[] {
  const whole = [[0], [0, 0, 0], [1, 0, 127], [128, 1], [STREAM_BYTES], [16_383, 16_384]].map(each => writeStream(each.map(length => new Uint8Array(length).fill(127))))
  const broken = [STREAM_BYTES + 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53].map(length => [...varint(length), 1, 2, 3])
  return [...whole, ...[...broken, [...varint(3, true), 1, 2, 3], new Array<number>(12).fill(0x80)].map(bytes => Uint8Array.from(bytes))]
}

async function * chunksOf (stream: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const piece of piecesOf(stream)) {
    await Promise.resolve()
    yield piece
  }
}

/** Frames of a peer with a session and of a stranger, one after the other. */
async function streams (channel: ChannelName): Promise<Target> {
  const { node, friend, stop, check } = await met(channel, { hasStreams: true })
  const stranger = node.stranger('stranger', endpoint('10.0.0.9', 4001))
  const sealed = golden().messages.slice(0, 12).flatMap(message => [...friend.sealForStream(message), ...stranger.sealForStream(message)])
  return {
    name: `stream-${channel}`,
    samples: [...sealed.map(frame => writeStream([frame])), ...sealed.map((frame, at) => writeStream([frame, sealed[at - 1] ?? frame, frame]))],
    run (bytes) {
      const before = new Map(node.swarm.counters.dropped)
      const { messages } = readStream(bytes)
      for (const message of messages) node.injectByStream(message, FROM)
      const answers = node.streams.take()
      if (answers.some(({ to }) => to !== FROM)) throw new Error('an answer leaves by another connection than the request came by')
      return `${Math.min(3, messages.length)} ${outcomeOf(node, before)} ${answers.length > 0 ? 'answered' : ''}`
    },
    check,
    stop
  }
}
