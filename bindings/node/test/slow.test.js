// Clients that take little, or nothing: what waits for them, and when they are given up.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer, get as getSecure } from 'node:https'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'

import { Shutdown, createSession } from 'tidings'

import { certificate } from './support/certificate.js'
import { FRAMEWORKS } from './support/frameworks.js'
import { listen, open, serve, takeData } from './support/servers.js'

const MB = 1024 * 1024
const LARGE = 36 * MB
/** More than the kernel holds for a connection: who takes that has made the server send something. */
const PART = 12 * MB

/** Takes so many bytes or more of a stream, and nothing after them. Returns how many; 0 at the end. */
function takeBytes(stream, least) {
  return new Promise(resolve => {
    let taken = 0
    const done = () => {
      stream.pause().off('data', take).off('close', done)
      resolve(taken)
    }
    const take = chunk => {
      taken += chunk.length
      if (taken >= least) done()
    }
    stream.on('data', take).on('close', done).on('error', () => {})
    if (stream.closed) done()
    else stream.resume()
  })
}

async function turns(count) {
  for (let turn = 0; turn < count; turn += 1) await setImmediate()
}

/** How each kind of response is asked for: what can be read, and how to leave. */
const KINDS = {
  ...Object.fromEntries(['node:http', 'koa', 'fastify', 'hono'].map(name => [name, async (t, options, begun) => {
    const port = await listen(t, await FRAMEWORKS[name](undefined, options, { begun }))
    const request = get({ port, host: '127.0.0.1', path: '/own', agent: false })
    request.on('error', () => {})
    const [response] = await once(request, 'response')
    return { stream: response, leave: () => request.destroy() }
  }])),
  'node:https': async (t, options, begun) => {
    const { key, cert } = await certificate()
    const port = await listen(t, createHttpsServer({ key, cert }, (request, response) => begun(createSession(request, response, options))))
    const request = getSecure({ host: 'localhost', port, ca: cert, agent: false }).on('error', () => {})
    const [response] = await once(request, 'response')
    return { stream: response, leave: () => request.destroy() }
  },
  'node:http2': async (t, options, begun) => {
    const port = await listen(t, createHttp2Server((request, response) => begun(createSession(request, response, options))))
    const client = connect(`http://127.0.0.1:${port}`)
    t.after(async () => {
      await setImmediate() // not in what an event of the stream called
      client.destroy()
    })
    const stream = client.request({ ':path': '/own' })
    await once(stream, 'response')
    return { stream, leave: () => stream.close() }
  }
}
// What Hono needs of a hub.
for (const name of ['node:http', 'hono']) {
  const start = FRAMEWORKS[name]
  FRAMEWORKS[name] = (hub, ...rest) => start(hub ?? { handler: () => () => {} }, ...rest)
}

for (const [name, ask] of Object.entries(KINDS)) {
  test(`${name}: a client that takes a large event slowly gets it, and is given up when it takes nothing`, { timeout: 60_000 }, async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let session
    const { stream, leave } = await ask(t, { stallTimeout: 1000, keepAlive: false, maxBufferedBytes: 2 ** 30 }, begun => { session = begun })
    const { signal } = session
    await takeBytes(stream, 1)
    session.push('x'.repeat(LARGE))
    session.push('y'.repeat(200_000))
    for (let taken = 0; taken < LARGE;) {
      taken += await takeBytes(stream, PART)
      t.mock.timers.tick(1000)
      assert.ok(!signal.aborted, `it took ${taken} bytes`)
    }
    for (let part = 0; part < 200 && !signal.aborted; part += 1) {
      session.push('z'.repeat(100_000))
      await turns(5)
      t.mock.timers.tick(1000)
    }
    assert.equal(signal.reason?.code, 'ERR_CLIENT_TOO_SLOW')
    leave()
  })
}

test('what is pushed in the first turn counts too', { timeout: 10_000 }, async t => {
  let pushed = 0
  let session
  const url = await serve(t, (request, response) => {
    session = createSession(request, response, { maxBufferedBytes: 100_000 })
    while (!session.closed && pushed < 2000) {
      session.push('x'.repeat(10_000))
      pushed += 1
    }
  })
  await assert.rejects(fetch(url).then(response => response.text()))
  assert.ok(session.closed && pushed < 1000, `${pushed} events waited`)
})

test('one large event in the first turn is sent', async t => {
  const url = await serve(t, (request, response) => {
    const session = createSession(request, response, { maxBufferedBytes: 100_000, reconnectionTime: 5 })
    session.push('small')
    session.push('x'.repeat(300_000))
    session.push('last')
    session.end()
  })
  const { events } = await open(url)
  assert.deepEqual((await takeData(events, 4)).map(data => data.length), [5, 300_000, 4])
  assert.equal(events.reconnectionTime, 5)
})

test('a web response is drained when it was read to its end, cancelled or given up', { timeout: 10_000 }, async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  for (const [how, leave, want] of [
    ['read', body => body.text(), /data: x\n\n$/],
    ['cancelled', body => body.body.cancel(), undefined],
    ['aborted', (body, leaving) => leaving.abort(), undefined],
    ['not read', () => t.mock.timers.tick(1000), undefined]
  ]) {
    const shutdown = new Shutdown()
    const leaving = new AbortController()
    const session = createSession(new Request('http://x/', { signal: leaving.signal }), { shutdown, stallTimeout: 1000, keepAlive: false })
    const { response } = session
    session.push('x')
    shutdown.drain(0)
    t.mock.timers.tick(1)
    assert.ok(session.closed)
    let isDrained = false
    const drained = shutdown.drained().then(() => { isDrained = true })
    await turns(3)
    assert.deepEqual([isDrained, shutdown.openStreams], [false, 1], how)
    const text = await leave(response, leaving)
    await drained
    if (want !== undefined) assert.match(text, want)
  }
})

test('what is left at the end is given time as well', { timeout: 30_000 }, async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const shutdown = new Shutdown()
  for (const takes of [true, false]) {
    let session
    const { stream, leave } = await KINDS['node:http'](t, { shutdown, stallTimeout: 1000, keepAlive: false }, begun => { session = begun })
    await takeBytes(stream, 1)
    session.push('x'.repeat(LARGE))
    await turns(5)
    session.push('last')
    session.end()
    let taken = 0
    for (let part; takes && taken < LARGE && (part = await takeBytes(stream, PART)) > 0;) {
      taken += part
      t.mock.timers.tick(1000)
    }
    assert.equal(taken >= LARGE, takes)
    if (takes) await takeBytes(stream, Infinity)
    else for (let tick = 0; tick < 3; tick += 1) t.mock.timers.tick(1000)
    await shutdown.drained()
    leave()
  }
})
