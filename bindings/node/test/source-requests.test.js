// Requests and responses: what web-platform-tests ask of `eventsource/`, and redirects, credentials and bodies.

import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { EventSource, EventSourceError } from 'tidings'

import { STREAM, first, heard, open, sends, serve } from './support/server.js'

test('the headers of a request', async t => {
  const { url, requests } = await serve(t, sends('data: x\n\n'))
  const source = open(t, `${url}path?query#fragment`)
  await first(source, 'message')
  const [{ method, headers, url: target }] = requests
  assert.deepEqual([method, target], ['GET', '/path?query'])
  const { accept, pragma, cookie, authorization } = headers
  assert.deepEqual([accept, headers['cache-control'], pragma, headers['last-event-id'], cookie, authorization], [
    'text/event-stream', 'no-cache', 'no-cache', undefined, undefined, undefined
  ])
})

test('headers, method and body of the user, in each attempt', async t => {
  const bodies = []
  const { url, requests } = await serve(t, async (request, response) => {
    request.setEncoding('utf8')
    for await (const text of request) bodies.push(text)
    response.writeHead(200, STREAM).end('id: 7\ndata: x\n\n')
  })
  const source = open(t, url, {
    method: 'POST', body: '{"stream":true}', headers: { 'X-Key': 'k', Accept: 'text/event-stream, */*', 'Last-Event-ID': 'never' }
  })
  await heard(source, 2, ['message'])
  for (const { method, headers } of requests) {
    assert.deepEqual([method, headers['x-key'], headers.accept], ['POST', 'k', 'text/event-stream, */*'])
  }
  assert.deepEqual(bodies.slice(0, 2), ['{"stream":true}', '{"stream":true}'])
  assert.deepEqual(requests.slice(0, 2).map(({ headers }) => headers['last-event-id']), [undefined, '7'])
})

test('a user and a password in the URL', async t => {
  const { url, requests } = await serve(t, sends('data: x\n\n'))
  const given = url.replace('//', '//us%C3%A9r:p%zz@')
  const source = open(t, given)
  assert.equal(source.url, given)
  await first(source, 'message')
  assert.equal(requests[0].headers.authorization, `Basic ${Buffer.from('usér:p%zz').toString('base64')}`)
})

test('fresh headers before each attempt', async t => {
  const { url, requests } = await serve(t, (request, response, number) => {
    if (number === 0) response.writeHead(401).end('expired')
    else response.writeHead(200, STREAM).end('id: 5\ndata: x\n\n')
  })
  const attempts = []
  const source = open(t, url, {
    retryStatuses: [401],
    async headers(attempt) {
      attempts.push(attempt)
      if (attempts.length === 2) throw new Error('no token')
      return new Headers({ authorization: `Bearer ${attempts.length}` })
    }
  })
  const errors = []
  source.addEventListener('error', event => errors.push(event))
  await heard(source, 2, ['message'])
  assert.deepEqual(requests.slice(0, 3).map(({ headers }) => headers.authorization), ['Bearer 1', 'Bearer 3', 'Bearer 4'])
  assert.deepEqual(attempts.slice(0, 4), [
    { failures: 0, status: null, lastEventId: '' }, { failures: 1, status: 401, lastEventId: '' },
    { failures: 2, status: null, lastEventId: '' }, { failures: 0, status: 200, lastEventId: '5' }
  ])
  const [refused, none] = errors
  const { code, status, error: { body }, reconnecting, delay } = refused
  assert.deepEqual([code, status, body, reconnecting, delay], ['ERR_BAD_STATUS', 401, 'expired', true, 100])
  assert.deepEqual([none.code, none.error.cause.message, none.reconnecting], ['ERR_NO_HEADERS', 'no token', true])
})

test('other statuses than 200 fail the connection', async t => {
  const { url } = await serve(t, (request, response) => {
    const status = Number(request.url.slice(1))
    response.writeHead(status, STREAM).end(status === 204 || status === 205 ? undefined : 'data: x\n\n')
  })
  for (const status of [201, 202, 204, 205, 210, 299, 400, 404, 410, 429, 500, 503]) {
    const source = open(t, `${url}${status}`)
    source.onopen = source.onmessage = () => assert.fail('it is not open')
    const event = await first(source, 'error')
    assert.equal(source.readyState, EventSource.CLOSED)
    assert.ok(event.error instanceof EventSourceError && event.constructor.name === 'ErrorEvent')
    const code = status === 204 ? 'ERR_STREAM_ENDED' : 'ERR_BAD_STATUS'
    assert.deepEqual([event.code, event.status, event.reconnecting, event.delay], [code, status, false, null])
  }
})

