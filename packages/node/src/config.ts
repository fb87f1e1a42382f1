import type { Mode } from '@kadmium/interface'
import type { Profile } from '@kadmium/kad-behaviour'
import type { StoreLimits } from '@kadmium/records'
import type { PrivateKey } from '@libp2p/interface'
import type { ChannelName } from './channels.ts'
import type { LogLevel } from './logger.ts'

/** What a node is made from. Everything has a default, and an absent option is the library's own. */
export interface NodeConfig {
  /** IP address or host name to listen on. Default: all interfaces, IPv4 and, where the machine has it, IPv6. */
  readonly host?: string
  /** UDP and TCP port, the same for both families. 0 is one that is free for all. Default: the last one of `dataDirectory`, or `defaultPort`. */
  readonly port?: number
  /** Where no port is asked for and none is remembered. Default 0. */
  readonly defaultPort?: number
  /** A client asks, but is in nobody's routing table. Default `server`. */
  readonly mode?: Mode
  /** Nodes with another network name are not heard. Default `kadmium`. */
  readonly network?: string
  /**
   * Where the network is. `public`: on the internet; addresses that are nobody's there are dropped wherever they come from, and no
   * address is exempt from the limits by IP group. `private`: on a LAN or loopback as well. `auto`: as private until this node has a
   * confirmed public address, then such contacts are dropped. Default `private`.
   */
  readonly profile?: Profile
  /** The node's key. Default: the one in `identityFile` or `dataDirectory`, or a fresh one. */
  readonly privateKey?: PrivateKey
  /** A file as `kadmium id new` makes it. */
  readonly identityFile?: string
  /**
   * A folder in which the node keeps its key, its port, its contacts, what it publishes and the records it holds, from one run to
   * the next. Made when absent; one process at a time. Default: nothing is kept.
   */
  readonly dataDirectory?: string
  /** The file with the key that signs what is put; made on first use. Default: in the user's configuration folder. */
  readonly publisherKeyFile?: string
  /** Leading zero bits that SHA-1(SHA-1(public key)) of every node must have. Default 0. */
  readonly difficulty?: number
  /** What others can fill this node's record store with: records and bytes in all, of one publisher, of one IP group. Default: the store's. */
  readonly storeLimits?: Partial<StoreLimits>
  /** Size of a bucket, and number of holders of a record. Default 20. */
  readonly k?: number
  /** Requests of a lookup that are under way at once. Default 3. */
  readonly alpha?: number
  /** When a query ends with what it has, in milliseconds. Default 60,000. */
  readonly queryTimeoutMs?: number
  /** Life of a record that is put without one of its own, in milliseconds: 1 s to 48 h. Default 48 h. */
  readonly ttlMs?: number
  /** How datagrams are protected. All nodes of a network use the same. Default `noise`: encrypted; `plaintext` is for tests. */
  readonly channel?: ChannelName
  /** Gives up making the node, which may take long where keys are to be difficult. No effect on a node that runs. */
  readonly signal?: AbortSignal
  /** How much of its work is logged. Default `error`. */
  readonly logLevel?: LogLevel
  /** Where log lines go, each with its line end. Default: stderr. */
  readonly log?: (line: string) => void
}
