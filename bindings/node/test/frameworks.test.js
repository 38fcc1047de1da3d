// Every framework, as a real server with a real client.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createSecureServer, createServer } from 'node:http2'
import { createServer as createHttpsServer, get } from 'node:https'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { constants } from 'node:zlib'

import fastifyCompress from '@fastify/compress'
import compression from 'compression'
import { compress as honoCompress } from 'hono/compress'
import koaCompress from 'koa-compress'

import { Hub, Shutdown, createSession, decode } from 'tidings'

import { certificate } from './support/certificate.js'
import { FRAMEWORKS } from './support/frameworks.js'
import { RawClient, listen, open, take, takeData, until } from './support/servers.js'

/** Those that compress: it has to flush each write, and to be made to, since it keeps away from what must not be transformed. */
const flush = constants.Z_SYNC_FLUSH
const COMPRESSED = {
  express: app => app.use(compression({ filter: () => true })),
  koa: app => app.use(koaCompress({ filter: () => true, br: false, zstd: false, gzip: { flush } })),
  fastify: app => app.register(fastifyCompress, { customTypes: /event-stream/, encodings: ['gzip'], zlibOptions: { flush } })
}
const TRANSFORMED = { 'cache-control': 'no-cache' }

/** As people have it, for all that they send. */
const COMPRESSION = {
  express: app => app.use(compression()),
  koa: app => app.use(koaCompress()),
  fastify: app => app.register(fastifyCompress),
  hono: app => app.use(honoCompress())
}

const CASES = [
  ...Object.entries(FRAMEWORKS).map(([name, start]) => ({ name, start })),
  ...Object.entries(COMPRESSED).map(([name, use]) => ({ name: `${name} with compression`, start: FRAMEWORKS[name], use, headers: TRANSFORMED }))
]

/** Text that compression makes little of. */
const noise = () => randomBytes(7500).toString('base64')

