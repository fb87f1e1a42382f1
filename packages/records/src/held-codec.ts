/** Held records as a datastore keeps them. */
import { Refusal } from '@kadmium/interface'
import type { Endpoint, KadRecord } from '@kadmium/interface'
import { decodeRecord, encodeRecord, endpointFromBytes } from '@kadmium/wire'
import { Key } from 'interface-datastore'
import { seal, unseal } from './sealed.ts'
import type { Slot } from './slot.ts'

/** A held record whose times are wall-clock milliseconds: see `WallTime`. */
export interface SavedRecord {
  readonly record: KadRecord
  readonly expiresAt: number
  readonly firstReceivedAt: number
  readonly receivedAt: number
  /** Whether it is one of a sample. */
  readonly soft: boolean
  readonly from?: Endpoint
}

/** soft (1), the three times (8 each), length of the endpoint (1), endpoint (0, 6 or 18), record. */
const FROM_AT = 26

export function encodeSaved ({ record, expiresAt, firstReceivedAt, receivedAt, soft, from }: SavedRecord): Uint8Array {
  const recordBytes = encodeRecord(record)
  const fromBytes = from?.bytes ?? new Uint8Array(0)
  const body = new Uint8Array(FROM_AT + fromBytes.length + recordBytes.length)
  const view = new DataView(body.buffer)
  body[0] = soft ? 1 : 0
  for (const [index, time] of [expiresAt, firstReceivedAt, receivedAt].entries()) view.setFloat64(1 + 8 * index, time)
  body[FROM_AT - 1] = fromBytes.length
  body.set(fromBytes, FROM_AT)
  body.set(recordBytes, FROM_AT + fromBytes.length)
  return seal(body)
}

/** `undefined` for what is no such entry. */
export function decodeSaved (bytes: Uint8Array): SavedRecord | undefined {
  const body = unseal(bytes)
  const fromBytes = body?.[FROM_AT - 1]
  if (body === undefined || fromBytes === undefined || ![0, 6, 18].includes(fromBytes)) return undefined
  const record = decodeRecord(body.subarray(FROM_AT + fromBytes))
  if (record instanceof Refusal) return undefined
  const view = new DataView(body.buffer, body.byteOffset)
  return {
    record,
    expiresAt: view.getFloat64(1),
    firstReceivedAt: view.getFloat64(9),
    receivedAt: view.getFloat64(17),
    soft: body[0] === 1,
    ...(fromBytes > 0 && { from: endpointFromBytes(body.subarray(FROM_AT, FROM_AT + fromBytes)) })
  }
}

/** `<prefix>/<key>/<publisher>/<salt>` in hexadecimal digits, `-` for what is absent. */
export function datastoreKeyOf (prefix: string, { key, publisher, salt }: Slot): Key {
  return new Key(`${prefix}/${hex(key)}/${hex(publisher)}/${hex(salt)}`, false)
}

function hex (bytes: Uint8Array | undefined): string {
  if (bytes === undefined || bytes.length === 0) return '-'
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
