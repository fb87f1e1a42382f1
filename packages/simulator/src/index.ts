/**
 * @packageDocumentation
 *
 * Runs the shipped swarm and behaviours, yours too, over a simulated network in virtual time: hours of a thousand nodes
 * in seconds, with latency, loss, duplicates, reordering, partitions and crashes, and the same again for the same seed.
 *
 * ```ts
 * import { Simulator } from '@kadmium/simulator'
 * import { kad } from '@kadmium/kad-behaviour'
 *
 * const sim = new Simulator({ seed: 1, loss: 0.05 })
 * const nodes = await sim.addNodes(100, () => ({ behaviours: { kad: kad({ k: 20 }) } })) // options of createSwarm
 * sim.fillTables(node => node.swarm.behaviours.kad.table, { nodes })
 * const found = await sim.until(nodes[0].swarm.behaviours.kad.getClosestPeers(nodes[7].id))
 * console.log(found.peers.length, sim.clock.now(), sim.report().traffic.sent, sim.trace())
 * ```
 */
export type { Chance, Conditions } from './conditions.ts'
export type { Fidelity } from './medium.ts'
export { fixed, internet, regions } from './latency.ts'
export type { InternetInit, Latency, LatencyFactory, RegionsInit } from './latency.ts'
export type { Bandwidth } from './lines.ts'
export type { NatKind, NatPlace, NodePlace } from './node-place.ts'
export type { FillableTable } from './oracle.ts'
export type { NodeStatus, SimNode } from './sim-node.ts'
export { Simulator } from './simulator.ts'
export type { FillInit, SimulatorInit, SimulatorReport } from './simulator.ts'
export { tableHealth } from './table-health.ts'
export type { ReadableTable, TableHealth, TableOwner } from './table-health.ts'
export type { NetworkCounts, TrafficCounts } from './traffic.ts'
export { compositionFrom } from './scenario/composition.ts'
export type { ComposedInit, ComposedNetwork, Composition, Figures } from './scenario/composition.ts'
export { parseScenario, readScenario, scenarioFrom } from './scenario/parse-scenario.ts'
export { reportText } from './scenario/report.ts'
export type { Report, Sample } from './scenario/report.ts'
export { runScenario } from './scenario/run-scenario.ts'
export type { Checkpoint, RunInit, ScenarioProgress, ScenarioRun } from './scenario/run-scenario.ts'
export type { Scenario, ScenarioInput } from './scenario/scenario.ts'
export { firstDifference, recordedScenario, recordingOf } from './scenario/recording.ts'
export type { Difference } from './scenario/recording.ts'
export { runPlots } from './plots/run-plots.ts'
export { brokenInvariants } from './scenario/invariants.ts'
export { randomScenario } from './scenario/random-scenario.ts'
