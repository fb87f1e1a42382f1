import { networkInterfaces } from 'node:os'
import { expect } from 'chai'
import { endpoint, resolveEndpoints, resolveHost } from '../src/index.ts'
import { listenAddresses, reachableAddresses } from '../src/listen.ts'

const hasIpv6 = Object.values(networkInterfaces()).some(addresses => addresses?.some(({ family }) => family === 'IPv6'))

describe('host names', () => {
  it('an address is itself, of either family', async () => {
    expect(await resolveEndpoints({ host: '::1', port: 8001 })).to.have.length(1).and.have.nested.property('[0].text', '[::1]:8001')
    expect(await resolveHost('127.0.0.1')).to.deep.equal(['127.0.0.1'])
  })

  it('a name stands for all its addresses, IPv4 first', async () => {
    const hosts = await resolveHost('localhost')
    expect(hosts).to.not.be.empty
    expect(hosts.map(host => host.includes(':'))).to.deep.equal(hosts.map(host => host.includes(':')).toSorted((a, b) => Number(a) - Number(b)))
    expect(hosts.every(host => host === '127.0.0.1' || host === '::1')).to.equal(true)
  })

  it('a name that nobody has gives one clear line', async () => {
    const error = await resolveEndpoints({ host: 'no-such-host.invalid', port: 1 }).catch((error: Error) => error)
    expect(error).to.include({ name: 'ResolveError', message: 'cannot resolve the host name no-such-host.invalid' })
  })
})

describe('where to listen', () => {
  it('is every interface of both families unless a host is given', async () => {
    expect(await listenAddresses(undefined, 8001)).to.deep.equal(hasIpv6 ? ['0.0.0.0:8001', '[::]:8001'] : ['0.0.0.0:8001'])
    expect(await listenAddresses('127.0.0.1', 8001)).to.deep.equal(['127.0.0.1:8001'])
    expect(await listenAddresses('::1', 0)).to.deep.equal(['[::1]:0'])
  })

  it('is nowhere when the host is a name that nobody has', async () => {
    const error = await listenAddresses('no-such-host.invalid', 1).catch((error: Error) => error)
    expect(error).to.include({ name: 'ListenError', message: 'cannot listen on no-such-host.invalid: no such host name' })
  })

  it('a wildcard is told as the addresses of the interfaces, loopback first, and never as itself', () => {
    const [first, ...others] = reachableAddresses([endpoint('0.0.0.0', 8001)])
    expect(first?.text).to.equal('127.0.0.1:8001')
    expect(others.every(({ host, port }) => host !== '0.0.0.0' && port === 8001)).to.equal(true)
    expect(reachableAddresses([endpoint('127.0.0.1', 8001)]).map(String)).to.deep.equal(['127.0.0.1:8001'])
    expect(reachableAddresses([endpoint('::', 1)]).every(({ host }) => host !== '::' && !host.startsWith('fe80'))).to.equal(true)
  })
})