test('content types', async t => {
  const { url, requests } = await serve(t, (request, response) => {
    const type = decodeURIComponent(request.url.slice(1))
    response.writeHead(200, type === '' ? {} : { 'content-type': type }).end('data: x\n\n')
  })
  for (const type of [
    'text/event-stream', 'text/event-stream;', 'Text/Event-Stream', 'text/event-stream;charset=UTF-8',
    'text/event-stream; charset=windows-1252', 'text/event-stream;x=y;z', ' text/event-stream '
  ]) {
    const source = open(t, url + encodeURIComponent(type))
    assert.equal((await first(source, 'message')).data, 'x', type)
    source.close()
  }
  const before = requests.length
  const bad = ['', 'text/x-bogus', 'text/event-stream-x', 'text/html', 'application/json', ';text/event-stream']
  for (const type of bad) {
    const source = open(t, url + encodeURIComponent(type))
    source.onopen = source.onmessage = () => assert.fail(type)
    const event = await first(source, 'error')
    assert.deepEqual([event.code, event.status, event.reconnecting, source.readyState], ['ERR_BAD_CONTENT_TYPE', 200, false, 2])
    assert.equal(event.error.body, 'data: x\n\n')
  }
  assert.equal(requests.length, before + bad.length)
})

test('redirects are followed, and the next attempt goes to the first URL', async t => {
  const { url, requests } = await serve(t, (request, response) => {
    const [, status] = request.url.match(/^\/from\/(\d+)/) ?? []
    if (status !== undefined) response.writeHead(Number(status), { location: '../to' }).end()
    else response.writeHead(200, STREAM).end('id: 7\ndata: x\n\n')
  })
  for (const status of [301, 302, 303, 307, 308]) {
    requests.length = 0
    const source = open(t, `${url}from/${status}`)
    await heard(source, 2, ['message'])
    source.close()
    assert.equal(source.url, `${url}from/${status}`)
    assert.deepEqual(requests.slice(0, 4).map(request => request.url), [`/from/${status}`, '/to', `/from/${status}`, '/to'])
    assert.equal(requests[3].headers['last-event-id'], '7')
  }
})

test('a redirect to another origin: the origin of the events, and no credentials', async t => {
  const other = await serve(t, sends('data: x\n\n'))
  const { url } = await serve(t, (request, response) => response.writeHead(302, { location: other.url }).end())
  const given = { authorization: 'Bearer secret', cookie: 'a=b', 'x-key': 'k' }
  for (const [headers, expected] of [[given, 'k'], [() => given, undefined]]) {
    other.requests.length = 0
    const source = open(t, url, { headers, lastEventId: '7' })
    const event = await first(source, 'message')
    source.close()
    assert.equal(event.origin, new URL(other.url).origin)
    const [{ headers: { authorization, cookie, ...rest } }] = other.requests
    // What a function supplies is secret.
    assert.deepEqual([authorization, cookie, rest['x-key'], rest['last-event-id']], [undefined, undefined, expected, '7'])
  }
})

test('what a redirect makes of a method and a body', async t => {
  const seen = []
  const { url } = await serve(t, async (request, response) => {
    if (request.url !== '/to') return response.writeHead(Number(request.url.slice(1)), { location: '/to' }).end()
    seen.push([request.method, request.headers['content-type'], await text(request)])
    response.writeHead(200, STREAM).end('data: x\n\n')
  })
  const json = ['{}', 'application/json']
  for (const [status, method, [body, type], expected] of [
    [301, 'POST', json, ['GET', undefined, '']], [302, 'POST', json, ['GET', undefined, '']], [303, 'PUT', json, ['GET', undefined, '']],
    [302, 'PUT', json, ['PUT', 'application/json', '{}']], [307, 'POST', json, ['POST', 'application/json', '{}']],
    [308, 'POST', json, ['POST', 'application/json', '{}']]
  ]) {
    const source = open(t, `${url}${status}`, { method, body, headers: { 'content-type': type } })
    await first(source, 'message')
    source.close()
    assert.deepEqual(seen.pop(), expected, `${status}`)
  }
})

