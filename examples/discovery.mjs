/**
 * Peers that find each other by a name, without a server. Three publish their ids under the name; a fourth, which knows only
 * the first node's address, reads the name, and connects to each of them by id. Run it after `npm run build`:
 * node examples/discovery.mjs
 */
import { kad } from '@kadmium/kad-behaviour'
import { peerIdFromBytes } from '@kadmium/peer-id'
import { createSwarm } from '@kadmium/swarm'
import { udp } from '@kadmium/transport-udp'

const namespace = new TextEncoder().encode('chess players')
const start = () => createSwarm({ transports: [udp({ listen: ['127.0.0.1:0'] })], behaviours: { kad: kad() } })

const first = await start()
const players = [await start(), await start(), await start()]
const newcomer = await start()

for (const { behaviours } of [...players, newcomer]) {
  await behaviours.kad.addAddress(first.listenAddrs[0])
  await behaviours.kad.bootstrap()
}

for (const { behaviours, localPeerId } of players) {
  const { storedOn } = await behaviours.kad.putRecord({ key: namespace, value: localPeerId.bytes })
  console.log(`${localPeerId} is announced on ${storedOn} nodes`)
}

newcomer.addEventListener('ConnectionEstablished', ({ detail: { peer } }) => { console.log(`connected to ${peer}`) })

for await (const { record } of newcomer.behaviours.kad.getRecord(namespace)) {
  const peer = peerIdFromBytes(record.value)
  console.log(`found ${peer}`)
  await newcomer.dial(peer)
}

const { peers } = await newcomer.behaviours.kad.getClosestPeers(newcomer.localPeerId)
console.log(`${peers.length} neighbours, myself ${peers.some(({ id }) => id.equals(newcomer.localPeerId)) ? 'among them' : 'not among them'}`)

await Promise.all([first, ...players, newcomer].map(swarm => swarm.stop()))
