/**
 * Pings over UDP on loopback, both nodes in this process, 64 outstanding: the swarm against bare `node:dgram` sockets that
 * echo datagrams of the same size, which is what there is to gain at most.
 * Run alone: node packages/benchmarks/dist/src/rpc.js
 */
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import type { SwarmComponents } from '@kadmium/interface'
import { createSwarm } from '@kadmium/swarm'
import { udp } from '@kadmium/transport-udp'

const OUTSTANDING = 64
const WARM_UP = 20_000
const ROUNDS = 5
const REQUESTS = 40_000
/** The goal for one request and its answer, both ends together. */
const BUDGET_US = 33
/** A ping and its answer in a proven session. */
const REQUEST_BYTES = 92
const ANSWER_BYTES = 80

interface Figures {
  readonly perSecond: number
  readonly cpuUs: number
}

/** The best of the rounds: other work on the machine only ever makes one worse. */
async function measure (ask: () => Promise<unknown>): Promise<Figures> {
  await run(ask, WARM_UP)
  let best: Figures = { perSecond: 0, cpuUs: Infinity }
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = process.cpuUsage()
    const start = performance.now()
    await run(ask, REQUESTS)
    const perSecond = REQUESTS / (performance.now() - start) * 1000
    const { user, system } = process.cpuUsage(cpu)
    best = { perSecond: Math.max(best.perSecond, perSecond), cpuUs: Math.min(best.cpuUs, (user + system) / REQUESTS) }
  }
  return best
}

async function run (ask: () => Promise<unknown>, requests: number): Promise<void> {
  let left = requests
  const asker = async (): Promise<void> => {
    while (left-- > 0) await ask()
  }
  await Promise.all(Array.from({ length: OUTSTANDING }, asker))
}

async function swarmPing (): Promise<Figures> {
  const start = () => createSwarm({
    transports: [udp({ listen: ['127.0.0.1:0'] })],
    behaviours: { lent: (components: SwarmComponents) => ({ components }) }
  })
  const [a, b] = await Promise.all([start(), start()])
  const to = { id: b.localPeerId, publicKey: b.publicKey, addresses: b.behaviours.lent.components.listening }
  const figures = await measure(async () => {
    const reply = await a.behaviours.lent.components.ping(to)
    if (reply.type !== 'response') throw new Error(`expected a response, got ${reply.type}`)
  })
  await Promise.all([a.stop(), b.stop()])
  return figures
}

async function bareEcho (): Promise<Figures> {
  const [a, b] = await Promise.all([bound(), bound()])
  const { port } = b.address()
  const waiting: (() => void)[] = []
  const request = new Uint8Array(REQUEST_BYTES)
  const answer = new Uint8Array(ANSWER_BYTES)
  b.on('message', (_bytes, from) => { b.send(answer, from.port, from.address) })
  a.on('message', () => { waiting.shift()?.() })
  const figures = await measure(() => new Promise<void>(resolve => {
    waiting.push(resolve)
    a.send(request, port, '127.0.0.1')
  }))
  a.close()
  b.close()
  return figures
}

function bound (): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, callback) => { callback(null, host, 4) } })
  return new Promise(resolve => { socket.bind(0, '127.0.0.1', () => { resolve(socket) }) })
}

function line (name: string, { perSecond, cpuUs }: Figures): string {
  return `${name.padEnd(12)} ${Math.round(perSecond).toLocaleString('en').padStart(8)} /s  ${cpuUs.toFixed(1).padStart(5)} µs CPU`
}

const bare = await bareEcho()
const swarm = await swarmPing()
console.log(line('bare dgram', bare))
console.log(line('swarm ping', swarm))
const verdict = swarm.cpuUs <= BUDGET_US ? 'met' : 'missed'
console.log(`ratio        ${(swarm.perSecond / bare.perSecond).toFixed(2)} of bare; budget ${BUDGET_US} µs: ${verdict}`)
