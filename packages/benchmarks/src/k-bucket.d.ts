/** What the benchmark uses of k-bucket 5.1, which has no types of its own. */
declare module 'k-bucket' {
  export default class KBucket {
    constructor (options: { localNodeId: Uint8Array, numberOfNodesPerKBucket: number })
    on (event: 'ping', listener: () => void): void
    add (contact: { id: Uint8Array }): void
    closest (id: Uint8Array, n: number): Array<{ id: Uint8Array }>
    toArray (): Array<{ id: Uint8Array }>
  }
}
