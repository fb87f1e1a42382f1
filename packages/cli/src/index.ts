/**
 * @packageDocumentation
 *
 * The `kadmium` command: nodes, one-shot `put` and `get`, a shell, and a whole network in one process.
 *
 * ```console
 * $ npx kadmium bootstrap --port 8001
 * $ npx kadmium join 127.0.0.1:8001
 * $ npx kadmium put hello world --bootstrap 127.0.0.1:8001
 * $ npx kadmium get hello --bootstrap 127.0.0.1:8001
 * $ npx kadmium shell --bootstrap 127.0.0.1:8001
 * $ npx kadmium cluster --nodes 8
 * ```
 *
 * Results go to stdout and everything else to stderr; `--json` prints one object a line. Exit codes: 0 ok, 1 failed, 2 usage,
 * 3 not found, 4 unreachable. `run` is the same as a function: a command line and a terminal in, an exit code out.
 */
export { run } from './program.ts'
export { EXIT } from './exit-code.ts'
export type { ExitCode } from './exit-code.ts'
export type { Terminal } from './terminal.ts'
