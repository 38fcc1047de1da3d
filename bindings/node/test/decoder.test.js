// The decoder's interface.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Decoder, encode } from 'tidings'

import { SOURCE, textOf } from '../lib/records.js'

test('events are plain objects', () => {
  const [event] = new Decoder().feed(Buffer.from('event: a\nid: 7\ndata: x\n\n'))
  assert.deepEqual({ ...event }, { type: 'a', data: 'x', lastEventId: '7' })
  assert.equal(JSON.stringify(event), '{"type":"a","data":"x","lastEventId":"7"}')
})

test('a chunk may be any Uint8Array, and be used again', () => {
  const memory = new Uint8Array(100)
  const part = memory.subarray(10, 10 + new TextEncoder().encodeInto('data: ä\ndata: 日\n\n', memory.subarray(10)).written)
  const decoder = new Decoder()
  const [event] = decoder.feed(part)
  memory.fill(0)
  assert.equal(event.data, 'ä\n日')
  const small = new Uint8Array(Buffer.from('data: x\n\n'))
  assert.equal(decoder.feed(small)[0].data, 'x')
  small.fill(0)
  assert.deepEqual(decoder.feed(new Uint8Array()), [])
})

test('a chunk may be shared with another thread', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(64))
  const { written } = new TextEncoder().encodeInto('id: 1\ndata: x\n\n', shared)
  assert.deepEqual(new Decoder().feed(shared.subarray(0, written)), [{ type: 'message', data: 'x', lastEventId: '1' }])
})

test('a chunk whose memory was transferred is empty', () => {
  const chunk = new Uint8Array(8)
  structuredClone(chunk, { transfer: [chunk.buffer] })
  assert.deepEqual(new Decoder().feed(chunk), [])
})

test('wrong types say what was expected', () => {
  for (const [call, message] of [
    [() => new Decoder().feed('data: x\n\n'), 'chunk must be a Uint8Array or Buffer, not string'],
    [() => new Decoder().feed(new Uint16Array(4)), 'chunk must be a Uint8Array or Buffer, not Uint16Array'],
    [() => new Decoder().feed(null), 'chunk must be a Uint8Array or Buffer, not null'],
    [() => new Decoder(7), 'options must be an object, not number'],
    [() => new Decoder({ maxEventBytes: '1' }), 'options.maxEventBytes must be a number, not string'],
    [() => new Decoder({ comments: 1 }), 'options.comments must be a boolean, not number'],
    [() => new Decoder({ lastEventId: 1 }), 'options.lastEventId must be a string, not number']
  ]) assert.throws(call, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message })
  for (const options of [{ maxEventBytes: 0 }, { maxEventBytes: 1.5 }, { maxEventBytes: NaN }, { lastEventId: 'a\nb' }, { lastEventId: '\0' }]) {
    assert.throws(() => new Decoder(options), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
  }
  assert.equal(new Decoder({ maxEventBytes: Infinity }).feed(Buffer.from('data: x\n\n')).length, 1)
})

test('an event that is too large comes with what was complete before it', () => {
  const decoder = new Decoder({ maxEventBytes: 10 })
  decoder.feed(Buffer.from('data: a\n\n'))
  decoder.feed(Buffer.from('data: b\n\n')) // the native part does not see this one
  const chunk = Buffer.from(`data: c\n\ndata: ${'x'.repeat(11)}\n\n`)
  const error = { name: 'EventTooLargeError', code: 'ERR_EVENT_TOO_LARGE', position: 18 + 9 + 6 + 10, maxEventBytes: 10 }
  assert.throws(() => decoder.feed(chunk), { ...error, events: [{ type: 'message', data: 'c', lastEventId: '' }] })
  assert.throws(() => decoder.feed(Buffer.from('data: d\n\n')), { ...error, events: [] })
  assert.equal(decoder.reset(), true)
  assert.equal(decoder.feed(Buffer.from('data: d\n\n'))[0].data, 'd')
  assert.throws(() => decoder.feed(chunk.subarray(9)), { position: 9 + 6 + 10 })
  const alone = new Decoder({ maxEventBytes: 10 })
  alone.feed(Buffer.from('data: a\n\n'))
  assert.throws(() => alone.feed(chunk.subarray(9)), { code: 'ERR_EVENT_TOO_LARGE' })
})

test('text that no string can hold is an error', () => {
  // As the native part tells it, for which it would take half a gigabyte.
  assert.throws(() => textOf(Buffer.alloc(0), '', SOURCE, 0, 0), { name: 'RangeError', code: 'ERR_STRING_TOO_LONG' })
})

test('reset keeps the last event ID and the reconnection time, and tells what was cut', () => {
  const decoder = new Decoder({ lastEventId: 'first' })
  assert.equal(decoder.lastEventId, 'first')
  assert.equal(decoder.reconnectionTime, null)
  decoder.feed(Buffer.from('id: 7\nretry: 20\n\ndata: x\n\n'))
  assert.equal(decoder.reset(), false)
  decoder.feed(Buffer.from('\ufeffdata: y'))
  assert.equal(decoder.reset(), true)
  assert.equal(decoder.reset(), false)
  assert.deepEqual(decoder.feed(Buffer.from('\n\ndata: z\n\n')), [{ type: 'message', data: 'z', lastEventId: '7' }])
  assert.equal(decoder.reconnectionTime, 20)
})

test('more than one answer of the native part', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => encode({ event: `t${index % 100}`, id: `${index}`, data: `${index}` }))
  const events = new Decoder().feed(Buffer.from(many.join('')))
  assert.equal(events.length, 20_000)
  events.forEach((event, index) => {
    assert.ok(event.type === `t${index % 100}` && event.data === `${index}` && event.lastEventId === `${index}`)
  })
})

test('text of every length, in the chunk and not, whatever it needs', () => {
  for (const letter of ['x', 'é', '語', '😀']) {
    for (const length of [1, 11, 12, 13, 500, 512, 513, 1024, 5000, 33_000, 70_000, 140_000]) {
      const line = letter.repeat(length)
      for (const lines of [[line], [line, line]]) {
        const bytes = Buffer.from(encode({ data: lines.join('\n'), id: 'i', event: letter }))
        const decoder = new Decoder()
        const first = decoder.feed(bytes.subarray(0, bytes.length >> 1))
        const cut = decoder.feed(bytes.subarray(bytes.length >> 1))
        const want = [{ type: letter, data: lines.join('\n'), lastEventId: 'i' }]
        assert.deepEqual([...first, ...cut], want)
        assert.deepEqual(new Decoder().feed(bytes), want)
        assert.deepEqual(decoder.feed(Buffer.concat([bytes, bytes, bytes])), [...want, ...want, ...want])
      }
    }
  }
})
