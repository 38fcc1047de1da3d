// Node's own fetch, with what an event source needs of it beyond the standard.

import { channel } from 'node:diagnostics_channel'

/**
 * Where Node's fetch has the dispatcher that all requests go through: its own, or one of the package undici, a proxy for instance.
 * There is a place for each interface that handlers have had.
 */
const GLOBAL = Symbol.for(`undici.globalDispatcher.${Number.parseInt(process.versions.undici ?? '', 10) >= 8 ? 2 : 1}`)

const created = channel('undici:request:create')
const sent = channel('undici:client:sendHeaders')

/** A connection of Node's fetch: `fetch(url, { dispatcher: connection })`. */
export class Connection {
  #socket
  #ref
  #watched = new Set()

  constructor(ref) {
    this.#ref = ref
  }

  /**
   * As the global dispatcher, but for its limits of time, 300 s to the head and between chunks: those of the event source apply,
   * and a stream may be silent.
   */
  dispatch(options, handler) {
    const watch = this.#watch()
    try {
      return globalThis[GLOBAL].dispatch({ ...options, bodyTimeout: 0, headersTimeout: 0 }, handler)
    } finally {
      created.unsubscribe(watch.created)
    }
  }

  /** Whether it keeps the process alive. */
  ref(ref) {
    this.#ref = ref
    if (ref) this.#socket?.ref()
    else this.#socket?.unref()
  }

  /** There is nothing more to come. */
  release() {
    for (const watch of this.#watched) sent.unsubscribe(watch)
    this.#watched.clear()
    this.#socket = undefined
  }

  /** Fetch hides its socket, which is told here. A request is made at once; if it is not, the socket stays unknown. */
  #watch() {
    let request
    const watch = {
      created: message => {
        request ??= message.request
      },
      sent: message => {
        if (message.request !== request) return
        sent.unsubscribe(watch.sent)
        this.#watched.delete(watch.sent)
        this.#socket = message.socket
        if (!this.#ref) this.#socket.unref()
      }
    }
    created.subscribe(watch.created)
    sent.subscribe(watch.sent)
    this.#watched.add(watch.sent)
    return watch
  }
}
