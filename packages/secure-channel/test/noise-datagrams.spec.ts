import { readFileSync } from 'node:fs'
import { systemNoiseCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import { DOCUMENT, FIXTURES, exampleNames, refreshed } from './noise-document.ts'
import { goldenDatagrams, noiseFixtures } from './noise-golden.ts'

const providers = (['node', 'sodium'] as const).filter(cryptoProvider => {
  try {
    systemNoiseCrypto({ cryptoProvider })
    return true
  } catch {
    return false
  }
})

describe('noise: golden datagrams', () => {
  for (const cryptoProvider of providers) {
    it(`are what the channel says with ${cryptoProvider}, byte for byte`, () => {
      expect(noiseFixtures(systemNoiseCrypto({ cryptoProvider }))).to.deep.equal(JSON.parse(readFileSync(FIXTURES, 'utf8')))
    })
  }

  it('are the examples of the protocol page, all of them', () => {
    const text = readFileSync(DOCUMENT, 'utf8')
    expect(refreshed(text, goldenDatagrams())).to.equal(text)
    expect(exampleNames(text)).to.deep.equal(goldenDatagrams().map(({ name }) => name))
  })

  it('say nothing in clear: no message, no key of the initiator', () => {
    const { initiator, datagrams } = noiseFixtures()
    for (const { name, datagram, message } of datagrams) {
      for (const secret of [initiator.publicKey, initiator.x25519, ...(message === '' ? [] : [message.slice(-40)])]) {
        expect(datagram.includes(secret), name).to.equal(false)
      }
    }
  })
})
