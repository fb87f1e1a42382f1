/**
 * A node on loopback under a flood of handshakes from another process: what its proven peer feels, what is remembered, and what
 * is left afterwards. Fails when memory stays up, when the peer's p99 is more than twice as long, or when more than 256 handshakes
 * are half-open at once.
 * Run: node --expose-gc packages/benchmarks/dist/src/flood.js [--full] [--rate packets per second]
 */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Swarm, Transport, TransportFactory } from '@kadmium/interface'
import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { noise } from '@kadmium/secure-channel'
import { createSwarm } from '@kadmium/swarm'
import { udp } from '@kadmium/transport-udp'
import { endpointFromMultiaddr, parseEndpoint } from '@kadmium/wire'

const HALF_OPEN_MS = 10_000
const SOCKETS = 64
const FLIGHTS = 1000
const MAX_HALF_OPEN = 256
const MAX_GROWTH_BYTES = 4 * 1024 * 1024

/** First flights of a thousand keys, each from many ports, at a steady rate until the process is ended. */
async function attack (target: string, publicKey: Uint8Array, rate: number): Promise<void> {
  const to = parseEndpoint(target)
  const crypto = systemCrypto()
  const flights = Array.from({ length: FLIGHTS }, (_, i) => {
    const random = seededRandom(`flood ${i}`)
    const identity = createIdentity(generatePrivateKey(random), crypto)
    const channel = noise()({ identity, localId: identity.peerId, network: 'kadmium', crypto, random, clock: { now: () => 0 } })
    const [flight] = channel.send(new Uint8Array(0), { endpoint: to, peerKey: publicKey }, { class: 'read' }, 0)
    if (flight?.type !== 'transmit') throw new Error('expected a first flight')
    return flight.bytes
  })
  const sockets = Array.from({ length: SOCKETS }, () => createSocket('udp4'))
  process.send?.('ready')
  const start = performance.now()
  for (let sent = 0; ;) {
    const due = (performance.now() - start) * rate / 1000
    for (; sent < due; sent++) sockets[Math.floor(sent / FLIGHTS) % SOCKETS]!.send(flights[sent % FLIGHTS]!, to.port, to.host)
    await pause(1)
  }
}

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

  /** The most answers within the life of a half-open handshake: none of them was ever completed. */
  peak (): number {
    let from = 0
    return this.answers.reduce((peak, at, i) => {
      while (at - this.answers[from]! > HALF_OPEN_MS) from++
      return Math.max(peak, i - from + 1)
    }, 0)
  }
}

async function p99 (peer: Swarm, address: string, ms: number): Promise<{ readonly p50: number, readonly p99: number, readonly count: number, readonly lost: number }> {
  const taken: number[] = []
  let lost = 0
  for (const end = performance.now() + ms; performance.now() < end; await pause(4)) {
    const start = performance.now()
    await peer.dial(address).then(() => taken.push(performance.now() - start), () => { lost++ })
  }
  taken.sort((a, b) => a - b)
  return { p50: taken[taken.length >> 1] ?? Infinity, p99: taken[Math.floor(taken.length * 0.99)] ?? Infinity, count: taken.length, lost }
}

function memory (): number {
  global.gc?.()
  global.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function defend (seconds: number, rate: number): Promise<void> {
  const watch = new Watch()
  const node = await createSwarm({ transports: [watch.over(udp({ listen: ['127.0.0.1:0'] }))] })
  const peer = await createSwarm({ transports: [udp({ listen: ['127.0.0.1:0'] })] })
  const address = endpointFromMultiaddr(node.listenAddrs[0]!).text
  await p99(peer, address, 2000)
  const before = memory()
  const idle = await p99(peer, address, 5000)
  const attacker = fork(new URL(import.meta.url), ['--attack', address, Buffer.from(node.publicKey).toString('hex'), String(rate)])
  await once(attacker, 'message')
  const received = node.counters.received
  const cpu = process.cpuUsage()
  const busy = await p99(peer, address, seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  attacker.kill()
  await once(attacker, 'exit')
  const flights = node.counters.received - received
  await pause(HALF_OPEN_MS + 2000)
  const peak = watch.peak()
  watch.answers.length = 0
  const growth = memory() - before
  console.log(`flood of ${seconds} s: ${Math.round(flights / seconds)} packets/s read, ${watch.cookies} cookies, at most ${peak} half-open; ` +
    `${Math.round((user + system) / seconds / 10_000)} % of a core`)
  for (const [name, { p50, p99, count, lost }] of Object.entries({ idle, busy })) {
    console.log(`proven peer, ${name}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms (${count} pings, ${lost} lost)`)
  }
  console.log(`memory afterwards: ${growth >= 0 ? '+' : ''}${(growth / 1024).toFixed(0)} KiB`)
  await Promise.all([node.stop(), peer.stop()])
  if (peak > MAX_HALF_OPEN || busy.p99 > 2 * idle.p99 || busy.lost > 0 || (global.gc !== undefined && growth > MAX_GROWTH_BYTES)) {
    console.log('not as promised')
    process.exitCode = 1
  }
}

const [flag, target, key, speed] = process.argv.slice(2)
if (flag === '--attack') {
  await attack(target!, Uint8Array.from(Buffer.from(key!, 'hex')), Number(speed))
} else {
  const args = process.argv.slice(2)
  const rateAt = args.indexOf('--rate')
  await defend(args.includes('--full') ? 60 : 10, rateAt < 0 ? 1000 : Number(args[rateAt + 1]))
}
