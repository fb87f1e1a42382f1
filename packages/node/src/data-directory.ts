/**
 * A node's folder: `node.key` and, in `store/`, a LevelDB with everything else that it remembers. One process at a time
 * has it open.
 */
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDiskFull } from '@kadmium/records'
import { systemClock } from '@kadmium/runtime'
import type { PrivateKey } from '@libp2p/interface'
import { ClassicLevel } from 'classic-level'
import type { Datastore } from 'interface-datastore'
import { Level } from 'level'
import { readKeyFile, writeKeyFile } from './key-file.ts'
import { LevelStore } from './level-store.ts'

/** A data directory cannot be used. The message says why, names the file, and which command may help. */
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
  /** Bytes of the store's log that could not be read and were skipped. */
  readonly skippedBytes: number
  close (): Promise<void>
}

/** Opens a node's folder, or makes it with a key from `newKey`. Rejects with `DataDirectoryError` or `KeyFileError`. */
export async function openDataDirectory (path: string, newKey: () => Promise<PrivateKey>): Promise<DataDirectory> {
  const store = storeIn(path)
  await mkdir(store, { recursive: true, mode: 0o700 }).catch((error: unknown) => { throw folderError(path, error) })
  await refuseHeadless(path)
  const level = new Level<string, Uint8Array>(store, { keyEncoding: 'utf8', valueEncoding: 'view' })
  await level.open().catch((error: unknown) => { throw storeError(path, error) })
  try {
    const keyFile = join(path, 'node.key')
    const privateKey = await readKeyFile(keyFile, async () => { await writeKeyFile(keyFile, await newKey()) })
    const clock = systemClock()
    const datastore = new LevelStore(level, () => clock.now())
    return { path, privateKey, datastore, skippedBytes: await skippedBytes(store), close: async () => { await datastore.close() } }
  } catch (error) {
    await level.close()
    throw error
  }
}

/** Saves what can be saved of a damaged store. Rejects with `DataDirectoryError` when another process has it open. */
export async function repairDataDirectory (path: string): Promise<void> {
  const store = storeIn(path)
  await readdir(store).catch((cause: unknown) => { throw new DataDirectoryError(path, `there is no store to repair, ${store} (${codeOf(cause)})`, { cause }) })
  await ClassicLevel.repair(store).catch((error: unknown) => { throw storeError(path, error) })
}

/** What went wrong with the store of a folder, in words for people. */
export function storeError (path: string, error: unknown): DataDirectoryError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (codeOf(cause) === 'LEVEL_LOCKED') return new DataDirectoryError(path, 'is in use by another process', { cause })
  if (isDiskFull(cause)) return new DataDirectoryError(path, 'the disk is full', { cause })
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
  return damaged(path, reason ?? '', cause)
}

function damaged (path: string, reason: string, cause?: unknown): DataDirectoryError {
  return new DataDirectoryError(path, `the store ${storeIn(path)} cannot be read (${reason}); if it is damaged, try: kadmium repair --data ${path}`, { cause })
}

function folderError (path: string, cause: unknown): DataDirectoryError {
  if (isDiskFull(cause)) return new DataDirectoryError(path, 'the disk is full', { cause })
  const code = codeOf(cause)
  return new DataDirectoryError(path, code === 'EEXIST' || code === 'ENOTDIR' ? `${storeIn(path)} is no folder` : `cannot be made (${code})`, { cause })
}

function storeIn (path: string): string {
  return join(path, 'store')
}

/** LevelDB takes a store without `CURRENT`, the file that says where it begins, for a new one and deletes what is there. */
async function refuseHeadless (path: string): Promise<void> {
  const files = await readdir(storeIn(path)).catch((error: unknown) => { throw folderError(path, error) })
  if (!files.includes('CURRENT') && files.some(file => /^\d+\.(?:ldb|sst|log)$/.test(file))) throw damaged(path, 'CURRENT is missing')
}

/** LevelDB passes over what is rotten in the log and says so in its diary alone. A record that was cut off by a crash is none of these. */
async function skippedBytes (store: string): Promise<number> {
  const diary = await readFile(join(store, 'LOG'), 'utf8').catch(() => '')
  return [...diary.matchAll(/\.log: dropping (\d+) bytes/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0)
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
