/** The nodes of a scenario: who is what, who is up, and what nobody among them can know. */
import type { PeerId, Random, SwarmInit } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadInit } from '@kadmium/kad-behaviour'
import { generatePrivateKey, keyId } from '@kadmium/peer-id'
import { fork } from '@kadmium/runtime'
import { colluding, falseObservation, flooder, garbage, keyNear, silent } from '../attackers.ts'
import type { NatKind, NodePlace } from '../node-place.ts'
import { nearestFirst, sortedById } from '../oracle.ts'
import type { Simulator } from '../simulator.ts'
import { composed } from './composition.ts'
import type { Composition } from './composition.ts'
import { Disk } from './disk.ts'
import { kadOf } from './kad-node.ts'
import type { KadFactories, KadNode } from './kad-node.ts'
import { recordKey } from './records.ts'
import type { Attackers, Scenario } from './scenario.ts'

type PrivateKey = NonNullable<SwarmInit['privateKey']>

/** What is decided of a node before it exists. */
interface Role {
  readonly place: NodePlace
  readonly attack: Attackers | undefined
  readonly hasDisk: boolean
}

/** Inbound requests of a silent attacker never end. */
const ENDLESS = 1_048_576
/** Draws before all nodes are gone through: mostly the first will do. */
const TRIES = 20

export class Population {
  readonly nodes: KadNode[] = []
  readonly #scenario: Scenario
  readonly #composition: Composition
  readonly #random: Random
  readonly #roles: Role[] = []
  /** By how many seeds they are given: seeds are only ever added. */
  readonly #kads = new Map<number, KadFactories['kad']>()
  #seeds: readonly string[] = []
  /** By node; those that have none are left out. */
  readonly #disks = new Map<number, Disk>()
  readonly #rings = new Map<Attackers, KadNode[]>()
  #sorted: readonly KadNode[] = []
  #sim: Simulator | undefined
  /** While the network is cut: the side of each node. */
  #sides: Map<KadNode, number> | undefined

  constructor (scenario: Scenario, composition: Composition, random: Random) {
    this.#scenario = scenario
    this.#composition = composition
    this.#random = fork(random, 'roles')
  }

  /** The nodes are those of `sim` from now on. */
  attach (sim: Simulator): void {
    this.#sim = sim
  }

  placeOf (index: number): NodePlace {
    return this.#roleOf(index).place
  }

  /** One more node, started now. Needs no driving of time while some timer of the simulation runs. */
  async add (): Promise<KadNode> {
    const seeds = this.#scenario.start === 'oracle' && this.nodes.length < this.#scenario.nodes ? [] : this.#seedAddresses()
    const { attack } = this.#roleOf(this.nodes.length)
    const index = this.nodes.length
    const [node] = await this.#simulator.addNodes<KadFactories>(1, () => composed(this.#composition, this.#initOf(index, seeds), index))
    this.nodes.push(node as KadNode)
    if (attack !== undefined) this.#ringOf(attack).push(node as KadNode)
    return node as KadNode
  }

  get up (): KadNode[] {
    return this.nodes.filter(({ status }) => status === 'up')
  }

  /** Nodes that are up, are what they seem, and have joined. */
  get good (): KadNode[] {
    return this.nodes.filter(node => this.isGood(node))
  }

