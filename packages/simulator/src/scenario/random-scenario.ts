/** Scenarios that nobody thought of. */
import type { Random } from '@kadmium/interface'
import { seededRandom } from '@kadmium/runtime'
import type { ScenarioInput } from './scenario.ts'

type EventInput = NonNullable<ScenarioInput['events']>[number]

const MAX_NODES = 80

/**
 * A scenario from a seed: sizes, conditions, churn, events and attackers that a network must bear without breaking an
 * invariant. Not among them: nodes that cannot be reached and attackers that surround a key, since these may hide a record,
 * and restarts of all nodes of which few have disks: the copies that outlive those lie where nobody looks for them.
 */
export function randomScenario (seed: number | string): ScenarioInput {
  const random = seededRandom(`random scenario ${typeof seed} ${seed}`)
  const sometimes = <T>(chance: number, value: () => T): T | undefined => random.float() < chance ? value() : undefined
  const churn = sometimes(0.4, () => ({ median: `${10 + random.below(110)}m`, clean: random.float() }))
  const events = eventsFrom(random)
  const clockSkew = sometimes(0.3, () => ({ share: random.float() / 2, max: '1d' }))
  const attackers = sometimes(0.3, () => [{ kind: random.float() < 0.5 ? 'silent' as const : 'garbage' as const, share: 0.1 * random.float() }])
  const leastDisks = events.some(event => event.do === 'restart-all') ? 0.5 : 0
  const disks = random.float() < 0.5 ? 1 : leastDisks + (1 - leastDisks) * random.float()
  return {
    name: 'random',
    seed,
    nodes: 2 + random.below(MAX_NODES - 1),
    fidelity: random.float() < 0.3 ? 'wire' : 'lite',
    latency: random.float() < 0.7 ? 'internet' : random.float() < 0.5 ? 'regions' : { fixed: `${1 + random.below(100)}ms` },
    joinEvery: `${random.below(500)}ms`,
    warmUp: '2m',
    measure: '4m',
    lookups: 100,
    records: 20,
    reads: 40,
    loss: random.float() < 0.5 ? 0 : 0.1 * random.float(),
    duplicate: 0.05 * random.float(),
    reorder: 0.1 * random.float(),
    events,
    ...(churn && { churn }),
    ...(clockSkew && { clockSkew }),
    ...(attackers && { attackers }),
    ...(leastDisks > 0 || random.float() < 0.5 ? { disks } : {})
  }
}

/** At most one of each, in this order; a cut is always healed. */
function eventsFrom (random: Random): EventInput[] {
  const events: EventInput[] = []
  if (random.float() < 0.2) events.push({ at: '10s', do: 'partition', share: random.float() }, { at: `${20 + random.below(60)}s`, do: 'heal' })
  if (random.float() < 0.2) events.push({ at: '90s', do: 'mass-death', share: 0.4 * random.float() })
  if (random.float() < 0.2) events.push({ at: '95s', do: 'flash-crowd', share: random.float(), within: '60s' })
  if (random.float() < 0.3) events.push({ at: '100s', do: 'restart-all', within: `${random.below(90)}s` })
  return events
}
