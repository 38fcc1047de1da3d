// What goes wrong: on the network, in the stream, in the code of the user. Clients that exist crash, loop or get stuck at much of it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'

import { EventSource, TRANSIENT_STATUSES } from 'tidings'
import { Agent, fetch as undiciFetch, getGlobalDispatcher, setGlobalDispatcher } from 'undici'

import { STREAM, first, heard, holds, open, sends, serve } from './support/server.js'

/** Undici looks at such limits about each second. */
const SILENCE = 1500

test('an ID that no header can carry ends it', async t => {
  const { url, requests } = await serve(t, sends('id: a\u0001b\ndata: x\n\n'))
  const source = open(t, url)
  assert.equal((await first(source, 'message')).lastEventId, 'a\u0001b')
  const [ended, failed] = [await first(source, 'error'), await first(source, 'error')]
  assert.deepEqual([ended.code, failed.code, failed.reconnecting, source.readyState], ['ERR_STREAM_ENDED', 'ERR_LAST_EVENT_ID', false, 2])
  assert.equal(requests.length, 1)
})

test('nobody listens at first', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  const source = open(t, `http://127.0.0.1:${port}/`)
  const event = await first(source, 'error')
  assert.deepEqual([event.code, event.status, event.reconnecting, source.readyState], ['ERR_CONNECTION_FAILED', undefined, true, 0])
  // What fetch says of it, whatever that is.
  assert.equal(event.error.cause.cause.code, 'ECONNREFUSED')
  server.on('request', (request, response) => response.writeHead(200, STREAM).end('data: at last\n\n')).listen(port, '127.0.0.1')
  t.after(() => { server.close(); server.closeAllConnections() })
  assert.equal((await first(source, 'message')).data, 'at last')
})

test('a connection that breaks', async t => {
  const { url, requests } = await serve(t, (request, response, number) => {
    response.writeHead(200, STREAM)
    if (number === 0) response.write('id: 1\ndata: a\n\nid: 2\ndata: b', () => response.destroy())
    else response.write('data: c\n\n')
  })
  assert.deepEqual(await heard(open(t, url), 5), [
    ['open', 1, ''], ['message', 'a', '1'], ['error', 'ERR_CONNECTION_FAILED', ''], ['open', 1, ''], ['message', 'c', '1']
  ])
  assert.equal(requests[1].headers['last-event-id'], '1')
})

test('close in a handler: nothing more of the chunk', async t => {
  const { url } = await serve(t, holds('data: 1\n\ndata: 2\n\ndata: 3\n\nid: 9\n\n'))
  const source = open(t, url)
  const seen = []
  await new Promise(resolve => {
    source.onmessage = ({ data }) => {
      seen.push(data)
      if (data !== '2') return
      source.close()
      setImmediate(resolve)
    }
  })
  assert.deepEqual([seen, source.readyState, source.lastEventId], [['1', '2'], EventSource.CLOSED, ''])
})

test('a handler that throws is reported as uncaught and breaks nothing', async t => {
  const { url, requests } = await serve(t, holds('data: 1\n\ndata: 2\n\ndata: 3\n\n'))
  const source = open(t, url)
  const own = process.rawListeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const uncaught = []
  process.on('uncaughtException', error => uncaught.push(error.message))
  t.after(() => {
    process.removeAllListeners('uncaughtException')
    for (const listener of own) process.on('uncaughtException', listener)
  })
  const seen = []
  source.onopen = () => { throw new Error('open') }
  source.onmessage = ({ data }) => { throw new Error(data) }
  source.addEventListener('message', ({ data }) => seen.push(data))
  await new Promise(resolve => {
    source.addEventListener('message', ({ data }) => { if (data === '3') setImmediate(resolve) })
  })
  assert.deepEqual([seen, uncaught, source.readyState, requests.length], [['1', '2', '3'], ['open', '1', '2', '3'], EventSource.OPEN, 1])
})

test('an endless line ends it, after what came before', async t => {
  let written = 0
  const { url, requests } = await serve(t, (request, response) => {
    response.writeHead(200, STREAM).write('data: before\n\ndata: ')
    const more = () => {
      while (response.writable && response.write('x'.repeat(16 * 1024))) written += 16 * 1024
    }
    response.on('drain', more)
    more()
  })
  const source = open(t, url, { maxEventBytes: 100_000 })
  const [message, failed] = await Promise.all([first(source, 'message'), first(source, 'error')])
  assert.deepEqual([message.data, failed.code, failed.reconnecting, source.readyState], ['before', 'ERR_EVENT_TOO_LARGE', false, 2])
  const { name, code, maxEventBytes, position } = failed.error.cause
  assert.deepEqual([name, code, maxEventBytes], ['EventTooLargeError', 'ERR_EVENT_TOO_LARGE', 100_000])
  assert.ok(position > 99_000 && position < 101_000, `${position}`)
  assert.equal(requests.length, 1)
})

test('a global dispatcher with a limit for silence is asked to wait', async t => {
  const before = getGlobalDispatcher()
  const agent = new Agent({ bodyTimeout: 200, headersTimeout: 200 })
  setGlobalDispatcher(agent)
  t.after(() => {
    setGlobalDispatcher(before)
    return agent.destroy()
  })
  const { url, requests } = await serve(t, (request, response) => {
    const late = request.url === '/head' ? SILENCE : 0
    setTimeout(() => response.writeHead(200, STREAM).write('data: a\n\n'), late)
    setTimeout(() => response.write('data: b\n\n'), SILENCE)
  })
  for (const seen of await Promise.all(['head', 'body'].map(path => heard(open(t, url + path), 3)))) {
    assert.deepEqual(seen, [['open', 1, ''], ['message', 'a', ''], ['message', 'b', '']])
  }
  assert.equal(requests.length, 2)
})

