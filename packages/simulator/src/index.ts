/**
 * @packageDocumentation
 *
 * Runs the shipped swarm over a simulated network on a virtual clock, deterministically.
 */

export {}
