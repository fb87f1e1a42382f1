/**
 * Noise_IK_25519_ChaChaPoly_SHA256 (the Noise Protocol Framework, revision 34, section 7.5). The initiator knows the
 * responder's static key beforehand:
 *
 *     <- s
 *     ...
 *     -> e, es, s, ss
 *     <- e, ee, se
 *
 * Each state seals one message and no more, so that no key meets a nonce twice.
 */
import type { DhKeyPair, NoiseCrypto } from '@kadmium/interface'
import { concat } from './bytes.ts'
import { SymmetricState, TAG_BYTES } from './symmetric-state.ts'

export const DH_BYTES = 32
/** What the first message adds to its payload: e, s with its tag, and the payload's tag. */
export const FIRST_OVERHEAD_BYTES = DH_BYTES + DH_BYTES + TAG_BYTES + TAG_BYTES
/** What the second one adds. */
export const SECOND_OVERHEAD_BYTES = DH_BYTES + TAG_BYTES

const PROTOCOL_NAME = 'Noise_IK_25519_ChaChaPoly_SHA256'
const STATIC_END = DH_BYTES + DH_BYTES + TAG_BYTES

export interface HandshakeInit {
  /** What both must agree on beforehand (section 6). */
  readonly prologue: Uint8Array
  readonly own: DhKeyPair
}

/** The keys of a finished handshake, one for each direction. */
export interface TransportKeys {
  readonly send: Uint8Array
  readonly receive: Uint8Array
  /** Names this handshake for ever (section 11.2). */
  readonly hash: Uint8Array
}

export interface FirstSent {
  readonly message: Uint8Array
  /** Reads the second message; a forged one changes nothing, so the true one may still come. */
  finish (second: Uint8Array): { readonly payload: Uint8Array, readonly keys: TransportKeys } | undefined
}

export interface FirstReceived {
  /** The initiator's X25519 key: proven as soon as something opens under the keys of the answer. */
  readonly remote: Uint8Array
  readonly payload: Uint8Array
  /** Writes the second message. Throws when asked twice. `undefined` where the initiator's keys share no secret. */
  answer (ephemeral: DhKeyPair, payload: Uint8Array): { readonly message: Uint8Array, readonly keys: TransportKeys } | undefined
}

/** `undefined` where `remote` shares no secret with anybody in particular. */
export function initiate (
  crypto: NoiseCrypto, { prologue, own }: HandshakeInit, remote: Uint8Array, ephemeral: DhKeyPair, payload: Uint8Array
): FirstSent | undefined {
  const state = initialize(crypto, prologue, remote)
  state.mixHash(ephemeral.publicKey) //                             -> e (5.3, WriteMessage)
  if (!mixDh(state, ephemeral, remote)) return undefined //            es
  const sealedStatic = state.encryptAndHash(own.publicKey) //          s
  if (!mixDh(state, own, remote)) return undefined //                  ss
  const sealedPayload = state.encryptAndHash(payload)
  return {
    message: concat(ephemeral.publicKey, sealedStatic, sealedPayload),
    finish: second => readSecond(state.clone(), own, ephemeral, second)
  }
}

function readSecond (state: SymmetricState, own: DhKeyPair, ephemeral: DhKeyPair, second: Uint8Array) {
  if (second.length < SECOND_OVERHEAD_BYTES) return undefined
  const remoteEphemeral = second.subarray(0, DH_BYTES)
  state.mixHash(remoteEphemeral) //                                 <- e (5.3, ReadMessage)
  if (!mixDh(state, ephemeral, remoteEphemeral)) return undefined //   ee
  if (!mixDh(state, own, remoteEphemeral)) return undefined //         se
  const payload = state.decryptAndHash(second.subarray(DH_BYTES))
  if (payload === undefined) return undefined
  const [send, receive] = state.split() //                             5.2, Split
  return { payload, keys: { send, receive, hash: state.hash } }
}

/** `undefined` for what was not made for `own` and this prologue. */
export function respond (crypto: NoiseCrypto, { prologue, own }: HandshakeInit, first: Uint8Array): FirstReceived | undefined {
  if (first.length < FIRST_OVERHEAD_BYTES) return undefined
  const state = initialize(crypto, prologue, own.publicKey)
  const remoteEphemeral = first.slice(0, DH_BYTES)
  state.mixHash(remoteEphemeral) //                                 -> e (5.3, ReadMessage)
  if (!mixDh(state, own, remoteEphemeral)) return undefined //         es
  const remote = state.decryptAndHash(first.subarray(DH_BYTES, STATIC_END)) // s
  if (remote === undefined || !mixDh(state, own, remote)) return undefined //  ss
  const payload = state.decryptAndHash(first.subarray(STATIC_END))
  if (payload === undefined) return undefined
  let answered = false
  return {
    remote,
    payload,
    answer: (ephemeral, answerPayload) => {
      if (answered) throw new Error('this handshake is answered already')
      answered = true
      return writeSecond(state, remote, remoteEphemeral, ephemeral, answerPayload)
    }
  }
}

function writeSecond (state: SymmetricState, remote: Uint8Array, remoteEphemeral: Uint8Array, ephemeral: DhKeyPair, payload: Uint8Array) {
  state.mixHash(ephemeral.publicKey) //                             <- e (5.3, WriteMessage)
  if (!mixDh(state, ephemeral, remoteEphemeral)) return undefined //   ee
  if (!mixDh(state, ephemeral, remote)) return undefined //            se
  const message = concat(ephemeral.publicKey, state.encryptAndHash(payload))
  const [receive, send] = state.split() //                             5.2, Split
  return { message, keys: { send, receive, hash: state.hash } }
}

/** 5.3, Initialize: the prologue, then the pre-message `<- s` (7.1). */
function initialize (crypto: NoiseCrypto, prologue: Uint8Array, responderStatic: Uint8Array): SymmetricState {
  const state = new SymmetricState(crypto, PROTOCOL_NAME)
  state.mixHash(prologue)
  state.mixHash(responderStatic)
  return state
}

function mixDh (state: SymmetricState, pair: DhKeyPair, publicKey: Uint8Array): boolean {
  const secret = pair.agree(publicKey)
  if (secret !== undefined) state.mixKey(secret)
  return secret !== undefined
}
