// The interface: what web-platform-tests ask of `eventsource/`, where there is no page.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { EventSource } from 'tidings'

import { STREAM, first, heard, holds, open, sends, serve, settled } from './support/server.js'

const endless = holds('data: x\n\n')

test('constants, on the class and on each event source', async t => {
  const { url } = await serve(t, endless)
  const source = open(t, url)
  for (const on of [EventSource, EventSource.prototype, source]) {
    for (const [name, value] of [['CONNECTING', 0], ['OPEN', 1], ['CLOSED', 2]]) {
      assert.equal(on[name], value)
      assert.throws(() => { on[name] = 7 }, TypeError)
      assert.equal(on[name], value)
    }
  }
})

test('it is an EventTarget, and its prototype can be extended', async t => {
  const { url } = await serve(t, endless)
  EventSource.prototype.answer = 42
  t.after(() => delete EventSource.prototype.answer)
  const source = open(t, url)
  assert.ok(source instanceof EventTarget)
  assert.equal(source.answer, 42)
  assert.equal(String(source), '[object EventSource]')
  assert.equal(EventSource.length, 1)
  const names = []
  for (const name in source) names.push(name)
  const expected = ['url', 'readyState', 'withCredentials', 'onopen', 'onmessage', 'onerror', 'close', 'OPEN']
  assert.deepEqual(expected.filter(name => !names.includes(name)), [])
})

