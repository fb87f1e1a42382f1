import { InvalidOptionError, Refusal, UnsupportedKeyTypeError } from '@kadmium/interface'
import { parsePeerId } from '@kadmium/peer-id'
import { isImmutable, slotOf, verifyRecord } from '@kadmium/records'
import { systemCrypto } from '@kadmium/runtime'
import {
  decodeEnvelope, decodeKadRequest, decodeKadResponse, decodePeerRecord, decodePlaintextFrame, decodePlaintextStreamFrame, decodeRecord,
  encodeEnvelope, encodeKadRequest, encodeKadResponse, encodePeerRecord, encodePlaintextFrame, encodePlaintextStreamFrame, encodeRecord,
  endpoint, endpointFromBytes, packContacts, parseEndpoint, parseHostPort, recordSigningBytes, toMultiaddr, unpackContacts
} from '@kadmium/wire'
import { isDeepStrictEqual } from 'node:util'
import { golden } from './golden.ts'
import { looseness } from './strict.ts'
import type { Target } from './target.ts'

const ROOM = 200_000
const REFUSED = /^refused: /
const crypto = systemCrypto()
const encoder = new TextEncoder()
const texts = ['127.0.0.1:8001', '[2001:db8::1]:8001', '[::ffff:1.2.3.4]:1', '/ip4/127.0.0.1/udp/8001', '/ip6/::1/tcp/8001/p2p/12D3KooWGC', 'localhost:1']
const ids = ['00112233445566778899aabbccddeeff00112233', '12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu', 'zQmPZ9gcCEpqKTo6aq61g2nXGUhM4iCL3ewB6LDXZCtioEB', 'bafzaajaiaejcb']

/** Every decoder of the wire format, and the readers of texts that users type. */
export function decoderTargets (): Target[] {
  const { datagrams, messages, kadRequests, kadResponses, records } = golden()
  const contacts = kadResponses.flatMap(bytes => {
    const response = decodeKadResponse(bytes)
    return response instanceof Refusal || response.type === 'stored' ? [] : [packContacts(response.contacts, ROOM)]
  })
  const peers = [{ addresses: [endpoint('192.0.2.1', 4001), endpoint('2001:db8::1', 4001)], mode: 'server', payload: encoder.encode('hello') },
    { addresses: [], mode: 'client' }] as const
  const targets = [
    decoder('envelope', messages, decodeEnvelope, ({ envelope, payload }) => encodeEnvelope(envelope, payload), ({ envelope }) => envelope.kind),
    decoder('kad-request', kadRequests, decodeKadRequest, message => encodeKadRequest(message, ROOM), ({ type }) => type),
    decoder('kad-response', kadResponses, decodeKadResponse, message => encodeKadResponse(message, ROOM), ({ type }) => type),
    decoder('record', records, decodeRecord, encodeRecord, record => {
      recordSigningBytes(record)
      slotOf(record)
      return `${isImmutable(record) ? 'immutable' : 'signed'} ${verifyRecord(record, crypto) ?? 'valid'}`
    }),
    decoder('peer-record', peers.map(encodePeerRecord), decodePeerRecord, encodePeerRecord, ({ mode, addresses }) => `${mode} ${addresses.length}`),
    decoder('contacts', contacts.filter(({ length }) => length > 0), unpackContacts, list => packContacts(list, ROOM), list => {
      for (const { address } of list) if (endpointFromBytes(address.bytes).text !== address.text) throw new Error('an endpoint changed on its way')
      return String(list.length > 0)
    }, (bytes, encoded) => encoded.length < bytes.length || isDeepStrictEqual(bytes, encoded)), // shorter: IPv4 in the form of IPv6
    decoder('plaintext-frame', datagrams, decodePlaintextFrame, frame => encodePlaintextFrame(frame), () => 'frame', startsWith),
    decoder('plaintext-stream-frame', datagrams.map(bytes => Uint8Array.from([0x11, ...bytes.subarray(1)])), decodePlaintextStreamFrame, encodePlaintextStreamFrame, () => 'frame', startsWith),
    reader('endpoint', texts, text => {
      const read = parseEndpoint(text)
      const again = [parseEndpoint(read.text), parseEndpoint(toMultiaddr(read).toString()), endpointFromBytes(read.bytes)]
      if (again.some(each => each.text !== read.text)) throw new Error(`${read.text} is read otherwise than written`)
      return `v${read.family}`
    }),
    reader('host-port', texts, text => String(parseHostPort(text).port > 0)),
    reader('peer-id', ids, text => {
      const read = parsePeerId(text)
      if (!parsePeerId(read.toString()).equals(read)) throw new Error(`${read.toString()} is read otherwise than written`)
      return 'id'
    })
  ]
  return targets.map(target => target.name in SINGULAR ? strict(target, SINGULAR[target.name as keyof typeof SINGULAR]) : target)
}

/** The protobuf messages, and which of their fields come at most once. */
const SINGULAR = {
  envelope: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  'kad-request': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  'kad-response': [1, 2, 4, 5, 6],
  record: [1, 2, 3, 4, 5, 6, 7, 8],
  'peer-record': [1, 2, 3]
} as const

/** The same target, where what is too loose must not be taken for good. */
function strict (target: Target, singular: readonly number[]): Target {
  return {
    ...target,
    run (bytes) {
      const outcome = target.run(bytes)
      const wrong = REFUSED.test(String(outcome)) ? undefined : looseness(bytes, singular)
      if (wrong !== undefined) throw new Error(`taken for good although it has ${wrong}`)
      return outcome
    }
  }
}

/** What is decoded, encoded and decoded again must be the same; and the input must be left as it was. */
function decoder<T extends object> (
  name: string, samples: readonly Uint8Array[], decode: (bytes: Uint8Array) => T | Refusal, encode: (value: T) => Uint8Array | undefined, tell: (value: T) => string,
  fits: (bytes: Uint8Array, encoded: Uint8Array) => boolean = () => true
): Target {
  return {
    name,
    samples,
    decode,
    run (bytes) {
      const before = bytes.slice()
      const first = decode(bytes)
      if (!isDeepStrictEqual(bytes, before)) throw new Error('the decoder changed its input')
      if (first instanceof Refusal) return `refused: ${first.reason}`
      const told = tell(first)
      const encoded = encode(first)
      const second = encoded === undefined ? undefined : decode(encoded)
      if (encoded !== undefined && !fits(bytes, encoded)) throw new Error('its bytes say more than is read')
      if (!isDeepStrictEqual(first, second)) throw new Error(`decoded, encoded and decoded again it is another: ${show(first)} became ${show(second)}`)
      return told
    }
  }
}

/** All but the padding. */
function startsWith (bytes: Uint8Array, encoded: Uint8Array): boolean {
  return isDeepStrictEqual(bytes.subarray(0, encoded.length), encoded)
}

/** Texts of users: these readers may throw, but only what names the option. */
function reader (name: string, samples: readonly string[], read: (text: string) => string): Target {
  const decode = new TextDecoder()
  return {
    name,
    samples: samples.map(sample => encoder.encode(sample)),
    text: true,
    run (bytes) {
      try {
        return read(decode.decode(bytes))
      } catch (error) {
        if (error instanceof InvalidOptionError || error instanceof UnsupportedKeyTypeError) return error.name
        throw error
      }
    }
  }
}

function show (value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each)
}
