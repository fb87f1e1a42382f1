import { format } from 'node:util'
import type { ComponentLogger, Logger } from '@libp2p/interface'

/**
 * How much a node tells: `error` failures alone, `info` also what a person wants to know, `debug` also what the components
 * log, `trace` also each of their steps. Each level holds those before it.
 */
export const LOG_LEVELS = ['error', 'info', 'debug', 'trace'] as const
export type LogLevel = typeof LOG_LEVELS[number]

/** Whether a message of level `message` is told at `level`. */
function tells (level: LogLevel, message: LogLevel): boolean {
  return LOG_LEVELS.indexOf(message) <= LOG_LEVELS.indexOf(level)
}

/** The logger that every component gets. One line a message: the component's name, then the text. */
export function componentLogger (level: LogLevel, write: (line: string) => void): ComponentLogger {
  return { forComponent: name => makeLogger(name, level, write) }
}

function makeLogger (name: string, level: LogLevel, write: (line: string) => void): Logger {
  const at = (message: LogLevel, prefix: string) => tells(level, message)
    ? (formatter: unknown, ...args: unknown[]) => write(`${prefix} ${render(formatter, args)}\n`)
    : () => {}
  return Object.assign(at('debug', name), {
    error: at('error', `${name}: error:`),
    trace: at('trace', name),
    enabled: tells(level, 'debug'),
    newScope: (scope: string) => makeLogger(`${name}:${scope}`, level, write)
  })
}

/** libp2p's own formatters (%p peer, %a multiaddr, %e error, %b %t bytes …) print as text. */
function render (formatter: unknown, args: readonly unknown[]): string {
  const template = typeof formatter === 'string' ? formatter.replace(/%[abcekptm]/g, '%s') : formatter
  return format(template, ...args.map(arg => arg instanceof Error ? arg.message : arg))
}
