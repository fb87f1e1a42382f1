/**
 * @packageDocumentation
 *
 * Binds, sends and receives UDP datagrams, nothing else.
 */

export {}
