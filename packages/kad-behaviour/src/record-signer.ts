/** Makes the records that this node puts: signed, numbered above what is known of their slot, and small enough to be sent. */
import { InvalidOptionError, ValueTooLargeError } from '@kadmium/interface'
import { immutableRecord, packValue, signRecord, signTombstone, unsignedRecord } from '@kadmium/records'
import { MAX_DATAGRAM_VALUE_BYTES, MAX_VALUE_BYTES } from '@kadmium/wire'
import type { KadRecord } from '@kadmium/interface'
import type { PackedValue, SequenceNumbers, Slot } from '@kadmium/records'
import type { KadContext } from './context.ts'
import type { Publications } from './publications.ts'
import type { PutOptions, RecordToPut } from './put.ts'

export class RecordSigner {
  readonly #kad: KadContext
  readonly #publications: Publications
  readonly #sequence: SequenceNumbers

  constructor (kad: KadContext, publications: Publications, sequence: SequenceNumbers) {
    this.#kad = kad
    this.#publications = publications
    this.#sequence = sequence
  }

  /** Throws `ValueTooLargeError`, and `InvalidOptionError` for an unsigned record where none are allowed. */
  record ({ key, value, ttl = this.#kad.options.recordTtl, salt, seq }: RecordToPut, options: PutOptions): KadRecord {
    const { publisher = this.#kad.components.identity, unsigned = false } = options
    if (unsigned && !this.#kad.options.allowUnsigned) throw new InvalidOptionError('unsigned', 'needs allowUnsigned, here and at the holders')
    const packed = this.#pack(key, value)
    this.#checkValue(packed, salt)
    const slot = { key, ...(unsigned ? {} : { publisher: publisher.publicKey }), ...(salt && { salt }) }
    const init = { key, ...packed, ttl, seq: seq ?? this.#nextSeq(slot, options), ...(salt && { salt }) }
    return unsigned ? unsignedRecord(init) : signRecord(init, publisher)
  }

  immutable (value: Uint8Array, ttl = this.#kad.options.recordTtl): KadRecord {
    this.#checkValue({ value })
    return immutableRecord(value, ttl)
  }

  tombstone (key: Uint8Array, options: PutOptions & { readonly salt?: Uint8Array }): KadRecord {
    const { salt, publisher = this.#kad.components.identity } = options
    const seq = this.#nextSeq({ key, publisher: publisher.publicKey, ...(salt && { salt }) }, options)
    return signTombstone({ key, seq, ...(salt && { salt }) }, publisher)
  }

  /** Above what this node holds in the slot, has published in it, and expects to be held. */
  #nextSeq (slot: Slot, { expectedSeq }: PutOptions): number {
    const { store, components: { clock } } = this.#kad
    const known = [store.getSlot(slot, clock.now())?.record.seq, this.#publications.seqOf(slot), expectedSeq]
    for (const seq of known) if (seq !== undefined) this.#sequence.observe(seq)
    return this.#sequence.next(clock.wallNow())
  }

  #pack (key: Uint8Array, value: Uint8Array): PackedValue {
    const { compressor, compressMinBytes, policies } = this.#kad.options
    if (value.length > MAX_VALUE_BYTES) throw new ValueTooLargeError(value.length, MAX_VALUE_BYTES)
    const isPacked = compressor !== undefined && value.length >= compressMinBytes && policies?.cover(key) !== true
    return isPacked ? packValue(value, compressor) : { value }
  }

  /** What cannot be sent is not stored either. */
  #checkValue ({ value, encoding }: PackedValue, salt?: Uint8Array): void {
    const limit = this.#kad.components.reliable ? MAX_VALUE_BYTES : datagramLimit(salt, encoding)
    if (value.length > limit) throw new ValueTooLargeError(value.length, limit)
  }
}

/** What fits one datagram; the salt takes 2 bytes of framing with it, and an encoding is 2. */
function datagramLimit (salt?: Uint8Array, encoding?: PackedValue['encoding']): number {
  return MAX_DATAGRAM_VALUE_BYTES - (salt === undefined || salt.length === 0 ? 0 : salt.length + 2) - (encoding === undefined ? 0 : 2)
}
