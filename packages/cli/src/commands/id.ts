import { EXIT, UsageError } from '../exit-code.ts'
import type { ExitCode } from '../exit-code.ts'
import { parseKey } from '../arguments.ts'
import { Printer } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

export interface NewIdOptions {
  readonly difficulty?: number
  readonly out?: string
  readonly json?: boolean
}

/** A new node key: into a file with `out`, otherwise on stdout as one line of base64. */
export async function newId (options: NewIdOptions, terminal: Terminal): Promise<ExitCode> {
  const { keyText, newPrivateKey, peerIdFromKey, writeKeyFile } = await import('@kadmium/node')
  const { difficulty = 0, out } = options
  const privateKey = await newPrivateKey(difficulty, terminal.interrupted)
  const { hex } = peerIdFromKey(privateKey)
  if (out !== undefined && !await writeKeyFile(out, privateKey)) throw new UsageError(`${out} exists already and is left as it is`)
  const place = out === undefined ? { key: keyText(privateKey).trim() } : { file: out }
  const printer = new Printer(terminal, options)
  printer.result({
    text: [`id         ${hex}`, `difficulty ${difficulty}`, ...Object.entries(place).map(([name, value]) => `${name.padEnd(10)} ${value}`)].join('\n'),
    json: { id: hex, difficulty, ...place }
  })
  return EXIT.ok
}

/** Where a record key is in the key space. */
export async function idOfKey (text: string, options: { readonly json?: boolean }, terminal: Terminal): Promise<ExitCode> {
  const { keyId } = await import('@kadmium/node')
  const { hex } = keyId(parseKey(text))
  new Printer(terminal, options).result({ text: hex, json: { key: text, keyId: hex } })
  return EXIT.ok
}

/** The id of the node that a key file makes. */
export async function idOfFile (file: string, options: { readonly json?: boolean }, terminal: Terminal): Promise<ExitCode> {
  const { difficultyOf, peerIdFromKey, readKeyFile } = await import('@kadmium/node')
  const privateKey = await readKeyFile(file)
  const { hex } = peerIdFromKey(privateKey)
  const difficulty = difficultyOf(privateKey.publicKey.raw)
  new Printer(terminal, options).result({ text: `id         ${hex}\ndifficulty ${difficulty}`, json: { id: hex, difficulty } })
  return EXIT.ok
}
