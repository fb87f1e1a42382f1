import type { Behaviour, BehaviourFactory, Protocol, Reply, SwarmComponents } from '@kadmium/interface'

const bytes = {
  encode: (message: Uint8Array) => message,
  decode: (message: Uint8Array) => message
}

const ECHO: Protocol<Uint8Array, Uint8Array> = { name: '/echo/1.0.0', request: bytes, response: bytes }

export interface Echo extends Behaviour {
  ask (to: { readonly contact: SwarmContact }, message: Uint8Array): Promise<Reply<Uint8Array>>
  readonly components: SwarmComponents
  readonly asked: Uint8Array[]
}

type SwarmContact = Parameters<SwarmComponents['request']>[0]

/** A behaviour as an application writes one: it answers with what it was asked. */
export function echo (): BehaviourFactory<Echo> {
  return components => {
    const asked: Uint8Array[] = []
    components.handle(ECHO, message => {
      asked.push(message)
      return message
    })
    return { components, asked, ask: ({ contact }, message) => components.request(contact, ECHO, message) }
  }
}
