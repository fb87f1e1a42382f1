import { InvalidOptionError } from '@kadmium/interface'
import type { ChannelFactory } from '@kadmium/interface'
import { noise, plaintext } from '@kadmium/secure-channel'

/** The ways to protect datagrams, by the name that a configuration has for them. */
const channels = { noise, plaintext } as const satisfies Readonly<Record<string, () => ChannelFactory>>

export type ChannelName = keyof typeof channels

export const CHANNEL_NAMES = Object.keys(channels) as readonly ChannelName[]

export function channelFactory (name: ChannelName): ChannelFactory {
  if (!Object.hasOwn(channels, name)) throw new InvalidOptionError('channel', `expected ${CHANNEL_NAMES.join(' or ')}, got ${JSON.stringify(name)}`)
  return channels[name]()
}
