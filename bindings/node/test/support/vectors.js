// The vectors of `conformance/` and the cuts they are replayed in: `conformance/README.md` has the rules.

import { readFileSync, readdirSync } from 'node:fs'

const folder = new URL('../../../../conformance/vectors/', import.meta.url)
const KEYS = new Set([
  'name', 'source', 'chunks', 'maxEventBytes', 'initialLastEventId', 'comments', 'items', 'lastEventId', 'reconnectionTime', 'error'
])

/** All vectors, their chunks as `Buffer`s. */
export function load() {
  const files = readdirSync(folder).filter(name => name.endsWith('.json')).sort()
  return files.flatMap(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')).vectors).map(vector => {
    for (const key of Object.keys(vector)) if (!KEYS.has(key)) throw new Error(`${vector.name}: unknown key ${key}`)
    const chunks = vector.chunks.map(chunk => typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.base64, 'base64'))
    return { maxEventBytes: undefined, initialLastEventId: '', ...vector, chunks }
  })
}

/** Whether each case is replayed with comments, and what its items then are. */
export function* cases(vector) {
  for (const comments of [true, false]) {
    if (vector.comments !== undefined && vector.comments !== comments) continue
    yield { comments, items: comments ? vector.items : vector.items.filter(item => !('comment' in item)) }
  }
}

/** Numbers that are the same every time. */
export function random(seed) {
  let state = seed | 0
  return limit => {
    state = (state + 0x6d2b_79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) % limit
  }
}

/** Every cut: as it is, whole, byte by byte, at every two-way split, and at random. */
export function* cuts(chunks, seed) {
  yield chunks
  const whole = Buffer.concat(chunks)
  yield [whole]
  yield Array.from(whole, byte => Buffer.from([byte]))
  for (let at = 0; at <= whole.length; at += 1) yield [whole.subarray(0, at), whole.subarray(at)]
  const below = random(seed)
  for (let round = 0; round < 4; round += 1) yield randomCut(whole, below, 1 + below(12))
}

/** Pieces of at most so many bytes, some of them empty. */
export function randomCut(whole, below, most) {
  const pieces = []
  for (let at = 0; at < whole.length;) {
    const next = at + below(most + 1)
    pieces.push(whole.subarray(at, next))
    at = next
  }
  return pieces
}
