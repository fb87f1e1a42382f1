import { decodeMessage, encodeMessage, enumeration, message, streamMessage } from 'protons-runtime'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export enum Kind {
  KIND_NONE = 'KIND_NONE',
  KIND_REQUEST = 'KIND_REQUEST',
  KIND_RESPONSE = 'KIND_RESPONSE',
  KIND_ERROR = 'KIND_ERROR'
}

enum __KindValues {
  KIND_NONE = 0,
  KIND_REQUEST = 1,
  KIND_RESPONSE = 2,
  KIND_ERROR = 3
}

export namespace Kind {
  export const codec = (): Codec<Kind> => {
    return enumeration<Kind>(__KindValues)
  }
}

export enum NodeMode {
  MODE_NONE = 'MODE_NONE',
  MODE_CLIENT = 'MODE_CLIENT',
  MODE_SERVER = 'MODE_SERVER'
}

enum __NodeModeValues {
  MODE_NONE = 0,
  MODE_CLIENT = 1,
  MODE_SERVER = 2
}

export namespace NodeMode {
  export const codec = (): Codec<NodeMode> => {
    return enumeration<NodeMode>(__NodeModeValues)
  }
}

export enum Code {
  CODE_NONE = 'CODE_NONE',
  CODE_PROTOCOL_UNKNOWN = 'CODE_PROTOCOL_UNKNOWN',
  CODE_MALFORMED = 'CODE_MALFORMED',
  CODE_TOKEN_REQUIRED = 'CODE_TOKEN_REQUIRED',
  CODE_RECORD_REFUSED = 'CODE_RECORD_REFUSED',
  CODE_KEY_FULL = 'CODE_KEY_FULL',
  CODE_TOO_LARGE = 'CODE_TOO_LARGE',
  CODE_BUSY = 'CODE_BUSY',
  CODE_INTERNAL = 'CODE_INTERNAL'
}

enum __CodeValues {
  CODE_NONE = 0,
  CODE_PROTOCOL_UNKNOWN = 1,
  CODE_MALFORMED = 2,
  CODE_TOKEN_REQUIRED = 3,
  CODE_RECORD_REFUSED = 4,
  CODE_KEY_FULL = 5,
  CODE_TOO_LARGE = 6,
  CODE_BUSY = 7,
  CODE_INTERNAL = 8
}

export namespace Code {
  export const codec = (): Codec<Code> => {
    return enumeration<Code>(__CodeValues)
  }
}

export interface Envelope {
  kind?: Kind
  transactionId?: Uint8Array<ArrayBuffer>
  mode?: NodeMode
  protocol?: string
  payload?: Uint8Array<ArrayBuffer>
  observed?: Uint8Array<ArrayBuffer>
  truncated?: boolean
  code?: Code
  reason?: string
  token?: Uint8Array<ArrayBuffer>
}

export namespace Envelope {
  let _codec: Codec<Envelope>

  export const codec = (): Codec<Envelope> => {
    if (_codec == null) {
      _codec = message<Envelope>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.kind != null) {
          w.uint32(8)
          Kind.codec().encode(obj.kind, w)
        }

        if (obj.transactionId != null) {
          w.uint32(18)
          w.bytes(obj.transactionId)
        }

        if (obj.mode != null) {
          w.uint32(24)
          NodeMode.codec().encode(obj.mode, w)
        }

        if (obj.protocol != null) {
          w.uint32(34)
          w.string(obj.protocol)
        }

        if (obj.payload != null) {
          w.uint32(42)
          w.bytes(obj.payload)
        }

        if (obj.observed != null) {
          w.uint32(50)
          w.bytes(obj.observed)
        }

        if (obj.truncated != null) {
          w.uint32(56)
          w.bool(obj.truncated)
        }

        if (obj.code != null) {
          w.uint32(64)
          Code.codec().encode(obj.code, w)
        }

        if (obj.reason != null) {
          w.uint32(74)
          w.string(obj.reason)
        }

        if (obj.token != null) {
          w.uint32(82)
          w.bytes(obj.token)
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
              obj.kind = Kind.codec().decode(reader)
              break
            }
            case 2: {
              obj.transactionId = reader.bytes()
              break
            }
            case 3: {
              obj.mode = NodeMode.codec().decode(reader)
              break
            }
            case 4: {
              obj.protocol = reader.string()
              break
            }
            case 5: {
              obj.payload = reader.bytes()
              break
            }
            case 6: {
              obj.observed = reader.bytes()
              break
            }
            case 7: {
              obj.truncated = reader.bool()
              break
            }
            case 8: {
              obj.code = Code.codec().decode(reader)
              break
            }
            case 9: {
              obj.reason = reader.string()
              break
            }
            case 10: {
              obj.token = reader.bytes()
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
                field: `${prefix}.kind`,
                value: Kind.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.transactionId`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.mode`,
                value: NodeMode.codec().decode(reader)
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.protocol`,
                value: reader.string()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.payload`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.observed`,
                value: reader.bytes()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.truncated`,
                value: reader.bool()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.code`,
                value: Code.codec().decode(reader)
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.reason`,
                value: reader.string()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.token`,
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

  export interface EnvelopeKindFieldEvent {
    field: '$.kind'
    value: Kind
  }

  export interface EnvelopeTransactionIdFieldEvent {
    field: '$.transactionId'
    value: Uint8Array<ArrayBuffer>
  }

  export interface EnvelopeModeFieldEvent {
    field: '$.mode'
    value: NodeMode
  }

  export interface EnvelopeProtocolFieldEvent {
    field: '$.protocol'
    value: string
  }

  export interface EnvelopePayloadFieldEvent {
    field: '$.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface EnvelopeObservedFieldEvent {
    field: '$.observed'
    value: Uint8Array<ArrayBuffer>
  }

  export interface EnvelopeTruncatedFieldEvent {
    field: '$.truncated'
    value: boolean
  }

  export interface EnvelopeCodeFieldEvent {
    field: '$.code'
    value: Code
  }

  export interface EnvelopeReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export interface EnvelopeTokenFieldEvent {
    field: '$.token'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Envelope>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Envelope.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Envelope>): Envelope {
    return decodeMessage(buf, Envelope.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Envelope>): Generator<EnvelopeKindFieldEvent | EnvelopeTransactionIdFieldEvent | EnvelopeModeFieldEvent | EnvelopeProtocolFieldEvent | EnvelopePayloadFieldEvent | EnvelopeObservedFieldEvent | EnvelopeTruncatedFieldEvent | EnvelopeCodeFieldEvent | EnvelopeReasonFieldEvent | EnvelopeTokenFieldEvent> {
    return streamMessage(buf, Envelope.codec(), opts)
  }
}
