// Events of anything that has chunks.

import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { createServer, get } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { after, before, test } from 'node:test'

import { EventStream, decode } from 'tidings'
import { request } from 'undici'

const STREAM = 'data: {"n":1}\n\nevent: e\nid: 7\ndata: {"n":2}\n\ndata: [DONE]\n\ndata: after\n\n'
const WANT = ['{"n":1}', '{"n":2}', '[DONE]', 'after']
const chunks = Array.from(STREAM.match(/[^]{1,9}/g), part => Buffer.from(part))

async function data(events) {
  const seen = []
  for await (const event of events) seen.push(event.data)
  return seen
}

/** A source that says whether it was left. */
function watched(list = chunks) {
  const state = { left: false }
  state.source = (async function* () {
    try {
      for (const chunk of list) yield chunk
    } finally {
      state.left = true
    }
  })()
  return state
}

/** A source that never says anything, and cannot be left. */
async function* stuck() {
  await new Promise(() => {})
}

let server, url
before(async () => {
  server = createServer((request, response) => {
    const [, status, type] = request.url.split('/', 3).map(decodeURIComponent)
    const headers = type === '' ? {} : { 'content-type': type }
    if (request.url.endsWith('gzip')) headers['content-encoding'] = 'gzip'
    response.writeHead(Number(status), headers).end(STREAM)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = (status, type, more = '') => `http://127.0.0.1:${server.address().port}/${status}/${encodeURIComponent(type)}/${more}`
})
after(() => server.close())

test('every kind of source', async () => {
  for (const source of [
    chunks, chunks.values(), watched().source, Readable.from(chunks), ReadableStream.from(chunks), new Blob(chunks).stream(),
    new Response(STREAM, { headers: { 'content-type': 'text/event-stream' } }), await fetch(url(200, 'text/event-stream')),
    await request(url(200, 'text/event-stream')), (await once(get(url(200, 'text/event-stream')), 'response'))[0]
  ]) assert.deepEqual(await data(decode(source)), WANT)
  const empty = new Response(null, { headers: { 'content-type': 'text/event-stream' } })
  assert.deepEqual(await data(decode(empty)), [])
})

test('what is no source', async () => {
  for (const source of [undefined, null, 7, 'data', {}, Buffer.from('data: x\n\n')]) {
    assert.throws(() => decode(source), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^source must be a Response/ })
  }
  const state = watched(['data: x\n\n'])
  await assert.rejects(data(decode(state.source)), { name: 'TypeError', message: 'chunk must be a Uint8Array or Buffer, not string' })
  assert.ok(state.left)
})

test('status and content type of a response', async () => {
  for (const type of ['text/event-stream', 'Text/Event-Stream;charset=utf-8', ' text/event-stream ;x']) {
    assert.deepEqual(await data(decode(await fetch(url(200, type)))), WANT)
  }
  for (const [status, type, code] of [
    [404, 'text/event-stream', 'ERR_BAD_STATUS'], [201, 'text/event-stream', 'ERR_BAD_STATUS'], [200, 'text/plain', 'ERR_BAD_CONTENT_TYPE'],
    [200, '', 'ERR_BAD_CONTENT_TYPE'], [200, 'text/event-streams', 'ERR_BAD_CONTENT_TYPE']
  ]) {
    for (const response of [await fetch(url(status, type)), await request(url(status, type))]) {
      let thrown
      assert.throws(() => decode(response), error => {
        thrown = error
        return error.name === 'ResponseError' && error.code === code && error.status === status
      })
      const text = 'text' in thrown.response ? await thrown.response.text() : await thrown.response.body.text()
      assert.equal(text, STREAM, 'the body is still there')
    }
  }
  const coded = await request(url(200, 'text/event-stream', 'gzip'))
  assert.throws(() => decode(coded), { code: 'ERR_CONTENT_ENCODING' })
  await coded.body.dump()
  const used = new Response(STREAM, { headers: { 'content-type': 'text/event-stream' } })
  await used.text()
  assert.throws(() => decode(used), { code: 'ERR_BODY_USED' })
})

test('stop ends the stream and leaves the source', async () => {
  for (const list of [chunks, [Buffer.from(STREAM)]]) {
    const state = watched(list)
    assert.deepEqual(await data(decode(state.source, { stop: '[DONE]' })), WANT.slice(0, 2))
    assert.ok(state.left)
  }
})

test('json', async () => {
  const values = []
  for await (const value of decode(chunks, { stop: '[DONE]' }).json()) values.push(value.n)
  assert.deepEqual(values, [1, 2])
  const state = watched()
  const seen = []
  await assert.rejects(async () => {
    for await (const value of decode(state.source).json()) seen.push(value)
  }, error => error.code === 'ERR_INVALID_JSON' && error.event.data === '[DONE]' && error.cause instanceof SyntaxError)
  assert.deepEqual(seen, [{ n: 1 }, { n: 2 }])
  assert.ok(state.left)
})

test('json has no comments, and changes what it is called on', async () => {
  const parts = [':a\n\nid: 1\ndata: 1\n\n:b\ndata: 2\n\n', ':c\n\n', ':d\ndata: 3\n\n:e\n\n'].map(part => Buffer.from(part))
  const all = async values => {
    const seen = []
    for await (const value of values) seen.push(value)
    return seen
  }
  const options = { comments: true }
  assert.deepEqual(await all(decode(parts, options).json()), [1, 2, 3])
  assert.deepEqual(await all(decode(parts, options).json().batches()), [[1, 2], [3]])
  const events = decode(parts, options)
  assert.deepEqual([await events.next(), (await events.next()).value.data], [{ done: false, value: { comment: 'a' } }, '1'])
  assert.equal(events.json(), events)
  assert.equal(events.lastEventId, '1')
  assert.deepEqual(await all(events), [2, 3])
})

test('batches', async () => {
  const batches = []
  for await (const batch of decode([Buffer.from(STREAM), Buffer.from('data: x'), Buffer.from('\n\n')]).batches()) {
    batches.push(batch.map(event => event.data))
  }
  assert.deepEqual(batches, [WANT, ['x']])
})

test('leaving the loop leaves the source', async () => {
  const state = watched()
  for await (const event of decode(state.source)) if (event.data) break
  assert.ok(state.left)
  let cancelled = false
  const stream = new ReadableStream({ pull: controller => controller.enqueue(Buffer.from(STREAM)), cancel: () => { cancelled = true } })
  for await (const event of decode(stream)) if (event.data) break
  assert.ok(cancelled)
  const node = new PassThrough()
  node.write(STREAM)
  for await (const event of decode(node)) if (event.data) break
  assert.ok(node.destroyed)
})

test('who leaves while the source is silent gets an answer, and the source is closed', async () => {
  const silent = createServer((request, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders())
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const address = `http://127.0.0.1:${silent.address().port}`
  let cancelled = 0
  const makers = {
    PassThrough: () => new PassThrough(),
    'node:http': async () => (await once(get(address), 'response'))[0],
    undici: async () => (await request(address)).body,
    ReadableStream: () => new ReadableStream({ cancel: () => { cancelled += 1 } }),
    'async generator': stuck
  }
  for (const [name, make] of Object.entries(makers)) {
    for (const waits of [['next', 'next'], []]) {
      const source = await make()
      const events = decode(source)
      const waiting = waits.map(method => events[method]())
      assert.deepEqual(await events.return('left'), { done: true, value: 'left' }, name)
      for (const next of waiting) assert.deepEqual(await next, { done: true, value: undefined }, name)
      if (source instanceof Readable) assert.ok(source.destroyed, `${name} ${waits}`)
    }
    const source = await make()
    const batches = decode(source).batches()
    const waiting = batches.next()
    await batches.return()
    assert.deepEqual(await waiting, { done: true, value: undefined }, name)
    if (source instanceof Readable) assert.ok(source.destroyed, name)
  }
  assert.equal(cancelled, 3)
  silent.close()
})

test('a signal ends it with its reason, and leaves the source', async () => {
  const reason = new Error('enough')
  let cancelled = 0
  for (const make of [() => new PassThrough(), () => new ReadableStream({ cancel: () => { cancelled += 1 } }), stuck]) {
    const controller = new AbortController()
    const source = make()
    const events = decode(source, { signal: controller.signal })
    const waiting = [events.next(), events.next()]
    controller.abort(reason)
    await assert.rejects(waiting[0], error => error === reason)
    assert.deepEqual([await waiting[1], await events.next()], [{ done: true, value: undefined }, { done: true, value: undefined }])
    if (source instanceof Readable) assert.ok(source.destroyed)
  }
  assert.equal(cancelled, 1)
  // What was not taken is left, and the last event ID says so.
  const controller = new AbortController()
  const events = decode(numbered(), { signal: controller.signal })
  await events.next()
  controller.abort()
  await assert.rejects(events.next(), { name: 'AbortError' })
  assert.deepEqual([events.lastEventId, await events.next()], ['1', { done: true, value: undefined }])
  // Also if the source has ended with the chunk.
  const late = new AbortController()
  const last = decode([Buffer.from('data: 1\n\ndata: 2\n\ndata: [DONE]\n\n')], { signal: late.signal, stop: '[DONE]' })
  await last.next()
  late.abort()
  await assert.rejects(last.next(), { name: 'AbortError' })
  assert.deepEqual(await last.next(), { done: true, value: undefined })
  const source = new PassThrough()
  await assert.rejects(data(decode(source, { signal: AbortSignal.abort() })), { name: 'AbortError' })
  assert.ok(source.destroyed)
  assert.throws(() => decode(chunks, { signal: 'no' }), { name: 'TypeError', message: 'options.signal must be an AbortSignal, not string' })
})

test('nothing is left of an iteration in its signal', async () => {
  const { signal } = new AbortController()
  const failing = async function* () { throw new Error('lost') }
  await data(decode(chunks, { signal }))
  await data(decode(chunks, { signal, stop: '[DONE]' }))
  await decode(new PassThrough(), { signal }).return()
  await assert.rejects(data(decode(failing(), { signal })), { message: 'lost' })
  await assert.rejects(data(decode([Buffer.from(STREAM)], { signal, maxEventBytes: 2 })), { code: 'ERR_EVENT_TOO_LARGE' })
  assert.deepEqual(getEventListeners(signal, 'abort'), [])
})

test('options that are refused leave the source as it is', async () => {
  const source = ReadableStream.from(chunks)
  assert.throws(() => decode(source, { maxEventBytes: 0 }), { code: 'ERR_INVALID_ARG_VALUE' })
  assert.deepEqual(await data(decode(source)), WANT)
})

test('an error of the source comes after what came before it', async () => {
  const events = decode((async function* () {
    yield Buffer.from('id: 3\ndata: a\n\ndata: b\n\ndata: cut')
    throw new Error('connection lost')
  })())
  const seen = []
  await assert.rejects(async () => {
    for await (const event of events) seen.push(event.data)
  }, { message: 'connection lost' })
  assert.deepEqual(seen, ['a', 'b'])
  assert.equal(events.lastEventId, '3')
  assert.deepEqual(await events.next(), { done: true, value: undefined })
})

test('an event that is too large comes after what came before it', async () => {
  const bytes = Buffer.from(`data: a\n\ndata: b\n\ndata: ${'x'.repeat(100)}\n\n`)
  const state = watched([bytes])
  const seen = []
  await assert.rejects(async () => {
    for await (const event of decode(state.source, { maxEventBytes: 50 })) seen.push(event.data)
  }, { code: 'ERR_EVENT_TOO_LARGE' })
  assert.ok(state.left)
  // Also when the stream is over before the first event is read.
  const stream = ReadableStream.from([bytes]).pipeThrough(new EventStream({ maxEventBytes: 50 }))
  await new Promise(resolve => setImmediate(resolve))
  await assert.rejects(async () => {
    for await (const event of stream) seen.push(event.data)
  }, { code: 'ERR_EVENT_TOO_LARGE' })
  assert.deepEqual(seen, ['a', 'b', 'a', 'b'])
})

/** One chunk: an ID stands behind the last event, too. */
const NUMBERED = 'id: 1\ndata: {"n":1}\n\n:c\nid: 2\ndata: [DONE]\n\ndata: {"n":3}\n\nid: 9\n\n'
const numbered = () => [Buffer.from(NUMBERED)]

test('the last event ID is that of what was taken, not that of the chunk', async () => {
  const options = { lastEventId: '0' }
  const piped = (source, given) => {
    const stream = new EventStream(given)
    return Object.assign(ReadableStream.from(source).pipeThrough(stream).values(), { stream })
  }
  for (const [make, told] of [[decode, events => events], [piped, events => events.stream]]) {
    const all = make(numbered(), options)
    const seen = [told(all).lastEventId]
    for await (const event of all) seen.push([event.lastEventId, told(all).lastEventId])
    assert.deepEqual([...seen, told(all).lastEventId], ['0', ['1', '1'], ['2', '2'], ['2', '9'], '9'])
    // Who leaves and comes back with it loses nothing.
    const left = make(numbered(), options)
    for await (const event of left) if (event.data) break
    assert.equal(told(left).lastEventId, '1')
    const commented = make([Buffer.from(`:c\n${NUMBERED}`)], { ...options, comments: true })
    const ids = []
    for (let count = 0; count < 5; count += 1) {
      await commented.next()
      ids.push(told(commented).lastEventId)
    }
    assert.deepEqual(ids, ['0', '1', '1', '2', '9'])
    const large = make([Buffer.from(`${NUMBERED}data: ${'x'.repeat(100)}\n\n`)], { maxEventBytes: 50 })
    await large.next()
    assert.equal(told(large).lastEventId, '1')
    await assert.rejects(data(large), { code: 'ERR_EVENT_TOO_LARGE' })
    assert.equal(told(large).lastEventId, '9')
  }
  const stopped = decode(numbered(), { ...options, stop: '[DONE]' })
  assert.deepEqual([await data(stopped), stopped.lastEventId], [['{"n":1}'], '1'])
  const atOnce = decode(numbered(), { ...options, stop: '{"n":1}' })
  assert.deepEqual([await data(atOnce), atOnce.lastEventId], [[], '0'])
})

test('what is not JSON ends a batch, and is told when what came before it was taken', async () => {
  const events = decode(numbered())
  const batches = []
  await assert.rejects(async () => {
    for await (const batch of events.json().batches()) batches.push([batch, events.lastEventId])
  }, error => error.code === 'ERR_INVALID_JSON' && error.event.lastEventId === '2')
  assert.deepEqual([batches, events.lastEventId], [[[[{ n: 1 }], '1']], '2'])
})

test('next may be called before the last one has answered', async () => {
  const events = decode(chunks)
  const results = await Promise.all(Array.from({ length: 6 }, () => events.next()))
  assert.deepEqual(results.map(({ value }) => value?.data), [...WANT, undefined, undefined])
  assert.deepEqual(results.map(({ done }) => done), [false, false, false, false, true, true])
  // All that wait for a chunk learn that the source has failed.
  const failing = decode(new ReadableStream({ pull: controller => controller.error(new Error('gone')) }))
  const failed = await Promise.allSettled([failing.next(), failing.next(), failing.batches().next()])
  assert.deepEqual(failed.map(({ reason }) => reason?.message), ['gone', 'gone', 'gone'])
  assert.deepEqual(await failing.next(), { done: true, value: undefined })
})

test('EventStream', async () => {
  const stream = new EventStream({ lastEventId: '1' })
  assert.ok(stream instanceof TransformStream)
  assert.deepEqual(await data(ReadableStream.from(chunks).pipeThrough(stream)), WANT)
  assert.equal(stream.lastEventId, '7')
  assert.equal(stream.reconnectionTime, null)
  await assert.rejects(data(ReadableStream.from(['text']).pipeThrough(new EventStream())), { name: 'TypeError' })
  let cancelled = false
  const source = new ReadableStream({ pull: controller => controller.enqueue(Buffer.from(STREAM)), cancel: () => { cancelled = true } })
  for await (const event of source.pipeThrough(new EventStream())) if (event.data) break
  assert.ok(cancelled)
})
