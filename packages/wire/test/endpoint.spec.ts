import { expect } from 'chai'
import fc from 'fast-check'
import { multiaddr } from '@multiformats/multiaddr'
import { endpoint, endpointFromBytes, endpointFromMultiaddr, parseEndpoint, parseHostPort, toMultiaddr } from '../src/index.ts'
import { endpoints, runs } from './arbitraries.ts'
import { hex } from './json.ts'

describe('Endpoint', () => {
  it('comes back from its text, its bytes and its multiaddr', () => {
    fc.assert(fc.property(endpoints, address => {
      for (const again of [parseEndpoint(address.text), endpointFromBytes(address.bytes), endpointFromMultiaddr(toMultiaddr(address)), endpoint(address.host, address.port)]) {
        expect(again.text).to.equal(address.text)
        expect(hex(again.bytes)).to.equal(hex(address.bytes))
        expect(again.family).to.equal(address.family)
      }
    }), runs)
  })

  it('writes IPv6 as RFC 5952 says, since its text is what endpoints are compared by', () => {
    const canonical = new Map([
      ['2001:0DB8:0:0:0:0:2:1', '2001:db8::2:1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['0:0:0:0:0:0:0:1', '::1'],
      ['1::', '1::'],
      ['64:ff9b::192.0.2.33', '64:ff9b::c000:221']
    ])
    for (const [written, expected] of canonical) expect(endpoint(written, 1).host).to.equal(expected)
  })

  it('folds an IPv4-mapped IPv6 address to IPv4, so that one place has one name', () => {
    for (const host of ['::ffff:192.0.2.1', '::ffff:c000:201', '0:0:0:0:0:FFFF:192.0.2.1']) {
      const address = endpoint(host, 7)
      expect([address.family, address.text, address.bytes.length]).to.deep.equal([4, '192.0.2.1:7', 6])
    }
    for (const host of ['2001:db8::ffff:102:304', '::1:0:ffff:102:304']) expect(endpoint(host, 7).family, 'only the prefix looks alike').to.equal(6)
    expect(endpointFromBytes(Uint8Array.from([...new Array<number>(10).fill(0), 255, 255, 192, 0, 2, 1, 0, 7])).text).to.equal('192.0.2.1:7')
  })

  it('refuses what is no address', () => {
    const texts = ['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::',
      'fe80::1%eth0', '::1.2.3', '1.2.3.4::', 'localhost', '1:2:3:4:5:6:7::8']
    for (const text of texts) expect(() => endpoint(text, 1), text).to.throw().with.property('name', 'InvalidOptionError')
    for (const port of [-1, 65_536, 1.5, NaN]) expect(() => endpoint('::1', port), String(port)).to.throw().with.property('name', 'InvalidOptionError')
    for (const length of [0, 5, 7, 17, 19]) expect(() => endpointFromBytes(new Uint8Array(length))).to.throw().with.property('name', 'InvalidOptionError')
  })

  it('reads host:port, [IPv6]:port and multiaddrs, and nothing that only looks like one', () => {
    expect(parseEndpoint('127.0.0.1:8001').text).to.equal('127.0.0.1:8001')
    expect(parseEndpoint('[::1]:8001').text).to.equal('[::1]:8001')
    expect(parseEndpoint('/ip6/::1/udp/8001').text).to.equal('[::1]:8001')
    expect(parseEndpoint('/ip4/1.2.3.4/tcp/9/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N').text).to.equal('1.2.3.4:9')
    for (const text of ['::1:8001', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '127.0.0.1:-1', 'localhost:1', '/dns4/example.org/udp/1', '/ip4/1.2.3.4', '/nonsense', '[::1]', '1.2.3.4:1 ']) {
      expect(() => parseEndpoint(text), text).to.throw().with.property('name', 'InvalidOptionError')
    }
  })

  it('splits a name from its port without resolving it', () => {
    expect(parseHostPort('seed.example.org:8001')).to.deep.equal({ host: 'seed.example.org', port: 8001 })
    expect(parseHostPort('[2001:db8::1]:1')).to.deep.equal({ host: '2001:db8::1', port: 1 })
  })

  it('converts to the multiaddr of the protocol that is asked for', () => {
    expect(toMultiaddr(endpoint('1.2.3.4', 5)).equals(multiaddr('/ip4/1.2.3.4/udp/5'))).to.equal(true)
    expect(toMultiaddr(endpoint('::1', 5), 'tcp').toString()).to.equal('/ip6/::1/tcp/5')
  })
})
