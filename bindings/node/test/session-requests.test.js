// Sessions that are made of a request alone, and what becomes of those that nobody gives to a framework.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'

import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'

import { Hub, Shutdown, createSession } from 'tidings'

import { RawClient, listen, serve, until } from './support/servers.js'

test('what frameworks have around a request is refused, with a word on what to pass', async t => {
  const seen = []
  const hub = new Hub()
  const refused = request => {
    for (const act of [createSession, hub.handler({ topics: '*' })]) {
      assert.throws(() => act(request), error => seen.push(error.message) && error.code === 'ERR_INVALID_ARG_TYPE')
    }
  }
  const koa = new Koa().use(context => {
    refused(context)
    refused(context.request)
    context.body = 'refused'
  })
  const web = fastify()
  web.get('/', async request => refused(request) ?? 'refused')
  t.after(() => web.close())
  const hono = new Hono().get('/', context => {
    refused(context)
    refused(context.req)
    return context.text('refused')
  })
  for (const answer of [
    fetch(await serve(t, koa.callback())), fetch(await web.listen({ port: 0, host: '127.0.0.1' })), hono.request('http://x/')
  ]) assert.equal(await (await answer).text(), 'refused')
  assert.deepEqual([...new Set(seen.map(message => message.match(/`.+`/)?.[0]))].sort(), ['`raw`', '`req.raw`', '`req`'])
  assert.equal(seen.length, 10)
  assert.equal(hub.sizes().subscribers, 0)
})

test('a session that never gets a body ends with its connection', { timeout: 10_000 }, async t => {
  const hub = new Hub()
  const shutdown = new Shutdown()
  const list = []
  const begin = request => {
    list.push(createSession(request, { shutdown }))
    hub.subscribe(list.at(-1), { topics: '*' })
  }
  const leaving = new AbortController()
  begin(new Request('http://x/', { signal: leaving.signal }))
  const port = await listen(t, createServer(begin))
  const first = new RawClient(port)
  await until(() => list.length === 2)
  const http2 = connect(`http://127.0.0.1:${await listen(t, createHttp2Server(begin))}`)
  t.after(async () => {
    await setImmediate() // not in what an event of the stream called
    http2.destroy()
  })
  const stream = http2.request({ ':path': '/' })
  await until(() => list.length === 3)
  assert.deepEqual([hub.sizes().subscribers, shutdown.openStreams], [3, 3])
  const { socket } = first
  const signals = list.map(session => once(session.signal, 'abort'))
  leaving.abort()
  socket.destroy()
  stream.close()
  await Promise.all(signals)
  await shutdown.drained()
  assert.equal(hub.sizes().subscribers, 0)
  const late = createSession(new Request('http://x/', { signal: AbortSignal.abort() }), { shutdown })
  assert.ok(late.closed && shutdown.openStreams === 0)
  assert.match(await late.response.text(), /^: ?\n\n$/)
})

test('a session leaves no listeners at its request', async t => {
  let count
  const url = await serve(t, (request, response) => {
    const before = request.socket.listenerCount('close')
    const sessions = [createSession(request), createSession(request)]
    sessions[0].end()
    sessions[1].readable.pipe(response)
    count = request.socket.listenerCount('close') - before
    sessions[1].end()
  })
  await (await fetch(url)).text()
  assert.equal(count, 0)
})
