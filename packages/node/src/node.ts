import type { NodeConfig } from './config.ts'
import type { NodeOperations } from './operations.ts'

export async function createNode (config: NodeConfig = {}): Promise<NodeOperations> {
  throw new Error(`not yet: ${JSON.stringify(config)}`)
}
