// The interface of eventsource-parser.

import { ParseError, wrongType } from './errors.js'
import { createDecode, texts, words } from './native.js'
import { DEFAULT_MAX_EVENT_BYTES, checkFunction, checkLimit } from './options.js'
import {
  COMMENT, EVENT, FAILED, HEADER, ID, INVALID_RETRY, IN_WIDE_WINDOW, IN_WINDOW, KIND, LENGTH, MORE, RETRY, SHARED, SKIP,
  SOURCE, TYPE, UNKNOWN_FIELD, WIDE_WINDOW, WINDOW, chunkWindow, elsewhere, number, wideWindow
} from './records.js'

/** The bits of an event that say it has an ID of its own, and a type, which may be the default one. */
const HAS_ID = 1 << 16
const HAS_TYPE = 1 << 17
/** The bit of a note that says it comes before the item that stands before it. */
const BEFORE = 1 << 8
const HANDLERS = ['onEvent', 'onId', 'onRetry', 'onComment', 'onError']

export function createParser(config) {
  if (typeof config !== 'object' || config === null) {
    throw wrongType('config', 'an object with handlers, as in createParser({ onEvent })', config)
  }
  for (const name of HANDLERS) checkFunction(`config.${name}`, config[name])
  const parser = new Parser(config)
  return { feed: chunk => parser.feed(chunk), reset: options => parser.reset(options) }
}

class Parser {
  #config
  #decode
  #maxEventBytes
  #types = [undefined]
  #terminated = false
  /** The first half of a character that the last string ended in. */
  #half = ''

  constructor(config) {
    this.#config = config
    this.#maxEventBytes = checkLimit('config.maxBufferSize', config.maxBufferSize, DEFAULT_MAX_EVENT_BYTES)
    this.#decode = createDecode({
      maxEventBytes: this.#maxEventBytes,
      comments: config.onComment !== undefined,
      lastEventId: '',
      outline: true
    })
  }

  feed(chunk) {
    if (this.#terminated) {
      const error = new Error('parser was stopped by an event that is too large: call reset() first')
      error.code = 'ERR_PARSER_STOPPED'
      throw error
    }
    const bytes = typeof chunk === 'string' ? this.#bytes(chunk) : chunk
    if (!(bytes instanceof Uint8Array)) throw wrongType('chunk', 'a string, Uint8Array or Buffer', chunk)
    this.#deliver(this.#items(bytes))
  }

  reset({ consume = false } = {}) {
    const items = consume && !this.#terminated ? this.#items(undefined) : []
    this.#decode(null, 0, texts)
    this.#terminated = false
    this.#half = ''
    this.#deliver(items)
  }

  #bytes(string) {
    const text = this.#half + string
    const last = text.charCodeAt(text.length - 1)
    const cut = last >= 0xd800 && last < 0xdc00 ? text.length - 1 : text.length
    this.#half = text.slice(cut)
    return Buffer.from(text.slice(0, cut))
  }

  /** What there is to call the handlers with: all of it, before any is called. */
  #items(chunk) {
    const items = []
    let result = this.#decode(chunk, 0, texts)
    if (result & SHARED) {
      chunk = Buffer.from(chunk)
      result = this.#decode(chunk, 0, texts)
    }
    while (result & MORE) {
      const next = words[0]
      this.#read(chunk, result & LENGTH, items)
      result = this.#decode(chunk, next, texts)
    }
    this.#read(chunk, result & LENGTH, items)
    if (result & FAILED) {
      this.#terminated = true
      const message = `event exceeds the limit of ${this.#maxEventBytes} bytes`
      items.push('onError', new ParseError(message, { type: 'max-buffer-size-exceeded' }))
    }
    return items
  }

  /** Calls the handlers. One that throws keeps no other from being called: its error is thrown when all were. */
  #deliver(items) {
    const config = this.#config
    const errors = []
    for (let at = 0; at < items.length; at += 2) {
      try {
        config[items[at]]?.(items[at + 1])
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }

  /** Makes pairs of a handler's name and its argument. */
  #read(chunk, length, items) {
    const types = this.#types
    let window = ''
    let wide = ''
    /** The event before, if its ID is still to come: of those noted before it, the last. */
    let waiting
    for (let at = HEADER; at < length; at += 3) {
      const head = words[at]
      const start = words[at + 1]
      const end = words[at + 2]
      const kind = head & KIND
      if (kind === WINDOW) {
        window = chunkWindow(chunk, start, end)
      } else if (kind === WIDE_WINDOW) {
        wide = wideWindow(start, end)
      } else if (kind === RETRY) {
        items.push('onRetry', number(start, end))
        waiting = undefined
      } else if (kind !== SKIP) {
        const source = head & SOURCE
        const text = source === IN_WINDOW
          ? window.slice(start, end)
          : source === IN_WIDE_WINDOW ? wide.slice(start, end) : elsewhere(chunk, source, start, end)
        if (kind === EVENT) {
          const type = types[(head >>> 8) & 0xff] ?? (head & HAS_TYPE ? 'message' : undefined)
          const event = { id: undefined, event: type, data: text }
          waiting = head & HAS_ID ? event : undefined
          items.push('onEvent', event)
        } else if (kind === TYPE) {
          types[(head >>> 8) & 0xff] = text
        } else if (kind === COMMENT) {
          items.push('onComment', text)
          waiting = undefined
        } else if (kind === ID || kind === UNKNOWN_FIELD || kind === INVALID_RETRY) {
          const name = kind === ID ? 'onId' : 'onError'
          const value = kind === ID ? text : lineError(kind, text)
          if ((head & BEFORE) === 0) {
            items.push(name, value)
          } else {
            items.splice(-2, 0, name, value)
            if (kind === ID && waiting !== undefined) waiting.id = text
          }
        }
      }
    }
  }
}

function lineError(kind, line) {
  const colon = line.indexOf(':')
  const field = colon === -1 ? line : line.slice(0, colon)
  const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
  return kind === INVALID_RETRY
    ? new ParseError('value of the field "retry" is not a number', { type: 'invalid-retry', value, line })
    : new ParseError(`field "${field.slice(0, 20)}" is unknown`, { type: 'unknown-field', field, value, line })
}