test('a redirect that leads nowhere', async t => {
  const { url } = await serve(t, (request, response) => {
    const location = decodeURIComponent(request.url.slice(1))
    response.writeHead(302, location === '' ? {} : { location }).end()
  })
  for (const [location, code, status] of [
    ['ftp://host.invalid/', 'ERR_BAD_REDIRECT'], ['http://', 'ERR_BAD_REDIRECT'], ['javascript:x', 'ERR_BAD_REDIRECT'],
    ['', 'ERR_BAD_STATUS', 302]
  ]) {
    const event = await first(open(t, url + encodeURIComponent(location)), 'error')
    assert.deepEqual([event.code, event.status, event.reconnecting], [code, status, false], location)
  }
})

test('a redirect without end is tried again, as a network error', async t => {
  const { url } = await serve(t, (request, response) => response.writeHead(302, { location: request.url }).end())
  const event = await first(open(t, url), 'error')
  assert.deepEqual([event.code, event.reconnecting], ['ERR_CONNECTION_FAILED', true])
})

/** Cookies as a browser keeps them, as far as this test needs. */
function withCookies() {
  const jar = new Map()
  return async (url, init) => {
    const { host } = new URL(url)
    const headers = { ...init.headers }
    if (init.credentials === 'include' && jar.has(host)) headers.cookie = jar.get(host)
    const response = await fetch(url, { ...init, headers })
    if (init.credentials === 'include' && response.headers.has('set-cookie')) jar.set(host, response.headers.get('set-cookie'))
    return response
  }
}

test('credentials, with a fetch that has a cookie jar', async t => {
  const { url, requests } = await serve(t, (request, response) => {
    response.writeHead(200, { ...STREAM, 'set-cookie': 'session=7' }).end('data: x\n\n')
  })
  for (const [withCredentials, expected] of [[false, undefined], [true, 'session=7']]) {
    requests.length = 0
    const source = open(t, url, { withCredentials, fetch: withCookies() })
    await heard(source, 2, ['message'])
    source.close()
    assert.deepEqual([requests[0].headers.cookie, requests[1].headers.cookie], [undefined, expected])
  }
})

test('a fetch of the user has bodies of its own', async t => {
  const bytes = Buffer.from('data: x\n\n')
  const response = body => ({ status: 200, headers: new Headers(STREAM), body })
  const iterable = (async function* () { yield bytes })()
  const source = open(t, 'https://example.invalid/', { fetch: async () => response(iterable), reconnect: false })
  const [message, ended] = await Promise.all([first(source, 'message'), first(source, 'error')])
  assert.deepEqual([message.data, message.origin, ended.code, source.readyState], ['x', 'https://example.invalid', 'ERR_STREAM_ENDED', 2])
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  assert.equal((await first(open(t, 'https://example.invalid/', { fetch: async () => response([shared]) }), 'message')).data, 'x')
  const text = await first(open(t, 'https://example.invalid/', { fetch: async () => response(['data: x\n\n']) }), 'error')
  assert.deepEqual([text.code, text.error.cause.code, text.reconnecting], ['ERR_INVALID_BODY', 'ERR_INVALID_ARG_TYPE', false])
})

test('a body that is compressed', async t => {
  const { url } = await serve(t, (request, response) => {
    response.writeHead(200, { ...STREAM, 'content-encoding': 'gzip' }).end(gzipSync('data: packed\n\n'))
  })
  assert.equal((await first(open(t, url), 'message')).data, 'packed')
})

test('a scheme that is not one of http fails, and is not tried again', async t => {
  let calls = 0
  for (const url of ['gopher://host.invalid/', 'mailto:a@example.invalid', 'javascript:1', 'none:x', 'ftp://host.invalid/', 'file:///x']) {
    const source = open(t, url, { fetch: () => { calls += 1 } })
    source.onopen = () => assert.fail(url)
    // Whoever waits for a moment before listening misses nothing.
    for (let turns = 0; turns < 20; turns += 1) await null
    assert.equal(source.readyState, EventSource.CONNECTING)
    const event = await first(source, 'error')
    assert.deepEqual([event.code, event.reconnecting, source.readyState], ['ERR_UNSUPPORTED_SCHEME', false, EventSource.CLOSED])
  }
  assert.equal(calls, 0)
})
