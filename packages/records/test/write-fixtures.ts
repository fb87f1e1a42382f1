/** Writes test-fixtures/records.json: npm run fixtures -w @kadmium/records */
import { writeFileSync } from 'node:fs'
import { fixtures } from './golden.ts'

writeFileSync('../../test-fixtures/records.json', JSON.stringify(fixtures, null, 2) + '\n')
