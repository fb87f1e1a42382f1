/** A holder's refusal of a record, as an error reply: code and text on the wire, `Refused` for who asked. */
import { RECORD_REFUSALS } from '@kadmium/records'
import type { ErrorReply, PeerId, RecordRefusal, Refused, Reply, UnsentReason } from '@kadmium/interface'
import type { KadResponse } from './protocol.ts'

/** `key full` and `too large` have codes of their own; of the others the text begins with the refusal. */
export function refusalReply (reason: RecordRefusal, message: string): ErrorReply {
  if (reason === 'key-full') return { error: 'key-full', reason: message }
  if (reason === 'value-too-large') return { error: 'too-large', reason: message }
  return { error: 'record-refused', reason: `${reason}: ${message}` }
}

/** Why `peer` holds no copy; `undefined` when it does. */
export function refusalOf (peer: PeerId, reply: Reply<KadResponse>): Refused | undefined {
  switch (reply.type) {
    case 'response': return reply.message.type === 'stored' ? undefined : { peer, reason: 'malformed', message: 'answered something else' }
    case 'error': return { peer, ...told(reply.code, reply.reason) }
    case 'timeout': return { peer, reason: 'timeout', message: 'did not answer' }
    case 'cancelled': return { peer, reason: 'timeout', message: 'was not waited for' }
    case 'unsent': return { peer, reason: reply.reason === 'too-large' ? 'too-large' : 'unreachable', message: unsent[reply.reason] }
  }
}

const unsent: Record<UnsentReason, string> = {
  'no-address': 'has no address that can be reached from here',
  unreachable: 'takes no connection, which a value of this size needs',
  'too-large': 'cannot be sent so much',
  'too-many-pending': 'too many requests wait',
  'over-limit': 'has not proven its address',
  stopped: 'this node has stopped'
}

function told (code: Refused['reason'], text: string): Omit<Refused, 'peer'> {
  if (code !== 'record-refused') return { reason: code, message: text }
  const [word, message = ''] = text.split(/: (.*)/s)
  const reason = RECORD_REFUSALS.find(refusal => refusal === word)
  return reason === undefined ? { reason: code, message: text } : { reason, message }
}
