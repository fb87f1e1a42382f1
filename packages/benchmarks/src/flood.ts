/**
 * A node on loopback, with the limits of the public profile, under a flood of handshakes from another process, which sends from
 * ever new addresses of 127.0.0.0/8 (2,000 a second, nearly each in a /24 of its own): what its proven peer feels, what is
 * remembered, and what is left afterwards. Fails when memory stays up, when the peer's p99 is more than twice as long, or when
 * more than 256 handshakes are half-open at once.
 *
 * Two floods come before it: a short one, after which memory is measured, for what the first packets of a kind leave behind is
 * compiled code; and one at another socket, which nobody reads, for what the peer feels then is the machine's doing, not the node's.
 * Run: node --expose-gc packages/benchmarks/dist/src/flood.js [--full] [--rate packets per second] [--buffer bytes]
 */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Endpoint, Swarm, Transport, TransportFactory } from '@kadmium/interface'
import { createSwarm } from '@kadmium/swarm'
import { udp } from '@kadmium/transport-udp'
import { endpoint, endpointFromMultiaddr } from '@kadmium/wire'

const HALF_OPEN_MS = 10_000
const RATE = '10000'
const IDLE_MS = 5000
const WARM_UP_MS = 3000
const MAX_HALF_OPEN = 256
const MAX_GROWTH_BYTES = 1024 * 1024
const MAX_GROWTH_MEANWHILE_BYTES = 16 * 1024 * 1024

/** When answers to first flights, and cookies, left. */
class Watch {
  readonly answers: number[] = []
  cookies = 0

  over (factory: TransportFactory): TransportFactory {
    return () => {
      const transport: Transport = factory()
      const send = transport.send.bind(transport)
      transport.send = (bytes, to) => {
        if (bytes[0] === 0x23) this.answers.push(performance.now())
        if (bytes[0] === 0x24) this.cookies++
        send(bytes, to)
      }
      return transport
    }
  }

  clear (): void {
    this.answers.length = 0
    this.cookies = 0
  }

  /** The most answers within the life of a half-open handshake: none of them was ever completed. */
  peak (): number {
    let from = 0
    return this.answers.reduce((peak, at, i) => {
      while (at - this.answers[from]! > HALF_OPEN_MS) from++
      return Math.max(peak, i - from + 1)
    }, 0)
  }
}

interface Pings {
  readonly p50: number
  readonly p99: number
  readonly count: number
  readonly lost: number
}

/** One ping after another, for so long. */
async function pings (peer: Swarm, address: string, ms: number): Promise<Pings> {
  const taken: number[] = []
  let lost = 0
  for (const end = performance.now() + ms; performance.now() < end; await pause(4)) {
    const start = performance.now()
    await peer.dial(address).then(() => taken.push(performance.now() - start), () => { lost++ })
  }
  taken.sort((a, b) => a - b)
  return { p50: taken[taken.length >> 1] ?? Infinity, p99: taken[Math.floor(taken.length * 0.99)] ?? Infinity, count: taken.length, lost }
}

/** What happens while `target` is flooded, and how many packets that took. */
async function flooded<T> (target: Endpoint, publicKey: Uint8Array, rate: string, meanwhile: () => Promise<T>): Promise<{ readonly result: T, readonly sent: number }> {
  const attacker = fork(new URL('flood-attacker.js', import.meta.url), [target.text, Buffer.from(publicKey).toString('hex'), rate])
  await once(attacker, 'message')
  let sent = 0
  attacker.on('message', count => { sent = Number(count) })
  const result = await meanwhile()
  attacker.kill()
  await once(attacker, 'exit')
  return { result, sent }
}

/** Where nobody reads: the kernel does what it does for the node's socket, and no more. */
async function floodedElsewhere<T> (publicKey: Uint8Array, rate: string, meanwhile: () => Promise<T>): Promise<T> {
  const sink = createSocket({ type: 'udp4', recvBufferSize: 1 })
  await new Promise<void>(resolve => sink.bind(0, '127.0.0.1', resolve))
  const { address, port } = sink.address()
  sink.on('message', () => {})
  const { result } = await flooded(endpoint(address, port), publicKey, rate, meanwhile)
  sink.close()
  return result
}

