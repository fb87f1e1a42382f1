import { NodeColumn } from './node-column.ts'

/** Datagrams and bytes, in all or of one node. */
export interface TrafficCounts {
  readonly sent: number
  readonly received: number
  readonly bytesSent: number
  readonly bytesReceived: number
}

/** All datagrams of a run: those sent are received, lost or under way, and duplicates come on top. */
export interface NetworkCounts extends TrafficCounts {
  readonly lost: number
  readonly duplicated: number
  /** Sent from one side of a partition to the other. */
  readonly partitioned: number
  /** Sent to an address where no node was up. */
  readonly nobody: number
  /** Not let in by the receiver's address translator. */
  readonly filtered: number
  /** Dropped in front of a line that was too slow. */
  readonly congested: number
  /** Bytes of the largest datagram. */
  readonly largest: number
}

export type Fate = 'lost' | 'duplicated' | 'partitioned' | 'nobody' | 'filtered' | 'congested'

/** Counts what travels, by node. */
export class Traffic {
  readonly #sent = new NodeColumn()
  readonly #received = new NodeColumn()
  readonly #bytesSent = new NodeColumn()
  readonly #bytesReceived = new NodeColumn()
  readonly #fates: Record<Fate, number> = { lost: 0, duplicated: 0, partitioned: 0, nobody: 0, filtered: 0, congested: 0 }

  #largest = 0

  addNode (): void {
    for (const column of [this.#sent, this.#received, this.#bytesSent, this.#bytesReceived]) column.push(0)
  }

  sent (node: number, bytes: number): void {
    this.#sent.add(node, 1)
    if (bytes === 0) return
    this.#bytesSent.add(node, bytes)
    this.#largest = Math.max(this.#largest, bytes)
  }

  received (node: number, bytes: number): void {
    this.#received.add(node, 1)
    if (bytes > 0) this.#bytesReceived.add(node, bytes)
  }

  count (fate: Fate): void {
    this.#fates[fate]++
  }

  of (node: number): TrafficCounts {
    return {
      sent: this.#sent.get(node),
      received: this.#received.get(node),
      bytesSent: this.#bytesSent.get(node),
      bytesReceived: this.#bytesReceived.get(node)
    }
  }

  total (): NetworkCounts {
    return {
      sent: this.#sent.total(),
      received: this.#received.total(),
      bytesSent: this.#bytesSent.total(),
      bytesReceived: this.#bytesReceived.total(),
      ...this.#fates,
      largest: this.#largest
    }
  }
}
