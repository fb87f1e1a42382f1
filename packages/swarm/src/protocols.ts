import { Refusal } from '@kadmium/interface'
import type { Codec, Protocol } from '@kadmium/interface'
import { MAX_PROTOCOL_BYTES } from '@kadmium/wire'
import { checkName } from './check-option.ts'

const EMPTY = new Uint8Array(0)

/** Bytes as they are: a copy, since its owner may change them before the message is sent a second time. */
const bytes: Codec<Uint8Array> = {
  encode: (message, budget) => message.length <= budget ? message.slice() : undefined,
  decode: payload => payload
}

const nothing: Codec<void> = {
  encode: () => EMPTY,
  decode: payload => payload.length === 0 ? undefined : new Refusal('expected no payload')
}

/** The swarm's own protocol: an empty request that every node answers. */
export const ping: Protocol<void, void> = {
  name: '/kadmium/ping/1.0.0',
  request: nothing,
  response: nothing,
  answerBytes: 0,
  writeKey: () => undefined
}

/**
 * A protocol whose messages are bytes: what an application needs that encodes its messages itself. A request handler runs
 * once even if the request comes twice.
 */
export function bytesProtocol (name: string): Protocol<Uint8Array, Uint8Array> {
  checkProtocolName(name)
  return { name, request: bytes, response: bytes }
}

export function checkProtocolName (name: string): void {
  checkName('protocol.name', name, MAX_PROTOCOL_BYTES)
}
