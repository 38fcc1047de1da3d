// The interface of HTML 9.2.2.

import { CLOSED, CONNECTING, Driver, OPEN } from './driver.js'
import { wrongType } from './errors.js'
import { checkObject } from './options.js'
import { relate } from './source-events.js'
import { Request, machineOptions } from './source-options.js'
import { SourceEvents } from './source-queue.js'

/** Nobody can close an event source any more that was forgotten. */
const forgotten = new FinalizationRegistry(driver => driver.close())

export class EventSource extends EventTarget {
  #url
  #withCredentials
  #driver
  /** The event handlers, by event type. */
  #handlers = new Map()

  constructor(url, options = null) {
    if (arguments.length === 0) throw wrongType('url', 'a URL', undefined)
    super()
    options ??= {}
    checkObject('options', options)
    const { ref = true } = options
    if (typeof ref !== 'boolean') throw wrongType('options.ref', 'a boolean', ref)
    const parsed = parse(`${url}`)
    this.#url = parsed.href
    this.#withCredentials = Boolean(options.withCredentials)
    relate()
    const request = new Request(parsed, this.#withCredentials, options)
    this.#driver = new Driver(this, request, machineOptions(options), ref)
    forgotten.register(this, this.#driver)
    this.#driver.start()
  }

  get url() {
    return this.#url
  }

  get withCredentials() {
    return this.#withCredentials
  }

  get readyState() {
    return this.#driver.readyState
  }

  get lastEventId() {
    return this.#driver.lastEventId
  }

  get reconnectionTime() {
    return this.#driver.reconnectionTime
  }

  get onopen() {
    return this.#handler('open')
  }

  set onopen(handler) {
    this.#setHandler('open', handler)
  }

  get onmessage() {
    return this.#handler('message')
  }

  set onmessage(handler) {
    this.#setHandler('message', handler)
  }

  get onerror() {
    return this.#handler('error')
  }

  set onerror(handler) {
    this.#setHandler('error', handler)
  }

  addEventListener(type, listener, options) {
    super.addEventListener(type, listener, options)
    this.#driver.added(this, type, options)
  }

  removeEventListener(type, listener, options) {
    super.removeEventListener(type, listener, options)
    this.#driver.hold(this)
  }

  close() {
    this.#driver.close()
  }

  ref() {
    this.#driver.ref(true)
    return this
  }

  unref() {
    this.#driver.ref(false)
    return this
  }

  [Symbol.asyncIterator]() {
    return new SourceEvents(this, this.#driver)
  }

  #handler(type) {
    return this.#handlers.get(type)?.value ?? null
  }

  /** HTML 8.1.8.1: a handler that replaces another one is called in the place of that. */
  #setHandler(type, value) {
    const known = this.#handlers.get(type)
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) {
      if (known !== undefined) this.removeEventListener(type, known.listener)
      this.#handlers.delete(type)
    } else if (known !== undefined) {
      known.value = value
    } else {
      const handler = { value, listener: undefined }
      handler.listener = event => {
        if (typeof handler.value === 'function') handler.value.call(this, event)
      }
      this.#handlers.set(type, handler)
      this.addEventListener(type, handler.listener)
    }
  }
}

for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSED })) {
  const constant = { value, enumerable: true }
  Object.defineProperty(EventSource, name, constant)
  Object.defineProperty(EventSource.prototype, name, constant)
}

// As a browser has them.
for (const name of ['url', 'withCredentials', 'readyState', 'onopen', 'onmessage', 'onerror', 'close']) {
  Object.defineProperty(EventSource.prototype, name, { enumerable: true })
}
Object.defineProperty(EventSource.prototype, Symbol.toStringTag, { value: 'EventSource', configurable: true })

function parse(url) {
  try {
    return new URL(url)
  } catch (cause) {
    throw new DOMException('url is not an absolute URL', { name: 'SyntaxError', cause })
  }
}
