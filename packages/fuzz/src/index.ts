/**
 * @packageDocumentation
 *
 * Bends messages that once were good, and throws them at every decoder and at nodes that run: nothing may throw, nothing
 * may grow, and the nodes must go on answering. What is thrown depends on the seed alone, so that a find can be repeated.
 *
 * ```console
 * npm run fuzz -- --seconds 60 --seed 7     # all targets, in turn
 * npm run fuzz -- --count 1000000 --target datagram # so many bent datagrams, at nodes that run
 * npm run fuzz -- --target record           # one of them
 * npm run fuzz -- --input 0801…             # one input at every target: what a find prints
 * npm run fuzz -- --seconds 600 --add       # keeps inputs that had a new outcome in test-fixtures/fuzz-corpus
 * ```
 */
export { Find, fuzz, targetsNamed } from './campaign.ts'
export type { CampaignInit, Report } from './campaign.ts'
