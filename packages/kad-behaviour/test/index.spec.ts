import { expect } from 'chai'
import * as entry from '../src/index.ts'

describe('@kadmium/kad-behaviour', () => {
  it('loads', () => {
    expect(entry).to.be.an('module')
  })
})
