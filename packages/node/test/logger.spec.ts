import { expect } from 'chai'
import { LOG_LEVELS, componentLogger } from '../src/index.ts'

describe('componentLogger', () => {
  const told = (level: typeof LOG_LEVELS[number]): string[] => {
    const lines: string[] = []
    const log = componentLogger(level, line => lines.push(line)).forComponent('swarm')
    log.error('broken: %e', new Error('why'))
    log('peer %p at %s', 'abc', 'here')
    log.trace('step %d', 1)
    log.newScope('kad')('scoped')
    return lines
  }

  it('tells at each level what belongs to it and to those before it', () => {
    const error = ['swarm: error: broken: why\n']
    const debug = [...error, 'swarm peer abc at here\n', 'swarm:kad scoped\n']
    expect(told('error')).to.deep.equal(error)
    expect(told('info')).to.deep.equal(error)
    expect(told('debug')).to.deep.equal(debug)
    expect(told('trace')).to.have.members([...debug, 'swarm step 1\n'])
  })

  it('says whether a message would be told, so that nobody formats in vain', () => {
    expect(LOG_LEVELS.map(level => componentLogger(level, () => {}).forComponent('x').enabled)).to.deep.equal([false, false, true, true])
  })
})
