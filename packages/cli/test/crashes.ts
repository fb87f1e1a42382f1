import { join } from 'node:path'
import { seededRandom } from '@kadmium/runtime'
import type { KadmiumProcess, Processes } from './processes.ts'

const PEERS = 3
const KEYS = 100
const LINES = 400

export interface Crashes {
  readonly kills: number
  /** Puts that were acknowledged before one of the kills. */
  readonly acknowledged: number
  /** Rounds in which the node found the network again by itself. */
  readonly rejoined: number
  /** Keys whose acknowledged value, or a later one, the node does not have at the end. */
  readonly lost: readonly string[]
}

/**
 * Kills a node with --data again and again under a load of puts, each time at a random moment. The seed that it joined by is gone
 * after its first run. What it has at the end is asked of it alone, when its peers have gone.
 */
export async function crashes (processes: Processes, kills: number, seed: number): Promise<Crashes> {
  const random = seededRandom(seed)
  const seedNode = processes.start('bootstrap', '--host', '127.0.0.1', '--port', '0')
  const address = await seedNode.address()
  const peers = Array.from({ length: PEERS }, () => processes.start('join', address, '--host', '127.0.0.1'))
  for (const peer of peers) await peer.printed(/^Joined/m)

  const data = join(processes.home, 'victim')
  const victim = (...more: string[]): KadmiumProcess => processes.start('shell', '--host', '127.0.0.1', '--data', data, ...more)
  const newest = new Map<string, number>()
  let [acknowledged, rejoined] = [0, 0]
  for (let round = 0; round < kills; round++) {
    const shell = round === 0 ? victim('--bootstrap', address) : victim()
    shell.child.stdin.write(Array.from({ length: LINES }, (_, i) => `put key${i % KEYS} ${round * LINES + i}\n`).join(''))
    let [wanted, isIn] = [1 + random.below(60), false]
    for (let i = 0; i < LINES && (wanted > 0 || !isIn); i++) {
      const [line] = await shell.printed(/^Stored on .*\n/m)
      newest.set(`key${i % KEYS}`, round * LINES + i)
      acknowledged++
      wanted--
      isIn ||= !line.startsWith('Stored on 0')
    }
    if (isIn) rejoined++
    await shell.kill('SIGKILL')
    if (round === 0) await seedNode.kill('SIGKILL')
  }
  for (const peer of peers) await peer.kill('SIGKILL')
  return { kills, acknowledged, rejoined, lost: await missing(victim, newest) }
}

async function missing (victim: () => KadmiumProcess, newest: ReadonlyMap<string, number>): Promise<string[]> {
  const lost: string[] = []
  const shell = victim()
  for (const [key, value] of newest) {
    shell.child.stdin.write(`get ${key}\n`)
    const [answer] = await shell.printed(/^.*\n/m)
    const found = Number(/^Value: (\d+)$/m.exec(answer)?.[1] ?? -1)
    if (found < value) lost.push(`${key}: acknowledged ${value}, found ${answer.trim()}`)
  }
  await shell.kill('SIGKILL')
  return lost
}
