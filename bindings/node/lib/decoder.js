// Bytes to events.

import { EventTooLargeError, wrongType } from './errors.js'
import { createDecode, texts, words } from './native.js'
import { decoderOptions } from './options.js'
import {
  CLEAN, COMMENT, CUT, EVENT, FAILED, HEADER, IN_WINDOW, KIND, LAST_EVENT_ID, LENGTH, MORE, NARROW, RETRY, SHARED, SOURCE,
  TYPE, WIDE_WINDOW, WINDOW, chunkWindow, number, textOf, wideWindow
} from './records.js'

const { utf8Slice } = Buffer.prototype

/** Offsets are words of 32 bits. A chunk that is larger is decoded in pieces. */
const LONGEST_CHUNK = 2 ** 30
/** An event in a chunk of its own is shorter without the native part, up to so many bytes. */
const LONGEST_ALONE = 256 * 1024

/** Decodes an event stream, chunk by chunk. */
export class Decoder {
  #decode
  #maxEventBytes
  /** The chunk before ended with an event, and nothing is unfinished. */
  #clean = false
  /** Text is ASCII, lately. */
  #narrow = true
  #types = ['message']
  #lastEventId
  #reconnectionTime = null
  /** How much of the stream the native part has not seen, in bytes. */
  #unseen = 0

  constructor(options) {
    const checked = decoderOptions(options)
    this.#decode = createDecode(checked)
    this.#maxEventBytes = checked.maxEventBytes
    this.#lastEventId = checked.lastEventId
  }

  get lastEventId() {
    return this.#lastEventId
  }

  get reconnectionTime() {
    return this.#reconnectionTime
  }

  feed(chunk) {
    if (!(chunk instanceof Uint8Array)) throw wrongType('chunk', 'a Uint8Array or Buffer', chunk)
    const length = chunk.length
    // A chunk that is `data: …\n\n` and nothing else is an event whatever came before it, if that left nothing unfinished. One
    // call makes its string, and looking for line ends in the string shows that there are no others.
    if (
      this.#clean && this.#narrow && length > 7 && length <= LONGEST_ALONE && length <= this.#maxEventBytes &&
      chunk[length - 1] === 10 && chunk[length - 2] === 10 && chunk[0] === 100 && chunk[1] === 97 && chunk[2] === 116 &&
      chunk[3] === 97 && chunk[4] === 58
    ) {
      const start = chunk[5] === 32 ? 6 : 5
      const data = utf8Slice.call(chunk, start, length - 2)
      if (data.indexOf('\n') === -1 && data.indexOf('\r') === -1) {
        // Other text than ASCII is faster the other way.
        if (data.length < length - 2 - start) this.#narrow = false
        this.#unseen += length
        return [{ type: 'message', data, lastEventId: this.#lastEventId }]
      }
    }
    const events = []
    if (length <= LONGEST_CHUNK) {
      this.#feed(chunk, events)
    } else {
      for (let at = 0; at < length; at += LONGEST_CHUNK) this.#feed(chunk.subarray(at, at + LONGEST_CHUNK), events)
    }
    return events
  }

  reset() {
    this.#clean = false
    this.#unseen = 0
    return (this.#decode(null, 0, texts) & CUT) !== 0
  }

  #feed(chunk, events) {
    let result = this.#decode(chunk, 0, texts)
    if (result & SHARED) {
      // Another thread may write to it while it is read.
      chunk = Buffer.from(chunk)
      result = this.#decode(chunk, 0, texts)
    }
    while (result & MORE) {
      const next = number(words[1], words[0])
      this.#read(chunk, result & LENGTH, events)
      result = this.#decode(chunk, next, texts)
    }
    const position = number(words[1], words[0])
    this.#read(chunk, result & LENGTH, events)
    this.#clean = (result & CLEAN) !== 0
    this.#narrow = (result & NARROW) !== 0
    if (result & FAILED) throw new EventTooLargeError(position + this.#unseen, this.#maxEventBytes, events)
  }

  /** Makes events of the records. Nothing of the user's runs before the last one is read. */
  #read(chunk, length, events) {
    const types = this.#types
    let count = events.length
    let lastEventId = this.#lastEventId
    let window = ''
    let wide = ''
    for (let at = HEADER; at < length; at += 3) {
      const head = words[at]
      const start = words[at + 1]
      const end = words[at + 2]
      // What nearly all records are comes first.
      if ((head & (KIND | SOURCE)) === (EVENT | IN_WINDOW)) {
        events[count] = { type: types[head >>> 8], data: window.slice(start, end), lastEventId }
        count += 1
        continue
      }
      switch (head & KIND) {
        case LAST_EVENT_ID:
          lastEventId = (head & SOURCE) === IN_WINDOW
            ? window.slice(start, end)
            : textOf(chunk, wide, head & SOURCE, start, end)
          break
        case EVENT:
          events[count] = { type: types[head >>> 8], data: textOf(chunk, wide, head & SOURCE, start, end), lastEventId }
          count += 1
          break
        case WINDOW:
          window = chunkWindow(chunk, start, end)
          break
        case WIDE_WINDOW:
          wide = wideWindow(start, end)
          break
        case TYPE:
          types[head >>> 8] = (head & SOURCE) === IN_WINDOW
            ? window.slice(start, end)
            : textOf(chunk, wide, head & SOURCE, start, end)
          break
        case RETRY:
          this.#reconnectionTime = number(start, end)
          break
        case COMMENT:
          events[count] = {
            comment: (head & SOURCE) === IN_WINDOW
              ? window.slice(start, end)
              : textOf(chunk, wide, head & SOURCE, start, end)
          }
          count += 1
      }
    }
    this.#lastEventId = lastEventId
  }
}
