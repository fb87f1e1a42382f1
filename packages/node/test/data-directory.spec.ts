import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { KadRecord } from '@kadmium/interface'
import { systemClock } from '@kadmium/runtime'
import { createNode, repairDataDirectory } from '../src/index.ts'
import type { KadmiumNode, NodeConfig } from '../src/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)
const reason = async (promise: Promise<unknown>): Promise<string> => await promise.then(() => 'nothing went wrong', (error: Error) => error.message)

describe('a data directory', function () {
  this.timeout(20_000)
  let dir: string
  const running = new Set<KadmiumNode>()

  beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'kadmium-data-')) })
  afterEach(async () => {
    await Promise.all([...running].map(async node => { await stop(node) }))
    await rm(dir, { recursive: true })
  })

  async function start (name: string, config: NodeConfig = {}): Promise<KadmiumNode> {
    const node = await createNode({ host: '127.0.0.1', dataDirectory: join(dir, name), publisherKeyFile: join(dir, 'publisher.key'), ...config })
    running.add(node)
    return node
  }

  async function stop (node: KadmiumNode): Promise<void> {
    running.delete(node)
    await node.stop()
  }

  it('gives a node its key and its records back', async () => {
    const before = await start('a')
    await before.put(utf8('hello'), utf8('world'))
    await stop(before)

    const after = await start('a')
    expect(after.id.hex).to.equal(before.id.hex)
    expect(text((await after.get(utf8('hello'))).value)).to.equal('world')
  })

  it('lets a network find itself again when all were down and the seed stays so', async () => {
    const seed = await start('seed')
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) await (await start(name)).join(seed.addresses)
    expect((await seed.put(utf8('hello'), utf8('world'))).storedOn).to.equal(4)
    await Promise.all([...running].map(stop))

    const back: KadmiumNode[] = []
    for (const name of names) back.push(await start(name))
    const { kad } = back[3]!.swarm.behaviours
    await new Promise<void>(resolve => {
      const check = (): void => { if (kad.table.size === 3) resolve() }
      back[3]!.swarm.addEventListener('RoutingUpdated', check)
      check()
    })
    expect(text((await back[3]!.get(utf8('hello'))).value)).to.equal('world')
  })

  it('lets a node come back at its port, at another only for as long as that is taken, and at the one that is asked for', async () => {
    const before = await start('a')
    const [{ port }] = [before.addresses[0]!]
    await stop(before)
    const after = await start('a')
    expect(after.addresses[0]!.port).to.equal(port)
    await stop(after)

    const other = await start('b', { port })
    const elsewhere = await start('a')
    expect(elsewhere.addresses[0]!.port).to.not.equal(port)
    const otherPort = elsewhere.addresses[0]!.port
    await stop(elsewhere)
    await stop(other)
    const again = await start('a')
    expect(again.addresses[0]!.port).to.equal(port)
    await stop(again)

    const asked = await start('a', { port: otherPort })
    expect(asked.addresses[0]!.port).to.equal(otherPort)
    await stop(asked)
    expect((await start('a')).addresses[0]!.port).to.equal(otherPort)
  })

  it('lets a node that was stopped go on putting anew what it published', async () => {
    const holder = await start('holder')
    const ttlMs = 6_000
    const before = await start('a', { ttlMs })
    await before.join(holder.addresses)
    await before.put(utf8('hello'), utf8('world'))
    const [first] = holder.swarm.behaviours.kad.store.get(utf8('hello'), systemClock().now())
    await stop(before)

    const renewed = new Promise<KadRecord>(resolve => {
      holder.swarm.addEventListener('InboundRequest', ({ detail: { request } }) => {
        if (request.type === 'PutRecord' && request.record.seq > first!.record.seq) resolve(request.record)
      })
    })
    await start('a', { ttlMs })
    expect(await renewed).to.deep.include({ value: utf8('world'), ttl: ttlMs / 1000, seq: first!.record.seq + 1 })
  })

  it('that another node has open is refused, and stays usable', async () => {
    const node = await start('a')
    expect(await reason(start('a'))).to.equal(`data directory ${join(dir, 'a')}: is in use by another process`)
    await stop(node)
    await start('a')
  })

  it('that is damaged is refused with the command that helps, and repairing it saves the records', async () => {
    const node = await start('a')
    await node.put(utf8('hello'), utf8('world'))
    await stop(node)
    await writeFile(join(dir, 'a', 'store', 'CURRENT'), 'garbage\n')

    expect(await reason(start('a'))).to.match(/^data directory .*: the store .*\/store cannot be read \(.*\); if it is damaged, try: kadmium repair --data /)
    await repairDataDirectory(join(dir, 'a'))
    expect(text((await (await start('a')).get(utf8('hello'))).value)).to.equal('world')
  })
})