test('what the constructor refuses', () => {
  assert.throws(() => EventSource('http://127.0.0.1/'), TypeError)
  assert.throws(() => new EventSource(), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => new EventSource(Symbol('x')), TypeError)
  for (const url of ['', 'http://this is invalid/', 'relative', '/x', '?x', null, undefined, 7]) {
    assert.throws(() => new EventSource(url), error => error instanceof DOMException && error.name === 'SyntaxError' && error.code === 12)
  }
  const construct = options => () => new EventSource('http://127.0.0.1/', options)
  assert.throws(construct(7), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  for (const [name, value] of Object.entries({
    lastEventId: 7, maxEventBytes: '1', reconnect: 1, reconnectionTime: '3', maxBackoff: null, jitter: '0', stableAfter: 'x',
    connectTimeout: 'x', idleTimeout: true, retryStatuses: 429, maxFailures: '1', fetch: 7, headers: 'x', method: 7, signal: 7, ref: 0,
    body: new ReadableStream()
  })) {
    const message = new RegExp(`^options\\.${name} must be `)
    assert.throws(construct({ [name]: value }), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message })
  }
  for (const [name, value] of [
    ['lastEventId', 'a\nb'], ['lastEventId', 'a\0'], ['maxEventBytes', 0], ['reconnectionTime', -1], ['jitter', 2], ['jitter', NaN],
    ['maxFailures', 1.5], ['retryStatuses', [99]], ['idleTimeout', NaN]
  ]) assert.throws(construct({ [name]: value }), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
})

test('url and withCredentials', async t => {
  const { url } = await serve(t, endless)
  for (const given of [url, new URL(url), { toString: () => url }]) assert.equal(open(t, given).url, url)
  assert.equal(open(t, `${url}a b#fragment`).url, `${url}a%20b#fragment`)
  for (const [options, expected] of [
    [undefined, false], [null, false], [{}, false], [{ withCredentials: true }, true], [{ withCredentials: 1 }, true],
    [{ withCredentials: 'x' }, true]
  ]) {
    const source = new EventSource(url, options)
    assert.equal(source.withCredentials, expected)
    source.close()
  }
})

test('readyState, and events before and after open', async t => {
  const { url } = await serve(t, endless)
  const source = open(t, url)
  assert.equal(source.readyState, EventSource.CONNECTING)
  const [opened] = await Promise.all([first(source, 'open'), first(source, 'message')])
  assert.equal(source.readyState, EventSource.OPEN)
  assert.deepEqual([opened.constructor, opened.bubbles, opened.cancelable], [Event, false, false])
  source.close()
  assert.equal(source.readyState, EventSource.CLOSED)
})

test('a MessageEvent', async t => {
  const { url } = await serve(t, sends('id: 7\ndata: x\n\n'))
  const source = open(t, url)
  const event = await first(source, 'message')
  assert.ok(event instanceof MessageEvent && event instanceof Event)
  const { type, data, origin, lastEventId, bubbles, cancelable, ports, target } = event
  assert.deepEqual({ type, data, origin, lastEventId, bubbles, cancelable }, {
    type: 'message', data: 'x', origin: new URL(url).origin, lastEventId: '7', bubbles: false, cancelable: false
  })
  assert.deepEqual([event.source, [...ports], target === source, String(event)], [null, [], true, '[object MessageEvent]'])
})

test('event handlers', async t => {
  const { url } = await serve(t, holds('data: 1\n\ndata: 2\n\ndata: 3\n\n'))
  const source = open(t, url)
  const seen = []
  for (const name of ['onopen', 'onmessage', 'onerror']) {
    assert.equal(source[name], null)
    for (const value of [7, 'x', undefined, null]) {
      source[name] = value
      assert.equal(source[name], null)
    }
  }
  const replaced = () => seen.push('never')
  source.onmessage = replaced
  assert.equal(source.onmessage, replaced)
  source.addEventListener('message', event => seen.push(['second', event.data]))
  // It is called in the place of the one it replaces.
  source.onmessage = function (event) {
    assert.equal(this, source)
    seen.push(['first', event.data])
    if (event.data === '2') source.onmessage = null
  }
  const object = {}
  source.onopen = object
  assert.equal(source.onopen, object)
  await new Promise(resolve => {
    source.addEventListener('message', event => { if (event.data === '3') resolve() })
  })
  assert.deepEqual(seen, [['first', '1'], ['second', '1'], ['first', '2'], ['second', '2'], ['second', '3']])
})

test('close before the connection, in handlers, and twice', async t => {
  const { url, requests } = await serve(t, endless)
  const early = open(t, url)
  const nothing = () => assert.fail('it is closed')
  for (const type of ['open', 'message', 'error']) early.addEventListener(type, nothing)
  early.close()
  early.close()
  assert.equal(early.readyState, EventSource.CLOSED)
  const inOpen = open(t, url)
  inOpen.onmessage = inOpen.onerror = nothing
  await new Promise(resolve => {
    inOpen.onopen = () => {
      inOpen.close()
      assert.equal(inOpen.readyState, EventSource.CLOSED)
      resolve()
    }
  })
  await settled()
  assert.equal(requests.length, 1, 'the first one made no request')
})

test('close in an error handler: there is no other attempt', async t => {
  const { url, requests } = await serve(t, sends('data: x\n\n'))
  const source = open(t, url)
  const states = []
  await new Promise(resolve => {
    source.onerror = () => {
      states.push(source.readyState)
      source.close()
      states.push(source.readyState)
      setTimeout(resolve, 150) // an attempt would come after 100
    }
  })
  assert.deepEqual(states, [0, 2])
  assert.equal(requests.length, 1)
})

test('the request is given up when the event source is closed', async t => {
  for (const begun of [false, true]) {
    let gone
    const { url, requests, server } = await serve(t, (request, response) => {
      gone = once(response, 'close')
      if (begun) endless(request, response)
    })
    const source = open(t, url)
    await (begun ? first(source, 'message') : once(server, 'request'))
    source.close()
    await gone
    assert.equal(requests.length, 1)
  }
})

test('open, events, an end, and again', async t => {
  const { url, requests } = await serve(t, (request, response, number) => {
    const again = `data: ${request.headers['last-event-id']}\n\n`
    response.writeHead(200, STREAM).end(number === 0 ? 'id: 1\ndata: a\n\ndata: b\n\ndata: lost' : again)
  })
  const source = open(t, url)
  assert.deepEqual(await heard(source, 6), [
    ['open', 1, ''], ['message', 'a', '1'], ['message', 'b', '1'], ['error', 'ERR_STREAM_ENDED', ''], ['open', 1, ''],
    ['message', '1', '1']
  ])
  assert.equal(requests[0].headers['last-event-id'], undefined)
})
