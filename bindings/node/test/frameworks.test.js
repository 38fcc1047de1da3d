// Every framework, as a real server with a real client.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createServer2 } from 'node:http2'
import { test } from 'node:test'

import { serve as serveHono } from '@hono/node-server'
import compression from 'compression'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'

import { Hub, Shutdown, createSession, decode } from 'tidings'

import { listen, open, take, takeData, until } from './support/servers.js'

/** Each is given the hub and options of sessions, and returns a port. */
const FRAMEWORKS = {
  'node:http': (t, hub, options) => listen(t, createServer(hub.handler({ topics: '*', ...options }))),
  express: (t, hub, options) => {
    const app = express()
    app.get('/', hub.handler({ topics: '*', ...options }))
    return listen(t, createServer(app))
  },
  'express with compression': (t, hub, options) => {
    const app = express()
    app.use(compression({ filter: () => true }))
    // Compression keeps away from what must not be transformed.
    app.get('/', hub.handler({ topics: '*', headers: { 'cache-control': 'no-cache' }, ...options }))
    return listen(t, createServer(app))
  },
  koa: (t, hub, options) => {
    const app = new Koa()
    app.silent = true
    app.use(context => {
      const session = createSession(context.req, options)
      hub.subscribe(session, { topics: '*' })
      context.set(session.headers)
      context.body = session.readable
    })
    return listen(t, createServer(app.callback()))
  },
  fastify: async (t, hub, options) => {
    const app = fastify({ forceCloseConnections: true })
    app.get('/', (request, reply) => {
      const session = createSession(request.raw, options)
      hub.subscribe(session, { topics: '*' })
      return reply.headers(session.headers).send(session.readable)
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    t.after(() => app.close())
    return app.server.address().port
  },
  hono: (t, hub, options) => {
    const app = new Hono()
    const handler = hub.handler({ topics: '*', ...options })
    app.get('/', context => handler(context.req.raw))
    return new Promise(resolve => {
      const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
      t.after(() => {
        server.closeAllConnections()
        server.close()
      })
    })
  }
}

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  test(name, async t => {
    const hub = new Hub()
    const shutdown = new Shutdown()
    const url = `http://127.0.0.1:${await start(t, hub, { shutdown, keepAlive: 50, reconnectionTime: 7 })}/`

    await t.test('each event comes when it is published', async () => {
      const { events, response, leave } = await open(url)
      assert.match(response.headers.get('content-type'), /^text\/event-stream/)
      assert.equal(response.headers.get('content-encoding'), name.includes('compression') ? 'gzip' : null)
      for (const data of ['one', 'two', '三']) {
        hub.publish('a', { event: 'e', data })
        assert.deepEqual(await takeData(events, 1), [data])
      }
      assert.equal(events.reconnectionTime, 7)
      leave()
    })

    await t.test('a client that has gone is let go of', () => until(() => hub.sizes().subscribers === 0 && shutdown.openStreams === 0))

    await t.test('who comes back gets what it missed', async () => {
      const { events, leave } = await open(url, { lastEventId: hub.lastId.replace(/3$/, '1') })
      assert.deepEqual(await takeData(events, 2), ['two', '三'])
      hub.publish('a', 'four')
      assert.deepEqual(await takeData(events, 1), ['four'])
      leave()
      const { events: unknown, leave: leaveAgain } = await open(`${url}?lastEventId=other`)
      assert.deepEqual((await take(unknown, 1)).map(event => event.type), ['gap'])
      leaveAgain()
      await until(() => hub.sizes().subscribers === 0)
    })

    await t.test('keep-alives', async () => {
      const { events, leave } = await open(url, { comments: true })
      const comments = (await take(events, 3)).map(item => item.comment)
      assert.deepEqual(comments, ['', '', ''])
      leave()
    })

    await t.test('much at once', async () => {
      const { events, leave } = await open(url)
      const data = 'x'.repeat(1000)
      await take({ next: () => until(() => hub.presence('a') > 0).then(() => ({ done: true })) }, 1)
      for (let number = 0; number < 2000; number += 1) hub.publish('a', `${number} ${data}`)
      const got = (await takeData(events, 2000)).map(text => Number(text.split(' ')[0]))
      assert.deepEqual(got, [...Array(2000).keys()])
      leave()
      await until(() => hub.sizes().subscribers === 0)
    })

    await t.test('a drained server ends its streams', async () => {
      const { events } = await open(url)
      shutdown.drain(20)
      assert.deepEqual(await take(events, 1), [])
      assert.ok(events.reconnectionTime >= 1 && events.reconnectionTime <= 20)
      await shutdown.drained()
    })
  })
}

test('node:http2', async t => {
  const hub = new Hub()
  const shutdown = new Shutdown()
  const handler = hub.handler({ topics: '*', shutdown })
  const port = await listen(t, createServer2(handler))
  const client = connect(`http://127.0.0.1:${port}`)
  t.after(() => client.destroy())
  const request = headers => client.request({ ':path': '/', ...headers })
  const streams = Array.from({ length: 3 }, () => request())
  const [head] = await once(streams[0], 'response')
  assert.equal(head['content-type'], 'text/event-stream')
  await until(() => hub.presence('a') === 3)
  hub.publish('a', 'one')
  const { id } = hub.publish('a', 'x'.repeat(200_000))
  const events = streams.map(stream => decode(stream))
  for (const of of events) assert.deepEqual((await takeData(of, 2)).map(data => data.length), [3, 200_000])
  streams[0].close()
  await until(() => hub.presence('a') === 2)
  hub.publish('a', 'three')
  const back = decode(request({ 'last-event-id': id }))
  assert.deepEqual(await takeData(back, 1), ['three'])
  const begun = request({ ':path': `/?lastEventId=${id}` })
  assert.deepEqual(await takeData(decode(begun), 1), ['three'])
  shutdown.drain(10)
  await shutdown.drained()
  assert.deepEqual(await take(back, 1), [])
})
