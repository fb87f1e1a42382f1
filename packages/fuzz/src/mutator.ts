import type { Random } from '@kadmium/interface'
import { PLAINTEXT_FRAME_BYTES } from '@kadmium/wire'
import { bytesOf, parseFields, writeFields } from './protobuf.ts'
import type { Field } from './protobuf.ts'

/** Where limits are, and one beside. */
const LENGTHS = [0, 1, 4, 6, 8, 16, 17, 18, 19, 20, 21, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 255, 256, 257, 850, 851, 1200]
const NUMBERS = [0, 1, 2, 3, 4, 127, 128, 255, 256, 65_535, 65_536, 172_800, 172_801, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53]
const WORDS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '/kadmium/kad/1.0.0', '\ud800', '\u0000', 'ÿ']
  .map(word => new TextEncoder().encode(word))
const FRAME_TYPE = 0x10
const FRAME_LENGTH_AT = PLAINTEXT_FRAME_BYTES - 2

/** Bends bytes, and messages in ways that keep the rest of them readable, so that what lies deep is reached too. */
export class Mutator {
  readonly #random: Random

  constructor (random: Random) {
    this.#random = random
  }

  pick<T> (items: readonly T[]): T {
    return items[this.#random.below(items.length)] as T
  }

  chance (oneIn: number): boolean {
    return this.#random.below(oneIn) === 0
  }

  /** A message, or a plaintext frame with one, bent one to four times. `others` lend it their parts. */
  bend (sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    if (sample[0] === FRAME_TYPE && sample.length >= PLAINTEXT_FRAME_BYTES && !this.chance(4)) return this.#bendFrame(sample, others)
    let bytes = sample
    for (let times = 1 + this.#random.below(4); times > 0; times--) {
      bytes = this.chance(3) ? this.bendBytes(bytes, others) : this.#bendMessage(bytes, others)
    }
    return bytes
  }

  /** Header and all: as wires and forgers do. */
  bendBytes (sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const at = this.#random.below(sample.length + 1)
    switch (this.#random.below(8)) {
      case 0: return replaced(sample, at, (sample[at] ?? 0) ^ (1 << this.#random.below(8)))
      case 1: return replaced(sample, at, this.pick([0, 1, 127, 128, 255]))
      case 2: return sample.slice(0, at)
      case 3: return sample.slice(at)
      case 4: return joined(sample.subarray(0, at), this.#random.bytes(1 + this.#random.below(8)), sample.subarray(at))
      case 5: return joined(sample.subarray(0, at), sample.subarray(at + 1 + this.#random.below(8)))
      case 6: return joined(sample.subarray(0, at), this.pick(others).subarray(at))
      default: return this.chance(20) ? this.#random.bytes(this.pick(LENGTHS)) : joined(sample.subarray(0, at), sample.subarray(at >> 1))
    }
  }

  /** A text of an address or an id. */
  bendText (sample: string): string {
    const at = this.#random.below(sample.length + 1)
    const piece = this.pick(['', '0', ':', '::', '[', ']', '/', '.', '%', '-1', '65536', '/udp/', '/ip6/', '256', 'ffff:', '\u0000', 'é', ' ', '__proto__', 'z'.repeat(200)])
    return sample.slice(0, at) + piece + sample.slice(at + this.#random.below(3))
  }

  #bendFrame (sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const length = (sample[FRAME_LENGTH_AT]! << 8) + sample[FRAME_LENGTH_AT + 1]!
    const message = this.bend(sample.slice(PLAINTEXT_FRAME_BYTES, PLAINTEXT_FRAME_BYTES + length), others.map(messageOf))
    const frame = joined(sample.subarray(0, PLAINTEXT_FRAME_BYTES), message)
    frame[FRAME_LENGTH_AT] = message.length >> 8
    frame[FRAME_LENGTH_AT + 1] = message.length & 255
    return frame
  }

  #bendMessage (sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const fields = parseFields(sample)
    if (fields === undefined) return this.bendBytes(sample, others)
    const list = this.pick(allLists(fields))
    this.#bendField(list, this.#random.below(list.length), others)
    return writeFields(fields)
  }

  #bendField (list: Field[], at: number, others: readonly Uint8Array[]): void {
    const field = list[at]!
    switch (this.#random.below(14)) {
      case 0: list.splice(at, 1); break
      case 1: list.splice(at, 0, { ...field }); break
      case 2: list.push(...list.splice(at, 1)); break
      case 3: field.number = this.pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 30, 31, 32, 2 ** 29 - 1]); break
      case 4: field.wire = this.#random.below(8); break
      case 5: field.length = this.pick(NUMBERS); break
      case 6: list.splice(at, 0, { number: 20 + this.#random.below(100), wire: 2, value: this.#random.bytes(this.#random.below(20)) }); break
      case 7: this.#graft(list, at, others); break
      case 8: list[at] = { number: field.number, wire: 2, value: [{ ...field }, { ...field }] }; break
      case 9: field.value = this.pick(WORDS); break
      case 10: field.long = true; break
      case 11: if (this.chance(8)) list.splice(at, 0, ...Array.from({ length: this.pick([200, 255, 256, 260]) }, () => ({ number: 25, wire: 0, value: 1 }))); break
      default: this.#bendValue(field, others)
    }
  }

  #bendValue (field: Field, others: readonly Uint8Array[]): void {
    if (typeof field.value === 'number') field.value = this.pick(NUMBERS)
    else if (this.chance(2)) field.value = resized(bytesOf(field.value), this.pick(LENGTHS))
    else field.value = this.bendBytes(bytesOf(field.value), others)
  }

  #graft (list: Field[], at: number, others: readonly Uint8Array[]): void {
    const donor = parseFields(this.pick(others))
    if (donor !== undefined) list.splice(at, this.#random.below(2), this.pick(this.pick(allLists(donor))))
  }
}

function messageOf (sample: Uint8Array): Uint8Array {
  return sample[0] === FRAME_TYPE ? sample.subarray(PLAINTEXT_FRAME_BYTES) : sample
}

/** The message's fields, and those of the messages in it. */
function allLists (fields: Field[]): Field[][] {
  return [fields, ...fields.flatMap(({ value }) => Array.isArray(value) && value.length > 0 ? allLists(value) : [])]
}

function replaced (bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = bytes.slice()
  if (at < copy.length) copy[at] = byte
  return copy
}

function resized (bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  out.set(bytes.subarray(0, length))
  return out
}

function joined (...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
