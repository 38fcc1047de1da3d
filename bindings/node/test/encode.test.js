// Frames.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Decoder, encode } from 'tidings'

import { appendEvent } from '../lib/encode.js'
import { random } from './support/vectors.js'

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
  assert.throws(() => encode({ data: { a: 1 } }), { message: /frame\.data must be a string.*JSON\.stringify.*not Object/ })
  for (const frame of [{ retry: -1 }, { retry: 1.5 }, { retry: NaN }, { dat: 'x' }]) {
    assert.throws(() => encode(frame), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
  }
})

test('what sessions put together is what the codec encodes', () => {
  const below = random(3)
  const LETTERS = ['a', ' ', ':', '\n', '\r', '\0', '\ufeff', 'é', '日', '\u2028', '\ud83d\ude00', '\ud800', 'data: ']
  const text = most => Array.from({ length: below(most) }, () => LETTERS[below(LETTERS.length)]).join('')
  const outcome = (make, frame) => {
    try {
      // As it is written: half a surrogate pair is U+FFFD then.
      return Buffer.from(make(frame)).toString()
    } catch (error) {
      return [error.name, error.code, error.message]
    }
  }
  let put = 0
  for (let round = 0; round < 20_000; round += 1) {
    const frame = {}
    for (const name of ['event', 'id', 'data', 'comment']) {
      if (below(name === 'comment' ? 20 : 3) > 0 === (name !== 'comment')) frame[name] = below(50) === 0 ? 7 : text(1 + below(4))
    }
    if (below(20) === 0) frame.retry = below(9)
    if (below(50) === 0) frame.dat = 'x'
    const want = outcome(encode, frame)
    assert.deepEqual(outcome(frame => appendEvent('before', frame).slice(6), frame), want, JSON.stringify(frame))
    if (typeof want === 'string' && 'data' in frame) put += 1
  }
  assert.ok(put > 2000, `${put} were events`)
})
