import { readFileSync } from 'node:fs'
import { Refusal } from '@kadmium/interface'
import { decodeRecord, encodeRecord, recordSigningBytes } from '@kadmium/wire'
import { systemCompressor } from '@kadmium/runtime'
import { expect } from 'chai'
import { verifyRecord } from '../src/index.ts'
import { fixtures, hex } from './golden.ts'
import { crypto } from './people.ts'

const file = JSON.parse(readFileSync('../../test-fixtures/records.json', 'utf8')) as typeof fixtures

describe('golden records', () => {
  it('are those that this version signs, so that the format cannot change unseen', () => {
    expect(file).to.deep.equal(JSON.parse(JSON.stringify(fixtures)))
  })

  for (const { name, encoded, signingBytes, refusal } of file.records) {
    it(`${name}: ${refusal ?? 'verifies'}`, () => {
      const record = decodeRecord(Buffer.from(encoded, 'hex'))
      if (record instanceof Refusal) throw new Error(record.reason)
      expect(verifyRecord(record, crypto, { compressor: systemCompressor() })).to.equal(refusal)
      expect(hex(encodeRecord(record))).to.equal(encoded)
      if (signingBytes !== undefined) expect(hex(recordSigningBytes(record))).to.equal(signingBytes)
    })
  }
})
