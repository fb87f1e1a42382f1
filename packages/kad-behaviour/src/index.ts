/**
 * @packageDocumentation
 *
 * Kademlia as a behaviour: lookups, records, providers, namespaces and maintenance.
 */

export {}
