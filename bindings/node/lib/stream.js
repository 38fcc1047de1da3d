// Events of `pipeThrough`.

import { Decoder } from './decoder.js'

/** A transform stream from bytes to events. */
export class EventStream extends TransformStream {
  #decoder
  #batches

  constructor(options) {
    const decoder = new Decoder(options)
    // A stream that fails drops what is queued in it. So what comes before an error goes through in a batch with it.
    super({
      transform(chunk, controller) {
        let events, error
        try {
          events = decoder.feed(chunk)
        } catch (thrown) {
          if (thrown.events === undefined) throw thrown
          error = thrown
          events = thrown.events
        }
        controller.enqueue({ events, error, lastEventId: decoder.lastEventId })
      }
    })
    this.#decoder = decoder
    this.#batches = new Batches(super.readable, decoder.lastEventId)
  }

  get readable() {
    return this.#batches.readable
  }

  get lastEventId() {
    return this.#batches.lastEventId
  }

  get reconnectionTime() {
    return this.#decoder.reconnectionTime
  }
}

/**
 * The events of batches, one for each pull: so it is known which were taken. It asks for the next batch when the last event is
 * taken, and then fails if the batch did.
 */
class Batches {
  lastEventId
  readable
  #reader
  #events = []
  #at = 0
  /** What follows the events. */
  #behind
  #error

  constructor(batches, lastEventId) {
    this.lastEventId = this.#behind = lastEventId
    this.#reader = batches.getReader()
    this.readable = new ReadableStream({
      pull: controller => this.#at < this.#events.length ? this.#hand(controller) : this.#more(controller),
      cancel: reason => this.#reader.cancel(reason)
    }, { highWaterMark: 0 })
  }

  #hand(controller) {
    const event = this.#events[this.#at]
    this.#at += 1
    if (this.#at === this.#events.length) this.lastEventId = this.#behind
    else this.lastEventId = event.lastEventId ?? this.lastEventId // that of comments is the one before
    controller.enqueue(event)
  }

  async #more(controller) {
    do {
      if (this.#error !== undefined) {
        await this.#reader.cancel(this.#error)
        throw this.#error
      }
      const { done, value } = await this.#reader.read()
      if (done) return controller.close()
      this.#events = value.events
      this.#at = 0
      this.#behind = value.lastEventId
      this.#error = value.error
      if (value.events.length === 0) this.lastEventId = value.lastEventId
    } while (this.#events.length === 0)
    this.#hand(controller)
  }
}
