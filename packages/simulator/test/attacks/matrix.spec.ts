import { expect } from 'chai'
import { figureText, holds } from './row.ts'
import type { Figure } from './row.ts'
import { MUTATIONS, ROWS } from './rows.ts'

const SEED = 1

function check (figures: readonly Figure[]): void {
  console.log(`      seed ${SEED}: ${figures.map(figureText).join('; ')}`)
  for (const figure of figures) expect(holds(figure), figureText(figure)).to.equal(true)
}

describe('attacks on a network', function () {
  this.timeout(300_000)
  for (const { row, title, small, run } of ROWS) {
    it(`row ${row}: ${title}`, async () => { check(await run({ ...small, seed: SEED })) })
  }
})

describe('attacks on a network that lacks one defence succeed', function () {
  this.timeout(300_000)
  for (const { row, without, small, run } of MUTATIONS) {
    it(`row ${row}: without ${without}`, async () => { check(await run({ ...small, seed: SEED })) })
  }
})
