/** Writes test-fixtures/datagrams.json and the examples of docs/wire-protocol.md: npm run fixtures -w @kadmium/wire */
import { readFileSync, writeFileSync } from 'node:fs'
import { DOCUMENT, refreshed } from './document.ts'
import { fixtures, golden } from './golden.ts'

writeFileSync('../../test-fixtures/datagrams.json', JSON.stringify(fixtures, null, 2) + '\n')
writeFileSync(DOCUMENT, refreshed(readFileSync(DOCUMENT, 'utf8'), golden))
