/** Writes test-fixtures/noise-datagrams.json and the examples of docs/wire-protocol-noise.md: npm run fixtures -w @kadmium/secure-channel */
import { readFileSync, writeFileSync } from 'node:fs'
import { DOCUMENT, FIXTURES, refreshed } from './noise-document.ts'
import { goldenDatagrams, noiseFixtures } from './noise-golden.ts'

writeFileSync(FIXTURES, JSON.stringify(noiseFixtures(), null, 2) + '\n')
writeFileSync(DOCUMENT, refreshed(readFileSync(DOCUMENT, 'utf8'), goldenDatagrams()))
