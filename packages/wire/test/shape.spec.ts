import { expect } from 'chai'
import { MAX_FIELDS } from '../src/index.ts'
import { checkShape } from '../src/shape.ts'
import type { Shape } from '../src/shape.ts'
import { bytesField, varint, varintField } from './protobuf.ts'

const INNER: Shape = [undefined, { type: 'bytes', min: 1, max: 4 }]
const SHAPE: Shape = [
  undefined,
  { type: 'varint', min: 1, max: 300 },
  { type: 'bytes', min: 2, max: 3 },
  { type: 'text', min: 0, max: 8 },
  { type: 'message', shape: INNER, max: 2 }
]

const check = (...bytes: (number | readonly number[])[]): string | undefined => checkShape(Uint8Array.from(bytes.flat()), SHAPE)

describe('shape', () => {
  it('accepts what fits, at each limit', () => {
    expect(check()).to.equal(undefined)
    expect(check(varintField(1, 1), bytesField(2, [1, 2]), bytesField(3, []), bytesField(4, bytesField(1, [1])))).to.equal(undefined)
    expect(check(varintField(1, 300), bytesField(2, [1, 2, 3]))).to.equal(undefined)
  })

  it('checks every length and value against its field', () => {
    expect(check(varintField(1, 0))).to.equal('field 1 out of range')
    expect(check(varintField(1, 301))).to.equal('field 1 out of range')
    expect(check(bytesField(2, [1]))).to.equal('field 2 out of range')
    expect(check(bytesField(2, [1, 2, 3, 4]))).to.equal('field 2 out of range')
    expect(check(bytesField(4, bytesField(1, [])))).to.equal('field 1 out of range')
  })

  it('checks every length against what is left, in nested messages against their own end', () => {
    expect(check([2 * 8 + 2, 3, 1, 2])).to.equal('length beyond the end')
    expect(check([2 * 8 + 2, ...varint(0x7fffffff), 1, 2])).to.equal('length beyond the end')
    expect(check(bytesField(4, [1 * 8 + 2, 2, 9]), [9, 9])).to.equal('length beyond the end')
    expect(check([9 * 8 + 1, 1, 2, 3])).to.equal('length beyond the end')
    expect(check([9 * 8 + 5, 1, 2, 3])).to.equal('length beyond the end')
    expect(check([9 * 8 + 2, 4, 1, 2, 3])).to.equal('length beyond the end')
  })

  it('refuses varints that end too late, are cut short or longer than they need to be', () => {
    expect(check([8, 0x80])).to.equal('bad varint')
    expect(check([8, 0x81, 0x00])).to.equal('bad varint')
    expect(check([8, ...new Array<number>(9).fill(0xff), 1])).to.equal('bad varint')
    expect(check([9 * 8, ...new Array<number>(7).fill(0xff), 0x1f])).to.equal('bad varint')
    expect(check([9 * 8, ...new Array<number>(7).fill(0xff), 0x0f])).to.equal(undefined)
    expect(check([9 * 8, 0x80])).to.equal('bad varint')
    expect(check([9 * 8 + 2, 0x80])).to.equal('bad varint')
  })

  it('refuses field number 0, tags beyond 32 bits, groups and wire types that do not fit their field', () => {
    expect(check([2, 1, 1])).to.equal('bad tag')
    expect(check([...varint(0x1_0000_0000 + 8), 1])).to.equal('bad tag')
    for (const wireType of [3, 4, 6, 7]) expect(check([9 * 8 + wireType])).to.equal('bad wire type')
    expect(check(bytesField(1, [1]))).to.equal('bad wire type')
    expect(check(varintField(2, 2))).to.equal('bad wire type')
  })

  it('refuses a singular field that comes twice, and a repeated one beyond its limit', () => {
    expect(check(varintField(1, 1), varintField(1, 1))).to.equal('field 1 too often')
    const inner = bytesField(4, bytesField(1, [1]))
    expect(check(inner, inner)).to.equal(undefined)
    expect(check(inner, inner, inner)).to.equal('field 4 too often')
  })

  it('refuses a message of too many fields, unknown ones included', () => {
    const unknown = (count: number): number[] => Array.from({ length: count }, () => varintField(9, 1)).flat()
    expect(check(unknown(MAX_FIELDS))).to.equal(undefined)
    expect(check(unknown(MAX_FIELDS + 1))).to.equal('too many fields')
  })
})
