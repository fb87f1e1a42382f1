/**
 * A behaviour of your own: a protocol name, requests, replies. Here every node keeps a guest book; who signs one gets the
 * number of the entry. Run it after `npm run build`: node examples/custom-behaviour.mjs
 */
import { bytesProtocol, createSwarm } from '@kadmium/swarm'
import { udp } from '@kadmium/transport-udp'
import { endpointFromMultiaddr } from '@kadmium/wire'

const protocol = bytesProtocol('/example/guest-book/1.0.0')
const encode = text => new TextEncoder().encode(text)
const decode = bytes => new TextDecoder().decode(bytes)

/** A factory, as every behaviour is: it gets the swarm's components and returns what the application may call. */
function guestBook () {
  return components => {
    const entries = []
    components.handle(protocol, (request, from) => {
      if (request.length > 100) return { error: 'too-large', reason: 'an entry has at most 100 bytes' }
      entries.push({ guest: from.peer, text: decode(request) })
      return encode(String(entries.length))
    })
    return {
      entries,
      async sign (host, text) {
        const reply = await components.request(host, protocol, encode(text))
        switch (reply.type) {
          case 'response': return `entry ${decode(reply.message)}`
          case 'error': return `refused: ${reply.reason}`
          default: return reply.type // timeout, cancelled or unsent: a value in every case, never an exception
        }
      },
      peerAnswered (contact, { rttMs }) { // one of the hooks that the swarm calls where they are there
        if (rttMs > 1000) console.log(`${contact.id} is slow`)
      }
    }
  }
}

const start = () => createSwarm({ transports: [udp({ listen: ['127.0.0.1:0'] })], behaviours: { guestBook: guestBook() } })
const host = await start()
const guest = await start()
guest.addEventListener('ConnectionEstablished', event => { console.log('guest: connected', event.detail.peer.equals(host.localPeerId)) })

const { peer, address } = await guest.dial(host.listenAddrs[0])
const book = { id: peer, addresses: [endpointFromMultiaddr(address)] } // whom to ask: nobody but this peer is believed
console.log('guest:', await guest.behaviours.guestBook.sign(book, 'was here'))
console.log('guest:', await guest.behaviours.guestBook.sign(book, 'x'.repeat(101)))
console.log('host:', host.behaviours.guestBook.entries.map(({ text }) => text).join())

await Promise.all([host.stop(), guest.stop()])
