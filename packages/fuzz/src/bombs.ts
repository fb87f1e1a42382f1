/** Messages that are small for what they claim: what a decoder must turn away before it has worked for it. */
import { decoderTargets } from './decoders.ts'
import { varint } from './protobuf.ts'

/** A message in a message in a message … */
export function nested (field: number, depth: number): Uint8Array {
  const head: number[][] = []
  let length = 0
  for (let level = 0; level < depth; level++) {
    head.push([...varint(field * 8 + 2), ...varint(length)])
    length += head[level]!.length
  }
  return Uint8Array.from(head.reverse().flat())
}

export function repeated (unit: readonly number[], times: number): Uint8Array {
  return Uint8Array.from(Array.from({ length: times }, () => unit).flat())
}

const ROUNDS = 50

/** How long the slowest decoder takes to turn away the slowest bomb, in milliseconds. */
export function slowestRefusalMs (): number {
  const decoders = decoderTargets().filter(({ name }) => ['envelope', 'kad-request', 'kad-response', 'record', 'peer-record'].includes(name))
  const bombs = [1, 2, 3, 4, 5, 6].flatMap(field => [
    nested(field, 10_000), repeated([...varint(field * 8 + 2), 0], 100_000), Uint8Array.from([...varint(field * 8 + 2), ...varint(2 ** 31), 1, 2, 3, 4])
  ])
  return Math.max(...decoders.flatMap(({ decode }) => bombs.map(bomb => refusalMs(() => decode?.(bomb)))))
}

/** The best of many, once the code is compiled. */
function refusalMs (refuse: () => unknown): number {
  let best = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    refuse()
    best = Math.min(best, performance.now() - start)
  }
  return best
}
