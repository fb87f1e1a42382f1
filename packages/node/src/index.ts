/**
 * @packageDocumentation
 *
 * Batteries included: from a configuration file to a running node.
 */

export {}
