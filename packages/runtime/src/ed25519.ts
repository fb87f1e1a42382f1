import type { Crypto } from '@kadmium/interface'

/** Signatures; the rest of `Crypto` is the same whoever makes them. */
export type Ed25519 = Pick<Crypto, 'sign' | 'verify'>
