// Events of anything that has chunks.

import { Decoder } from './decoder.js'
import { InvalidJsonError, wrongType } from './errors.js'
import { DECODER_OPTIONS, checkNames, checkObject, checkSignal } from './options.js'
import { cancel, chunksOf } from './source.js'

const OPTIONS = [...DECODER_OPTIONS, 'stop', 'signal']

export function decode(source, options = {}) {
  checkObject('options', options)
  checkNames('options', options, OPTIONS)
  const { stop, signal, ...rest } = options
  if (stop !== undefined && typeof stop !== 'string') throw wrongType('options.stop', 'a string', stop)
  checkSignal('options.signal', signal)
  // What is refused leaves the source as it is.
  const decoder = new Decoder(rest)
  return new Events(chunksOf(source), decoder, stop, signal)
}

const DONE = { done: true, value: undefined }
const itself = event => event
const isEvent = item => item.data !== undefined

function parsed(event) {
  try {
    return JSON.parse(event.data)
  } catch (cause) {
    throw new InvalidJsonError(cause, event)
  }
}

/**
 * The source is awaited once for each chunk, and what the chunk completes is handed out one by one: an `async function*` would
 * wait three times for each event.
 */
class Events {
  #chunks
  #decoder
  #stop
  /** What `next` makes of an event. */
  #value = itself
  #events = []
  #at = 0
  /** The last event ID before the first of the events, and behind them. */
  #before
  #behind
  /** What follows the events that are there. */
  #error
  #ended = false
  /** Whether a call waits for a chunk, and what to tell others that are made meanwhile. */
  #isPulling = false
  #others = []
  /** Lets go of the signal. */
  #forget

  constructor(chunks, decoder, stop, signal) {
    this.#chunks = chunks
    this.#decoder = decoder
    this.#stop = stop
    this.#behind = decoder.lastEventId
    if (signal !== undefined) this.#follow(signal)
  }

  /** The decoder is at the end of the chunk. Who goes on from this ID must not miss what is still to be taken. */
  get lastEventId() {
    return this.#at === this.#events.length ? this.#behind : this.#idAt(this.#at)
  }

  get reconnectionTime() {
    return this.#decoder.reconnectionTime
  }

  /** Comments are not JSON. Who asked for them gets none of them here. */
  json() {
    this.#value = parsed
    this.#before = this.lastEventId
    this.#events = this.#events.slice(this.#at).filter(isEvent)
    this.#at = 0
    return this
  }

  /** No generator: its `return` would come after the `next` that waits for a chunk. */
  batches() {
    return {
      next: () => this.#nextBatch(),
      return: value => this.return(value),
      [Symbol.asyncIterator]() {
        return this
      }
    }
  }

  [Symbol.asyncIterator]() {
    return this
  }

  next() {
    if (this.#at === this.#events.length) return this.#nextOfMore()
    const event = this.#events[this.#at]
    this.#at += 1
    if (this.#value === itself) return Promise.resolve({ done: false, value: event })
    return this.#nextValue(event)
  }

  async return(value) {
    const open = !this.#ended
    this.#drop()
    if (open) await this.#chunks.return?.()
    return { done: true, value }
  }

  /** What was not taken is of no interest any more. */
  #drop() {
    this.#end()
    this.#error = undefined
    this.#behind = this.lastEventId
    this.#events = []
    this.#at = 0
  }

  #end() {
    this.#ended = true
    this.#forget?.()
  }

  #follow(signal) {
    const abort = () => {
      const isOpen = !this.#ended
      // What the last chunk has brought may still be taken after the source has ended.
      if (!isOpen && this.#at === this.#events.length && this.#error === undefined) return
      this.#drop()
      this.#error = signal.reason
      if (isOpen) cancel(this.#chunks)
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    this.#forget = () => signal.removeEventListener('abort', abort)
  }

  /** The last event ID when so many of the events were taken. */
  #idAt(count) {
    for (let at = count - 1; at >= 0; at -= 1) {
      const { lastEventId } = this.#events[at]
      if (lastEventId !== undefined) return lastEventId // not a comment
    }
    return this.#before
  }

  /** The events that are there, or what was made of them: those before the first that is not JSON, or else its error. */
  #rest() {
    if (this.#value === itself) {
      const events = this.#events.slice(this.#at)
      this.#at = this.#events.length
      return events
    }
    const values = []
    for (; this.#at < this.#events.length; this.#at += 1) {
      try {
        values.push(this.#value(this.#events[this.#at]))
      } catch (error) {
        if (values.length > 0) break
        this.#at += 1
        throw error
      }
    }
    return values
  }

  async #nextValue(event) {
    try {
      return { done: false, value: this.#value(event) }
    } catch (error) {
      await this.return()
      throw error
    }
  }

  async #nextBatch() {
    while (this.#at === this.#events.length) if (await this.#nextOfMore(true) === DONE) return DONE
    try {
      return { done: false, value: this.#rest() }
    } catch (error) {
      await this.return()
      throw error
    }
  }

  /**
   * Waits until there are events: then it is what `next` says, or for `batches` nothing. All of it is one function: a second one
   * that is waited for takes a tenth of the time with chunks of 1 KiB.
   */
  async #nextOfMore(isBatch = false) {
    while (this.#at === this.#events.length) {
      if (this.#isOver()) return DONE
      // Who calls `next` again before it has answered waits for the same chunk, and gets the event behind.
      if (this.#isPulling) {
        await new Promise((resolve, reject) => this.#others.push({ resolve, reject }))
        continue
      }
      this.#isPulling = true
      let isTaken = false
      try {
        const result = await this.#chunks.next()
        isTaken = true
        const closing = this.#take(result)
        if (closing !== undefined) await closing
      } catch (error) {
        // What a source says after it was left is of no interest.
        if (isTaken || !this.#ended) {
          this.#end()
          this.#tell(other => other.reject(error))
          throw error
        }
      }
      this.#tell(other => other.resolve())
    }
    if (isBatch) return undefined
    const event = this.#events[this.#at]
    this.#at += 1
    return this.#value === itself ? { done: false, value: event } : this.#nextValue(event)
  }

  /** Whether there are no more events. Throws what follows those that were there. */
  #isOver() {
    if (this.#ended) this.#forget?.()
    if (this.#error === undefined) return this.#ended
    const error = this.#error
    this.#error = undefined
    throw error
  }

  #tell(how) {
    this.#isPulling = false
    if (this.#others.length > 0) this.#others.splice(0).forEach(how)
  }

  /** The source has answered. If nothing more is to be asked of it, what to wait for until it is left. */
  #take(result) {
    if (this.#ended) return undefined
    if (result.done) {
      this.#ended = true
      return undefined
    }
    let events
    try {
      events = this.#decoder.feed(result.value)
    } catch (error) {
      this.#error = error
      events = error.events ?? []
    }
    if (this.#value !== itself) events = events.filter(isEvent)
    this.#before = this.#behind
    this.#behind = this.#decoder.lastEventId
    const stop = this.#stop === undefined ? -1 : events.findIndex(event => event.data === this.#stop)
    this.#events = events
    this.#at = 0
    if (stop !== -1) {
      this.#events = events.slice(0, stop)
      this.#behind = this.#idAt(stop)
      this.#error = undefined
    }
    if (stop === -1 && this.#error === undefined) return undefined
    this.#ended = true
    return this.#chunks.return?.()
  }
}
