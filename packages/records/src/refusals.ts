/** Why a record is not taken, in words for people; each reason travels by its name. */
import type { KadRecord, RecordRefusal } from '@kadmium/interface'

export interface RefusedPut {
  readonly type: 'refused'
  readonly reason: RecordRefusal
  readonly message: string
  /** The `seq` that the slot holds, where that is the reason: `older-seq`, `same-seq-other-value`, `cas-mismatch`. */
  readonly heldSeq?: number
}

const MESSAGES: { readonly [K in RecordRefusal]: string } = {
  malformed: 'the record is malformed',
  'bad-signature': 'the signature is not the publisher\'s',
  unsigned: 'the record is not signed',
  'wrong-key': 'the key is not the SHA-1 of the value',
  'not-owner': 'the key belongs to another publisher',
  expired: 'nothing is left of the record\'s life',
  'ttl-too-long': 'the ttl is longer than 172,800 seconds',
  'older-seq': 'a newer record is held',
  'same-seq-other-value': 'another record with the same sequence number is held',
  'cas-mismatch': 'another record is held',
  'value-too-large': 'the value is too large for this node',
  'key-full': 'this node holds enough records under the key',
  'store-full': 'this node has no room',
  'publisher-quota': 'this node holds enough records of the publisher',
  'group-quota': 'this node holds enough records from this part of the network',
  'store-busy': 'this node has too many writes under way',
  'store-failed': 'this node could not write the record',
  'disk-full': 'the disk of this node is full',
  'invalid-value': 'the value is not valid under its key',
  'bad-encoding': 'the value cannot be decompressed',
  'unknown-encoding': 'the value is compressed, which this node does not read'
}

/** Every name of a refusal: by these a reader recognises them in the text of an error reply. */
export const RECORD_REFUSALS = Object.keys(MESSAGES) as readonly RecordRefusal[]

export function refused (reason: RecordRefusal, message: string = MESSAGES[reason]): RefusedPut {
  return { type: 'refused', reason, message }
}

/** For a refusal because of what the slot holds. A `cas-mismatch` says which seq that is, so that its publisher can go on from there. */
export function refusedFor (reason: RecordRefusal, held: KadRecord): RefusedPut {
  const message = reason === 'cas-mismatch' ? `${MESSAGES[reason]}, seq ${held.seq}` : MESSAGES[reason]
  return { ...refused(reason, message), heldSeq: held.seq }
}

/** The seq that a holder has, from the message of its `cas-mismatch`; `undefined` where it does not say. */
export function heldSeqIn (message: string): number | undefined {
  const seq = Number(/\bseq (\d{1,16})$/.exec(message)?.[1] ?? NaN)
  return Number.isSafeInteger(seq) ? seq : undefined
}
