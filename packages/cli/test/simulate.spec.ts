import { expect } from 'chai'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runWith } from './fakes.ts'

describe('kadmium simulate', function () {
  this.timeout(30_000)
  const small = ['simulate', '--nodes', '20', '--lookups', '20']
  let folder = ''
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'kadmium-simulate-')) })
  after(async () => { await rm(folder, { recursive: true }) })

  it('prints a report and the command that gives it again, twice the same for the same seed', async () => {
    const first = await runWith([...small, '--seed', '7'])
    expect(first).to.include({ code: 0, stderr: '' })
    expect(first.stdout).to.contain('lookups     20, success').and.contain('kadmium simulate --nodes 20 --lookups 20 --seed 7\n')
    expect((await runWith([...small, '--seed', '7'])).stdout).to.equal(first.stdout)
    expect((await runWith([...small, '--seed', 'eight'])).stdout).to.not.equal(first.stdout)
  })

  it('says the same as one JSON object, with every option in it', async () => {
    const { stdout } = await runWith([...small, '--json', '--loss', '5%', '--churn', '60m', '--fidelity', 'wire'])
    const report = JSON.parse(stdout) as { traceHash: string, fidelity: string, nodes: number, traffic: { lost: number, datagrams: number, busyBytes: number }, churn: { joined: number }, replay: string }
    expect(report.traceHash).to.match(/^[0-9a-f]{40}$/)
    expect([report.nodes, report.fidelity]).to.deep.equal([20, 'wire'])
    expect(report.traffic.lost / report.traffic.datagrams).to.be.within(0.03, 0.07)
    expect(report.churn.joined).to.be.greaterThan(0)
    expect(report.replay).to.equal('kadmium simulate --nodes 20 --loss 5% --churn 60m --lookups 20 --fidelity wire --seed 1')
  })

  it('takes a scenario file, over which goes what is typed', async () => {
    const file = join(folder, 'storm.yaml')
    await writeFile(file, 'name: storm\nnodes: 10\nlookups: 5\nloss: 50%\n')
    const { stdout } = await runWith(['simulate', '--scenario', file, '--loss', '0', '--json'])
    expect(JSON.parse(stdout)).to.deep.include({ name: 'storm', nodes: 10 }).and.to.have.nested.property('traffic.lost', 0)
  })

  it('names the line of a mistake in a scenario file, with exit code 2', async () => {
    const file = join(folder, 'wrong.yaml')
    await writeFile(file, 'nodes: 10\nlosss: 5%\n')
    expect(await runWith(['simulate', '--scenario', file])).to.deep.include({ code: 2, stdout: '', stderr: `kadmium: ${file}:2: losss: no such option\n` })
    expect(await runWith(['simulate', '--scenario', join(folder, 'absent.yaml')])).to.deep.include({ code: 2, stderr: `kadmium: cannot read ${join(folder, 'absent.yaml')}: ENOENT\n` })
  })

  it('draws, records and replays; a recording that was changed is told apart, with exit code 1', async () => {
    const [plot, record] = [join(folder, 'run.svg'), join(folder, 'run.ndjson')]
    await runWith([...small, '--plot', plot, '--record', record])
    expect(await readFile(plot, 'utf8')).to.match(/^<svg[\s\S]*<\/svg>\n$/)
    expect((await runWith(['simulate', '--replay', record])).stdout).to.match(/^the same again: \d+ lines, trace [0-9a-f]{40}\n$/)
    await writeFile(record, (await readFile(record, 'utf8')).replace('"hops":', '"hops":1'))
    const replayed = await runWith(['simulate', '--replay', record])
    expect(replayed.code).to.equal(1)
    expect(replayed.stdout).to.match(/^another run: .*run\.ndjson:\d+\n/)
  })

  it('runs an application\'s own behaviours in the nodes, tells its figures, and replays it', async () => {
    const gossip = fileURLToPath(new URL('../../../../examples/gossip.mjs', import.meta.url))
    const record = join(folder, 'gossip.ndjson')
    const { code, stdout } = await runWith(['simulate', '--nodes', '30', '--lookups', '0', '--compose', gossip, '--json', '--record', record])
    expect(code).to.equal(0)
    expect(JSON.parse(stdout)).to.have.nested.property('figures.rumour').that.matches(/^reached (2\d|30) of 30 nodes, half of those within \d+ ms/)
    expect((await runWith(['simulate', '--replay', record])).stdout).to.match(/^the same again/)
  })

  it('finds a module beside the scenario file that names it', async () => {
    const file = join(folder, 'composed.yaml')
    await writeFile(file, 'nodes: 5\nlookups: 5\ncompose: count.mjs\n')
    await writeFile(join(folder, 'count.mjs'), 'export const figures = ({ nodes }) => ({ nodes: nodes.length })\n')
    expect((await runWith(['simulate', '--scenario', file])).stdout).to.match(/^nodes {7}5$/m)
    await writeFile(file, `nodes: 6\nlookups: 5\ncompose: ${join(folder, 'count.mjs')}\n`)
    expect((await runWith(['simulate', '--scenario', file])).stdout).to.match(/^nodes {7}6$/m)
  })

  it('says what is wrong with a module, with exit code 2', async () => {
    const file = join(folder, 'empty.mjs')
    await writeFile(file, 'export const other = 1\n')
    expect(await runWith(['simulate', '--compose', file])).to.deep.include({ code: 2, stderr: `kadmium: compose: expected ${file} to export compose, measure or figures\n` })
    expect((await runWith(['simulate', '--compose', join(folder, 'absent.mjs')])).stderr).to.match(/^kadmium: cannot load .*absent\.mjs: Cannot find module/)
  })

  it('refuses what no scenario has, in one line', async () => {
    expect(await runWith(['simulate', '--loss', '101%'])).to.deep.include({ code: 2, stderr: 'kadmium: option \'--loss <share>\' argument \'101%\' is invalid. expected a share, as 5% or 0.05, got 101%\n' })
    expect(await runWith(['simulate', '--replay', 'x', '--nodes', '3'])).to.deep.include({ code: 2, stderr: 'kadmium: option \'--replay <file>\' cannot be used with option \'--nodes <n>\'\n' })
  })

  it('documents its options with examples', async () => {
    const { stdout } = await runWith(['simulate', '--help'])
    expect(stdout).to.contain('Examples:').and.contain('--scenario').and.contain('--json')
    for (const line of stdout.split('\n')) expect(line.length, line).to.be.at.most(120)
  })
})
