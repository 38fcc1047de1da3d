// Drives the rules of an event source: makes the requests, keeps the time, hands over what comes.

import { EventSourceError, EventTooLargeError, wrongType } from './errors.js'
import { createMachine, resultOf, take, texts, words } from './native.js'
import { LENGTH, MORE, SHARED, Told, number, readItems } from './records.js'
import { fetchWith } from './redirects.js'
import { ErrorEvent, MessageEvent } from './source-events.js'
import { Listeners } from './source-listeners.js'
import { cancel, chunksOf, refusalOf } from './source.js'
import { Connection } from './transport.js'

export const CONNECTING = 0
export const OPEN = 1
export const CLOSED = 2

/** What the machine says besides events: see `src/source.rs`. */
const OUTPUT = 24
const CONNECT = 1
const OPENED = 2
const RECONNECTING = 3
const FAILED = 4
const ENDED = 5

/** The causes, by their numbers there. */
const TRANSPORT = 1
const TOO_LARGE = 6
const CODES = [
  'ERR_STREAM_ENDED', 'ERR_CONNECTION_FAILED', 'ERR_CONNECT_TIMEOUT', 'ERR_IDLE_TIMEOUT', 'ERR_BAD_STATUS', 'ERR_BAD_CONTENT_TYPE',
  'ERR_EVENT_TOO_LARGE'
]

/** What the machine does not know of and another attempt may mend. */
const RETRIED = ['ERR_CONNECTION_FAILED', 'ERR_NO_HEADERS']

