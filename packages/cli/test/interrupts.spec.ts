import { expect } from 'chai'
import { Interrupts } from '../src/interrupts.ts'

describe('interrupts', () => {
  function make (): { interrupts: Interrupts, codes: number[], clock: { ms: number } } {
    const codes: number[] = []
    const clock = { ms: 1000 }
    return { interrupts: new Interrupts(code => codes.push(code), () => clock.ms), codes, clock }
  }

  it('the first asks to leave politely, the second leaves now', () => {
    const { interrupts, codes, clock } = make()
    expect(interrupts.signal.aborted).to.equal(false)
    interrupts.interrupt()
    expect(interrupts.signal.aborted).to.equal(true)
    expect(codes).to.deep.equal([])
    clock.ms += 500
    interrupts.interrupt()
    expect(codes).to.deep.equal([130])
  })

  it('one ctrl-c that arrives twice, as npm passes it on, is one', () => {
    const { interrupts, codes, clock } = make()
    interrupts.interrupt()
    clock.ms += 20
    interrupts.interrupt()
    expect(codes).to.deep.equal([])
  })
})
