// What createParser does that no stream shows.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ParseError, createParser } from 'tidings'

test('a handler that throws keeps no other from being called', () => {
  const seen = []
  const parser = createParser({
    onEvent({ data }) {
      seen.push(data)
      if (data === 'a') throw new Error('of the handler')
    },
    onComment: comment => seen.push(comment)
  })
  assert.throws(() => parser.feed('data: a\n\n: c\ndata: b\n\ndata: cu'), { message: 'of the handler' })
  assert.deepEqual(seen, ['a', 'c', 'b'])
  parser.feed('t\n\n')
  assert.deepEqual(seen, ['a', 'c', 'b', 'cut'])
})

test('a handler may feed this parser and others', () => {
  const seen = []
  const inner = createParser({ onEvent: ({ data }) => seen.push(`inner ${data}`) })
  const outer = createParser({
    onEvent({ data }) {
      seen.push(data)
      inner.feed(`data: ${data}\n\n`)
      if (data === '1') outer.feed('data: 3\n\n')
    }
  })
  outer.feed('data: 1\n\ndata: 2\n\n')
  assert.deepEqual(seen, ['1', 'inner 1', '3', 'inner 3', '2', 'inner 2'])
})

test('an event that is too large stops the parser until reset', () => {
  const errors = []
  const seen = []
  const parser = createParser({ maxBufferSize: 20, onEvent: ({ data }) => seen.push(data), onError: error => errors.push(error) })
  parser.feed(`data: a\n\ndata: ${'x'.repeat(30)}`)
  assert.deepEqual(seen, ['a'])
  assert.ok(errors[0] instanceof ParseError)
  assert.equal(errors[0].type, 'max-buffer-size-exceeded')
  assert.equal(errors[0].code, 'ERR_MAX_BUFFER_SIZE_EXCEEDED')
  assert.throws(() => parser.feed('data: b\n\n'), { code: 'ERR_PARSER_STOPPED' })
  parser.reset()
  parser.feed('data: c\n\n')
  assert.deepEqual(seen, ['a', 'c'])
})

test('what is no field and no reconnection time is told, with a code', () => {
  const seen = []
  const parser = createParser({ onError: ({ code, field, value, line }) => seen.push([code, field, value, line]) })
  parser.feed('foo: bar\nretry: soon\n\n')
  assert.deepEqual(seen, [['ERR_UNKNOWN_FIELD', 'foo', 'bar', 'foo: bar'], ['ERR_INVALID_RETRY', undefined, 'soon', 'retry: soon']])
})

test('a character may be cut in two strings', () => {
  const seen = []
  const parser = createParser({ onEvent: ({ data }) => seen.push(data) })
  for (const unit of 'data: 😀\n\n'.split('')) parser.feed(unit)
  parser.feed('data: \ud83d\n\n')
  assert.deepEqual(seen, ['😀', '\ufffd'])
})

test('wrong types say what was expected', () => {
  assert.throws(() => createParser(() => {}), { name: 'TypeError', message: /^config must be an object with handlers/ })
  assert.throws(() => createParser({ onEvent: 7 }), { name: 'TypeError', message: 'config.onEvent must be a function, not number' })
  assert.throws(() => createParser({}).feed(7), { name: 'TypeError', message: 'chunk must be a string, Uint8Array or Buffer, not number' })
  assert.throws(() => createParser({ maxBufferSize: -1 }), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
})
