import type { Datastore, Key } from 'interface-datastore'

/** `undefined` where there is no such entry; rejects where the datastore fails. */
export async function getIfThere (datastore: Datastore, key: Key): Promise<Uint8Array | undefined> {
  try {
    return await datastore.get(key)
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundError') return undefined
    throw error
  }
}
