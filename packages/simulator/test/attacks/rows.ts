/** The rows of the attack matrix that need a network; the others are tested where their code is. */
import { CLOCK_ROWS } from './clocks.ts'
import { LOOKUP_MUTATIONS, LOOKUP_ROWS } from './lookups.ts'
import { RECORD_MUTATIONS, RECORD_ROWS } from './records.ts'
import { REDIRECTION_MUTATIONS, REDIRECTION_ROWS } from './redirection.ts'
import type { Mutation, Row } from './row.ts'
import { SYBIL_MUTATIONS, SYBIL_ROWS } from './sybils.ts'
import { TABLE_MUTATIONS, TABLE_ROWS } from './tables.ts'

export const ROWS: readonly Row[] = [...LOOKUP_ROWS, ...SYBIL_ROWS, ...TABLE_ROWS, ...RECORD_ROWS, ...REDIRECTION_ROWS, ...CLOCK_ROWS]

export const MUTATIONS: readonly Mutation[] = [...LOOKUP_MUTATIONS, ...SYBIL_MUTATIONS, ...TABLE_MUTATIONS, ...RECORD_MUTATIONS, ...REDIRECTION_MUTATIONS]
