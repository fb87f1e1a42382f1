import { expect } from 'chai'
import { endpoint, ipGroup, isPrivateAddress, isPublicAddress, isRoutableTarget } from '../src/index.ts'

const group = (host: string): string | number => ipGroup(endpoint(host, 1))

describe('IP groups', () => {
  it('are /24 for IPv4: the last byte does not tell two owners apart', () => {
    expect(group('203.0.113.1')).to.equal(group('203.0.113.255'))
    expect(group('203.0.113.1')).to.not.equal(group('203.0.112.1'))
    expect(group('255.255.255.1')).to.not.equal(group('0.0.0.1'))
  })

  it('are /56 for IPv6: the bit before the prefix ends does, the bit after it does not', () => {
    expect(group('2001:db8:1:100::1')).to.equal(group('2001:db8:1:1ff:ffff::'))
    expect(group('2001:db8:1:100::1')).to.not.equal(group('2001:db8:1:200::1'))
    expect(group('2001:db8:1:100::1')).to.not.equal(group('2001:db9:1:100::1'))
  })

  it('never mix the families', () => {
    expect(group('::1')).to.not.equal(group('0.0.0.1'))
  })
})

describe('private addresses', () => {
  it('are loopback, RFC 1918, link-local, shared and unique local ones, to the first and last address', () => {
    const inside = ['127.0.0.1', '127.255.255.255', '10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255',
      '169.254.0.0', '169.254.255.255', '100.64.0.0', '100.127.255.255', '::1', 'fe80::', 'febf:ffff::', 'fc00::', 'fdff:ffff::']
    const outside = ['126.255.255.255', '128.0.0.0', '9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0',
      '169.253.255.255', '169.255.0.0', '100.63.255.255', '100.128.0.0', '::2', '::', 'fe7f:ffff::', 'fec0::', 'fbff:ffff::', 'fe00::', '2001:db8::1']
    for (const host of inside) expect(isPrivateAddress(endpoint(host, 1)), host).to.equal(true)
    for (const host of outside) expect(isPrivateAddress(endpoint(host, 1)), host).to.equal(false)
  })
})

describe('public addresses', () => {
  it('row 24: are neither private nor kept for documentation, benchmarks, protocols and relays, to the first and last address', () => {
    const inside = ['1.0.0.1', '9.9.9.9', '191.255.255.255', '192.0.1.0', '192.0.3.0', '192.88.98.255', '192.88.100.0', '198.17.255.255', '198.20.0.0',
      '198.51.99.255', '198.51.101.0', '203.0.112.255', '203.0.114.0', '223.255.255.255', '2000::', '2001:200::1', '2001:db7:ffff::', '2001:db9::',
      '2003::1', '2a00:1450::1', '3ffe:ffff::', '3fff:1000::']
    const outside = ['0.0.0.0', '0.255.255.255', '10.0.0.1', '127.0.0.1', '100.64.0.1', '169.254.0.1', '192.0.0.0', '192.0.0.255', '192.0.2.0', '192.0.2.255',
      '192.88.99.1', '198.18.0.0', '198.19.255.255', '198.51.100.0', '198.51.100.255', '203.0.113.0', '203.0.113.255', '224.0.0.1', '240.0.0.1',
      '255.255.255.255', '::', '::1', '64:ff9b::1', '100::1', '1fff:ffff::', '2001::1', '2001:1ff:ffff::', '2001:db8::1', '2001:db8:ffff::', '2002::1',
      '2002:ffff::', '3fff::1', '3fff:fff::', '4000::', 'fc00::1', 'fe80::1', 'ff02::1']
    for (const host of inside) expect(isPublicAddress(endpoint(host, 1)), host).to.equal(true)
    for (const host of outside) expect(isPublicAddress(endpoint(host, 1)), host).to.equal(false)
  })
})

describe('routable targets', () => {
  it('have a port and one owner: a contact must not make us flood a group', () => {
    for (const host of ['0.0.0.0', '0.1.2.3', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '::', 'ff02::1']) {
      expect(isRoutableTarget(endpoint(host, 1)), host).to.equal(false)
    }
    for (const host of ['1.0.0.0', '223.255.255.255', '127.0.0.1', '::1', '2001:db8::1', 'fe80::1']) {
      expect(isRoutableTarget(endpoint(host, 1)), host).to.equal(true)
      expect(isRoutableTarget(endpoint(host, 0)), `${host} without port`).to.equal(false)
    }
  })
})
