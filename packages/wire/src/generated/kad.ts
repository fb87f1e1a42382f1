import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export enum KadType {
  KAD_NONE = 'KAD_NONE',
  KAD_FIND_NODE = 'KAD_FIND_NODE',
  KAD_FIND_VALUE = 'KAD_FIND_VALUE',
  KAD_STORE = 'KAD_STORE'
}

enum __KadTypeValues {
  KAD_NONE = 0,
  KAD_FIND_NODE = 1,
  KAD_FIND_VALUE = 2,
  KAD_STORE = 3
}

export namespace KadType {
  export const codec = (): Codec<KadType> => {
    return enumeration<KadType>(__KadTypeValues)
  }
}

export enum RecordKind {
  RECORD_NONE = 'RECORD_NONE',
  RECORD_TOMBSTONE = 'RECORD_TOMBSTONE',
  RECORD_ADVERTISEMENT = 'RECORD_ADVERTISEMENT'
}

enum __RecordKindValues {
  RECORD_NONE = 0,
  RECORD_TOMBSTONE = 1,
  RECORD_ADVERTISEMENT = 2
}

export namespace RecordKind {
  export const codec = (): Codec<RecordKind> => {
    return enumeration<RecordKind>(__RecordKindValues)
  }
}

export enum ValueEncoding {
  VALUE_NONE = 'VALUE_NONE',
  VALUE_DEFLATE = 'VALUE_DEFLATE'
}

enum __ValueEncodingValues {
  VALUE_NONE = 0,
  VALUE_DEFLATE = 1
}

export namespace ValueEncoding {
  export const codec = (): Codec<ValueEncoding> => {
    return enumeration<ValueEncoding>(__ValueEncodingValues)
  }
}

export enum PeerMode {
  PEER_NONE = 'PEER_NONE',
  PEER_CLIENT = 'PEER_CLIENT',
  PEER_SERVER = 'PEER_SERVER'
}

enum __PeerModeValues {
  PEER_NONE = 0,
  PEER_CLIENT = 1,
  PEER_SERVER = 2
}

export namespace PeerMode {
  export const codec = (): Codec<PeerMode> => {
    return enumeration<PeerMode>(__PeerModeValues)
  }
}

export interface Record {
  key?: Uint8Array<ArrayBuffer>
  value?: Uint8Array<ArrayBuffer>
  publisher?: Uint8Array<ArrayBuffer>
  salt?: Uint8Array<ArrayBuffer>
  seq?: number
  ttl?: number
  signature?: Uint8Array<ArrayBuffer>
  kind?: RecordKind
  encoding?: ValueEncoding
}

export namespace Record {
  let _codec: Codec<Record>