  isGood (node: KadNode): boolean {
    return node.status === 'up' && !this.isAttacker(node) && (this.#scenario.start === 'oracle' || kadOf(node).bootstrapped)
  }

  isAttacker ({ index }: KadNode): boolean {
    return this.#roles[index]?.attack !== undefined
  }

  isSeed ({ index }: KadNode): boolean {
    return index < this.#scenario.seeds
  }

  /** Whether others reach it without having been asked by it. */
  isReachable ({ index }: KadNode): boolean {
    const nat = this.#roles[index]?.place.nat
    return nat === undefined
  }

  cut (sides: Map<KadNode, number> | undefined): void {
    this.#sides = sides
  }

  areTogether (a: KadNode, b: KadNode): boolean {
    return this.#sides === undefined || this.#sides.get(a) === this.#sides.get(b)
  }

  /** The good nodes that are truly nearest to `target` among those that `from` can reach; never `from` itself. */
  closest (from: KadNode, target: PeerId, count: number): KadNode[] {
    if (this.#sorted.length !== this.nodes.length) this.#sorted = sortedById(this.nodes)
    const closest: KadNode[] = []
    for (const node of nearestFirst(this.#sorted, target)) {
      if (closest.length === count) break
      if (node !== from && this.isGood(node) && this.isReachable(node) && this.areTogether(from, node)) closest.push(node)
    }
    return closest
  }

  /** A good node, each as likely as any other; `undefined` where there is none. */
  anyone (random: Random): KadNode | undefined {
    for (let tries = 0; tries < TRIES && this.nodes.length > 0; tries++) {
      const node = this.nodes[random.below(this.nodes.length)] as KadNode
      if (this.isGood(node)) return node
    }
    const { good } = this
    return good[random.below(Math.max(1, good.length))]
  }

  /** Where nobody has joined, as when one node alone is left: the first that is up and is what it seems. */
  anyoneUp (random: Random): KadNode | undefined {
    return this.anyone(random) ?? this.nodes.find(node => node.status === 'up' && !this.isAttacker(node))
  }

  #initOf (index: number, seeds: readonly string[]): SwarmInit<KadFactories> {
    const { attack, place } = this.#roleOf(index)
    const inner = this.#kadOf(index, seeds)
    if (attack !== undefined) return this.#attackerInit(index, attack, inner)
    const isHidden = place.nat !== undefined && place.nat.kind !== 'full-cone'
    return { behaviours: { kad: inner }, limits: this.#scenario.limits, ...(isHidden && this.#scenario.nat?.mode === 'client' && { mode: 'client' as const }) }
  }

  #kadOf (index: number, seeds: readonly string[]): KadFactories['kad'] {
    if (!this.#roleOf(index).hasDisk) return this.#kadWith(seeds)
    const disk = this.#disks.get(index) ?? new Disk()
    this.#disks.set(index, disk)
    return disk.kad({ ...this.#scenario.kad, seeds } as KadInit)
  }

  /** Nodes that are given the same seeds share their options. */
  #kadWith (seeds: readonly string[]): KadFactories['kad'] {
    const made = this.#kads.get(seeds.length) ?? kad({ ...this.#scenario.kad, seeds } as KadInit)
    this.#kads.set(seeds.length, made)
    return made
  }

  #attackerInit (index: number, attack: Attackers, inner: KadFactories['kad']): SwarmInit<KadFactories> {
    const limits = { ...this.#scenario.limits, inboundRequests: ENDLESS }
    switch (attack.kind) {
      case 'silent': return { behaviours: { kad: silent(inner) }, limits }
      case 'garbage': return { behaviours: { kad: garbage(inner) }, limits: this.#scenario.limits }
      case 'colluding': return { behaviours: { kad: colluding(inner, this.#ringOf(attack)) }, limits: this.#scenario.limits }
      case 'sybil':
      case 'eclipse': return { behaviours: { kad: colluding(inner, this.#ringOf(attack)) }, privateKey: this.#keyOf(index, attack) }
      case 'flooder': return { behaviours: { kad: flooder(inner, () => this.nodes.filter(node => !this.isAttacker(node)), attack.rate) } }
      case 'observer': return { behaviours: { kad: inner } }
    }
  }

  /** Vertical Sybils are many nodes of one place with ids anywhere; an eclipse has its ids around one key. */
  #keyOf (index: number, { kind, key, bits }: Attackers): PrivateKey {
    const random = fork(this.#random, `key ${index}`)
    return kind === 'sybil' ? generatePrivateKey(random) : keyNear(keyId(key === undefined ? recordKey(0) : utf8.encode(key)), bits, random)
  }

  #ringOf (attack: Attackers): KadNode[] {
    const ring = this.#rings.get(attack) ?? []
    this.#rings.set(attack, ring)
    return ring
  }

  #roleOf (index: number): Role {
    for (let next = this.#roles.length; next <= index; next++) this.#roles.push(this.#draw(next))
    return this.#roles[index] as Role
  }

  /** Seeds are plain nodes; who comes after the first `nodes` is no attacker. */
  #draw (index: number): Role {
    const { seeds, nodes, attackers, nat, addresses, clockSkew, disks } = this.#scenario
    const [who, where, stack, skew] = [this.#random.float(), this.#random.float(), this.#random.float(), this.#random.float()]
    const isPlain = index < seeds
    const attack = isPlain || index >= nodes ? undefined : pick(who, attackers.map(attack => [attack.share, attack] as const))
    const kind = isPlain || attack !== undefined ? undefined : pick(where, natShares(nat))
    const place: NodePlace = {
      ...(addresses !== undefined && !isPlain && { stack: pick(stack, [[addresses.ipv6, 'ipv6'], [addresses.dual, 'dual']]) ?? 'ipv4' }),
      ...(addresses !== undefined && isPlain && addresses.ipv6 + addresses.dual > 0 && { stack: 'dual' as const }),
      ...(kind !== undefined && nat !== undefined && { nat: { kind, mappingMs: nat.mapping } }),
      ...(clockSkew !== undefined && skew < clockSkew.share && { clockSkewMs: Math.round((2 * skew / clockSkew.share - 1) * clockSkew.max) }),
      ...(attack?.kind === 'sybil' && { group: 'sybils' }),
      ...(attack?.kind === 'observer' && { twist: falseObservation })
    }
    return { place, attack, hasDisk: disks > 0 && this.#random.float() < disks }
  }

  /** One list for all that are given the same. */
  #seedAddresses (): readonly string[] {
    const seeds = this.nodes.slice(0, this.#scenario.seeds).flatMap(({ contact }) => contact.addresses.map(({ text }) => text))
    if (seeds.length !== this.#seeds.length) this.#seeds = seeds
    return this.#seeds
  }

  get #simulator (): Simulator {
    if (this.#sim === undefined) throw new Error('attach a simulator first')
    return this.#sim
  }
}

function natShares (nat: Scenario['nat']): Array<readonly [number, NatKind]> {
  if (nat === undefined) return []
  return [[nat.fullCone, 'full-cone'], [nat.restricted, 'restricted'], [nat.portRestricted, 'port-restricted'], [nat.symmetric, 'symmetric']]
}

/** Where a number from 0 to 1 falls when each choice has its share; `undefined` in what is left. */
function pick<T> (at: number, choices: ReadonlyArray<readonly [number, T]>): T | undefined {
  let rest = at
  for (const [share, choice] of choices) {
    if (rest < share) return choice
    rest -= share
  }
  return undefined
}

const utf8 = new TextEncoder()
