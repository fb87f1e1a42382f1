/**
 * @packageDocumentation
 *
 * Requests and replies, limits, address proof, lifecycle and events; composes behaviours.
 */

export {}
