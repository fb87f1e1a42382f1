/**
 * A behaviour of your own in a simulated network: rumours, which each node tells to a few of those in its table.
 * Run it after `npm run build`: npx kadmium simulate --nodes 200 --lookups 0 --compose examples/gossip.mjs
 */
import { bytesProtocol } from '@kadmium/swarm'

const protocol = bytesProtocol('/example/gossip/1.0.0')
const FANOUT = 4

function gossip (tableOf) {
  return components => {
    const { clock, random } = components
    let heardAt
    components.handle(protocol, rumour => {
      hear(rumour)
      return new Uint8Array(0)
    })
    function hear (rumour) {
      if (heardAt !== undefined) return
      heardAt = clock.now() // time and randomness are the components' alone, so that a run can be repeated
      const others = tableOf().closest(components.localId, Infinity)
      for (let i = 0; i < FANOUT && others.length > 0; i++) {
        const [contact] = others.splice(random.below(others.length), 1)
        components.request(contact, protocol, rumour)
      }
    }
    return { tell: hear, get heardAt () { return heardAt } }
  }
}

/** What each node runs: all that the scenario gives it, and gossip. */
export function compose (init) {
  let kad
  const behaviours = {
    ...init.behaviours,
    kad: components => (kad = init.behaviours.kad(components)),
    gossip: gossip(() => kad.table)
  }
  return { ...init, behaviours }
}

let toldAt = 0

/** What happens while the scenario's lookups run. */
export function measure ({ simulator, nodes, random }) {
  toldAt = simulator.clock.now()
  nodes[random.below(nodes.length)].swarm.behaviours.gossip.tell(new TextEncoder().encode('have you heard?'))
}

/** What the report says of it. */
export function figures ({ nodes }) {
  const up = nodes.filter(({ status }) => status === 'up')
  const times = up.map(({ swarm }) => swarm.behaviours.gossip.heardAt).filter(at => at !== undefined).map(at => at - toldAt)
  times.sort((a, b) => a - b)
  return {
    rumour: `reached ${times.length} of ${up.length} nodes, half of those within ${Math.round(times[times.length >> 1])} ms, all within ${Math.round(times.at(-1))} ms`
  }
}
