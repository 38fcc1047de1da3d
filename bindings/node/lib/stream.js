// Events of `pipeThrough`.

import { Decoder } from './decoder.js'

/** A transform stream from bytes to events. */
export class EventStream extends TransformStream {
  #decoder
  #readable

  constructor(options) {
    const decoder = new Decoder(options)
    // A stream that fails drops what is queued in it. So what comes before an error goes through in a batch with it.
    super({
      transform(chunk, controller) {
        try {
          controller.enqueue({ events: decoder.feed(chunk) })
        } catch (error) {
          if (error.events === undefined) throw error
          controller.enqueue({ events: error.events, error })
        }
      }
    })
    this.#decoder = decoder
    this.#readable = flat(super.readable)
  }

  get readable() {
    return this.#readable
  }

  get lastEventId() {
    return this.#decoder.lastEventId
  }

  get reconnectionTime() {
    return this.#decoder.reconnectionTime
  }
}

/** The events of batches. It asks for the next batch when the last event is taken, and then fails if the batch did. */
function flat(batches) {
  const reader = batches.getReader()
  let failed
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        if (failed !== undefined) {
          await reader.cancel(failed)
          throw failed
        }
        const { done, value } = await reader.read()
        if (done) return controller.close()
        failed = value.error
        for (const event of value.events) controller.enqueue(event)
        if (value.events.length > 0) return
      }
    },
    cancel: reason => reader.cancel(reason)
  }, { highWaterMark: 0 })
}
