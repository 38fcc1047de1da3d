// Frames.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Decoder, encode } from 'tidings'

test('frames', () => {
  for (const [frame, want] of [
    [{ data: 'x' }, 'data: x\n\n'],
    [{ data: '' }, 'data: \n\n'],
    [{ data: 'a\nb\r\nc\rd\n' }, 'data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n'],
    [{ event: 'e', id: '1', data: ' x', retry: 5 }, 'event: e\nid: 1\nretry: 5\ndata:  x\n\n'],
    [{ id: '' }, 'id: \n\n'],
    [{ comment: 'a\nb' }, ': a\n: b\n\n'],
    [{ retry: 0 }, 'retry: 0\n\n'],
    [{ data: '日本 \ud800' }, 'data: 日本 \ufffd\n\n'],
    [{}, '']
  ]) assert.equal(encode(frame), want)
})

test('what is decoded is what was encoded', () => {
  for (const data of ['', ' ', '\n', ':', 'a\n\nb', '\ufeff', 'x'.repeat(100_000), '日本\n\u{2028}', 'data: x']) {
    const [event] = new Decoder().feed(Buffer.from(`\n${encode({ event: ' e', id: ' 1', data })}`))
    assert.deepEqual(event, { type: ' e', data, lastEventId: ' 1' })
  }
})

test('nothing can inject', () => {
  for (const frame of [{ event: 'a\nb' }, { event: 'a\rb' }, { id: '1\n' }, { id: '1\r' }, { id: '1\0' }]) {
    assert.throws(() => encode({ data: 'x', ...frame }), { name: 'TypeError', code: 'ERR_INVALID_FIELD' })
  }
})

test('wrong types say what was expected', () => {
  for (const frame of [7, null, { id: 1 }, { data: {} }, { retry: '5' }, { comment: true }, { event: Symbol('e') }]) {
    assert.throws(() => encode(frame), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const frame of [{ retry: -1 }, { retry: 1.5 }, { retry: NaN }, { dat: 'x' }]) {
    assert.throws(() => encode(frame), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
  }
})
