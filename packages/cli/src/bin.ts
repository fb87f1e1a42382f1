import { Interrupts, watchParent } from './interrupts.ts'
import { run } from './program.ts'

const interrupts = new Interrupts(code => process.exit(code), () => performance.now())
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupts.interrupt())
if (process.env.npm_command !== undefined) watchParent(() => interrupts.interrupt())

// Whoever reads our output may stop reading (| head): that is no failure worth a stack.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error })
}

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  createNode: async config => {
    const { createNode } = await import('@kadmium/node')
    return await createNode(config)
  },
  interrupted: interrupts.signal
})
