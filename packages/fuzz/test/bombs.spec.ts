import { expect } from 'chai'
import { nested, repeated } from '../src/bombs.ts'
import { targetsNamed } from '../src/campaign.ts'
import { heapBytes } from '../src/heap.ts'
import { isPrototypeClean } from '../src/prototype.ts'
import { varint } from '../src/protobuf.ts'
import type { Target } from '../src/target.ts'

const OBJECT_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', '__defineGetter__', 'hasOwnProperty']
const MESSAGES = ['envelope', 'kad-request', 'kad-response', 'record', 'peer-record']

describe('row 18: protobuf bombs', () => {
  let targets: Target[]

  before(async () => { targets = await targetsNamed([...MESSAGES, 'datagram', 'message', 'answer']) })
  after(async () => { for (const { stop } of targets) await stop?.() })

  /** At every decoder, and inside whatever a node that runs will open. */
  async function everywhere (bomb: Uint8Array, refused = true): Promise<void> {
    for (const target of targets) {
      const outcome = await target.run(bomb.slice())
      if (refused && MESSAGES.includes(target.name)) expect(outcome, target.name).to.match(/^refused: /)
      await target.check?.()
    }
    expect(isPrototypeClean()).to.equal(true)
  }

  for (let field = 1; field <= 11; field++) {
    it(`ten thousand messages in one another, in field ${field}`, () => everywhere(nested(field, 10_000)))
  }

  for (const [what, length] of [['2^31', 2 ** 31], ['2^32 - 1', 2 ** 32 - 1], ['2^32 + 4', 2 ** 32 + 4], ['2^53 - 1', 2 ** 53 - 1], ['2^53', 2 ** 53]] as const) {
    it(`a length of ${what} in every field`, async () => {
      for (let field = 1; field <= 12; field++) await everywhere(Uint8Array.from([...varint(field * 8 + 2), ...varint(length), 1, 2, 3, 4]))
    })
  }

  it('a hundred thousand empty fields, known and unknown', async () => {
    for (const field of [1, 2, 3, 5, 6, 20, 100]) await everywhere(repeated([...varint(field * 8 + 2), 0], 100_000))
    await everywhere(repeated([8, 1], 100_000))
  })

  it('groups, which nest without lengths', () => everywhere(repeated([0x0b], 50_000)))

  it('varints that never end, or are longer than they need to be', async () => {
    await everywhere(repeated([0xff], 50_000))
    await everywhere(Uint8Array.from([8, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]))
  })

  for (const name of OBJECT_NAMES) {
    it(`'${name}' as every text and every bytes`, async () => {
      const text = new TextEncoder().encode(name)
      for (let field = 1; field <= 12; field++) await everywhere(Uint8Array.from([8, 1, ...varint(field * 8 + 2), text.length, ...text]), false)
      const request = [8, 1, 18, 8, 1, 2, 3, 4, 5, 6, 7, 8, 24, 2, 34, text.length, ...text]
      await everywhere(Uint8Array.from(request), false)
    })
  }

  it('none of them leaves anything behind', async () => {
    const bombs = [nested(5, 10_000), repeated([42, 0], 100_000), repeated([0xff], 50_000)]
    const decoders = targets.filter(({ name }) => MESSAGES.includes(name))
    const throwAll = (): void => { for (const bomb of bombs) for (const target of decoders) void target.run(bomb) }
    throwAll()
    const before = heapBytes()
    for (let i = 0; i < 50; i++) throwAll()
    expect(heapBytes() - before).to.be.below(2 * 1024 * 1024)
  })
})
