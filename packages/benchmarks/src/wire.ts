/**
 * A FIND_NODE reply with 20 contacts, envelope included: encode and decode together, against the same message as JSON.
 * Run alone: node packages/benchmarks/dist/src/wire.js
 */
import { Refusal } from '@kadmium/interface'
import type { Envelope } from '@kadmium/interface'
import { decodeEnvelope, decodeKadResponse, encodeEnvelope, encodeKadResponse, endpoint } from '@kadmium/wire'
import type { WireContact, WireKadResponse } from '@kadmium/wire'
import { Bench } from 'tinybench'

/** The budget of encode and decode together, in microseconds. */
const BUDGET_US = 7
const ROOM = 1100
const envelope: Envelope = {
  kind: 'response', transactionId: bytes(8, 0), mode: 'server', truncated: false, observed: endpoint('198.51.100.7', 8001)
}

function bytes (length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => first + index)
}

function reply (host: (index: number) => string): WireKadResponse & { type: 'found-node' } {
  const contacts = Array.from({ length: 20 }, (_, index): WireContact => ({ publicKey: bytes(32, index), address: endpoint(host(index), 8001 + index) }))
  return { type: 'found-node', contacts }
}

function encode (message: WireKadResponse): Uint8Array {
  return encodeEnvelope(envelope, encodeKadResponse(message, ROOM))
}

/** Touches what a node reads of each contact: its key, and the address as it is sent to. */
function decode (datagram: Uint8Array): number {
  const opened = decodeEnvelope(datagram)
  const message = opened instanceof Refusal ? opened : decodeKadResponse(opened.payload)
  if (message instanceof Refusal || message.type !== 'found-node') throw new Error('refused')
  return message.contacts.length
}

function toJson (message: WireKadResponse & { type: 'found-node' }): Uint8Array {
  const contacts = message.contacts.map(({ publicKey, address }) => ({ publicKey: Buffer.from(publicKey).toString('base64'), address: address.text }))
  const { transactionId, ...rest } = envelope
  return Buffer.from(JSON.stringify({
    ...rest, transactionId: Buffer.from(transactionId).toString('base64'), observed: '198.51.100.7:8001', payload: { type: 'found-node', contacts }
  }))
}

function fromJson (datagram: Uint8Array): number {
  const { payload } = JSON.parse(Buffer.from(datagram).toString()) as { payload: { contacts: { publicKey: string, address: string }[] } }
  return payload.contacts.map(({ publicKey, address }) => ({ publicKey: Buffer.from(publicKey, 'base64'), address })).length
}

const ipv4 = reply(index => `203.0.113.${index + 1}`)
const ipv6 = reply(index => `2001:db8::${index + 1}`)
const datagram4 = encode(ipv4)
const bench = new Bench({ time: 1000, warmupTime: 500 })
  .add('kadmium, 20 IPv4: encode + decode', () => { decode(encode(ipv4)) })
  .add('kadmium, 20 IPv6: encode + decode', () => { decode(encode(ipv6)) })
  .add('kadmium, 20 IPv4: encode', () => { encode(ipv4) })
  .add('kadmium, 20 IPv4: decode', () => { decode(datagram4) })
  .add('JSON, 20 IPv4: encode + decode', () => { fromJson(toJson(ipv4)) })

await bench.run()

const microseconds = new Map(bench.tasks.map(({ name, result }) => [name, 'latency' in result ? result.latency.p50 * 1000 : NaN]))
const json = microseconds.get('JSON, 20 IPv4: encode + decode') ?? NaN

console.log(`median µs, ratio to JSON; budget ${BUDGET_US} µs; ${datagram4.length} bytes, as JSON ${toJson(ipv4).length}`)
for (const [name, time] of microseconds) console.log(`${name.padEnd(36)}${time.toFixed(2).padStart(8)}${(time / json).toFixed(2).padStart(8)}`)
