import { expect } from 'chai'
import * as entry from '../src/index.ts'

describe('@kadmium/interface', () => {
  it('loads', () => {
    expect(entry).to.be.an('module')
  })
})