/** A timer of Node takes no more, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

const now = () => performance.now()

export class Driver {
  readyState = CONNECTING
  /** Of a connection that failed for good, for iterators. */
  error
  #machine
  #read
  #told
  #maxEventBytes
  #request
  /** The event source is held only while somebody listens: one that nobody can hear from any more may go. */
  #target
  #held
  #listeners = new Listeners()
  #ref
  #timer
  /** The controller of the attempt, or of the connection that is open. */
  #attempt
  #connection
  #chunks
  #origin
  #response
  #refusal
  /** Why the connection failed, as far as the machine does not know. */
  #cause
  #queues = new Set()
  #resume
  #forget

  constructor(target, request, options, ref) {
    const { machine, read } = createMachine(options)
    this.#machine = machine
    this.#read = read
    this.#told = new Told(options.lastEventId)
    this.#maxEventBytes = options.maxEventBytes
    this.#request = request
    this.#target = new WeakRef(target)
    this.#ref = ref
    const { signal } = request
    if (signal === undefined) return
    const abort = () => this.close(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#forget = () => signal.removeEventListener('abort', abort)
  }

  get lastEventId() {
    return this.#told.lastEventId
  }

  get reconnectionTime() {
    return this.#machine.reconnectionTime()
  }

  start() {
    if (this.#request.signal?.aborted) this.close(this.#request.signal.reason)
    else this.#turn()
  }

  close(error) {
    if (this.readyState === CLOSED) return
    this.error = error
    this.#machine.close()
    this.#release()
  }

  ref(ref) {
    this.#ref = ref
    if (ref) this.#timer?.ref()
    else this.#timer?.unref()
    this.#connection?.ref(ref)
  }

  /** A listener was added to the event source. */
  added(target, type, options) {
    this.#listeners.add(type, options)
    this.hold(target)
  }

  /** Holds the event source if somebody listens to it, and else lets go of it. */
  hold(target) {
    this.#held = this.readyState !== CLOSED && this.#listeners.some(target) ? target : undefined
  }

  /** A queue gets all events. As long as there are some in it, nothing is read. */
  add(queue) {
    if (this.readyState === CLOSED) queue.end(this.error)
    else this.#queues.add(queue)
  }

  remove(queue) {
    this.#queues.delete(queue)
    this.caughtUp()
  }

  caughtUp() {
    if (this.#resume === undefined || this.#isBehind()) return
    this.#resume()
    this.#resume = undefined
  }

  /** Hands a chunk to the machine, if there is one, and does all that it says. */
  #turn(chunk) {
    let result = resultOf(this.#read(chunk, take, now()))
    if (result & SHARED) {
      // Another thread may write to it while it is read.
      chunk = Buffer.from(chunk)
      result = resultOf(this.#read(chunk, take, now()))
    }
    let quiet = true
    for (;;) {
      const told = this.#told
      const items = []
      readItems(told, chunk, result & LENGTH, items, items.length)
      while (result & MORE) {
        result = resultOf(this.#read(undefined, take))
        readItems(told, chunk, result & LENGTH, items, items.length)
      }
      const output = result >>> OUTPUT
      const said = { cause: words[0] & 0xff, message: texts[words[0] >>> 8], low: words[1], high: words[2] }
      if (items.length > 0 && !this.#hand(items)) return
      if (output === 0) break
      quiet = false
      this.#perform(output, said)
      if (this.readyState === CLOSED) return
      result = resultOf(this.#read(undefined, take))
    }
    if (this.#held !== undefined && this.#listeners.isFleeting) this.hold(this.#held)
    // After a chunk something is due only later than before, so the timer is not set anew with each.
    if (!quiet) this.#wait()
  }

  /** Dispatches events; false if the event source is closed then. Each time the last event ID is that of the event. */
  #hand(items) {
    const target = this.#target.deref()
    if (target === undefined) {
      this.close()
      return false
    }
    for (const queue of this.#queues) queue.push(items)
    const told = this.#told
    const after = told.lastEventId
    for (let at = 0; at < items.length; at += 1) {
      const { type, data, lastEventId } = items[at]
      told.lastEventId = lastEventId
      target.dispatchEvent(new MessageEvent(type, data, this.#origin, lastEventId))
      if (this.readyState === CLOSED) return false
    }
    told.lastEventId = after
    return true
  }

  #perform(output, { cause, message, low, high }) {
    switch (output) {
      case CONNECT:
        this.#connect()
        break
      case OPENED:
        this.readyState = OPEN
        this.#dispatch(new Event('open'))
        break
      case RECONNECTING: {
        const error = this.#errorOf(cause, message, low, high)
        this.readyState = CONNECTING
        this.#disconnect()
        this.#dispatch(new ErrorEvent(error, high))
        break
      }
      case FAILED:
        this.error = this.#errorOf(cause, message, low, high)
        this.#finish(this.error)
        break
      case ENDED:
        this.#finish(new EventSourceError(CODES[0], 'there are no more events', this.#answer()))
    }
  }

  #finish(error) {
    const target = this.#target.deref()
    this.#release()
    target?.dispatchEvent(new ErrorEvent(error, null))
  }

  #dispatch(event) {
    this.#target.deref()?.dispatchEvent(event)
  }

  #errorOf(cause, message, low, high) {
    if (cause === TRANSPORT) {
      const error = this.#cause
      this.#cause = undefined
      return error
    }
    const rest = this.#answer()
    if (cause === TOO_LARGE) rest.cause = new EventTooLargeError(number(high, low), this.#maxEventBytes)
    return new EventSourceError(CODES[cause], message, rest)
  }

  #answer() {
    const answer = {}
    if (this.#response !== undefined) answer.status = this.#response
    if (this.#refusal !== undefined) answer.body = this.#refusal
    return answer
  }

  async #connect() {
    const attempt = new AbortController()
    this.#attempt = attempt
    const last = { failures: this.#machine.failures(), status: this.#response ?? null, lastEventId: this.lastEventId }
    this.#response = this.#refusal = undefined
    this.#machine.connecting(now(), Math.floor(Math.random() * 2 ** 32))
    try {
      const response = await this.#fetch(attempt, last)
      if (this.#attempt !== attempt) return discard(response?.body)
      await this.#answered(attempt, response)
    } catch (error) {
      if (this.#attempt !== attempt) return
      this.#cause = error instanceof EventSourceError
        ? error
        : new EventSourceError('ERR_CONNECTION_FAILED', 'the connection failed', { cause: error })
      if (RETRIED.includes(this.#cause.code)) this.#machine.error(now())
      else this.#machine.fatal(now())
      this.#turn()
    }
  }

  async #fetch(attempt, last) {
    const request = this.#request
    // Nothing is told before whoever made the event source can listen.
    await new Promise(setImmediate)
    if (this.#attempt !== attempt) return
    if (!/^https?:/.test(request.url)) throw new EventSourceError('ERR_UNSUPPORTED_SCHEME', 'the URL is not one of http or https')
    const { init, fresh } = await request.init(last, this.#lastEventIdHeader())
    if (this.#attempt !== attempt) return
    init.signal = attempt.signal
    if (request.fetch !== undefined) return request.fetch.call(undefined, request.url, init)
    init.dispatcher = this.#connection = new Connection(this.#ref)
    return fetchWith(request.url, init, fresh)
  }

  #lastEventIdHeader() {
    try {
      return this.#machine.lastEventIdHeader()
    } catch ({ message }) {
      throw new EventSourceError('ERR_LAST_EVENT_ID', message)
    }
  }

  async #answered(attempt, response) {
    const { status, headers, body } = response
    this.#response = status
    this.#origin = new URL(response.url || this.#request.url).origin
    const chunks = body === null || body === undefined ? [].values() : chunksOf(body)
    this.#chunks = chunks
    const retryAfter = headers.get('retry-after')
    if (!this.#machine.response(status, headers.get('content-type'), retryAfter, Date.now(), now())) {
      this.#refusal = await refusalOf(chunks)
      if (this.#attempt === attempt) this.#turn()
      return
    }
    this.#turn()
    while (this.#attempt === attempt) {
      const { done, value } = await chunks.next()
      if (this.#attempt !== attempt) return
      if (done) {
        this.#machine.end(now())
        return this.#turn()
      }
      if (!(value instanceof Uint8Array)) {
        const cause = wrongType('chunk', 'a Uint8Array', value)
        throw new EventSourceError('ERR_INVALID_BODY', 'the body is not one of bytes', { cause })
      }
      try {
        this.#turn(value)
      } catch (cause) {
        if (cause.code !== 'ERR_STRING_TOO_LONG') throw cause
        throw new EventSourceError('ERR_EVENT_TOO_LARGE', cause.message, { cause })
      }
      if (this.#isBehind()) await this.#catchUp()
    }
  }

  #isBehind() {
    for (const queue of this.#queues) if (queue.size > 0) return true
    return false
  }

  /** Waits until all events are taken. That time does not count as one without bytes. */
  async #catchUp() {
    await new Promise(resolve => {
      this.#resume = resolve
    })
    if (this.readyState !== OPEN) return
    this.#machine.reading(now())
    this.#wait()
  }

  #wait() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const deadline = this.#machine.deadline()
    if (deadline === null) return
    const delay = Math.min(Math.max(Math.ceil(deadline - now()), 1), LONGEST_TIMER)
    this.#timer = setTimeout(() => this.#due(), delay)
    if (!this.#ref) this.#timer.unref()
  }

  #due() {
    this.#timer = undefined
    if (this.#resume !== undefined) return
    this.#machine.timeout(now())
    this.#turn()
    if (this.#timer === undefined && this.readyState !== CLOSED) this.#wait()
  }

  #disconnect() {
    this.#attempt?.abort()
    this.#attempt = undefined
    this.#connection?.release()
    this.#connection = undefined
    cancel(this.#chunks)
    this.#chunks = undefined
    this.#resume?.()
    this.#resume = undefined
  }

  #release() {
    this.readyState = CLOSED
    this.#disconnect()
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#held = undefined
    this.#forget?.()
    for (const queue of this.#queues) queue.end(this.error)
    this.#queues.clear()
  }
}

function discard(body) {
  if (body !== null && body !== undefined) cancel(chunksOf(body))
}
