import { expect } from 'chai'
import { Lifecycle } from '../src/lifecycle.ts'

interface Gate { open: () => void, fail: (error: Error) => void, passed: Promise<void> }

function gate (): Gate {
  let open = (): void => {}
  let fail = (_error: Error): void => {}
  const passed = new Promise<void>((resolve, reject) => { open = resolve; fail = reject })
  return { open, fail, passed }
}

function traced (up: () => Promise<void>): { lifecycle: Lifecycle, steps: string[] } {
  const steps: string[] = []
  const lifecycle = new Lifecycle({
    up: async () => { steps.push('up'); await up() },
    down: async () => { steps.push('down') },
    interrupt: () => { steps.push('interrupt') }
  })
  return { lifecycle, steps }
}

const outcome = (promise: Promise<void>): Promise<string> => promise.then(() => 'resolved', (error: Error) => error.name)

describe('Lifecycle', () => {
  it('starts once for two starts, stops once for two stops, and starts again after a stop', async () => {
    const { lifecycle, steps } = traced(async () => {})
    await Promise.all([lifecycle.start(), lifecycle.start()])
    await lifecycle.start()
    expect(lifecycle.status).to.equal('started')
    await Promise.all([lifecycle.stop(), lifecycle.stop()])
    await lifecycle.stop()
    expect(lifecycle.status).to.equal('stopped')
    await lifecycle.start()
    expect(steps).to.deep.equal(['up', 'down', 'up'])
  })

  it('stop during start: the stop resolves, the start rejects, nothing is left', async () => {
    const binding = gate()
    const { lifecycle, steps } = traced(() => binding.passed)
    const started = outcome(lifecycle.start())
    const stopped = [outcome(lifecycle.stop()), outcome(lifecycle.stop())]
    expect(lifecycle.status).to.equal('stopping')
    binding.open()
    expect(await started).to.equal('NotStartedError')
    expect(await Promise.all(stopped)).to.deep.equal(['resolved', 'resolved'])
    expect(lifecycle.status).to.equal('stopped')
    expect(steps).to.deep.equal(['up', 'interrupt', 'down'])
  })

  it('stop during a start that then fails: the same', async () => {
    const binding = gate()
    const { lifecycle, steps } = traced(() => binding.passed)
    const started = outcome(lifecycle.start())
    const stopped = outcome(lifecycle.stop())
    binding.fail(new RangeError('cannot bind'))
    expect(await started).to.equal('NotStartedError')
    expect(await stopped).to.equal('resolved')
    expect(steps).to.deep.equal(['up', 'interrupt', 'down'])
  })

  it('a start that fails leaves nothing behind, says why, and can be tried again', async () => {
    let broken = true
    const { lifecycle, steps } = traced(async () => { if (broken) throw new RangeError('cannot bind') })
    expect(await outcome(lifecycle.start())).to.equal('RangeError')
    expect(lifecycle.status).to.equal('stopped')
    broken = false
    expect(await outcome(lifecycle.start())).to.equal('resolved')
    expect(steps).to.deep.equal(['up', 'down', 'up'])
  })

  it('start during a stop starts afterwards', async () => {
    const { lifecycle, steps } = traced(async () => {})
    await lifecycle.start()
    const stopped = lifecycle.stop()
    const started = lifecycle.start()
    await Promise.all([stopped, started])
    expect(lifecycle.status).to.equal('started')
    expect(steps).to.deep.equal(['up', 'down', 'up'])
  })

  it('stop without start resolves', async () => {
    const { lifecycle, steps } = traced(async () => {})
    await lifecycle.stop()
    expect(steps).to.be.empty
  })
})
