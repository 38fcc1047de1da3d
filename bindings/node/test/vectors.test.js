// Every vector, in every cut, through every way to decode.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Decoder, EventStream, createParser, decode } from 'tidings'

import { cases, cuts, load } from './support/vectors.js'

const vectors = load()

/** What a vector says comes of it, less the reconnection times where they are no items. */
function expected({ lastEventId, reconnectionTime, error }, items, withRetry) {
  const position = error?.position ?? null
  return { items: withRetry ? items : items.filter(item => !('retry' in item)), lastEventId, reconnectionTime, position }
}

/** Replays all vectors in all cuts. */
async function replay(name, run, withRetry = false) {
  let runs = 0
  for (const [index, vector] of vectors.entries()) {
    for (const { comments, items } of cases(vector)) {
      const want = expected(vector, items, withRetry)
      const options = { maxEventBytes: vector.maxEventBytes, lastEventId: vector.initialLastEventId, comments }
      for (const chunks of cuts(vector.chunks, index)) {
        const got = await run(chunks, options, vector)
        // The strict comparison of objects is slow, and this one is not: the keys are in a known order.
        if (JSON.stringify(got) !== JSON.stringify(want)) {
          assert.deepEqual(got, want, `${name}: ${vector.name}, comments ${comments}, chunks ${chunks.map(String)}`)
        }
        runs += 1
      }
    }
  }
  assert.ok(runs > 20_000, `${runs} runs`)
}

function outcome(items, source, error) {
  if (error !== undefined && error.code !== 'ERR_EVENT_TOO_LARGE') throw error
  const { lastEventId, reconnectionTime } = source
  return { items, lastEventId, reconnectionTime, position: error?.position ?? null }
}

test('there are all vectors', () => {
  assert.ok(vectors.length >= 574)
  assert.ok(vectors.some(vector => vector.reconnectionTime > Number.MAX_SAFE_INTEGER))
})

test('Decoder', () => replay('Decoder', (chunks, options) => {
  const decoder = new Decoder(options)
  const items = []
  let error
  for (const chunk of chunks) {
    try {
      items.push(...decoder.feed(chunk))
    } catch (thrown) {
      items.push(...thrown.events)
      error ??= thrown
      assert.equal(thrown.position, error.position)
    }
  }
  return outcome(items, decoder, error)
}))

test('decode', () => replay('decode', async (chunks, options) => {
  const events = decode(chunks, options)
  const items = []
  let error
  try {
    for await (const event of events) items.push(event)
  } catch (thrown) {
    error = thrown
  }
  return outcome(items, events, error)
}))

test('EventStream', () => replay('EventStream', async (chunks, options) => {
  const stream = new EventStream(options)
  const items = []
  let error
  try {
    for await (const event of ReadableStream.from(chunks).pipeThrough(stream)) items.push(event)
  } catch (thrown) {
    error = thrown
  }
  return outcome(items, stream, error)
}))

/** `createParser` has neither a last event ID nor a reconnection time, but says what they are made of. */
function parse(chunks, { maxEventBytes, lastEventId, comments }, vector) {
  const items = []
  let reconnectionTime = null
  let failed = false
  const parser = createParser({
    maxBufferSize: maxEventBytes,
    onEvent(event) {
      if (event.id !== undefined) assert.equal(event.id, lastEventId)
      items.push({ type: event.event ?? 'message', data: event.data, lastEventId })
    },
    onId(id) {
      lastEventId = id
    },
    onRetry(retry) {
      reconnectionTime = retry
      items.push({ retry })
    },
    onComment: comments ? comment => items.push({ comment }) : undefined,
    onError(error) {
      failed ||= error.type === 'max-buffer-size-exceeded'
    }
  })
  for (const chunk of chunks) {
    if (failed) assert.throws(() => parser.feed(chunk), { code: 'ERR_PARSER_STOPPED' })
    else parser.feed(chunk)
  }
  return { items, lastEventId, reconnectionTime, position: failed ? vector.error?.position : null }
}

test('createParser', () => replay('createParser', parse, true))

test('createParser with strings', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let runs = 0
  for (const vector of vectors) {
    let text
    try {
      text = decoder.decode(Buffer.concat(vector.chunks))
    } catch {
      continue // it is not UTF-8, so no string is the same
    }
    for (const { comments, items } of cases(vector)) {
      const want = expected(vector, items, true)
      const options = { maxEventBytes: vector.maxEventBytes, lastEventId: vector.initialLastEventId, comments }
      for (let at = 0; at <= text.length; at += 1) {
        assert.deepEqual(parse([text.slice(0, at), text.slice(at)], options, vector), want, `${vector.name} at ${at}`)
        runs += 1
      }
    }
  }
  assert.ok(runs > 10_000, `${runs} runs`)
})
