import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** In use after a collection. */
export function heapBytes (): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}
