/**
 * Private keys in files. A file holds the key in libp2p's protobuf encoding as base64 on one line; a raw protobuf or a raw
 * 32-byte seed, as other tools export them, is read as well.
 */

import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import type { PrivateKey } from '@libp2p/interface'
import { generatePrivateKey, privateKeyFromBytes, privateKeyToBytes } from '@kadmium/peer-id'
import { systemRandom } from '@kadmium/runtime'

/** A key file cannot be read, written or understood. */
export class KeyFileError extends Error {
  static override readonly name = 'KeyFileError'

  constructor (file: string, problem: string, options?: { cause?: unknown }) {
    super(`key file ${file}: ${problem}`, options)
    this.name = KeyFileError.name
  }
}

export interface LoadedKey {
  readonly privateKey: PrivateKey
  readonly file: string
  /** Whether the file was made just now. */
  readonly created: boolean
}

/** The folder of the XDG base directory specification; on Windows the one for application data. */
export function configDirectory (env: NodeJS.ProcessEnv = process.env): string {
  const given = process.platform === 'win32' ? env.APPDATA : env.XDG_CONFIG_HOME
  const base = given !== undefined && isAbsolute(given) ? given : join(homeOf(env), '.config')
  return join(base, 'kadmium')
}

/** Where what is kept between runs but is no setting belongs, such as a history of commands. */
export function stateDirectory (env: NodeJS.ProcessEnv = process.env): string {
  const given = process.platform === 'win32' ? env.LOCALAPPDATA : env.XDG_STATE_HOME
  const base = given !== undefined && isAbsolute(given) ? given : join(homeOf(env), '.local', 'state')
  return join(base, 'kadmium')
}

function homeOf (env: NodeJS.ProcessEnv): string {
  return env.HOME !== undefined && env.HOME !== '' ? env.HOME : homedir()
}

/** The key that signs what this user puts. Made on first use, readable by the user alone. */
export async function loadPublisherKey (file = publisherKeyFile()): Promise<LoadedKey> {
  const found = await findPublisherKey(file)
  if (found !== undefined) return { privateKey: found, file, created: false }
  const created = await writeKeyFile(file, generatePrivateKey(systemRandom()))
  return { privateKey: await readKeyFile(file), file, created }
}

/** The publisher's key, where one has been made. */
export async function findPublisherKey (file = publisherKeyFile()): Promise<PrivateKey | undefined> {
  const found = await readIfPresent(file)
  return found === undefined ? undefined : decodeKey(file, found)
}

/** Where there is no such file, `make` may write it; without `make` it is an error. */
export async function readKeyFile (file: string, make?: () => Promise<void>): Promise<PrivateKey> {
  let bytes = await readIfPresent(file)
  if (bytes === undefined && make !== undefined) {
    await make()
    bytes = await readIfPresent(file)
  }
  if (bytes === undefined) throw new KeyFileError(file, 'there is no such file')
  return decodeKey(file, bytes)
}

/**
 * Writes a key whole or not at all, never over a file that is there: two commands that make the same file at once end up
 * with one key. Resolves to whether the file was made.
 */
export async function writeKeyFile (file: string, privateKey: PrivateKey): Promise<boolean> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(draft, keyText(privateKey), { mode: 0o600, flag: 'wx' })
    return await link(draft, file).then(() => true)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw new KeyFileError(file, `cannot be written (${codeOf(error)})`, { cause: error })
  } finally {
    await unlink(draft).catch(() => {})
  }
}

/** One line of base64. */
export function keyText (privateKey: PrivateKey): string {
  return `${Buffer.from(privateKeyToBytes(privateKey)).toString('base64')}\n`
}

function publisherKeyFile (): string {
  return join(configDirectory(), 'publisher.key')
}

async function readIfPresent (file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new KeyFileError(file, `cannot be read (${codeOf(error)})`, { cause: error })
  }
}

function decodeKey (file: string, bytes: Uint8Array): PrivateKey {
  const text = Buffer.from(bytes).toString('latin1').trim()
  const isText = /^[A-Za-z0-9+/]{40,}={0,2}$/.test(text)
  try {
    return privateKeyFromBytes(isText ? Buffer.from(text, 'base64') : bytes)
  } catch (cause) {
    throw new KeyFileError(file, 'holds no Ed25519 private key', { cause })
  }
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
