import { seededRandom } from '@kadmium/runtime'
import { expect } from 'chai'
import { Loss } from '../src/loss.ts'

/** The tries after so many answers, when each datagram is lost with this probability. */
function triesAt (loss: number, answers = 400, seed = 1): number {
  const random = seededRandom(seed)
  const measured = new Loss()
  for (let i = 0; i < answers; i++) measured.answered(random.float() < (1 - loss) * (1 - loss))
  return measured.tries
}

describe('Loss', () => {
  it('begins with three tries, and needs two after twenty answers that came at once', () => {
    const measured = new Loss()
    expect(measured.tries).to.equal(3)
    for (let i = 0; i < 20; i++) measured.answered(true)
    expect(measured.tries).to.equal(2)
  })

  it('one retry of a hundred is no reason for more', () => {
    const measured = new Loss()
    for (let i = 0; i < 10_000; i++) measured.answered(i % 100 !== 0)
    expect(measured.tries).to.equal(2)
  })

  for (const [loss, least, most] of [[0, 2, 2], [0.05, 3, 4], [0.1, 4, 5], [0.15, 5, 6], [0.3, 6, 6]] as const) {
    it(`at ${loss * 100} % of datagrams lost a request is sent up to ${least} to ${most} times`, () => {
      for (let seed = 1; seed <= 20; seed++) expect(triesAt(loss, 400, seed), `seed ${seed}`).to.be.within(least, most)
    })
  }

  it('learns within a hundred answers that a network is lossy, and forgets it within a thousand', () => {
    const measured = new Loss()
    for (let i = 0; i < 100; i++) measured.answered(i % 5 !== 0)
    expect(measured.tries).to.be.at.least(4)
    for (let i = 0; i < 1000; i++) measured.answered(true)
    expect(measured.tries).to.equal(2)
  })
})