  export const codec = (): Codec<Record> => {
    if (_codec == null) {
      _codec = message<Record>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.key != null) {
          w.uint32(10)
          w.bytes(obj.key)
        }

        if (obj.value != null) {
          w.uint32(18)
          w.bytes(obj.value)
        }

        if (obj.publisher != null) {
          w.uint32(26)
          w.bytes(obj.publisher)
        }

        if (obj.salt != null) {
          w.uint32(34)
          w.bytes(obj.salt)
        }

        if (obj.seq != null) {
          w.uint32(40)
          w.uint64Number(obj.seq)
        }

        if (obj.ttl != null) {
          w.uint32(48)
          w.uint32(obj.ttl)
        }

        if (obj.signature != null) {
          w.uint32(58)
          w.bytes(obj.signature)
        }

        if (obj.kind != null) {
          w.uint32(64)
          RecordKind.codec().encode(obj.kind, w)
        }

        if (obj.encoding != null) {
          w.uint32(72)
          ValueEncoding.codec().encode(obj.encoding, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.key = reader.bytes()
              break
            }
            case 2: {
              obj.value = reader.bytes()
              break
            }
            case 3: {
              obj.publisher = reader.bytes()
              break
            }
            case 4: {
              obj.salt = reader.bytes()
              break
            }
            case 5: {
              obj.seq = reader.uint64Number()
              break
            }
            case 6: {
              obj.ttl = reader.uint32()
              break
            }
            case 7: {
              obj.signature = reader.bytes()
              break
            }
            case 8: {
              obj.kind = RecordKind.codec().decode(reader)
              break
            }
            case 9: {
              obj.encoding = ValueEncoding.codec().decode(reader)
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.key`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.value`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.publisher`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.salt`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.seq`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.ttl`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.signature`,
                value: reader.bytes()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.kind`,
                value: RecordKind.codec().decode(reader)
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.encoding`,
                value: ValueEncoding.codec().decode(reader)
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RecordKeyFieldEvent {
    field: '$.key'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecordValueFieldEvent {
    field: '$.value'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecordPublisherFieldEvent {
    field: '$.publisher'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecordSaltFieldEvent {
    field: '$.salt'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecordSeqFieldEvent {
    field: '$.seq'
    value: number
  }

  export interface RecordTtlFieldEvent {
    field: '$.ttl'
    value: number
  }

  export interface RecordSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecordKindFieldEvent {
    field: '$.kind'
    value: RecordKind
  }

  export interface RecordEncodingFieldEvent {
    field: '$.encoding'
    value: ValueEncoding
  }

  export function encode (obj: Partial<Record>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Record.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Record>): Record {
    return decodeMessage(buf, Record.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Record>): Generator<RecordKeyFieldEvent | RecordValueFieldEvent | RecordPublisherFieldEvent | RecordSaltFieldEvent | RecordSeqFieldEvent | RecordTtlFieldEvent | RecordSignatureFieldEvent | RecordKindFieldEvent | RecordEncodingFieldEvent> {
    return streamMessage(buf, Record.codec(), opts)
  }
}

export interface HeldRecord {
  record?: Record
  remainingMs?: number
}

export namespace HeldRecord {
  let _codec: Codec<HeldRecord>

  export const codec = (): Codec<HeldRecord> => {
    if (_codec == null) {
      _codec = message<HeldRecord>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.record != null) {
          w.uint32(10)
          Record.codec().encode(obj.record, w)
        }

        if (obj.remainingMs != null) {
          w.uint32(16)
          w.uint32(obj.remainingMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.record = Record.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.record
              })
              break
            }
            case 2: {
              obj.remainingMs = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Record.codec().stream(reader, reader.uint32(), `${prefix}.record`, {
                limits: opts.limits?.record
              })

              break
            }
            case 2: {
              yield {
                field: `${prefix}.remainingMs`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HeldRecordRecordKeyFieldEvent {
    field: '$.record.key'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HeldRecordRecordValueFieldEvent {
    field: '$.record.value'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HeldRecordRecordPublisherFieldEvent {
    field: '$.record.publisher'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HeldRecordRecordSaltFieldEvent {
    field: '$.record.salt'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HeldRecordRecordSeqFieldEvent {
    field: '$.record.seq'
    value: number
  }

  export interface HeldRecordRecordTtlFieldEvent {
    field: '$.record.ttl'
    value: number
  }

  export interface HeldRecordRecordSignatureFieldEvent {
    field: '$.record.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface HeldRecordRecordKindFieldEvent {
    field: '$.record.kind'
    value: RecordKind
  }

  export interface HeldRecordRecordEncodingFieldEvent {
    field: '$.record.encoding'
    value: ValueEncoding
  }

  export interface HeldRecordRemainingMsFieldEvent {
    field: '$.remainingMs'
    value: number
  }

  export function encode (obj: Partial<HeldRecord>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, HeldRecord.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HeldRecord>): HeldRecord {
    return decodeMessage(buf, HeldRecord.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<HeldRecord>): Generator<HeldRecordRecordKeyFieldEvent | HeldRecordRecordValueFieldEvent | HeldRecordRecordPublisherFieldEvent | HeldRecordRecordSaltFieldEvent | HeldRecordRecordSeqFieldEvent | HeldRecordRecordTtlFieldEvent | HeldRecordRecordSignatureFieldEvent | HeldRecordRecordKindFieldEvent | HeldRecordRecordEncodingFieldEvent | HeldRecordRemainingMsFieldEvent> {
    return streamMessage(buf, HeldRecord.codec(), opts)
  }
}

export interface KadRequest {
  type?: KadType
  target?: Uint8Array<ArrayBuffer>
  key?: Uint8Array<ArrayBuffer>
  publisher?: Uint8Array<ArrayBuffer>
  salt?: Uint8Array<ArrayBuffer>
  held?: HeldRecord
  expectedSeq?: number
  seed?: Uint8Array<ArrayBuffer>
  after?: Uint8Array<ArrayBuffer>
  limit?: number
  tombstones?: boolean
  advertisements?: boolean
  keep?: boolean
}

export namespace KadRequest {
  let _codec: Codec<KadRequest>

  export const codec = (): Codec<KadRequest> => {
    if (_codec == null) {
      _codec = message<KadRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.type != null) {
          w.uint32(8)
          KadType.codec().encode(obj.type, w)
        }

        if (obj.target != null) {
          w.uint32(18)
          w.bytes(obj.target)
        }

        if (obj.key != null) {
          w.uint32(26)
          w.bytes(obj.key)
        }

        if (obj.publisher != null) {
          w.uint32(34)
          w.bytes(obj.publisher)
        }

        if (obj.salt != null) {
          w.uint32(42)
          w.bytes(obj.salt)
        }

        if (obj.held != null) {
          w.uint32(50)
          HeldRecord.codec().encode(obj.held, w)
        }

        if (obj.expectedSeq != null) {
          w.uint32(56)
          w.uint64Number(obj.expectedSeq)
        }

        if (obj.seed != null) {
          w.uint32(66)
          w.bytes(obj.seed)
        }

        if (obj.after != null) {
          w.uint32(74)
          w.bytes(obj.after)
        }

        if (obj.limit != null) {
          w.uint32(80)
          w.uint32(obj.limit)
        }

        if (obj.tombstones != null) {
          w.uint32(88)
          w.bool(obj.tombstones)
        }

        if (obj.advertisements != null) {
          w.uint32(96)
          w.bool(obj.advertisements)
        }

        if (obj.keep != null) {
          w.uint32(104)
          w.bool(obj.keep)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.type = KadType.codec().decode(reader)
              break
            }
            case 2: {
              obj.target = reader.bytes()
              break
            }
            case 3: {
              obj.key = reader.bytes()
              break
            }
            case 4: {
              obj.publisher = reader.bytes()
              break
            }
            case 5: {
              obj.salt = reader.bytes()
              break
            }
            case 6: {
              obj.held = HeldRecord.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.held
              })
              break
            }
            case 7: {
              obj.expectedSeq = reader.uint64Number()
              break
            }
            case 8: {
              obj.seed = reader.bytes()
              break
            }
            case 9: {
              obj.after = reader.bytes()
              break
            }
            case 10: {
              obj.limit = reader.uint32()
              break
            }
            case 11: {
              obj.tombstones = reader.bool()
              break
            }
            case 12: {
              obj.advertisements = reader.bool()
              break
            }
            case 13: {
              obj.keep = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.type`,
                value: KadType.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.target`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.key`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.publisher`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.salt`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              yield * HeldRecord.codec().stream(reader, reader.uint32(), `${prefix}.held`, {
                limits: opts.limits?.held
              })

              break
            }
            case 7: {
              yield {
                field: `${prefix}.expectedSeq`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.seed`,
                value: reader.bytes()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.after`,
                value: reader.bytes()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.limit`,
                value: reader.uint32()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.tombstones`,
                value: reader.bool()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.advertisements`,
                value: reader.bool()
              }
              break
            }
            case 13: {
              yield {
                field: `${prefix}.keep`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface KadRequestTypeFieldEvent {
    field: '$.type'
    value: KadType
  }

  export interface KadRequestTargetFieldEvent {
    field: '$.target'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestKeyFieldEvent {
    field: '$.key'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestPublisherFieldEvent {
    field: '$.publisher'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestSaltFieldEvent {
    field: '$.salt'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestHeldRecordKeyFieldEvent {
    field: '$.held.record.key'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestHeldRecordValueFieldEvent {
    field: '$.held.record.value'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestHeldRecordPublisherFieldEvent {
    field: '$.held.record.publisher'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestHeldRecordSaltFieldEvent {
    field: '$.held.record.salt'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestHeldRecordSeqFieldEvent {
    field: '$.held.record.seq'
    value: number
  }

  export interface KadRequestHeldRecordTtlFieldEvent {
    field: '$.held.record.ttl'
    value: number
  }

  export interface KadRequestHeldRecordSignatureFieldEvent {
    field: '$.held.record.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestHeldRecordKindFieldEvent {
    field: '$.held.record.kind'
    value: RecordKind
  }

  export interface KadRequestHeldRecordEncodingFieldEvent {
    field: '$.held.record.encoding'
    value: ValueEncoding
  }

  export interface KadRequestHeldRemainingMsFieldEvent {
    field: '$.held.remainingMs'
    value: number
  }

  export interface KadRequestExpectedSeqFieldEvent {
    field: '$.expectedSeq'
    value: number
  }

  export interface KadRequestSeedFieldEvent {
    field: '$.seed'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestAfterFieldEvent {
    field: '$.after'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadRequestLimitFieldEvent {
    field: '$.limit'
    value: number
  }

  export interface KadRequestTombstonesFieldEvent {
    field: '$.tombstones'
    value: boolean
  }

  export interface KadRequestAdvertisementsFieldEvent {
    field: '$.advertisements'
    value: boolean
  }

  export interface KadRequestKeepFieldEvent {
    field: '$.keep'
    value: boolean
  }

  export function encode (obj: Partial<KadRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, KadRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<KadRequest>): KadRequest {
    return decodeMessage(buf, KadRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<KadRequest>): Generator<KadRequestTypeFieldEvent | KadRequestTargetFieldEvent | KadRequestKeyFieldEvent | KadRequestPublisherFieldEvent | KadRequestSaltFieldEvent | KadRequestHeldRecordKeyFieldEvent | KadRequestHeldRecordValueFieldEvent | KadRequestHeldRecordPublisherFieldEvent | KadRequestHeldRecordSaltFieldEvent | KadRequestHeldRecordSeqFieldEvent | KadRequestHeldRecordTtlFieldEvent | KadRequestHeldRecordSignatureFieldEvent | KadRequestHeldRecordKindFieldEvent | KadRequestHeldRecordEncodingFieldEvent | KadRequestHeldRemainingMsFieldEvent | KadRequestExpectedSeqFieldEvent | KadRequestSeedFieldEvent | KadRequestAfterFieldEvent | KadRequestLimitFieldEvent | KadRequestTombstonesFieldEvent | KadRequestAdvertisementsFieldEvent | KadRequestKeepFieldEvent> {
    return streamMessage(buf, KadRequest.codec(), opts)
  }
}

export interface KadResponse {
  type?: KadType
  contacts?: Uint8Array<ArrayBuffer>
  records: HeldRecord[]
  more?: boolean
  total?: number
  sampled?: boolean
}

export namespace KadResponse {
  let _codec: Codec<KadResponse>

  export const codec = (): Codec<KadResponse> => {
    if (_codec == null) {
      _codec = message<KadResponse>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.type != null) {
          w.uint32(8)
          KadType.codec().encode(obj.type, w)
        }

        if (obj.contacts != null) {
          w.uint32(18)
          w.bytes(obj.contacts)
        }

        if (obj.records != null && obj.records.length > 0) {
          for (const value of obj.records) {
            w.uint32(26)
            HeldRecord.codec().encode(value, w)
          }
        }

        if (obj.more != null) {
          w.uint32(32)
          w.bool(obj.more)
        }

        if (obj.total != null) {
          w.uint32(40)
          w.uint32(obj.total)
        }

        if (obj.sampled != null) {
          w.uint32(48)
          w.bool(obj.sampled)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          records: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.type = KadType.codec().decode(reader)
              break
            }
            case 2: {
              obj.contacts = reader.bytes()
              break
            }
            case 3: {
              if (opts.limits?.records != null && obj.records.length === opts.limits.records) {
                throw new MaxLengthError('Decode error - repeated field "records" had too many elements')
              }

              obj.records.push(HeldRecord.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.records$
              }))
              break
            }
            case 4: {
              obj.more = reader.bool()
              break
            }
            case 5: {
              obj.total = reader.uint32()
              break
            }
            case 6: {
              obj.sampled = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          records: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.type`,
                value: KadType.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.contacts`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              if (opts.limits?.records != null && obj.records === opts.limits.records) {
                throw new MaxLengthError('Streaming decode error - repeated field "records" had too many elements')
              }

              for (const evt of HeldRecord.codec().stream(reader, reader.uint32(), `${prefix}.records[]`, {
                limits: opts.limits?.records$
              })) {
                yield {
                  ...evt,
                  index: obj.records
                }
              }

              obj.records++

              break
            }
            case 4: {
              yield {
                field: `${prefix}.more`,
                value: reader.bool()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.total`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.sampled`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface KadResponseTypeFieldEvent {
    field: '$.type'
    value: KadType
  }

  export interface KadResponseContactsFieldEvent {
    field: '$.contacts'
    value: Uint8Array<ArrayBuffer>
  }

  export interface KadResponseRecordsRecordKeyFieldEvent {
    field: '$.records[].record.key'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface KadResponseRecordsRecordValueFieldEvent {
    field: '$.records[].record.value'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface KadResponseRecordsRecordPublisherFieldEvent {
    field: '$.records[].record.publisher'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface KadResponseRecordsRecordSaltFieldEvent {
    field: '$.records[].record.salt'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface KadResponseRecordsRecordSeqFieldEvent {
    field: '$.records[].record.seq'
    value: number
    index: number
  }

  export interface KadResponseRecordsRecordTtlFieldEvent {
    field: '$.records[].record.ttl'
    value: number
    index: number
  }

  export interface KadResponseRecordsRecordSignatureFieldEvent {
    field: '$.records[].record.signature'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface KadResponseRecordsRecordKindFieldEvent {
    field: '$.records[].record.kind'
    value: RecordKind
    index: number
  }

  export interface KadResponseRecordsRecordEncodingFieldEvent {
    field: '$.records[].record.encoding'
    value: ValueEncoding
    index: number
  }

  export interface KadResponseRecordsRemainingMsFieldEvent {
    field: '$.records[].remainingMs'
    value: number
    index: number
  }

  export interface KadResponseMoreFieldEvent {
    field: '$.more'
    value: boolean
  }

  export interface KadResponseTotalFieldEvent {
    field: '$.total'
    value: number
  }

  export interface KadResponseSampledFieldEvent {
    field: '$.sampled'
    value: boolean
  }

  export function encode (obj: Partial<KadResponse>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, KadResponse.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<KadResponse>): KadResponse {
    return decodeMessage(buf, KadResponse.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<KadResponse>): Generator<KadResponseTypeFieldEvent | KadResponseContactsFieldEvent | KadResponseRecordsRecordKeyFieldEvent | KadResponseRecordsRecordValueFieldEvent | KadResponseRecordsRecordPublisherFieldEvent | KadResponseRecordsRecordSaltFieldEvent | KadResponseRecordsRecordSeqFieldEvent | KadResponseRecordsRecordTtlFieldEvent | KadResponseRecordsRecordSignatureFieldEvent | KadResponseRecordsRecordKindFieldEvent | KadResponseRecordsRecordEncodingFieldEvent | KadResponseRecordsRemainingMsFieldEvent | KadResponseMoreFieldEvent | KadResponseTotalFieldEvent | KadResponseSampledFieldEvent> {
    return streamMessage(buf, KadResponse.codec(), opts)
  }
}

export interface PeerRecord {
  addresses?: Uint8Array<ArrayBuffer>
  mode?: PeerMode
  payload?: Uint8Array<ArrayBuffer>
}

export namespace PeerRecord {
  let _codec: Codec<PeerRecord>

  export const codec = (): Codec<PeerRecord> => {
    if (_codec == null) {
      _codec = message<PeerRecord>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.addresses != null) {
          w.uint32(10)
          w.bytes(obj.addresses)
        }

        if (obj.mode != null) {
          w.uint32(16)
          PeerMode.codec().encode(obj.mode, w)
        }

        if (obj.payload != null) {
          w.uint32(26)
          w.bytes(obj.payload)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.addresses = reader.bytes()
              break
            }
            case 2: {
              obj.mode = PeerMode.codec().decode(reader)
              break
            }
            case 3: {
              obj.payload = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.addresses`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.mode`,
                value: PeerMode.codec().decode(reader)
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.payload`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PeerRecordAddressesFieldEvent {
    field: '$.addresses'
    value: Uint8Array<ArrayBuffer>
  }

  export interface PeerRecordModeFieldEvent {
    field: '$.mode'
    value: PeerMode
  }

  export interface PeerRecordPayloadFieldEvent {
    field: '$.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<PeerRecord>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, PeerRecord.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PeerRecord>): PeerRecord {
    return decodeMessage(buf, PeerRecord.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PeerRecord>): Generator<PeerRecordAddressesFieldEvent | PeerRecordModeFieldEvent | PeerRecordPayloadFieldEvent> {
    return streamMessage(buf, PeerRecord.codec(), opts)
  }
}
