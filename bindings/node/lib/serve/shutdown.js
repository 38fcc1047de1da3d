// Ending the event streams of a server that stops. The rules are those of `Shutdown` in `crates/tidings-http`.

import { checkTime } from '../options.js'

const LONGEST = 24 * 3600 * 1000

/** What sessions call: set by the class. */
export let members

/** Ends sessions so that their server can stop, and counts those that are open. */
export class Shutdown {
  #open = new Map()
  /** When the window ends. */
  #until
  #waiting = []

  static {
    members = {
      add: (shutdown, session, end) => shutdown.#add(session, end),
      delete: (shutdown, session) => shutdown.#delete(session)
    }
  }

  get openStreams() {
    return this.#open.size
  }

  get isDraining() {
    return this.#until !== undefined
  }

  drain(over) {
    const window = checkTime('over', over ?? null, 0, LONGEST)
    const until = performance.now() + window
    if (this.#until !== undefined && this.#until <= until) return
    this.#until = until
    for (const session of this.#open.keys()) this.#end(session, window)
  }

  drained() {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** A session has begun. It ends by what is given here. */
  #add(session, end) {
    this.#open.set(session, { end, timer: undefined })
    if (this.#until !== undefined) this.#end(session, Math.max(0, this.#until - performance.now()))
  }

  #delete(session) {
    clearTimeout(this.#open.get(session)?.timer)
    this.#open.delete(session)
    if (this.#open.size === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Ends a session at a moment of its own inside the window, with a reconnection time of its own. */
  #end(session, window) {
    const member = this.#open.get(session)
    clearTimeout(member.timer)
    const reconnectionTime = window === 0 ? undefined : Math.max(1, Math.round(Math.random() * window))
    member.timer = setTimeout(member.end, Math.random() * window, reconnectionTime)
  }
}
