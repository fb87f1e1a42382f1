/**
 * Every bound of the wire. A reader refuses what is beyond one; a writer never sends it. They are part of the protocol
 * (docs/wire-protocol.md, "Limits"), so they are constants and not options.
 */

/** The UDP payload of one datagram, both directions and both IP versions: fits the smallest IPv6 path MTU (RFC 8200 §5). */
export const DATAGRAM_BYTES = 1200
/** One message of a reliable transport, its frame included: a value of 64 KiB, and 4 KiB for what is around it. */
export const STREAM_BYTES = 69_632
/** Random bytes that a request is sent with. */
export const TRANSACTION_ID_BYTES = 8
/** Longest transaction id that is read, so that another codec may use its own. */
export const MAX_TRANSACTION_ID_BYTES = 16
export const MAX_PROTOCOL_BYTES = 64
export const MAX_REASON_BYTES = 128
export const MAX_TOKEN_BYTES = 32
/** A record key: 1 to 64 bytes. */
export const MAX_KEY_BYTES = 64
/** A record salt: 1 to 64 bytes. */
export const MAX_SALT_BYTES = 64
/** Value and salt (with its 2 bytes of framing) of a record that travels in one datagram. */
export const MAX_DATAGRAM_VALUE_BYTES = 850
/** Longest value that is read at all: what does not fit a datagram comes over a reliable transport. */
export const MAX_VALUE_BYTES = 65_536
/** Longest life of a record, in seconds: 48 h. */
export const MAX_TTL_SECONDS = 172_800
/** Entries of one packed contact list. */
export const MAX_CONTACTS = 64
/** Records of one message. */
export const MAX_RECORDS = 32
/** Protobuf fields of one message, nested ones counted by themselves; 256 is far above what any message has. */
export const MAX_FIELDS = 256
/** What orders the records of an answer: 1 to 20 bytes. */
export const MAX_SEED_BYTES = 20
/** Addresses of one advertisement. */
export const MAX_PEER_ADDRESSES = 8
/** What an application adds to an advertisement. */
export const MAX_PEER_PAYLOAD_BYTES = 200
/** Raw Ed25519 public key. */
export const PUBLIC_KEY_BYTES = 32
export const SIGNATURE_BYTES = 64
/** A point of the 160-bit key space. */
export const ID_BYTES = 20
