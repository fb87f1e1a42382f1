import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import * as wire from '../src/index.ts'
import { DOCUMENT, examplesIn, refreshed, sizeRowsIn } from './document.ts'
import type { Golden } from './golden.ts'

const text = readFileSync(DOCUMENT, 'utf8')
const { datagrams } = JSON.parse(readFileSync('../../test-fixtures/datagrams.json', 'utf8')) as { datagrams: Golden[] }
const byName = new Map(datagrams.map(({ name, datagram }) => [name, datagram]))

describe('docs/wire-protocol.md', () => {
  for (const { name, hex } of examplesIn(text)) {
    it(`example ${name} is the golden datagram`, () => { expect(hex).to.equal(byName.get(name)) })
  }

  it('shows each kind of message', () => {
    expect(examplesIn(text).map(({ name }) => name)).to.include.members([
      'ping-request', 'ping-response', 'session-proof', 'find-node-request', 'find-node-response', 'store-request', 'stored-response',
      'find-value-request', 'found-value-response', 'not-found-response', 'error-token-required'
    ])
  })

  it('has a size row for each cell of the table', () => {
    const cells = datagrams.map(({ name }) => name).filter(name => name.startsWith('size-'))
    expect(sizeRowsIn(text).map(row => row.split('`')[1])).to.deep.equal(cells)
  })

  it('has examples and sizes as the code gives them: npm run fixtures writes them', () => {
    expect(refreshed(text, datagrams)).to.equal(text)
  })

  it('names each limit with its value', () => {
    for (const [name, value] of Object.entries(wire)) {
      if (typeof value === 'number') expect(text, name).to.match(new RegExp(`^\\| \`${name}\` \\| ${value.toLocaleString('en-US')} \\|`, 'm'))
    }
  })
})
