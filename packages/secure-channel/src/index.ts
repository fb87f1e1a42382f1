/**
 * @packageDocumentation
 *
 * Encrypted datagram sessions (Noise IK) and plaintext behind one sans-IO machine.
 */

export {}
