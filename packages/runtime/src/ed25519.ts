import type { Crypto } from '@kadmium/interface'

/** Keys and signatures; the rest of `Crypto` is the same whoever makes them. */
export type Ed25519 = Pick<Crypto, 'publicKey' | 'sign' | 'verify'>
