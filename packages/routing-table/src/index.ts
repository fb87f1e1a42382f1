/**
 * @packageDocumentation
 *
 * k-buckets: insert, ping before evict, closest, refresh, IP diversity.
 */

export {}
