// What is below HTTP/1.1 or beside it: TLS, HTTP/2, proxies. Each as the docs say.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createProxy } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'

import { EventSource, decode } from 'tidings'
import { Agent, ProxyAgent, fetch as undiciFetch, getGlobalDispatcher, setGlobalDispatcher } from 'undici'

import { certificate } from './support/certificate.js'
import { STREAM, first, heard, open, sends, serve } from './support/server.js'
import { listen } from './support/servers.js'

let key, cert
before(async () => {
  ;({ key, cert } = await certificate())
})

/** A fetch that goes through a dispatcher, as users make it. */
function fetchThrough(t, dispatcher) {
  t.after(() => dispatcher.destroy())
  return (url, init) => undiciFetch(url, { ...init, dispatcher })
}

/** Answers with the next event, and ends. */
function nextEvent(request, response) {
  const id = Number(request.headers['last-event-id'] ?? 0) + 1
  response.writeHead(200, STREAM).end(`id: ${id}\ndata: ${id}\n\n`)
}

async function secure(t, options, answer = nextEvent) {
  return `https://localhost:${await listen(t, createServer({ key, cert, ...options }, answer))}/`
}

test('https, with a certificate that the fetch of the user knows', async t => {
  const url = await secure(t)
  const source = open(t, url, { fetch: fetchThrough(t, new Agent({ connect: { ca: cert } })) })
  const event = await first(source, 'message')
  assert.deepEqual([event.data, event.origin, event.lastEventId], ['1', new URL(url).origin, '1'])
  assert.equal((await first(source, 'message')).data, '2')
})

test('https, with a certificate that nobody knows, or for another host: an error that says so', async t => {
  const url = await secure(t)
  const fetch = fetchThrough(t, new Agent({ connect: { ca: cert } }))
  for (const [to, options, code] of [
    [url, {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'], [url.replace('localhost', '127.0.0.1'), { fetch }, 'ERR_TLS_CERT_ALTNAME_INVALID']
  ]) {
    const event = await first(open(t, to, options), 'error')
    assert.deepEqual([event.code, event.error.cause.cause.code, event.reconnecting], ['ERR_CONNECTION_FAILED', code, true])
  }
})

test('https, with NODE_EXTRA_CA_CERTS and nothing else', async t => {
  const url = await secure(t)
  const folder = mkdtempSync(join(tmpdir(), 'tidings-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'ca.pem')
  writeFileSync(file, cert)
  const code = `import { EventSource } from ${JSON.stringify(import.meta.resolve('tidings'))}
    for await (const { data } of new EventSource('${url}')) {
      console.log(data)
      break
    }`
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: file }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { env, timeout: 10_000 })
  assert.equal(stdout, '1\n')
})

test('https, with a certificate of the client', async t => {
  const url = await secure(t, { requestCert: true, ca: cert }, (request, response) => {
    response.writeHead(200, STREAM).end(`data: ${request.socket.getPeerCertificate().subject.CN}\n\n`)
  })
  const source = open(t, url, { fetch: fetchThrough(t, new Agent({ connect: { ca: cert, key, cert } })) })
  assert.equal((await first(source, 'message')).data, 'localhost')
  const without = open(t, url, { fetch: fetchThrough(t, new Agent({ connect: { ca: cert } })) })
  assert.equal((await first(without, 'error')).code, 'ERR_CONNECTION_FAILED')
})

test('HTTP/2, through a dispatcher that allows it: event sources share a connection, and come back', { timeout: 30_000 }, async t => {
  const sessions = []
  const server = createSecureServer({ key, cert }, (request, response) => {
    assert.equal(request.httpVersion, '2.0')
    const id = Number(request.headers['last-event-id'] ?? 0) + 1
    response.writeHead(200, STREAM).write(`id: ${id}\ndata: ${request.url} ${id}\n\n`)
  }).on('session', session => sessions.push(session))
  const url = `https://localhost:${await listen(t, server)}/`
  t.after(() => { for (const session of sessions) session.destroy() })
  const fetch = fetchThrough(t, new Agent({ allowH2: true, connections: 1, pipelining: 100, connect: { ca: cert } }))
  const sources = ['a', 'b', 'c'].map(path => open(t, url + path, { fetch }))
  const events = type => Promise.all(sources.map(source => first(source, type)))
  assert.deepEqual((await events('message')).map(({ data }) => data), ['/a 1', '/b 1', '/c 1'])
  const before = sessions.length
  assert.equal(before, 1)
  const errors = events('error')
  const again = events('message')
  for (const session of sessions) session.destroy()
  for (const { reconnecting } of await errors) assert.ok(reconnecting)
  assert.deepEqual((await again).map(({ data }) => data), ['/a 2', '/b 2', '/c 2'])
  const closed = Promise.all(sessions.slice(before).flatMap(session => once(session, 'close')))
  for (const source of sources) source.close()
  for (const session of sessions) session.close()
  await closed
})

test('a response over HTTP/2 is decoded', async t => {
  const server = createSecureServer({ key, cert }, nextEvent)
  const url = `https://localhost:${await listen(t, server)}/`
  const fetch = fetchThrough(t, new Agent({ allowH2: true, connect: { ca: cert } }))
  const seen = []
  for await (const { data } of decode(await fetch(url))) seen.push(data)
  assert.deepEqual(seen, ['1'])
})

/** A proxy as companies have them. */
async function proxy(t) {
  const asked = []
  const server = createProxy().on('connect', ({ url, headers }, socket, head) => {
    asked.push([url, headers['proxy-authorization']])
    const [, host, port] = url.match(/^(.*):(\d+)$/)
    const there = connect(port, host === 'localhost' ? '127.0.0.1' : host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      there.write(head)
      there.pipe(socket).pipe(there)
    })
    for (const [one, other] of [[there, socket], [socket, there]]) one.on('error', () => other.destroy())
  })
  return { asked, uri: `http://127.0.0.1:${await listen(t, server)}/` }
}

test('a proxy, in the fetch of the user', async t => {
  const { asked, uri } = await proxy(t)
  const url = await secure(t)
  const fetch = fetchThrough(t, new ProxyAgent({ uri, token: 'Bearer t', requestTls: { ca: cert } }))
  assert.deepEqual(await heard(open(t, url, { fetch }), 2, ['message']), [['message', '1', '1'], ['message', '2', '2']])
  assert.deepEqual(asked[0], [new URL(url).host, 'Bearer t'])
})

test('a proxy, as the dispatcher of all of the process', async t => {
  const { asked, uri } = await proxy(t)
  const { url } = await serve(t, sends('data: x\n\n'))
  const own = getGlobalDispatcher()
  const agent = new ProxyAgent(uri)
  setGlobalDispatcher(agent)
  t.after(() => {
    setGlobalDispatcher(own)
    return agent.destroy()
  })
  const source = new EventSource(url)
  assert.equal((await first(source, 'message')).data, 'x')
  source.close()
  assert.deepEqual(asked, [[new URL(url).host, undefined]])
})
