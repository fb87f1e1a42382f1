/**
 * @packageDocumentation
 *
 * Clock, randomness and crypto: the real ones, and their virtual twins for tests and simulations.
 */

export {}
