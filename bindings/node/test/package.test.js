// What is in the package.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import * as tidings from 'tidings'

const require = createRequire(import.meta.url)
const read = path => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('CommonJS gets the same module', () => {
  assert.equal(require('tidings').Decoder, tidings.Decoder)
})

test('it is one module, and to import it loads no part of Node that is for connections', () => {
  const code = `
    const before = new Set(process.moduleLoadList)
    await import('tidings')
    const loaded = process.moduleLoadList.filter(name => !before.has(name)) // before standard output is one of them
    console.log(loaded.join())`
  const loaded = execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: new URL('../', import.meta.url), encoding: 'utf8' })
  assert.match(loaded, /initialize_import_meta/)
  assert.doesNotMatch(loaded, /undici|http|zlib|\bnet\b|tls/)
  assert.deepEqual(Array.from(read('dist/index.js').matchAll(/^import .* from "(.*)";$/gm), ([, name]) => name), ['node:diagnostics_channel'])
})

test('the types declare what is exported, and nothing else', () => {
  const declared = Array.from(read('index.d.ts').matchAll(/^export declare (?:class|const|function) (\w+)/gm), ([, name]) => name)
  // One with several signatures is declared as often.
  assert.deepEqual([...new Set(declared)].sort(), Object.keys(tidings).sort())
})

