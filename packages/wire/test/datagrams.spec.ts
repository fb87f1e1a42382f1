import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Refusal } from '@kadmium/interface'
import { expect } from 'chai'
import {
  decodeEnvelope, decodeKadRequest, decodeKadResponse, decodePlaintextFrame, encodeEnvelope, encodeKadRequest, encodeKadResponse,
  encodePlaintextFrame
} from '../src/index.ts'
import { fixtures } from './golden.ts'
import type { Golden } from './golden.ts'
import { hex, toJson } from './json.ts'

const { datagrams } = JSON.parse(readFileSync('../../test-fixtures/datagrams.json', 'utf8')) as { datagrams: Golden[] }
const withMessage = datagrams.filter(({ message }) => message !== '')

describe('golden datagrams', () => {
  it('are those that this version writes, so that the format cannot change unseen', () => {
    expect(JSON.parse(readFileSync('../../test-fixtures/datagrams.json', 'utf8'))).to.deep.equal(JSON.parse(JSON.stringify(fixtures)))
  })

  for (const { name, frame, padTo, message, datagram } of datagrams) {
    it(`${name}: the frame decodes to its fields and encodes to the same bytes`, () => {
      const decoded = accepted(decodePlaintextFrame(Buffer.from(datagram, 'hex')))
      expect(toJson(decoded)).to.deep.equal({ ...frame as object, message })
      expect(hex(encodePlaintextFrame(decoded, padTo))).to.equal(datagram)
    })
  }

  for (const { name, envelope, payloadBytes, message } of withMessage) {
    it(`${name}: the envelope decodes to its fields and encodes to the same bytes`, () => {
      const opened = accepted(decodeEnvelope(Buffer.from(message, 'hex')))
      expect(toJson(opened.envelope)).to.deep.equal(envelope)
      expect(hex(opened.payload)).to.equal(payloadBytes)
      expect(hex(encodeEnvelope(opened.envelope, opened.payload))).to.equal(message)
    })
  }

  for (const { name, envelope, payload, payloadBytes } of datagrams.filter(({ payload }) => payload !== null)) {
    it(`${name}: the payload decodes to its fields and encodes to the same bytes`, () => {
      const bytes = Buffer.from(payloadBytes, 'hex')
      const isRequest = (envelope as { kind: string }).kind === 'request'
      const decoded = isRequest ? accepted(decodeKadRequest(bytes)) : accepted(decodeKadResponse(bytes))
      expect(toJson(decoded)).to.deep.equal(payload)
      const again = isRequest ? encodeKadRequest(accepted(decodeKadRequest(bytes)), 1200) : encodeKadResponse(accepted(decodeKadResponse(bytes)), 1200)
      expect(again && hex(again)).to.equal(payloadBytes)
    })
  }
})

describe('golden datagrams in protoc', function () {
  this.timeout(20_000)

  before(function () {
    if (spawnSync('protoc', ['--version']).status === 0) return
    console.log('      skipped: protoc is not on the PATH')
    this.skip()
  })

  it('decode with the published schema and encode to the same bytes again', () => {
    for (const { name, envelope, message, payloadBytes } of withMessage) {
      expect(throughProtoc('envelope.proto', 'Envelope', message), name).to.equal(message)
      const type = (envelope as { kind: string }).kind === 'request' ? 'KadRequest' : 'KadResponse'
      expect(throughProtoc('kad.proto', type, payloadBytes), name).to.equal(payloadBytes)
    }
  })

  it('name every field: nothing that we send is unknown to the schema', () => {
    for (const { name, message } of withMessage) {
      expect(protoc('decode', 'envelope.proto', 'Envelope', Buffer.from(message, 'hex')).toString(), name).to.not.match(/^\d+:/m)
    }
  })
})

function throughProtoc (file: string, type: string, bytes: string): string {
  return protoc('encode', file, type, protoc('decode', file, type, Buffer.from(bytes, 'hex'))).toString('hex')
}

function protoc (action: 'encode' | 'decode', file: string, type: string, input: Buffer): Buffer {
  const { status, stdout, stderr } = spawnSync('protoc', [`--${action}=${type}`, '--proto_path=src', file], { input })
  expect(status, stderr.toString()).to.equal(0)
  return stdout
}

function accepted<T> (result: T | Refusal): T {
  if (result instanceof Refusal) throw new Error(`refused: ${result.reason}`)
  return result
}
