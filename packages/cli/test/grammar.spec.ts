import { expect } from 'chai'
import fc from 'fast-check'
import { parseLine, shellCommands } from '../src/shell/grammar.ts'
import { suggest } from '../src/suggest.ts'
import { utf8 } from './fakes.ts'

describe('the grammar of shell lines', () => {
  const valueOf = (line: string): string => {
    const parsed = parseLine(line)
    if (parsed.type !== 'put') throw new Error(`${line} is ${JSON.stringify(parsed)}`)
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(parsed.value)
  }

  it('takes the rest of a put line verbatim: quotes, braces and blanks are part of the value', () => {
    expect(valueOf('put user:123 {"name":"alice","age":30}')).to.equal('{"name":"alice","age":30}')
    expect(valueOf('put k a  b ')).to.equal('a  b ')
    expect(valueOf('put k  x')).to.equal(' x')
    expect(valueOf('put k \'quoted\' $HOME \\n #')).to.equal('\'quoted\' $HOME \\n #')
    expect(valueOf('put k \ttab')).to.equal('\ttab')
  })

  it('keeps any value as it stands', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z0-9:/._-]{1,20}$/), fc.string({ unit: 'grapheme' }), (key, value) => {
      fc.pre(!/[\r\n]/.test(value))
      const parsed = parseLine(`put ${key} ${value}`)
      expect(parsed).to.deep.equal({ type: 'put', key: utf8(key), value: utf8(value) })
    }), { seed: 2, numRuns: 300 })
  })

  it('tells an empty value from a missing one', () => {
    expect(valueOf('put k ')).to.equal('')
    expect(parseLine('put k')).to.deep.equal({ type: 'problem', message: 'write: put <key> <value>' })
    expect(parseLine('put')).to.deep.equal({ type: 'problem', message: 'write: put <key> <value>' })
  })

  it('reads the other commands word by word', () => {
    expect(parseLine('get k')).to.deep.equal({ type: 'get', key: utf8('k') })
    expect(parseLine('  get  k  ')).to.deep.equal({ type: 'get', key: utf8('k') })
    expect(parseLine('find k')).to.deep.equal({ type: 'find', target: 'k' })
    expect(parseLine('lookup k')).to.deep.equal({ type: 'lookup', key: 'k', trace: false })
    expect(parseLine('lookup --trace k')).to.deep.equal({ type: 'lookup', key: 'k', trace: true })
    expect(parseLine('lookup --trace')).to.deep.equal({ type: 'problem', message: 'write: lookup [--trace] <key>' })
    expect(parseLine('ping [::1]:8001')).to.deep.equal({ type: 'ping', target: { host: '::1', port: 8001 } })
    expect(parseLine(`ping ${'a'.repeat(40)}`)).to.deep.equal({ type: 'ping', target: { id: 'a'.repeat(40) } })
    expect(parseLine('join 127.0.0.1:1 [::1]:2')).to.deep.equal({ type: 'join', addresses: [{ host: '127.0.0.1', port: 1 }, { host: '::1', port: 2 }] })
    for (const verb of ['status', 'peers', 'keys', 'help', 'quit'] as const) expect(parseLine(verb)).to.deep.equal({ type: verb })
    expect(parseLine('exit')).to.deep.equal({ type: 'quit' })
    expect(parseLine('store k v')).to.deep.equal({ type: 'put', key: utf8('k'), value: utf8('v') })
    expect(parseLine('')).to.deep.equal({ type: 'empty' })
    expect(parseLine(' \t ')).to.deep.equal({ type: 'empty' })
  })

  it('says how a command is written when it is written otherwise', () => {
    for (const line of ['get', 'get a b', 'find', 'lookup', 'ping', 'join', 'status now', 'peers x', 'keys x', 'quit now']) {
      const parsed = parseLine(line)
      expect(parsed.type === 'problem' && parsed.message, line).to.match(/^write: /)
    }
    expect(parseLine('join nowhere')).to.have.property('message').that.contains('expected host:port')
    expect(parseLine('lookup --trance k')).to.have.property('message').that.contains('lookup has no option --trance')
  })

  it('guesses what was meant', () => {
    expect(parseLine('stauts')).to.have.property('message', 'unknown command stauts (did you mean status?)')
    expect(parseLine('gte k')).to.have.property('message', 'unknown command gte (did you mean get?)')
    expect(parseLine('xyzzy')).to.have.property('message', 'unknown command xyzzy; help lists the commands')
    expect(parseLine('constructor')).to.have.property('message', 'unknown command constructor; help lists the commands')
  })

  it('gives each line exactly one meaning and never throws', () => {
    const verb = fc.oneof(fc.constantFrom(...Object.keys(shellCommands)), fc.string())
    fc.assert(fc.property(verb, fc.string(), (word, rest) => {
      expect(parseLine(`${word} ${rest}`)).to.have.property('type')
    }), { seed: 3, numRuns: 500 })
  })

  it('suggests the nearest word, and none when all are far', () => {
    expect(suggest('bootstap', ['bootstrap', 'join'])).to.equal('bootstrap')
    expect(suggest('jion', ['bootstrap', 'join'])).to.equal('join')
    expect(suggest('zzzz', ['bootstrap', 'join'])).to.equal(undefined)
  })
})