for (const { name, start, use, headers } of CASES) {
  test(name, async t => {
    const hub = new Hub()
    const shutdown = new Shutdown()
    const own = []
    const options = { shutdown, keepAlive: 50, reconnectionTime: 7, headers }
    const port = await listen(t, await start(hub, options, { use, begun: session => own.push(session) }))
    const url = `http://127.0.0.1:${port}/`

    await t.test('each event comes when it is published', async () => {
      const { events, response, leave } = await open(url)
      assert.match(response.headers.get('content-type'), /^text\/event-stream/)
      assert.equal(response.headers.get('content-encoding'), use === undefined ? null : 'gzip')
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

    await t.test('a source is asked for no more than the client takes, and left when it goes', async () => {
      let yielded = 0
      let left = false
      async function* source() {
        try {
          for (;;) yield `${yielded += 1} ${noise()}`
        } finally {
          left = true
        }
      }
      const client = new RawClient(port, { path: '/own', headers: { 'accept-encoding': 'gzip' } })
      await client.until(text => text.includes('\r\n\r\n'))
      client.socket.pause()
      const iterated = own[0].iterate(source())
      let before = -1
      while (before !== yielded) {
        before = yielded
        await setTimeout(20)
      }
      assert.ok(yielded < 2000, `${yielded} events of 10 kB were taken`)
      client.socket.resume()
      await until(() => yielded > before + 50)
      assert.ok(!own[0].closed && !left)
      client.socket.destroy()
      await iterated
      await until(() => left && own[0].closed)
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

test('middleware that compresses leaves event streams alone', async t => {
  for (const [name, use] of Object.entries(COMPRESSION)) {
    const hub = new Hub()
    const port = await listen(t, await FRAMEWORKS[name](hub, {}, { use }))
    const { events, response, leave } = await open(`http://127.0.0.1:${port}/`)
    assert.equal(response.headers.get('content-encoding'), null, name)
    hub.publish('a', 'at once')
    assert.deepEqual(await takeData(events, 1), ['at once'], name)
    leave()
  }
})

/** Node 20 uses a stream that was freed if its session is destroyed in what an event of that stream called. */
function connectHttp2(t, port, ca) {
  const client = ca === undefined ? connect(`http://127.0.0.1:${port}`) : connect(`https://localhost:${port}`, { ca })
  t.after(async () => {
    await setImmediate()
    client.destroy()
  })
  return client
}

test('node:http2', async t => {
  const hub = new Hub()
  const shutdown = new Shutdown()
  const handler = hub.handler({ topics: '*', shutdown })
  const port = await listen(t, createServer(handler))
  const client = connectHttp2(t, port)
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

test('node:http2: a stream that is not read holds back its session, and no other one', { timeout: 30_000 }, async t => {
  const sessions = []
  const port = await listen(t, createServer((request, response) => { sessions.push(createSession(request, response)) }))
  const client = connectHttp2(t, port)
  const [idle, other] = [client.request({ ':path': '/' }), client.request({ ':path': '/' })]
  await Promise.all([once(idle, 'response'), once(other, 'response')])
  let yielded = 0
  let left = false
  const iterated = sessions[0].iterate((function* () {
    try {
      while (yielded < 1000) yield `${yielded += 1} ${noise()}`
    } finally {
      left = true
    }
  })())
  for (let before = -1; before !== yielded; await setTimeout(20)) before = yielded
  assert.ok(yielded < 500, `${yielded} events of 10 kB were taken`)
  sessions[1].push('goes on')
  assert.deepEqual(await takeData(decode(other), 1), ['goes on'])
  const numbers = (await takeData(decode(idle), yielded + 50)).map(data => Number(data.split(' ')[0]))
  assert.deepEqual(numbers, Array.from(numbers, (_, at) => at + 1))
  idle.close()
  await iterated
  assert.ok(left && sessions[0].closed)
})

/** A response of node:https, and its request. */
async function getSecure(port, ca, headers) {
  const request = get({ host: 'localhost', port, ca, headers, agent: false }).on('error', () => {})
  const [response] = await once(request, 'response')
  return { request, response }
}

test('node:https', async t => {
  const { key, cert } = await certificate()
  const hub = new Hub()
  const shutdown = new Shutdown()
  const port = await listen(t, createHttpsServer({ key, cert }, hub.handler({ topics: '*', shutdown, reconnectionTime: 7 })))
  const { request, response } = await getSecure(port, cert)
  assert.equal(response.headers['transfer-encoding'], 'chunked')
  const events = decode(response)
  hub.publish('a', 'one')
  const { id } = hub.publish('a', '日本')
  hub.publish('a', 'x'.repeat(500_000))
  assert.deepEqual((await takeData(events, 3)).map(data => data.length), [3, 2, 500_000])
  assert.equal(events.reconnectionTime, 7)
  request.destroy()
  await until(() => shutdown.openStreams === 0)
  const back = decode((await getSecure(port, cert, { 'last-event-id': id })).response)
  assert.deepEqual((await takeData(back, 1)).map(data => data.length), [500_000])
  shutdown.drain(0)
  assert.deepEqual(await take(back, 1), [])
  await shutdown.drained()
})

test('node:http2 with TLS, and HTTP/1.1 for those who ask for that', async t => {
  const { key, cert } = await certificate()
  const hub = new Hub()
  const shutdown = new Shutdown()
  const versions = []
  const feed = hub.handler({ topics: '*', shutdown })
  const port = await listen(t, createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion)
    feed(request, response)
  }))
  const stream = connectHttp2(t, port, cert).request({ ':path': '/' })
  await once(stream, 'response')
  const { response } = await getSecure(port, cert)
  assert.deepEqual(versions, ['2.0', '1.1'])
  const both = [decode(stream), decode(response)]
  hub.publish('a', 'one')
  hub.publish('a', 'x'.repeat(500_000))
  for (const events of both) assert.deepEqual((await takeData(events, 2)).map(data => data.length), [3, 500_000])
  shutdown.drain(0)
  for (const events of both) assert.deepEqual(await take(events, 1), [])
  await shutdown.drained()
})
