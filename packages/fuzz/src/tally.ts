import type { Channel, ChannelFactory, Output } from '@kadmium/interface'

/** What a channel made of the datagrams that it was given. */
export interface Tally {
  received: number
  messages: number
  dropped: number
}

/** The same channel, with its verdicts counted. */
export function counted (factory: ChannelFactory, tally: Tally): ChannelFactory {
  return components => {
    const channel = factory(components)
    const count = (outputs: Output[]): Output[] => {
      for (const { type } of outputs) {
        if (type === 'message') tally.messages++
        if (type === 'dropped') tally.dropped++
      }
      return outputs
    }
    const wrapped: Channel = {
      ...(channel.tokens !== undefined && { tokens: channel.tokens }),
      keep: (peerKey, kept) => channel.keep?.(peerKey, kept),
      send: (message, to, options, now) => count(channel.send(message, to, options, now)),
      receive (bytes, from, now, options) {
        tally.received++
        return count(channel.receive(bytes, from, now, options))
      },
      due: now => count(channel.due(now)),
      nextDeadline: () => channel.nextDeadline(),
      budget: (to, options) => channel.budget(to, options)
    }
    return wrapped
  }
}
