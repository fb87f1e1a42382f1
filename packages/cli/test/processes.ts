import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/kadmium.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Real `kadmium` processes of one test, with a config folder of their own; all are gone after `end()`. */
export class Processes {
  readonly #running = new Set<KadmiumProcess>()
  readonly #sockets: Socket[] = []
  readonly home: string

  private constructor (home: string) {
    this.home = home
  }

  static async begin (): Promise<Processes> {
    return new Processes(await mkdtemp(join(tmpdir(), 'kadmium-cli-')))
  }

  /** Starts one and leaves it running. */
  start (...argv: string[]): KadmiumProcess {
    return this.#track(new KadmiumProcess(spawn(process.execPath, [bin, ...argv], { env: this.#env, stdio: 'pipe' }), argv))
  }

  /** As npm does it: below a shell, which is the process that a signal reaches. */
  startBelowShell (...argv: string[]): KadmiumProcess {
    const child = spawn('sh', ['-c', '"$@"; true', 'sh', process.execPath, bin, ...argv], { env: { ...this.#env, npm_command: 'run-script' }, stdio: 'pipe' })
    return this.#track(new KadmiumProcess(child, argv))
  }

  get #env (): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: this.home, NO_COLOR: '1' }
  }

  #track (started: KadmiumProcess): KadmiumProcess {
    this.#running.add(started)
    void started.ended.then(() => this.#running.delete(started))
    return started
  }

  /** Runs one to its end. */
  async run (argv: readonly string[], stdin = ''): Promise<Ended> {
    const started = this.start(...argv)
    started.child.stdin.end(stdin)
    return await started.ended
  }

  /** Runs one to its end; what goes in and comes out is bytes. */
  async runOnBytes (argv: readonly string[], stdin: Uint8Array): Promise<{ readonly code: number | null, readonly stdout: Buffer, readonly stderr: string }> {
    const child = spawn(process.execPath, [bin, ...argv], { env: this.#env, stdio: 'pipe' })
    const chunks: Buffer[] = []
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => { chunks.push(chunk) })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
    child.stdin.end(stdin)
    const [code] = await once(child, 'close') as [number | null]
    return { code, stdout: Buffer.concat(chunks), stderr }
  }

  /** A port that is bound, and whose owner answers nothing. */
  async silentPort (): Promise<number> {
    const socket = createSocket('udp4')
    this.#sockets.push(socket)
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return socket.address().port
  }

  async end (): Promise<void> {
    for (const { child } of this.#running) child.kill('SIGKILL')
    await Promise.all([...this.#running].map(async ({ ended }) => await ended))
    for (const socket of this.#sockets) socket.close()
    await rm(this.home, { recursive: true, force: true })
  }
}

export class KadmiumProcess {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  readonly #argv: readonly string[]
  #stdout = ''
  #stderr = ''
  #position = 0

  constructor (child: ChildProcessWithoutNullStreams, argv: readonly string[]) {
    this.child = child
    this.#argv = argv
    child.stdout.setEncoding('utf8').on('data', (text: string) => { this.#stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.#stderr += text })
    child.stdin.on('error', () => {})
    this.ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout: this.#stdout, stderr: this.#stderr }))
  }

  /** The next place in stdout, after those found before, that matches; waits for it until the test's own deadline. */
  async printed (pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#stdout.slice(this.#position))
      if (found !== null) {
        this.#position += found.index + found[0].length
        return found
      }
      const ended = await Promise.race([once(this.child.stdout, 'data').then(() => false), this.ended.then(() => true)])
      if (ended && pattern.exec(this.#stdout.slice(this.#position)) === null) {
        throw new Error(`kadmium ${this.#argv.join(' ')} ended without printing ${pattern}; stdout: ${this.#stdout} stderr: ${this.#stderr}`)
      }
    }
  }

  /** The address at which other processes of this machine reach it. */
  async address (): Promise<string> {
    const [, address = ''] = await this.printed(/^address (127\.0\.0\.1:\d+)$/m)
    return address
  }

  /** Types a line into a shell and gives back the first line that it prints. */
  async type (line: string): Promise<string> {
    this.child.stdin.write(`${line}\n`)
    const [, answer = ''] = await this.printed(/^(.*)\n/m)
    return answer
  }

  async kill (signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal)
    return await this.ended
  }
}
