/**
 * Peers that find each other by a name: each advertises itself, and whoever asks for the name gets their ids and addresses,
 * signed by themselves. Run it after `npm run build`: node examples/namespace.mjs
 */
import { kad } from '@kadmium/kad-behaviour'
import { createSwarm } from '@kadmium/swarm'
import { udp } from '@kadmium/transport-udp'

const utf8 = new TextEncoder()
const start = seeds => createSwarm({ transports: [udp({ listen: ['127.0.0.1:0'] })], behaviours: { kad: kad({ seeds }) } })

const first = await start([])
const seeds = first.listenAddrs
const [white, black, visitor] = [await start(seeds), await start(seeds), await start(seeds)]
for (const { behaviours } of [white, black, visitor]) await behaviours.kad.bootstrap()

await white.behaviours.kad.advertise('chess', { payload: utf8.encode('plays white') })
await black.behaviours.kad.advertise('chess', { payload: utf8.encode('plays black'), ttl: 600 })

for await (const { id, addresses, payload } of visitor.behaviours.kad.discover('chess')) {
  console.log(`${id} at ${addresses[0]} ${new TextDecoder().decode(payload)}`)
}

await black.behaviours.kad.withdraw('chess')
const { peers } = await visitor.behaviours.kad.discover('chess')
console.log(`${peers.length} left: ${peers[0].id.equals(white.localPeerId) ? 'white' : 'somebody else'}`)

await Promise.all([first, white, black, visitor].map(swarm => swarm.stop()))
