import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { signRecord, signTombstone } from '@kadmium/records'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { expect } from 'chai'
import type { KadRecord } from '@kadmium/interface'
import { Publications } from '../../src/publications.ts'
import { text } from '../network.ts'

const signer = createIdentity(generatePrivateKey(seededRandom('signer')), systemCrypto())
const HOUR_MS = 3_600_000
const KEY = text('key')

const valueOf = (seq: number): KadRecord => signRecord({ key: KEY, value: text(`value ${seq}`), ttl: 172_800, seq }, signer)

function publications (max = 10): { all: Publications, kept: number[], left: number[] } {
  const [kept, left]: [number[], number[]] = [[], []]
  return { all: new Publications({ max, intervalMs: 22 * HOUR_MS, onKept: ({ seq }) => kept.push(seq), onLeft: ({ seq }) => left.push(seq) }), kept, left }
}

describe('publications, whose puts end in any order', () => {
  it('an older put that ends last does not bring its value back', () => {
    const { all, kept } = publications()
    all.begins(valueOf(1))
    all.begins(valueOf(2))
    all.published(valueOf(2), signer, 0)
    all.published(valueOf(1), signer, 10)
    expect(kept).to.deep.equal([2])
    expect(all.due(22 * HOUR_MS, 1).map(({ record }) => record.seq)).to.deep.equal([3])
  })

  it('what is removed while it is put anew stays removed', () => {
    const { all, left } = publications()
    all.published(valueOf(1), signer, 0)
    const [again] = all.due(22 * HOUR_MS, 1)
    const tombstone = signTombstone({ key: KEY, seq: all.seqOf({ key: KEY, publisher: signer.publicKey })! + 1 }, signer)
    all.begins(tombstone)
    all.published(tombstone, signer, 22 * HOUR_MS)
    all.published(again!.record, signer, 22 * HOUR_MS + 1)
    expect([all.size, left]).to.deep.equal([0, [1]])
  })

  it('what was forgotten while it is put anew stays forgotten, and a new put of the key counts', () => {
    const { all } = publications()
    all.published(valueOf(1), signer, 0)
    const [again] = all.due(22 * HOUR_MS, 1)
    all.forget(again!.record)
    all.published(again!.record, signer, 22 * HOUR_MS)
    expect(all.size).to.equal(0)
    all.begins(valueOf(9))
    all.published(valueOf(9), signer, 22 * HOUR_MS)
    expect(all.size).to.equal(1)
  })

  it('a value put while an older one is put anew is the one that is renewed next', () => {
    const { all } = publications()
    all.published(valueOf(1), signer, 0)
    const [again] = all.due(22 * HOUR_MS, 1)
    all.begins(valueOf(50))
    all.published(valueOf(50), signer, 22 * HOUR_MS)
    all.published(again!.record, signer, 22 * HOUR_MS + 1)
    const [next] = all.due(44 * HOUR_MS + 1, 1)
    expect(next!.record).to.deep.include({ seq: 51, value: text('value 50') })
  })
})
