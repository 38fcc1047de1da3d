// Generated streams: against the peers, and each way to decode against the others.
//
// Where a peer differs on purpose or by mistake, the stream is changed before it is compared, so that everything else is:
// - eventsource-parser strips U+FEFF although the decoder of text has taken the byte order mark already, so two are lost, and
//   likewise the text "ï»¿": the TextDecoder here keeps the mark. HTML 9.2.6 strips one.
// - eventsource-parser has `retry` of any size; ours ends at 2⁶⁴ − 1. The streams have none that is larger.
// - undici keeps the type when an empty `event` field follows it, where the standard sets it to the empty string; and applies
//   `retry` only when the event is dispatched. Neither is compared: events with two `event` fields are left out.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { createParser as createPeer } from 'eventsource-parser'
import { Decoder, createParser } from 'tidings'

import { brokenStream, stream } from './support/streams.js'
import { random, randomCut } from './support/vectors.js'

const require = createRequire(import.meta.url)
const { EventSourceStream } = require('undici/lib/web/eventsource/eventsource-stream.js')

const STREAMS = 1500

function calls(create, chunks, { comments = true, notes = true, consume = false } = {}) {
  const log = []
  const parser = create({
    onEvent: ({ id, event, data }) => log.push(['event', id, event, data]),
    onId: notes ? id => log.push(['id', id]) : undefined,
    onRetry: retry => log.push(['retry', retry]),
    onComment: comments ? comment => log.push(['comment', comment]) : undefined,
    onError: notes ? ({ type, field, value, line }) => log.push(['error', type, field, value, line]) : undefined
  })
  for (const chunk of chunks) parser.feed(chunk)
  if (consume) parser.reset({ consume: true })
  return log
}

/** Text cut at random. eventsource-parser takes a half character for one, so none is cut. */
function* textCuts(text, seed) {
  const below = random(seed)
  yield [text]
  const letters = Array.from(text)
  yield letters
  for (let round = 0; round < 3; round += 1) {
    const cut = []
    for (let at = 0; at < letters.length;) {
      const next = at + below(30)
      cut.push(letters.slice(at, next).join(''))
      at = next
    }
    yield cut
  }
}

/** Compares, and shows the first difference only: the whole of it would be pages. */
function same(got, want, chunks) {
  const at = want.findIndex((item, index) => JSON.stringify(item) !== JSON.stringify(got[index]))
  if (at === -1 && got.length === want.length) return
  assert.deepEqual(got[at], want[at], `item ${at} of ${JSON.stringify(chunks.map(String))}`)
  assert.equal(got.length, want.length, JSON.stringify(chunks.map(String)))
}

test('createParser calls what eventsource-parser calls', () => {
  let compared = 0
  for (let seed = 0; seed < STREAMS; seed += 1) {
    const text = stream(seed)
    for (const chunks of textCuts(text, seed)) {
      for (const options of [{}, { comments: false }, { consume: true }, { notes: false }]) {
        const want = calls(createPeer, chunks, options)
        same(calls(createParser, chunks, options), want, chunks)
        compared += want.length
      }
    }
  }
  assert.ok(compared > 100_000, `${compared} calls`)
})

test('createParser that says nothing of lines calls the same for chunks of any size', () => {
  const text = Array.from({ length: STREAMS }, (_, seed) => stream(seed)).join('\n\n')
  const blocks = `${'id\n\n'.repeat(20_000)}${'data\n\n'.repeat(20_000)}`
  for (const chunks of [[text], [blocks], [blocks, text], text.match(/[^]{1,9000}/gu)]) {
    for (const options of [{ notes: false }, { notes: false, comments: false }]) {
      same(calls(createParser, chunks, options), calls(createPeer, chunks, options), chunks)
    }
  }
})

test('createParser with bytes calls what eventsource-parser calls with their text', () => {
  for (let seed = 0; seed < STREAMS; seed += 1) {
    const bytes = brokenStream(seed)
    const chunks = randomCut(bytes, random(seed), 40)
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const text = decoder.decode(bytes)
    // What is not a mark but looks like one to the peer.
    if (text.startsWith('\xef')) continue
    const strings = chunks.map(chunk => decoder.decode(chunk, { stream: true }))
    const want = calls(createPeer, strings).filter(([kind]) => kind !== 'error')
    same(calls(createParser, chunks).filter(([kind]) => kind !== 'error'), want, chunks)
  }
})

