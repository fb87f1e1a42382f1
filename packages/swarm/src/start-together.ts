import { ListenError } from '@kadmium/interface'
import type { Transport, TransportHandler } from '@kadmium/interface'

/** How many ports are tried until one is free for all transports. */
const ATTEMPTS = 20

/**
 * Starts all transports or none, with one port for all that ask for any: the first of them finds one, and when another
 * program has it where a later transport needs it, all begin anew with another.
 */
export async function startTogether (transports: readonly Transport[], handlerOf: (transport: Transport) => TransportHandler): Promise<void> {
  let lastPort: number | undefined
  for (let attempt = 1; ; attempt++) {
    let port: number | undefined
    try {
      for (const transport of transports) {
        await transport.start(handlerOf(transport), port === undefined ? {} : { port })
        port ??= transport.listening[0]?.port
      }
      return
    } catch (error) {
      await Promise.all(transports.map(transport => transport.stop()))
      if (attempt === ATTEMPTS || port === undefined || port === lastPort || !isTaken(error)) throw error
      lastPort = port
    }
  }
}

/** A port that was asked for by number is the same again, and so not tried more than twice. */
function isTaken (error: unknown): boolean {
  return error instanceof ListenError && error.code === 'EADDRINUSE'
}
