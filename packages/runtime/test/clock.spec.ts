import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { systemClock } from '../src/index.ts'

describe('systemClock', () => {
  it('tells monotonic and wall time', () => {
    const clock = systemClock()
    const before = clock.now()
    expect(clock.now()).to.be.at.least(before)
    expect(clock.wallNow()).to.be.within(1_700_000_000_000, Date.now())
  })

  it('fires what is due, not what was cancelled nor what is due after more than 2^31 ms', async () => {
    const clock = systemClock()
    const fired: string[] = []
    const late = clock.setTimeout(() => { fired.push('late') }, 4_000_000_000)
    clock.clearTimeout(clock.setTimeout(() => { fired.push('cancelled') }, 1))
    const alive = setInterval(() => {}, 1000)
    await new Promise<void>(resolve => { clock.setTimeout(resolve, 10) })
    clearInterval(alive)
    clock.clearTimeout(late)
    expect(fired).to.deep.equal([])
  })

  it('refuses a delay that is no number', () => {
    expect(() => systemClock().setTimeout(() => {}, NaN)).to.throw('delayMs: expected a finite number')
  })

  it('does not keep a process alive (U3)', () => {
    const program = `import { systemClock } from '${new URL('../src/index.js', import.meta.url).href}'
      systemClock().setTimeout(() => { console.log('kept alive') }, 20000)`
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 10_000 })).to.equal('')
  })
})
