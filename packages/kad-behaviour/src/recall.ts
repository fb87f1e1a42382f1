/** Takes up what earlier runs have left. */
import { equalBytes } from '@kadmium/records'
import type { SequenceNumbers } from '@kadmium/records'
import type { KadContext } from './context.ts'
import type { OwnState, OwnStateWriter } from './own-state.ts'
import type { Publications } from './publications.ts'

export interface Recalling {
  readonly kad: KadContext
  readonly sequence: SequenceNumbers
  readonly publications: Publications
  readonly ownState: OwnStateWriter
}

/** Wall-clock times of an earlier run become times of this one. A clock that has stepped back makes nothing due later. */
export function recall ({ earlier }: OwnState, { kad, sequence, publications, ownState }: Recalling): void {
  const { clock, identity } = kad.components
  const { signers = [], kept = [], sequence: latest, networkSize } = earlier
  const [now, wall] = [clock.now(), clock.wallNow()]
  if (latest !== undefined) sequence.observe(latest)
  if (networkSize !== undefined) kad.size.recall({ nodes: networkSize.size, measuredAt: now - Math.max(0, wall - networkSize.measuredAt) })
  for (const { record, endsAt } of kept) kad.kept.recall(record, now + endsAt - wall, now)
  for (const { record, publishedAt } of earlier.publications) {
    const signer = [identity, ...signers].find(({ publicKey }) => record.publisher === undefined || equalBytes(record.publisher, publicKey))
    if (signer !== undefined) publications.recall(record, signer, now, wall - publishedAt)
    else if (publishedAt + record.ttl * 1000 <= wall) ownState.forgotten(record)
  }
}
