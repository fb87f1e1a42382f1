/** The other process of the flood: first flights of a thousand keys, from ever new addresses, at a steady rate until it is ended. */
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import { createIdentity, generatePrivateKey } from '@kadmium/peer-id'
import { seededRandom, systemCrypto } from '@kadmium/runtime'
import { noise } from '@kadmium/secure-channel'
import { parseEndpoint } from '@kadmium/wire'

/** Sockets that send at one time, and how many of them give way to others in a second. */
const SOCKETS = 256
const NEW_SOCKETS_PER_SECOND = 2000
/** What waits to be sent is gone by then. */
const CLOSE_AFTER_MS = 500
const FLIGHTS = 1000
/** How often the node is told how many were sent: more often would be work for it. */
const TELL_MS = 100

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
  let toldAt = start
  for (let sent = 0; ;) {
    const seconds = (performance.now() - start) / 1000
    for (; sent < seconds * rate; sent++) sockets[sent % SOCKETS]!.send(flights[sent % FLIGHTS]!, to.port, to.host, () => {})
    while (opened - SOCKETS < seconds * NEW_SOCKETS_PER_SECOND) {
      const place = opened % SOCKETS
      const old = sockets[place]!
      setTimeout(() => { old.close() }, CLOSE_AFTER_MS)
      sockets[place] = socketAt(addressOf(opened++))
    }
    if (performance.now() - toldAt > TELL_MS) {
      process.send?.(sent)
      toldAt = performance.now()
    }
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

const [target, key, rate] = process.argv.slice(2)
await attack(target!, Uint8Array.from(Buffer.from(key!, 'hex')), Number(rate))