async function ofUndici(chunks) {
  const events = []
  const peer = new EventSourceStream({ eventSourceSettings: {}, push: undefined })
  peer.processEvent = ({ event, data, id }) => events.push([event, data, id])
  for (const chunk of chunks) await new Promise((resolve, reject) => peer.write(chunk, error => error ? reject(error) : resolve()))
  return events
}

test('Decoder finds what undici finds', async () => {
  let compared = 0
  for (let seed = 0; seed < STREAMS; seed += 1) {
    const text = stream(seed)
    const blocks = text.replace(/\r\n?/g, '\n').split(/\n\n+/)
    if (blocks.some(block => block.match(/^event/gm)?.length > 1)) continue
    const chunks = randomCut(Buffer.from(text), random(seed), 60).filter(chunk => chunk.length > 0)
    const want = (await ofUndici(chunks)).filter(([, data]) => data !== undefined)
    const decoder = new Decoder()
    const got = chunks.flatMap(chunk => decoder.feed(chunk))
    same(got.map(({ type, data }) => [type, data]), want.map(([event, data]) => [event || 'message', data]), chunks)
    compared += got.length
  }
  assert.ok(compared > 400, `${compared} events`)
})

/** The decoder without its shortcut: it is taken for no chunk that begins in the middle of a line. */
function withoutShortcut(chunks) {
  const decoder = new Decoder()
  return chunks.flatMap(chunk => [...decoder.feed(chunk.subarray(0, 3)), ...decoder.feed(chunk.subarray(3))])
}

test('the shortcut for an event in a chunk of its own changes nothing', () => {
  const shapes = [
    'data: x\n\n', 'data:x\n\n', 'data: \n\n', 'data:\n\n', 'data\n\n', 'data: a\ndata: b\n\n', 'data: a\r\n\r\n', 'data: a\r\n\n', 'data: a\r\r',
    'data: a\rid: 9\n\n', 'data: é\n\n', 'data: 日\n\n', 'data: \ufeffx\n\n', 'data: a\0b\n\n', 'id: 1\ndata: x\n\n', 'id: 2\n\n',
    'event: e\ndata: x\n\n', ': c\n\n', 'data: unfinished\n', '\n', '\r', 'retry: 5\n\n', 'dat', 'data: a\n\ndata: b\n\n', '',
    'data:  two\n\n', 'data: \u{2028}\n\n', `data: ${'y'.repeat(5000)}\n\n`, `data: ${'é'.repeat(3000)}\n\n`,
    `data: ${'z'.repeat(5000)}\nid: 4\n\n`, 'event: e\n', 'id: 3\n', 'data: a\n\n\n'
  ].map(text => Buffer.from(text))
  shapes.push(Buffer.from('data: \xff\xfe\n\n', 'latin1'), Buffer.from('data: \xe6\x97\n\n', 'latin1'))
  const below = random(7)
  for (let round = 0; round < 20_000; round += 1) {
    const chunks = Array.from({ length: 1 + below(6) }, () => shapes[below(shapes.length)])
    const decoder = new Decoder()
    const got = chunks.flatMap(chunk => decoder.feed(chunk))
    same(got, withoutShortcut(chunks), chunks)
  }
})

test('cuts change nothing', () => {
  for (let seed = 0; seed < STREAMS; seed += 1) {
    const bytes = brokenStream(seed)
    const whole = new Decoder({ comments: true })
    const want = whole.feed(bytes)
    const cut = whole.reset()
    const below = random(seed)
    for (const most of [1, 7, 100]) {
      const decoder = new Decoder({ comments: true })
      const got = randomCut(bytes, below, most).flatMap(chunk => decoder.feed(chunk))
      same(got, want, [bytes])
      assert.equal(decoder.lastEventId, whole.lastEventId)
      assert.equal(decoder.reconnectionTime, whole.reconnectionTime)
      assert.equal(decoder.reset(), cut)
    }
  }
})
