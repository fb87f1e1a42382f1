import type { Contact } from '@kadmium/interface'

/**
 * Who is to hold a record: the nearest `replicationFactor` of those that answered the lookup of its key.
 * @param found nearest first.
 */
export function placement (found: readonly Contact[], replicationFactor: number): readonly Contact[] {
  return found.slice(0, replicationFactor)
}
