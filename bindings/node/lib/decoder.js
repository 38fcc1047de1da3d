// Bytes to events.

import { EventTooLargeError, wrongType } from './errors.js'
import { createDecode, resultOf, take, words } from './native.js'
import { decoderOptions } from './options.js'
import { CLEAN, CUT, FAILED, ITEMS, LENGTH, MORE, NARROW, SHARED, Told, number, readItems } from './records.js'

const { isAscii } = process.getBuiltinModule('node:buffer')
const { latin1Slice, utf8Slice } = Buffer.prototype

/** Offsets are words of 32 bits. A chunk that is larger is decoded in pieces. */
const LONGEST_CHUNK = 2 ** 30
/** An event in a chunk of its own is shorter without the native part, up to so many bytes. */
const LONGEST_ALONE = 256 * 1024
/** From so many bytes on, Node 20 takes longer to look for UTF-8 itself. */
const LONG = 4096

/** Whether Node makes strings of UTF-8 that is not ASCII as fast as the native part does: Node 20 takes twice as long. */
const UTF8_IS_FAST = Number.parseInt(process.versions.node) >= 24

/** For so many chunks it is not tried again, after one that was several lines. */
const PAUSE = 15

/** Decodes an event stream, chunk by chunk. */
export class Decoder {
  #decode
  #maxEventBytes
  /** The chunk before ended with an event, and nothing is unfinished. */
  #clean = false
  /** Text is ASCII, lately, or need not be. */
  #narrow = true
  #pause = 0
  #told
  /** How much of the stream the native part has not seen, in bytes. */
  #unseen = 0

  constructor(options) {
    const checked = decoderOptions(options)
    this.#decode = createDecode(checked)
    this.#maxEventBytes = checked.maxEventBytes
    this.#told = new Told(checked.lastEventId)
  }

  get lastEventId() {
    return this.#told.lastEventId
  }

  get reconnectionTime() {
    return this.#told.reconnectionTime
  }

  feed(chunk) {
    if (!(chunk instanceof Uint8Array)) throw wrongType('chunk', 'a Uint8Array or Buffer', chunk)
    const length = chunk.length
    // A chunk that is `data: …\n\n` and nothing else is an event whatever came before it, if that left nothing unfinished. One
    // call makes its string, and looking for line ends in the string shows that there are no others.
    if (this.#pause > 0) {
      this.#pause -= 1
    } else if (
      this.#clean && this.#narrow && length > 7 && length <= LONGEST_ALONE && length <= this.#maxEventBytes &&
      chunk[length - 1] === 10 && chunk[length - 2] === 10 && chunk[0] === 100 && chunk[1] === 97 && chunk[2] === 116 &&
      chunk[3] === 97 && chunk[4] === 58
    ) {
      const start = chunk[5] === 32 ? 6 : 5
      const slice = length >= LONG && isAscii(chunk) ? latin1Slice : utf8Slice
      const data = slice.call(chunk, start, length - 2)
      if (data.indexOf('\n') === -1 && data.indexOf('\r') === -1) {
        if (data.length < length - 2 - start) this.#narrow = UTF8_IS_FAST
        this.#unseen += length
        return [{ type: 'message', data, lastEventId: this.#told.lastEventId }]
      }
      this.#pause = PAUSE
    }
    if (length <= LONGEST_CHUNK) return this.#feed(chunk, undefined)
    const events = []
    for (let at = 0; at < length; at += LONGEST_CHUNK) this.#feed(chunk.subarray(at, at + LONGEST_CHUNK), events)
    return events
  }

  reset() {
    this.#clean = false
    this.#unseen = 0
    return (resultOf(this.#decode(null, take)) & CUT) !== 0
  }

  /** Appends to events, or makes an array for them. */
  #feed(chunk, events) {
    let result = resultOf(this.#decode(chunk, take))
    if (result & SHARED) {
      // Another thread may write to it while it is read.
      chunk = Buffer.from(chunk)
      result = resultOf(this.#decode(chunk, take))
    }
    let count = 0
    if (events === undefined) events = room(words[ITEMS])
    else count = events.length
    while (result & MORE) {
      const next = number(words[1], words[0])
      readItems(this.#told, chunk, result & LENGTH, events, count)
      count = events.length
      result = resultOf(this.#decode(chunk, take, next))
    }
    const position = number(words[1], words[0])
    readItems(this.#told, chunk, result & LENGTH, events, count)
    this.#clean = (result & CLEAN) !== 0
    this.#narrow = UTF8_IS_FAST || (result & NARROW) !== 0
    if (result & FAILED) throw new EventTooLargeError(position + this.#unseen, this.#maxEventBytes, events)
    return events
  }
}

/** An array for so many events: one that grows has room for 17 from the first on. */
function room(count) {
  if (count === 0) return []
  return count === 1 ? [undefined] : new Array(count)
}
