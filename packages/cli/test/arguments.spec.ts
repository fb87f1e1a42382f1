import { expect } from 'chai'
import fc from 'fast-check'
import { parseAddress, parseCount, parseDifficulty, parseDuration, parseHost, parseKey, parseNetwork, parsePort, parseQuorum, parseTtl } from '../src/arguments.ts'

describe('arguments', () => {
  it('takes an address in every form people write', () => {
    expect(parseAddress('127.0.0.1:8001')).to.deep.equal({ host: '127.0.0.1', port: 8001 })
    expect(parseAddress('[::1]:8001')).to.deep.equal({ host: '::1', port: 8001 })
    expect(parseAddress('seed.example.org:1')).to.deep.equal({ host: 'seed.example.org', port: 1 })
    expect(parseAddress('localhost:65535')).to.deep.equal({ host: 'localhost', port: 65535 })
    expect(parseAddress('/ip4/127.0.0.1/udp/8001')).to.deep.equal({ host: '127.0.0.1', port: 8001 })
    expect(parseAddress('/ip6/::1/udp/8001')).to.deep.equal({ host: '::1', port: 8001 })
    expect(parseAddress('/dns4/seed.example.org/udp/8001')).to.deep.equal({ host: 'seed.example.org', port: 8001 })
  })

  for (const bad of ['', 'localhost', 'localhost:', ':8001', '127.0.0.1:0', '127.0.0.1:65536', '127.0.0.1:-1', '127.0.0.1:80x', '1.2.3:80', '1.2.3.999:80',
    '-host:80', 'a b:80', '[127.0.0.1]:80', '[::1]', '[::1]:', '::1', '/ip4/127.0.0.1/tcp/80', 'http://x:80']) {
    it(`refuses the address ${JSON.stringify(bad)} in one line that says what was expected`, () => {
      expect(() => parseAddress(bad)).to.throw(/expected|brackets/).with.property('name', 'UsageError')
    })
  }

  it('says how to write an IPv6 address without brackets', () => {
    expect(() => parseAddress('::1:8001')).to.throw('write an IPv6 address in brackets, as [::1]:8001; got ::1:8001')
  })

  it('never throws anything but UsageError, whatever is typed', () => {
    for (const parse of [parseAddress, parsePort, parseDuration, parseTtl, parseQuorum, parseHost, parseKey, parseNetwork, parseDifficulty, parseCount(8)]) {
      fc.assert(fc.property(fc.string(), text => {
        try {
          parse(text)
        } catch (error) {
          expect(error).to.have.property('name', 'UsageError')
          expect((error as Error).message).to.not.be.empty
        }
      }), { seed: 1, numRuns: 200 })
    }
  })

  it('takes ports from 0 (any free one) to 65535', () => {
    expect(parsePort('0')).to.equal(0)
    expect(parsePort('65535')).to.equal(65535)
    for (const bad of ['65536', '99999', '-1', '1.5', '1e3', '0x10', 'http', '', ' 1', '9'.repeat(30)]) expect(() => parsePort(bad), bad).to.throw('expected a port from 0 to 65535')
  })

  it('takes times with a unit, and seconds without one', () => {
    expect(parseDuration('500ms')).to.equal(500)
    expect(parseDuration('10')).to.equal(10_000)
    expect(parseDuration('10s')).to.equal(10_000)
    expect(parseDuration('1.5s')).to.equal(1500)
    expect(parseDuration('5m')).to.equal(300_000)
    expect(parseDuration('24h')).to.equal(86_400_000)
    expect(parseDuration('1d')).to.equal(86_400_000)
    for (const bad of ['', '0', '0s', '-1', 's', '1w', '1 s', 'Infinity', 'NaN', '1e3']) expect(() => parseDuration(bad), bad).to.throw('expected a time above 0')
  })

  it('takes a life from 1s to 48h: there is no record that lives for ever', () => {
    expect(parseTtl('1s')).to.equal(1000)
    expect(parseTtl('48h')).to.equal(172_800_000)
    for (const bad of ['0', '999ms', '48.01h', '3d']) expect(() => parseTtl(bad), bad).to.throw('expected a time')
  })

  it('takes a quorum by name or number', () => {
    expect(['one', 'majority', 'all', '3'].map(parseQuorum)).to.deep.equal(['one', 'majority', 'all', 3])
    for (const bad of ['0', '-1', 'most', '']) expect(() => parseQuorum(bad), bad).to.throw('expected one, majority, all or a number')
  })

  it('counts a key in bytes: 1 to 64', () => {
    expect(parseKey('é'.repeat(32))).to.have.length(64)
    expect(() => parseKey('é'.repeat(33))).to.throw('a key has at most 64 bytes, this one has 66')
    expect(() => parseKey('')).to.throw('expected a key')
  })
})
