import { expect } from 'chai'
import * as entry from '../src/index.ts'

describe('@kadmium/peer-id', () => {
  it('loads', () => {
    expect(entry).to.be.an('module')
  })
})
