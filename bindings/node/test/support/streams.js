// Event streams at random: dense in what decoders get wrong.

import { random } from './vectors.js'

const PIECES = [
  'data', 'data:', 'data: ', 'data:x', 'data: hello', 'data:  two spaces', 'event', 'event:', 'event: tick', 'event: message',
  'id', 'id:', 'id: 7', 'id: a\0b', 'id: é', 'retry: 10', 'retry: -1', 'retry:', 'retry: 1e3', ':', ': comment', ':é', 'foo: bar',
  'foo', 'Data: x', 'data : x', ' data: x', 'data: 日本語 😀', 'data: é', 'data: \u{2028}', 'data: {"a":1}', 'x', '', '', '', '', '',
  `data: ${'long '.repeat(200)}`, `data: ${'ü'.repeat(600)}`, `data: ${'語'.repeat(400)}`, `id: ${'i'.repeat(80)}`,
  `event: ${'t'.repeat(80)}`, 'event: a', 'event: b', 'event: c', 'data: x'
]
const ENDS = ['\n', '\n', '\n', '\n', '\r\n', '\r']

/** A stream as text. Half of them have LF only, as most have. */
export function stream(seed) {
  const below = random(seed)
  const ends = below(2) === 0 ? ['\n'] : ENDS
  let text = below(8) === 0 ? '\ufeff' : ''
  for (let lines = 1 + below(40); lines > 0; lines -= 1) text += PIECES[below(PIECES.length)] + ends[below(ends.length)]
  return text
}

/** The same, with bytes that are not UTF-8 here and there. */
export function brokenStream(seed) {
  const bytes = Buffer.from(stream(seed))
  const below = random(seed + 1)
  for (let times = below(4); times > 0 && bytes.length > 0; times -= 1) bytes[below(bytes.length)] = 0x80 + below(128)
  return bytes
}
