import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Find, fuzz, targetsNamed } from '../src/campaign.ts'
import { Corpus } from '../src/corpus.ts'
import { Mutator } from '../src/mutator.ts'
import { parseFields, varint, writeFields } from '../src/protobuf.ts'
import type { Target } from '../src/target.ts'

const SEED = 20_240_611
const corpus = new Corpus()

/** A target with a mistake that bytes of a certain kind bring to light. */
function planted (run: Target['run'], more: Partial<Target> = {}): Target {
  return { name: 'planted', samples: [Uint8Array.from([8, 1, 18, 4, 1, 2, 3, 4]), Uint8Array.from([8, 2])], run, ...more }
}

function findOf (target: Target, seed = SEED): Promise<unknown> {
  return fuzz({ seed, count: 20_000, targets: [target], corpus }).then(() => undefined, (error: unknown) => error)
}

describe('the fuzzer', () => {
  it(`row 17: finds nothing, seed ${SEED}`, async () => {
    const report = await fuzz({ seed: SEED, count: 24_000, targets: await targetsNamed(), corpus })
    expect(report.inputs).to.equal(24_000)
    expect(report.targets.size).to.equal(20)
    for (const [name, { inputs, outcomes }] of report.targets) {
      expect(inputs, name).to.be.above(1_000)
      expect(outcomes, name).to.be.at.least(2)
    }
    expect(report.targets.get('message-plaintext')?.outcomes).to.be.at.least(6)
    expect(report.targets.get('stream-framing')?.outcomes, 'none to three messages, and each end').to.be.at.least(12)
    expect(report.targets.get('stream-noise')?.outcomes).to.be.at.least(5)
    expect(report.targets.get('datagram-noise')?.outcomes).to.be.at.least(10)
  }).timeout(30_000)

  for (const [what, target] of [
    ['an exception', planted(bytes => { if (bytes[1] === 3) throw new TypeError('oops'); return '' })],
    ['a rejection', planted(bytes => bytes.length === 7 ? Promise.reject(new TypeError('oops')) : Promise.resolve(''))],
    ['what only shows later', planted(() => '', { check: () => Promise.reject(new Error('silent')) })],
    ['a longer length than there are bytes', planted(bytes => { if (bytes[0] === 8 && bytes[2] === 18 && bytes[3]! > 100) throw new Error('deep'); return '' })]
  ] as const) {
    it(`finds ${what}, and the same again with the same seed`, async () => {
      const first = await findOf(target)
      expect(first).to.be.instanceOf(Find)
      const again = await findOf(target)
      expect((again as Find).input).to.deep.equal((first as Find).input)
      expect((again as Find).index).to.equal((first as Find).index)
    })
  }

  it('finds what changes Object.prototype', async () => {
    const dirty = planted(bytes => {
      if (bytes.length > 8) Reflect.defineProperty(Object.prototype, 'dirt', { value: 1, configurable: true })
      return ''
    })
    const find = await findOf(dirty)
    Reflect.deleteProperty(Object.prototype, 'dirt')
    expect(find).to.be.instanceOf(Find).with.property('message').that.contains('Object.prototype')
  })

  it('keeps inputs that had a new outcome where it is told to, and starts from them the next time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'corpus-'))
    const own = new Corpus(pathToFileURL(folder + '/'))
    const seen: string[] = []
    const target = planted(bytes => { seen.push(String(bytes)); return String(bytes.length) })
    const init = { seed: SEED, count: 3_000, targets: [target], corpus: own }
    expect((await fuzz(init)).added).to.equal(0)
    const { added } = await fuzz({ ...init, add: true })
    expect(added).to.be.within(5, 64)
    const lines = readFileSync(join(folder, 'planted.txt'), 'utf8').trim().split('\n')
    expect(lines).to.have.lengthOf(added)
    seen.length = 0
    await fuzz({ ...init, count: 2 + added, seed: 'another' })
    expect(seen.slice(2)).to.deep.equal(own.inputs('planted').map(String))
    rmSync(folder, { recursive: true })
  })

  it('says which targets there are, when asked for another', async () => {
    expect(await targetsNamed(['nothing']).then(() => '', (error: Error) => error.message)).to.contain('kad-request')
    expect((await targetsNamed(['kad-'])).map(({ name }) => name)).to.deep.equal(['kad-request', 'kad-response'])
  })
})

describe('structure', () => {
  it('what is taken to pieces and put together again is the same', async () => {
    for (const { name, samples } of await targetsNamed(['envelope', 'kad-', 'record'])) {
      for (const sample of samples) expect(writeFields(parseFields(sample) ?? []), name).to.deep.equal(sample)
    }
    fc.assert(fc.property(fc.maxSafeNat(), value => parseFields(Uint8Array.from([8, ...varint(value)]))?.[0]?.value === value), { seed: SEED })
  })

  it('most bent messages are no garbage: a good part still parses', async () => {
    const [{ samples } = { samples: [] }] = await targetsNamed(['kad-request'])
    const mutator = new Mutator(seededRandom(SEED))
    const bent = Array.from({ length: 2_000 }, () => mutator.bend(mutator.pick(samples), samples))
    expect(bent.filter(bytes => parseFields(bytes) !== undefined).length).to.be.above(500)
    expect(new Set(bent.map(String)).size).to.be.above(1_500)
  })
})
