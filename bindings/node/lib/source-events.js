// The events of an event source.

const NO_PORTS = Object.freeze([])

/**
 * As the `MessageEvent` of the platform, whose constructor converts and checks what is known here. It is an instance of that one
 * too, as soon as there is an event source: to look for it any sooner would load all of fetch.
 */
class MessageEvent extends Event {
  #data
  #origin
  #lastEventId

  constructor(type, data, origin, lastEventId) {
    super(type)
    this.#data = data
    this.#origin = origin
    this.#lastEventId = lastEventId
  }

  get data() {
    return this.#data
  }

  get origin() {
    return this.#origin
  }

  get lastEventId() {
    return this.#lastEventId
  }

  get source() {
    return null
  }

  get ports() {
    return NO_PORTS
  }

  get [Symbol.toStringTag]() {
    return 'MessageEvent'
  }
}

/** An `error` event that says why. */
class ErrorEvent extends Event {
  #error
  #delay

  constructor(error, delay) {
    super('error')
    this.#error = error
    this.#delay = delay
  }

  get error() {
    return this.#error
  }

  get code() {
    return this.#error.code
  }

  get message() {
    return this.#error.message
  }

  get status() {
    return this.#error.status
  }

  get reconnecting() {
    return this.#delay !== null
  }

  get delay() {
    return this.#delay
  }

  get [Symbol.toStringTag]() {
    return 'ErrorEvent'
  }
}

let related = false

/** Makes our events instances of the platform's class. It has no members that ours lack but `initMessageEvent`. */
export function relate() {
  if (related || globalThis.MessageEvent === undefined) return
  related = true
  Object.setPrototypeOf(MessageEvent.prototype, globalThis.MessageEvent.prototype)
}

export { ErrorEvent, MessageEvent }
