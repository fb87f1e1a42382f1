import { InvalidOptionError } from '@kadmium/interface'
import { kad } from '@kadmium/kad-behaviour'
import type { KadInit } from '@kadmium/kad-behaviour'
import { limitsOf } from '@kadmium/swarm'
import { LineCounter, isNode, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import type { z } from 'zod'
import { scenarioSchema } from './scenario.ts'
import type { Scenario } from './scenario.ts'

type Path = ReadonlyArray<PropertyKey>

/** Checks a scenario that a program made. Throws `InvalidOptionError`, which names the option. */
export function scenarioFrom (input: unknown): Scenario {
  return checked(input, () => '')
}

/** Reads a scenario file. Throws `InvalidOptionError`, which names the file, the line and the option. */
export function parseScenario (yaml: string, file = 'scenario'): Scenario {
  const { input, place } = read(yaml, file)
  return checked(input, place)
}

/** What a scenario file says, as it is written. */
export function readScenario (yaml: string, file = 'scenario'): Record<string, unknown> {
  const { input, place } = read(yaml, file)
  checked(input, place)
  return input as Record<string, unknown>
}

function read (yaml: string, file: string): { readonly input: unknown, readonly place: (path: Path) => string } {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) throw new InvalidOptionError(`${file}:${lines.linePos(error.pos[0]).line}`, oneLine(error.message))
  return { input: document.toJS() ?? {}, place: path => `${file}:${lineOf(document, lines, path)}: ` }
}

function checked (input: unknown, place: (path: Path) => string): Scenario {
  const result = scenarioSchema.safeParse(input)
  if (!result.success) throw problem(result.error.issues[0] as z.core.$ZodIssue, place)
  const { kad: kadInit, limits } = result.data
  pass(() => kad(kadInit as KadInit), option => `kad.${option}`, place)
  pass(() => limitsOf(limits), option => option, place)
  return result.data
}

/** What is checked by whom it is for: the option is named as the scenario names it. */
function pass (check: () => unknown, nameOf: (option: string) => string, place: (path: Path) => string): void {
  try {
    check()
  } catch (error) {
    const { option, message } = error as InvalidOptionError
    const name = nameOf(option)
    throw new InvalidOptionError(`${place(name.split('.'))}${name}`, message.slice(option.length + 2))
  }
}

function problem (issue: z.core.$ZodIssue, place: (path: Path) => string): InvalidOptionError {
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0] as string]
    return new InvalidOptionError(`${place(path)}${path.join('.')}`, 'no such option')
  }
  const [nested] = issue.code === 'invalid_union' ? deepest(issue) : []
  if (nested !== undefined) return problem({ ...nested, path: [...issue.path, ...nested.path] }, place)
  return new InvalidOptionError(`${place(issue.path)}${issue.path.join('.') || 'scenario'}`, oneLine(issue.message))
}

/** Of the ways to write an option, the one that the author got furthest with: all that it has is known, and something in it is wrong. */
function deepest (issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] {
  const isKnown = (issues: readonly z.core.$ZodIssue[]): boolean => issues.every(({ code, path }) => code !== 'unrecognized_keys' || path.length > 0)
  const [best] = issue.errors.filter(isKnown)
    .map(issues => issues.filter(({ path }) => path.length > 0 || issues.some(({ code }) => code === 'custom')))
    .filter(issues => issues.length > 0)
  return best ?? []
}

/** The line of the nearest thing that is there: an option that is missing is missing in the one around it. */
function lineOf (document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range != null) return lines.linePos(node.range[0]).line
  }
  return 1
}

function oneLine (text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim()
}
