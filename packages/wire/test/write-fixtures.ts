/** Writes test-fixtures/datagrams.json: npm run fixtures -w @kadmium/wire */
import { writeFileSync } from 'node:fs'
import { fixtures } from './golden.ts'

writeFileSync('../../test-fixtures/datagrams.json', JSON.stringify(fixtures, null, 2) + '\n')