test('a fetch of the user that cuts silent bodies: nothing is lost', async t => {
  const dispatcher = new Agent({ bodyTimeout: 200 })
  t.after(() => dispatcher.destroy())
  const { url, requests } = await serve(t, (request, response) => {
    const next = Number(request.headers['last-event-id'] ?? 0) + 1
    response.writeHead(200, STREAM).write(`id: ${next}\ndata: ${next}\n\n`)
  })
  const source = open(t, url, { fetch: (url, init) => undiciFetch(url, { ...init, dispatcher }) })
  const event = first(source, 'error')
  assert.deepEqual(await heard(source, 2, ['message']), [['message', '1', '1'], ['message', '2', '2']])
  assert.deepEqual([(await event).code, (await event).error.cause.cause.code], ['ERR_CONNECTION_FAILED', 'UND_ERR_BODY_TIMEOUT'])
  assert.equal(requests.length, 2)
})

test('idle timeout', async t => {
  const { url, requests } = await serve(t, (request, response, number) => {
    response.writeHead(200, STREAM).write(number === 0 ? 'id: 1\ndata: a\n\n' : 'data: b\n\n')
  })
  const source = open(t, url, { idleTimeout: 50 })
  assert.deepEqual((await heard(source, 5)).map(([type, what]) => [type, what]), [
    ['open', 1], ['message', 'a'], ['error', 'ERR_IDLE_TIMEOUT'], ['open', 1], ['message', 'b']
  ])
  assert.equal(requests[1].headers['last-event-id'], '1')
})

test('comments keep a connection from being idle', async t => {
  const { url, requests } = await serve(t, (request, response) => {
    response.writeHead(200, STREAM).write('data: a\n\n')
    let beats = 0
    const timer = setInterval(() => {
      beats += 1
      response.write(beats === 15 ? 'data: b\n\n' : ':\n\n')
    }, 20)
    response.on('close', () => clearInterval(timer))
  })
  const source = open(t, url, { idleTimeout: 250 })
  await heard(source, 2, ['message'])
  assert.equal(requests.length, 1)
})

test('connect timeout, of the request and of the hook', async t => {
  const { url, requests } = await serve(t, (request, response, number) => {
    if (number === 1) response.writeHead(200, STREAM).end('data: x\n\n')
  })
  let hooks = 0
  const source = open(t, url, { connectTimeout: 100, maxBackoff: 0, headers: () => (hooks += 1) === 1 ? new Promise(() => {}) : {} })
  assert.deepEqual((await heard(source, 4)).map(([type, what]) => [type, what]), [
    ['error', 'ERR_CONNECT_TIMEOUT'], ['error', 'ERR_CONNECT_TIMEOUT'], ['open', 1], ['message', 'x']
  ])
  assert.equal(requests.length, 2, 'the first attempt made none')
})

test('statuses to retry, Retry-After and back-off', async t => {
  const { url } = await serve(t, (request, response, number) => {
    if (number === 0) response.writeHead(503, { 'retry-after': '1' }).end('later')
    else if (number < 3) response.writeHead(429).end()
    else response.writeHead(200, STREAM).end('data: x\n\n')
  })
  const source = open(t, url, { retryStatuses: TRANSIENT_STATUSES })
  const delays = []
  source.onerror = ({ delay, status }) => delays.push([status, delay])
  await first(source, 'message')
  assert.deepEqual(delays, [[503, 1000], [429, 200], [429, 400]])
  assert.deepEqual(TRANSIENT_STATUSES, [408, 425, 429, 500, 502, 503, 504])
})

test('jitter lengthens a delay', async t => {
  const { url } = await serve(t, sends('data: x\n\n'))
  const delays = new Set()
  for (let round = 0; round < 5; round += 1) {
    const source = open(t, url, { jitter: 1 })
    const { delay } = await first(source, 'error')
    assert.ok(delay >= 100 && delay <= 200)
    delays.add(delay)
    source.close()
  }
  assert.ok(delays.size > 1)
})

test('the last failure', async t => {
  const { url, requests } = await serve(t, (request, response) => response.destroy())
  const source = open(t, url, { maxFailures: 1 })
  assert.deepEqual((await heard(source, 2, ['error'])).map(([, code]) => code), ['ERR_CONNECTION_FAILED', 'ERR_CONNECTION_FAILED'])
  assert.deepEqual([source.readyState, requests.length], [EventSource.CLOSED, 2])
})

test('without reconnection the end is the end', async t => {
  const { url } = await serve(t, sends('data: x\n\n'))
  const source = open(t, url, { reconnect: false })
  const event = await first(source, 'error')
  assert.deepEqual([event.code, event.status, event.reconnecting, source.readyState], ['ERR_STREAM_ENDED', 200, false, EventSource.CLOSED])
})

test('a refusal that never ends is read to a limit', async t => {
  const { url } = await serve(t, (request, response) => {
    response.writeHead(500)
    const more = () => { while (response.writable && response.write('no '.repeat(10_000))); }
    response.on('drain', more)
    more()
  })
  const event = await first(open(t, url), 'error')
  assert.deepEqual([event.status, event.error.body.length], [500, 64 * 1024])
})

test('a silent body is closed too, if fetch does not do it', async t => {
  const body = new PassThrough()
  const fetch = async () => ({ status: 200, headers: new Headers(STREAM), body })
  const source = open(t, 'http://stream.invalid/', { fetch })
  body.write('data: x\n\n')
  await first(source, 'message')
  source.close()
  assert.ok(body.destroyed)
})
