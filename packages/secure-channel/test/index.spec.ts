import { expect } from 'chai'
import * as entry from '../src/index.ts'

describe('@kadmium/secure-channel', () => {
  it('loads', () => {
    expect(entry).to.be.an('module')
  })
})
