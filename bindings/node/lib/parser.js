// The interface of eventsource-parser.

import { ParseError, wrongType } from './errors.js'
import { createDecode, resultOf, take, words } from './native.js'
import { DEFAULT_MAX_EVENT_BYTES, checkFunction, checkLimit, checkNames } from './options.js'
import {
  COMMENT, EVENT, FAILED, HEADER, ID, INVALID_RETRY, IN_WINDOW, KIND, LAST_EVENT_ID, LENGTH, MORE, RETRY, SHARED, SKIP, SOURCE,
  TYPE, UNKNOWN_FIELD, WIDE_WINDOW, WINDOW, number, textOf
} from './records.js'

/** The bits of an event that say it has an ID of its own, and a type, which may be the default one. */
const HAS_ID = 1 << 16
const HAS_TYPE = 1 << 17
/** The bit of a note that says it comes before the item that stands before it. */
const BEFORE = 1 << 8
const HANDLERS = ['onEvent', 'onId', 'onRetry', 'onComment', 'onError']
const OPTIONS = [...HANDLERS, 'maxBufferSize']

export function createParser(config) {
  if (typeof config !== 'object' || config === null) {
    throw wrongType('config', 'an object with handlers, as in createParser({ onEvent })', config)
  }
  checkNames('config', config, OPTIONS)
  for (const name of HANDLERS) checkFunction(`config.${name}`, config[name])
  const parser = new Parser(config)
  return { feed: chunk => parser.feed(chunk), reset: options => parser.reset(options) }
}

class Parser {
  #config
  #decode
  #maxEventBytes
  #types = [undefined]
  #lastEventId = ''
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
      outline: true,
      // Without them a chunk is one call, and not one for each 2 KiB.
      notes: config.onId !== undefined || config.onError !== undefined
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
    resultOf(this.#decode(null, take))
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
    let result = resultOf(this.#decode(chunk, take))
    if (result & SHARED) {
      chunk = Buffer.from(chunk)
      result = resultOf(this.#decode(chunk, take))
    }
    while (result & MORE) {
      const next = words[0]
      this.#read(chunk, result & LENGTH, items)
      result = resultOf(this.#decode(chunk, take, next))
    }
    this.#read(chunk, result & LENGTH, items)
    if (result & FAILED) {
      this.#terminated = true
      const message = `event exceeds the limit of ${this.#maxEventBytes} bytes`
      items.push(UNKNOWN_FIELD, new ParseError(message, { type: 'max-buffer-size-exceeded' }))
    }
    return items
  }

  /** Calls the handlers. One that throws keeps no other from being called: its error is thrown when all were. */
  #deliver(items) {
    let failed = false
    let failure
    for (let at = 0; at < items.length; at += 2) {
      try {
        this.#call(items[at], items[at + 1])
      } catch (error) {
        if (!failed) failure = error
        failed = true
      }
    }
    if (failed) throw failure
  }

  #call(kind, value) {
    const config = this.#config
    switch (kind) {
      case EVENT:
        if (value.id !== undefined) this.#callId(value.id, value)
        else config.onEvent?.(value)
        break
      case ID:
        config.onId?.(value)
        break
      case RETRY:
        config.onRetry?.(value)
        break
      case COMMENT:
        config.onComment?.(value)
        break
      default:
        config.onError?.(value)
    }
  }

  #callId(id, event) {
    const config = this.#config
    try {
      config.onId?.(id)
    } finally {
      config.onEvent?.(event)
    }
  }

  /** Makes pairs of a kind and what its handler gets. */
  #read(chunk, length, items) {
    const types = this.#types
    let lastEventId = this.#lastEventId
    let window = ''
    let wide = ''
    /** What was read last, until it is known what comes before it. */
    let [kind, value] = [SKIP, undefined]
    for (let at = HEADER; at < length; at += 3) {
      const head = words[at]
      const start = words[at + 1]
      const end = words[at + 2]
      const next = head & KIND
      if (next === SKIP) continue
      const source = head & SOURCE
      if (next === WINDOW) {
        window = textOf(chunk, '', source, start, end)
        continue
      }
      if (next === WIDE_WINDOW) {
        wide = textOf(chunk, '', source, start, end)
        continue
      }
      const text = next === RETRY
        ? ''
        : source === IN_WINDOW ? window.slice(start, end) : textOf(chunk, wide, source, start, end)
      if (next === LAST_EVENT_ID) {
        lastEventId = text
      } else if (next === TYPE) {
        types[(head >>> 8) & 0xff] = text
      } else if (next >= ID && (head & BEFORE) !== 0) {
        items.push(next, next === ID ? text : lineError(next, text))
      } else {
        if (kind !== SKIP) items.push(kind, value)
        kind = next
        if (next === EVENT) {
          const type = types[(head >>> 8) & 0xff] ?? (head & HAS_TYPE ? 'message' : undefined)
          value = { id: head & HAS_ID ? lastEventId : undefined, event: type, data: text }
        } else if (next === RETRY) {
          value = number(start, end)
        } else {
          value = next >= UNKNOWN_FIELD ? lineError(next, text) : text
        }
      }
    }
    if (kind !== SKIP) items.push(kind, value)
    this.#lastEventId = lastEventId
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
