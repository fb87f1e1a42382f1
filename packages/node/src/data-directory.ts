/**
 * A node's folder: `node.key` and, in `store/`, a LevelDB with everything else that it remembers. One process at a time
 * has it open.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PrivateKey } from '@libp2p/interface'
import { ClassicLevel } from 'classic-level'
import { LevelDatastore } from 'datastore-level'
import type { Datastore } from 'interface-datastore'
import { Level } from 'level'
import { readKeyFile, writeKeyFile } from './key-file.ts'

/** A data directory cannot be used. The message says why, and which command may help. */
export class DataDirectoryError extends Error {
  static override readonly name = 'DataDirectoryError'

  constructor (path: string, problem: string, options?: { cause?: unknown }) {
    super(`data directory ${path}: ${problem}`, options)
    this.name = DataDirectoryError.name
  }
}

export interface DataDirectory {
  readonly path: string
  readonly privateKey: PrivateKey
  readonly datastore: Datastore
  close (): Promise<void>
}

/** Opens a node's folder, or makes it with a key from `newKey`. Rejects with `DataDirectoryError` or `KeyFileError`. */
export async function openDataDirectory (path: string, newKey: () => Promise<PrivateKey>): Promise<DataDirectory> {
  const store = storeIn(path)
  await mkdir(store, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new DataDirectoryError(path, `cannot be made (${codeOf(cause)})`, { cause })
  })
  const level = new Level<string, Uint8Array>(store, { keyEncoding: 'utf8', valueEncoding: 'view' })
  await level.open().catch((cause: unknown) => { throw openError(path, cause) })
  try {
    const keyFile = join(path, 'node.key')
    const privateKey = await readKeyFile(keyFile, async () => { await writeKeyFile(keyFile, await newKey()) })
    const datastore = new LevelDatastore(level)
    return { path, privateKey, datastore, close: async () => { await datastore.close() } }
  } catch (error) {
    await level.close()
    throw error
  }
}

/** Saves what can be saved of a damaged store. Rejects with `DataDirectoryError` when another process has it open. */
export async function repairDataDirectory (path: string): Promise<void> {
  await ClassicLevel.repair(storeIn(path)).catch((cause: unknown) => { throw openError(path, cause) })
}

function storeIn (path: string): string {
  return join(path, 'store')
}

function openError (path: string, error: unknown): DataDirectoryError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (codeOf(cause) === 'LEVEL_LOCKED') return new DataDirectoryError(path, 'is in use by another process', { cause })
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
  return new DataDirectoryError(path, `the store cannot be opened (${reason}); if it is damaged, try: kadmium repair --data ${path}`, { cause })
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