test('the types declare the members of the classes', () => {
  for (const [, name, body] of read('index.d.ts').matchAll(/^export declare class (\w+)[^{]*(?:\{\}[^{]*)?\{\n([^]*?)^\}/gm)) {
    if (tidings[name].prototype instanceof Error) continue
    const declared = Array.from(body.matchAll(/^ {2}(?:readonly )?(\w+)[(:<]/gm), ([, member]) => member)
    const members = Object.getOwnPropertyNames(tidings[name].prototype)
    const inherited = name === 'EventStream' ? ['readable'] : []
    assert.deepEqual([...new Set(declared)].sort(), members.filter(member => !inherited.includes(member)).sort(), name)
  }
})

/** The names that an interface declares, with those of the one here that it extends. */
function declaredBy(name) {
  const found = read('index.d.ts').match(new RegExp(`^export interface ${name}\\b(?:<.*?>)?(?: extends ([\\w.]+))?.*\\{\n([^]*?)^\\}`, 'm'))
  if (found === null) return []
  const own = Array.from(found[2].matchAll(/^ {2}(?:readonly )?(\w+)\??[(:<]/gm), ([, member]) => member)
  return [...new Set(own.concat(declaredBy(found[1])))].sort()
}

test('the types declare the members of what is handed out', async () => {
  const membersOf = value => Object.getOwnPropertyNames(Object.getPrototypeOf(value)).filter(name => name !== 'constructor').sort()
  const { Decoder, EventSource, Hub, createParser, createSession, decode } = tidings
  const session = createSession({ headers: {} })
  assert.deepEqual(membersOf(session), declaredBy('Session'))
  assert.deepEqual(membersOf(new Hub().subscribe(session, { topics: '*' })), declaredBy('Subscription'))
  session.end()
  assert.deepEqual(membersOf(decode([])), declaredBy('Events'))
  const stream = Buffer.from(':c\nid: 1\nevent: a\ndata: x\n\ndata: y\n\n')
  const [comment, event] = new Decoder({ comments: true }).feed(stream)
  assert.deepEqual([Object.keys(comment), Object.keys(event).sort()], [declaredBy('Comment'), declaredBy('Event')])
  const parser = createParser({ onEvent: event => assert.deepEqual(Object.keys(event).sort(), declaredBy('EventSourceMessage')) })
  assert.deepEqual(Object.keys(parser).sort(), declaredBy('EventSourceParser'))
  parser.feed(stream)
  const calls = []
  const source = new EventSource('http://stream.invalid/', {
    reconnect: false,
    headers: attempt => { calls.push(['Attempt', Object.keys(attempt).sort()]) },
    async fetch(url, init) {
      calls.push(['FetchInit', Object.keys(init).sort()])
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
    }
  })
  source.onmessage = event => calls.push(['MessageEvent', membersOf(event)])
  await new Promise(resolve => {
    source.onerror = event => resolve(calls.push(['ErrorEvent', membersOf(event)]))
  })
  assert.deepEqual(calls, ['Attempt', 'FetchInit', 'MessageEvent', 'ErrorEvent'].map(name => [name, declaredBy(name)]))
})

test('an option that is not declared is refused, and no other', () => {
  const { Decoder, EventSource, EventStream, Hub, createParser, createSession, decode } = tidings
  const session = createSession({ headers: {} })
  for (const [name, ...calls] of [
    ['DecoderOptions', options => new Decoder(options), options => new EventStream(options)],
    ['DecodeOptions', options => decode([], options)],
    ['ParserConfig', createParser],
    ['EventSourceOptions', options => new EventSource('http://stream.invalid/', options)],
    ['SessionOptions', options => createSession({ headers: {} }, options)],
    ['HubOptions', options => new Hub(options)],
    ['SubscribeOptions', options => new Hub().subscribe(session, options)],
    ['HandlerOptions', options => new Hub().handler(options)]
  ]) {
    for (const call of calls) {
      assert.throws(() => call({ keepalive: undefined }), error => {
        assert.match(error.message, /^(options|config) must be of .*, without keepalive$/)
        assert.deepEqual(error.message.slice(error.message.indexOf('of ') + 3).split(', ').slice(0, -1).sort(), declaredBy(name), name)
        return error.name === 'TypeError' && error.code === 'ERR_INVALID_ARG_VALUE'
      })
    }
  }
  assert.throws(() => new Hub().publish('a', 'b', { keys: 'k' }), { code: 'ERR_INVALID_ARG_VALUE', message: /without keys$/ })
  session.end()
})

test('each code of an error is in the docs, and in a test', () => {
  const codesOf = (...texts) => [...new Set(texts.flatMap(text => text.match(/\bERR_[A-Z_]*[A-Z]/g) ?? []))]
  const texts = (folder, end) => readdirSync(new URL(`../${folder}/`, import.meta.url), { recursive: true })
    .filter(name => name.endsWith(end)).map(name => read(`${folder}/${name}`))
  const made = codesOf(...texts('lib', '.js'), ...texts('src', '.rs'))
  // The codes of `createParser` are made of the words of eventsource-parser.
  const types = read('index.d.ts').match(/readonly type: ('[^\n]*')/)[1].match(/[a-z-]+/g)
  made.push(...types.map(type => `ERR_${type.replaceAll('-', '_').toUpperCase()}`))
  assert.deepEqual(codesOf(read('README.md'), read('../../docs/node-event-source.md')).sort(), [...new Set(made)].sort())
  const tested = codesOf(...texts('test', '.test.js'))
  assert.deepEqual(made.filter(code => !tested.includes(code)), [])
})

test('README.md of the tests names tests that there are', () => {
  const named = Array.from(read('test/README.md').matchAll(/^\| .* \| `([\w-]+)`: (.*) \|$/gm))
  for (const [, file, titles] of named) {
    const code = read(`test/${file}.test.js`)
    for (const title of titles.split('; ')) assert.ok(code.includes(title), `${file}: ${title}`)
  }
  assert.ok(named.length > 60, `${named.length} rows`)
})

test('the native part has no runtime and no HTTP library', () => {
  const locked = Array.from(read('Cargo.lock').matchAll(/^name = "(.*)"$/gm), ([, name]) => name)
  assert.ok(locked.includes('tidings-client'))
  assert.deepEqual(locked.filter(name => ['tokio', 'reqwest', 'hyper', 'rustls', 'serde_json'].includes(name)), [])
})

test('there is one version', () => {
  const [, workspace] = read('../../Cargo.toml').match(/^version = "(.*)"/m)
  const [, native] = read('Cargo.toml').match(/^version = "(.*)"/m)
  assert.equal(JSON.parse(read('package.json')).version, workspace)
  assert.equal(native, workspace)
})