/** Datagrams that found the socket's buffer full, by the count of a Linux kernel. */
function lostInKernel ({ port }: Endpoint): number | undefined {
  try {
    const own = readFileSync('/proc/net/udp', 'utf8').split('\n').find(line => line.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000`))
    return Number(own?.trim().split(/\s+/).at(-1))
  } catch {
    return undefined
  }
}

function memory (): number {
  global.gc?.()
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function kibibytes (bytes: number): string {
  return `${bytes >= 0 ? '+' : ''}${(bytes / 1024).toFixed(0)} KiB`
}

interface FloodInit {
  readonly seconds: number
  /** Packets a second. */
  readonly rate: string
  readonly recvBufferBytes?: number
}

async function defend ({ seconds, rate, ...options }: FloodInit): Promise<void> {
  const watch = new Watch()
  const node = await createSwarm({ profile: 'public', transports: [watch.over(udp({ listen: ['127.0.0.1:0'], ...options }))] })
  const peer = await createSwarm({ transports: [udp({ listen: ['127.0.0.1:0'] })] })
  const at = endpointFromMultiaddr(node.listenAddrs[0]!)
  const ping = async (ms: number): Promise<Pings> => await pings(peer, at.text, ms)
  await flooded(at, node.publicKey, rate, async () => await ping(WARM_UP_MS))
  await pause(HALF_OPEN_MS + 2000)
  const before = memory()
  const idle = await ping(IDLE_MS)
  const elsewhere = await floodedElsewhere(node.publicKey, rate, async () => await ping(IDLE_MS))
  const [received, lost, dropped] = [node.counters.received, lostInKernel(at), new Map(node.counters.dropped)]
  watch.clear()
  const stalls = monitorEventLoopDelay({ resolution: 1 })
  stalls.enable()
  const cpu = process.cpuUsage()
  const { result: busy, sent } = await flooded(at, node.publicKey, rate, async () => await ping(seconds * 1000))
  const { user, system } = process.cpuUsage(cpu)
  stalls.disable()
  const meanwhile = memory() - before
  const [read, kernel] = [node.counters.received - received, lostInKernel(at)]
  const refusals = [...node.counters.dropped].map(([reason, count]) => `${reason} ${count - (dropped.get(reason) ?? 0)}`).join(', ')
  const { cookies } = watch
  await pause(HALF_OPEN_MS + 2000)
  const peak = watch.peak()
  watch.clear()
  const growth = memory() - before
  console.log(`flood of ${seconds} s: ${Math.round(sent / seconds)} packets/s sent, ${Math.round(read / seconds)} read, ` +
    `${kernel === undefined || lost === undefined ? 'unknown' : kernel - lost} lost in the kernel; ${cookies} cookies, at most ${peak} half-open; ` +
    `${Math.round((user + system) / seconds / 10_000)} % of a core`)
  console.log(`dropped: ${refusals}`)
  console.log(`the longest the process did not run: ${(stalls.max / 1e6).toFixed(0)} ms; load ${loadavg()[0]!.toFixed(1)}`)
  for (const [name, { p50, p99, count, lost }] of Object.entries({ 'nobody flooded': idle, 'another socket flooded': elsewhere, 'the node flooded': busy })) {
    console.log(`proven peer, ${name}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms (${count} pings, ${lost} lost)`)
  }
  console.log(`memory at the end of the flood: ${kibibytes(meanwhile)}, afterwards: ${kibibytes(growth)}`)
  await Promise.all([node.stop(), peer.stop()])
  const isTooMuch = growth > MAX_GROWTH_BYTES || meanwhile > MAX_GROWTH_MEANWHILE_BYTES
  if (peak > MAX_HALF_OPEN || busy.p99 > 2 * idle.p99 || busy.lost > 0 || (global.gc !== undefined && isTooMuch)) {
    console.log('not as promised')
    process.exitCode = 1
  }
}

const { values: { full, rate, buffer } } = parseArgs({
  options: { full: { type: 'boolean', default: false }, rate: { type: 'string', default: RATE }, buffer: { type: 'string' } }
})
await defend({ seconds: full ? 60 : 10, rate, ...(buffer !== undefined && { recvBufferBytes: Number(buffer) }) })
