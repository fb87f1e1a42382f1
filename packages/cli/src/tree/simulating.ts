/** The simulator's command. */
import { Option } from 'commander'
import type { Command } from 'commander'
import { parseCount, parseShare, parseTimeText } from '../arguments.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'
import { examples } from './examples.ts'
import { jsonOption, option } from './options.ts'

export function addSimulate (program: Command, terminal: Terminal, done: Done): void {
  jsonOption(program.command('simulate'))
    .summary('run a network in virtual time and report on it')
    .description('Runs the shipped node many times over a simulated network in virtual time, and reports. The same seed gives the same run.')
    .addOption(option('--nodes <n>', 'how many nodes (default: 1000)', parseCount(200_000)))
    .addOption(option('--loss <share>', 'datagrams that are lost, as 5% (default: none)', parseShare))
    .addOption(option('--churn <time>', 'nodes come and go; half of their sessions are shorter than this, as 60m', parseTimeText))
    .addOption(option('--lookups <n>', 'how many lookups (default: 1000)', parseCount(10_000_000, 0)))
    .option('--seed <seed>', 'what everything random comes from (default: 1)')
    .addOption(new Option('--fidelity <name>', 'lite: messages as objects; wire: as datagrams; full: encrypted too (default: lite)').choices(['lite', 'wire', 'full']))
    .option('--scenario <file>', 'a YAML file that says more; options that are typed too take its place')
    .option('--compose <file>', 'a module with your own behaviours for the nodes: exports compose, measure, figures')
    .option('--plot <file>', 'where to draw latencies, hops, tables and success, as SVG')
    .option('--record <file>', 'where to keep the run, as one JSON object a line')
    .addOption(new Option('--replay <file>', 'run again what was recorded, and compare').conflicts(['nodes', 'loss', 'churn', 'lookups', 'seed', 'fidelity', 'scenario', 'compose', 'record']))
    .addHelpText('after', examples['simulate'] ?? '')
    .action(async (options: object) => {
      const { simulate } = await import('../commands/simulate.ts')
      done.code = await simulate(options, terminal)
    })
}
