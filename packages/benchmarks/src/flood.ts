/**
 * A node on loopback, with the limits of the public profile, under a flood of handshakes from another process, which sends from
 * ever new addresses of 127.0.0.0/8 (2,000 a second, nearly each in a /24 of its own): what its proven peer feels, what is
 * remembered, and what is left afterwards. Fails when memory stays up, when the peer's p99 is more than twice as long, or when
 * more than 256 handshakes are half-open at once.
 * Run: node --expose-gc packages/benchmarks/dist/src/flood.js [--full] [--rate packets per second]
 */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
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
const RATE = 10_000
/** Sockets that send at one time, and how many of them give way to others in a second. */
const SOCKETS = 256
const NEW_SOCKETS_PER_SECOND = 2000
/** What waits to be sent is gone by then. */
const CLOSE_AFTER_MS = 500
const FLIGHTS = 1000
const MAX_HALF_OPEN = 256
const MAX_GROWTH_BYTES = 4 * 1024 * 1024
const MAX_GROWTH_MEANWHILE_BYTES = 16 * 1024 * 1024

/** First flights of a thousand keys, from ever new addresses, at a steady rate until the process is ended. */
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
  let opened = 0
  const sockets = Array.from({ length: SOCKETS }, () => socketAt(addressOf(opened++)))
  process.send?.('ready')
  const start = performance.now()
  for (let sent = 0; ;) {
    const seconds = (performance.now() - start) / 1000
    for (; sent < seconds * rate; sent++) sockets[sent % SOCKETS]!.send(flights[sent % FLIGHTS]!, to.port, to.host, () => {})
    while (opened - SOCKETS < seconds * NEW_SOCKETS_PER_SECOND) {
      const place = opened % SOCKETS
      const old = sockets[place]!
      setTimeout(() => { old.close() }, CLOSE_AFTER_MS)
      sockets[place] = socketAt(addressOf(opened++))
    }
    process.send?.(sent)
    await pause(1)
  }
}

/** Odd, so that all addresses differ; neighbours in number are far apart. */
const SPREAD = 40_503

/** Of 127.1.0.0 to 127.255.255.255. */
function addressOf (index: number): string {
  const group = index * SPREAD % 65_536
  return `127.${1 + (group >> 8) % 255}.${group & 255}.${1 + Math.floor(index / 65_536) % 254}`
}

/** What is sent before it is bound waits for that. */
function socketAt (address: string): Socket {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  socket.bind(0, address)
  return socket
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

function kibibytes (bytes: number): string {
  return `${bytes >= 0 ? '+' : ''}${(bytes / 1024).toFixed(0)} KiB`
}

async function defend (seconds: number, rate: number): Promise<void> {
  const watch = new Watch()
  const node = await createSwarm({ profile: 'public', transports: [watch.over(udp({ listen: ['127.0.0.1:0'] }))] })
  const peer = await createSwarm({ transports: [udp({ listen: ['127.0.0.1:0'] })] })
  const address = endpointFromMultiaddr(node.listenAddrs[0]!).text
  await p99(peer, address, 2000)
  const before = memory()
  const idle = await p99(peer, address, 5000)
  const attacker = fork(new URL(import.meta.url), ['--attack', address, Buffer.from(node.publicKey).toString('hex'), String(rate)])
  await once(attacker, 'message')
  let sent = 0
  attacker.on('message', count => { sent = Number(count) })
  const received = node.counters.received
  const cpu = process.cpuUsage()
  const busy = await p99(peer, address, seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  const meanwhile = memory() - before
  attacker.kill()
  await once(attacker, 'exit')
  const flights = node.counters.received - received
  const refusals = [...node.counters.dropped].map(([reason, count]) => `${reason} ${count}`).join(', ')
  await pause(HALF_OPEN_MS + 2000)
  const peak = watch.peak()
  watch.answers.length = 0
  const growth = memory() - before
  console.log(`flood of ${seconds} s: ${Math.round(sent / seconds)} packets/s sent, ${Math.round(flights / seconds)} read, ${watch.cookies} cookies, at most ${peak} half-open; ` +
    `${Math.round((user + system) / seconds / 10_000)} % of a core`)
  console.log(`dropped: ${refusals}`)
  for (const [name, { p50, p99, count, lost }] of Object.entries({ idle, busy })) {
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

const [flag, target, key, speed] = process.argv.slice(2)
if (flag === '--attack') {
  await attack(target!, Uint8Array.from(Buffer.from(key!, 'hex')), Number(speed))
} else {
  const args = process.argv.slice(2)
  const rateAt = args.indexOf('--rate')
  await defend(args.includes('--full') ? 60 : 10, rateAt < 0 ? RATE : Number(args[rateAt + 1]))
}
