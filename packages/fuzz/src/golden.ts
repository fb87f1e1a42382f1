/** Good messages of every kind, from the golden files of the tests. */
import { decodePlaintextFrame } from '@kadmium/wire'
import { Refusal } from '@kadmium/interface'
import { readFileSync } from 'node:fs'

const FIXTURES = new URL('../../../../test-fixtures/', import.meta.url)

interface GoldenDatagram {
  readonly name: string
  readonly payloadBytes: string
  readonly datagram: string
}

export interface Golden {
  readonly datagrams: readonly Uint8Array[]
  readonly messages: readonly Uint8Array[]
  readonly kadRequests: readonly Uint8Array[]
  readonly kadResponses: readonly Uint8Array[]
  readonly records: readonly Uint8Array[]
  readonly noise: readonly Uint8Array[]
}

export function golden (): Golden {
  const { datagrams } = readJson('datagrams.json') as { datagrams: GoldenDatagram[] }
  const kad = (pattern: RegExp): Uint8Array[] => distinct(datagrams.filter(({ name }) => pattern.test(name)).map(({ payloadBytes }) => payloadBytes))
  const all = datagrams.map(({ datagram }) => fromHex(datagram))
  const { datagrams: noise } = readJson('noise-datagrams.json') as { datagrams: { datagram: string }[] }
  const { records } = readJson('records.json') as { records: { encoded?: string }[] }
  return {
    datagrams: all,
    messages: all.flatMap(bytes => {
      const frame = decodePlaintextFrame(bytes)
      return frame instanceof Refusal || frame.message.length === 0 ? [] : [frame.message.slice()]
    }),
    kadRequests: kad(/find-node-request|find-value-request|store-request|size-largest-(store|find-value|advertisement)/),
    kadResponses: kad(/response|size-20|size-largest-value/),
    records: distinct(records.flatMap(({ encoded }) => encoded ?? [])),
    noise: noise.map(({ datagram }) => fromHex(datagram))
  }
}

export function fromHex (hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

export function toHex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function distinct (hexes: readonly string[]): Uint8Array[] {
  return [...new Set(hexes)].filter(hex => hex.length > 0).map(fromHex)
}

function readJson (name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'))
}
