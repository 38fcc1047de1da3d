// What the native part answers: the other half of `src/table.rs`.

import { scratch, texts, wide, words } from './native.js'

// These do on any Uint8Array what `buffer.toString(encoding, start, end)` does on a Buffer, without its checks.
const { latin1Slice, ucs2Slice } = Buffer.prototype

/** The words before the first record. */
export const HEADER = 4
/** The one that says how many events and comments there are, from a decoder. */
export const ITEMS = 2

/** The bits of a result. */
export const LENGTH = 0xffff
export const CLEAN = 1 << 16
export const MORE = 1 << 17
export const FAILED = 1 << 18
export const SHARED = 1 << 19
export const CUT = 1 << 20
export const NARROW = 1 << 21

/** What a record says: its first word, less where the text is. */
export const KIND = 15
export const EVENT = 0
export const WINDOW = 1
export const LAST_EVENT_ID = 2
export const TYPE = 3
export const RETRY = 4
export const COMMENT = 5
export const SKIP = 6
export const WIDE_WINDOW = 7
export const ID = 8
export const UNKNOWN_FIELD = 9
export const INVALID_RETRY = 10

/** Where text is. */
export const SOURCE = 7 << 4
export const IN_WINDOW = 0 << 4
const IN_WIDE_WINDOW = 1 << 4
const IN_CHUNK = 2 << 4
const IN_SCRATCH = 3 << 4
const IN_WIDE = 4 << 4

/** Text that is not in the window of the chunk. */
export function textOf(chunk, wideText, source, start, end) {
  switch (source) {
    case IN_WIDE_WINDOW:
      return wideText.slice(start, end)
    case IN_CHUNK:
      return start === end ? '' : latin1Slice.call(chunk, start, end)
    case IN_SCRATCH:
      return latin1Slice.call(scratch, start, end)
    case IN_WIDE:
      return ucs2Slice.call(wide, start * 2, end * 2)
    default: {
      const text = texts[start]
      texts[start] = undefined
      if (typeof text === 'string') return text
      throw Object.assign(new RangeError('event is larger than a string can be'), { code: 'ERR_STRING_TOO_LONG' })
    }
  }
}

/** What a stream has told so far. */
export class Told {
  types = ['message']
  lastEventId
  reconnectionTime = null

  constructor(lastEventId) {
    this.lastEventId = lastEventId
  }
}

/** Makes events of the records, from this index on. Nothing of the user's runs before the last one is read. */
export function readItems(told, chunk, length, items, count) {
  const types = told.types
  let lastEventId = told.lastEventId
  let window = ''
  let wide = ''
  for (let at = HEADER; at < length; at += 3) {
    const head = words[at]
    const start = words[at + 1]
    const end = words[at + 2]
    // What nearly all records are comes first.
    const what = head & (KIND | SOURCE)
    if (what === (EVENT | IN_WINDOW)) {
      items[count] = { type: types[head >>> 8], data: window.slice(start, end), lastEventId }
      count += 1
      continue
    }
    if (what === (LAST_EVENT_ID | IN_WINDOW)) {
      lastEventId = window.slice(start, end)
      continue
    }
    switch (head & KIND) {
      case LAST_EVENT_ID:
        lastEventId = (head & SOURCE) === IN_WINDOW
          ? window.slice(start, end)
          : textOf(chunk, wide, head & SOURCE, start, end)
        break
      case EVENT:
        items[count] = {
          type: types[head >>> 8],
          data: (head & SOURCE) === IN_WIDE_WINDOW
            ? wide.slice(start, end)
            : textOf(chunk, wide, head & SOURCE, start, end),
          lastEventId
        }
        count += 1
        break
      case WINDOW:
        window = textOf(chunk, '', head & SOURCE, start, end)
        break
      case WIDE_WINDOW:
        wide = textOf(chunk, '', head & SOURCE, start, end)
        break
      case TYPE:
        types[head >>> 8] = (head & SOURCE) === IN_WINDOW
          ? window.slice(start, end)
          : textOf(chunk, wide, head & SOURCE, start, end)
        break
      case RETRY:
        told.reconnectionTime = number(start, end)
        break
      case COMMENT:
        items[count] = {
          comment: (head & SOURCE) === IN_WINDOW
            ? window.slice(start, end)
            : textOf(chunk, wide, head & SOURCE, start, end)
        }
        count += 1
    }
  }
  told.lastEventId = lastEventId
}

/** A number of two words. The sum is rounded once, so it is the nearest double. */
export function number(high, low) {
  return high * 2 ** 32 + low
}
