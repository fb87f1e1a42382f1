import { expect } from 'chai'
import { ListenError } from '@kadmium/interface'
import type { Endpoint } from '@kadmium/interface'
import { endpoint } from '@kadmium/wire'
import { bindTogether } from '../src/bind-together.ts'

const BOTH_FREE = [endpoint('0.0.0.0', 0), endpoint('::', 0)]

/** A machine where other programs hold some ports. */
class Machine {
  readonly bound = new Set<string>()
  readonly asked: string[] = []
  readonly #taken: (address: Endpoint) => boolean
  #nextFree = 1000

  constructor (taken: (address: Endpoint) => boolean) {
    this.#taken = taken
  }

  readonly bind = async (wanted: Endpoint) => {
    const address = wanted.port === 0 ? endpoint(wanted.host, this.#nextFree++) : wanted
    this.asked.push(wanted.text)
    if (this.#taken(address)) throw new ListenError('taken', 'EADDRINUSE')
    this.bound.add(address.text)
    return { address, close: async () => { this.bound.delete(address.text) } }
  }
}

describe('bindTogether', () => {
  it('tries another port when the one it was given is taken in the other family', async () => {
    const machine = new Machine(address => address.family === 6 && address.port < 1003)
    const bound = await bindTogether(BOTH_FREE, 20, machine.bind)
    expect(bound.map(({ address }) => address.text)).to.deep.equal(['0.0.0.0:1003', '[::]:1003'])
    expect([...machine.bound]).to.deep.equal(['0.0.0.0:1003', '[::]:1003'])
  })

  it('gives up after so many attempts, with nothing bound', async () => {
    const machine = new Machine(address => address.family === 6)
    const error = await bindTogether(BOTH_FREE, 3, machine.bind).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.have.property('code', 'EADDRINUSE')
    expect([machine.asked.length, machine.bound.size]).to.deep.equal([6, 0])
  })

  it('does not repeat what cannot succeed: a port that was asked for by number', async () => {
    const machine = new Machine(address => address.family === 6)
    const error = await bindTogether([endpoint('0.0.0.0', 80), endpoint('::', 80)], 20, machine.bind).then(() => undefined, (thrown: Error) => thrown)
    expect(error).to.have.property('code', 'EADDRINUSE')
    expect(machine.asked).to.deep.equal(['0.0.0.0:80', '[::]:80'])
  })

  it('leaves ports alone that were asked for by number', async () => {
    const machine = new Machine(() => false)
    const bound = await bindTogether([endpoint('0.0.0.0', 80), endpoint('::', 0)], 20, machine.bind)
    expect(bound.map(({ address }) => address.text)).to.deep.equal(['0.0.0.0:80', '[::]:1000'])
    const other = await bindTogether([endpoint('0.0.0.0', 0), endpoint('::', 80)], 20, machine.bind)
    expect(other.map(({ address }) => address.text)).to.deep.equal(['0.0.0.0:1001', '[::]:80'])
  })
})
