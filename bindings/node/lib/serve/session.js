// One event stream that is served.

import { appendEvent, encode } from '../encode.js'
import { wrongType } from '../errors.js'
import { checkObject } from '../options.js'
import { headerPairs } from './headers.js'
import { lastEventId } from './last-event-id.js'
import { sessionOptions } from './options.js'
import { checkRequest, whenGone } from './requests.js'
import { members } from './shutdown.js'
import { RESPONSE_HEADERS, ReadableSink, ResponseSink, WebSink } from './sinks.js'

/** How much is gathered into one write. */
const CHUNK = 64 * 1024
/** A comment that says nothing. */
const KEEP_ALIVE = encode({ comment: '' })
/** Keep-alives come up to a sixteenth early, in so many steps, so that sessions which wrote together do not write again together. */
const PHASES = 8

/**
 * Whoever pushes in one turn of the event loop after the other has as many writes, and of a small event nearly all is the write. So
 * after as many turns in a row, none later than `BUSY` after the one before, a session gathers over several: until one brings nothing
 * more, for at most `GATHER` since it wrote. Both are milliseconds.
 */
const STREAK = 4
const BUSY = 0.25
const GATHER = 1

/** The stages of a session. */
const NEW = 0
const OPEN = 1
const ENDING = 2
const CLOSED = 3

export function createSession(request, response, options) {
  const isPair = typeof response?.writeHead === 'function'
  if (!isPair && options !== undefined) throw wrongType('response', 'the response of a server', response)
  return new Session(request, isPair ? response : undefined, sessionOptions(isPair ? options : response))
}

/**
 * What the hub does with a session: set by the class.
 * - `serve(session, source)`: has the events of a subscription sent. False if there is nobody to send them to. The source has
 *   `onRoom`, `onClose`, `onChange` of what `socketOf` says, and `written`, when the hub wrote to that socket.
 * - `deliver(session, piece, now)`: sends frames of the subscription. Returns whether there is room for more.
 * - `socketOf(session)`: where these can be written as chunks now, with nothing between; `fill(session)` if it has no more room then.
 */
export let serve
export let deliver
export let socketOf
export let fill
/** Called by ticks and timers: set by the class, so that there is no closure for each. */
let flush
let gather
let keep

export class Session {
  #stage = NEW
  #options
  #headers
  #lastEventId
  #request
  /** While it has no body, its connection is looked after here. */
  #stopWaiting
  #response
  #sink
  /** What waits to be written: with the next tick, or when there is room. */
  #text = ''
  #isScheduled = false
  #hasRoom = true
  /** How many turns were written in a row, how often one was looked for that brings nothing more, and what waited then. */
  #streak = 0
  #looks = 0
  #seen = 0
  #keepAlive
  /** After so many milliseconds without a write there is a keep-alive; and when the last write was. */
  #quiet
  #written = 0
  #lifetime
  #stall
  #controller
  /** Called at the end: once, and only if it is not deleted before. */
  #closers = new Set()
  #waiting = []
  /** The subscription whose events this sends. */
  #source

  static {
    serve = (session, source) => session.#serve(source)
    deliver = (session, piece, now) => session.#deliver(piece, now)
    socketOf = session => session.#isIdle() ? session.#sink.socket : undefined
    fill = session => session.#noRoom()
  }

  constructor(request, response, options) {
    if (response === undefined) checkRequest(request)
    this.#options = options
    this.#lastEventId = lastEventId(request)
    this.#headers = { ...RESPONSE_HEADERS, ...options.headers }
    if (response?.headersSent) {
      const error = new Error('the response has begun already')
      error.code = 'ERR_HTTP_HEADERS_SENT'
      throw error
    }
    if (options.lifetime !== undefined) {
      const lasts = options.lifetime - Math.random() * options.lifetimeJitter
      this.#lifetime = setTimeout(() => this.end(), lasts).unref()
    }
    if (options.shutdown !== undefined) members.add(options.shutdown, this, reconnectionTime => this.#end(reconnectionTime))
    if (response === undefined) this.#waitsForBody(request)
    else this.#begins(new ResponseSink(response, this.#headers, () => this.#room(), () => this.#close()))
    if (request.method === 'HEAD') this.#end()
  }

  get lastEventId() {
    return this.#lastEventId
  }

  get closed() {
    return this.#stage >= ENDING
  }

  get signal() {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.closed) this.#controller.abort()
    }
    return this.#controller.signal
  }

  get headers() {
    return this.#headers
  }

  get readable() {
    if (this.#sink === undefined) this.#begins(new ReadableSink(() => this.#room(), () => this.#close()))
    return this.#bodyOf(ReadableSink)
  }

  get response() {
    if (this.#sink === undefined) {
      this.#begins(new WebSink(this.#request.signal, () => this.#room(), () => this.#close()))
    }
    return this.#response ??= new Response(this.#bodyOf(WebSink), { headers: headerPairs(this.#headers) })
  }

  push(frame) {
    if (typeof frame === 'string') frame = { data: frame }
    else checkObject('frame', frame)
    const before = this.#text
    const text = appendEvent(before, frame)
    if (this.#stage >= ENDING) return false
    // A getter of the frame may have pushed, too.
    this.#text = this.#text === before ? text : this.#text + text.slice(before.length)
    if (this.#hasRoom) {
      if (this.#text.length >= CHUNK && this.#stage === OPEN) this.#flush()
      else this.#schedule()
    }
    // Nor is more gathered in the first turn: the response then begins before the end of it.
    if (this.#stage === NEW && this.#sink !== undefined && this.#text.length > this.#options.maxBufferedBytes) this.#begin()
    const isHeld = !this.#hasRoom || this.#sink === undefined
    if (isHeld && this.#text.length > this.#options.maxBufferedBytes) this.#tooSlow('it takes less than is sent to it')
    return this.#hasRoom && this.#text.length < CHUNK && this.#stage < ENDING
  }

  ready() {
    if (this.closed) return Promise.resolve(false)
    if (this.#hasRoom && this.#text.length < CHUNK) return Promise.resolve(true)
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  iterate(source) {
    const iterate = source?.[Symbol.asyncIterator] ?? (typeof source === 'object' ? source?.[Symbol.iterator] : undefined)
    if (typeof iterate !== 'function') throw wrongType('source', 'an iterable of frames', source)
    const iterator = iterate.call(source)
    const leave = async () => {
      try {
        await iterator.return?.()
      } catch {
        // Whoever iterates has gone, or has been told of an error before.
      }
    }
    return new Promise((resolve, reject) => {
      const close = () => {
        resolve()
        leave()
      }
      if (this.closed) return close()
      this.#closers.add(close)
      this.#pump(iterator).then(resolve, error => {
        reject(error)
        leave()
        this.end()
      }).finally(() => this.#closers.delete(close))
    })
  }

  end() {
    this.#end()
  }

  /** A handler that fails before the framework has the body would leave it open for good. */
  #waitsForBody(request) {
    this.#request = request
    this.#stopWaiting = whenGone(request, () => this.#end())
  }

  async #pump(iterator) {
    for (;;) {
      const { done, value } = await iterator.next()
      if (done || this.closed) return
      if (!this.push(value)) await this.ready()
    }
  }

  /** It begins with the next tick: what is pushed until then goes with the head, and who throws until then can still answer. */
  #begins(sink) {
    this.#sink = sink
    this.#stopWaiting?.()
    if (!this.closed) return this.#schedule()
    // It was over before it had a body.
    sink.begin(this.#first())
    sink.end()
  }

  #bodyOf(Sink) {
    if (!(this.#sink instanceof Sink)) {
      const error = new Error('the session is another kind of response already')
      error.code = 'ERR_SESSION_USED'
      throw error
    }
    return this.#sink.body
  }

  #schedule() {
    this.#source?.onChange()
    if (this.#isScheduled || this.#sink === undefined) return
    this.#isScheduled = true
    if (this.#streak < STREAK || performance.now() - this.#written > GATHER) return process.nextTick(flush, this)
    this.#looks = 0
    this.#seen = 0
    setImmediate(gather, this)
  }

  static {
    flush = session => {
      const before = session.#written
      session.#isScheduled = false
      session.#flush()
      if (session.#written !== before) session.#streak = session.#written - before < BUSY ? session.#streak + 1 : 0
    }
    gather = session => {
      const { length } = session.#text
      if (length !== session.#seen && performance.now() - session.#written < GATHER) {
        session.#looks += 1
        session.#seen = length
        setImmediate(gather, session)
        return
      }
      // The first look finds what it was scheduled for.
      if (session.#looks < 2) session.#streak = 0
      session.#isScheduled = false
      session.#flush()
    }
  }

  #flush() {
    if (this.#stage === NEW) return this.#begin()
    if (this.#stage !== OPEN || this.#text === '' || !this.#hasRoom) return
    const text = this.#text
    this.#text = ''
    this.#written = performance.now()
    if (this.#sink.write(text)) this.#source?.onChange()
    else this.#noRoom()
  }

  #begin() {
    const { keepAlive } = this.#options
    this.#stage = OPEN
    const room = this.#sink.begin(this.#first())
    if (room === undefined) return this.#close()
    if (keepAlive !== undefined) {
      this.#quiet = keepAlive - Math.floor(keepAlive / 16 * Math.floor(Math.random() * PHASES) / PHASES)
      this.#keepAlive = setTimeout(keep, this.#quiet, this).unref()
    }
    if (room) this.#release()
    else this.#noRoom()
  }

  /** What goes with the head. */
  #first() {
    const { reconnectionTime } = this.#options
    const first = (reconnectionTime === undefined ? '' : encode({ retry: reconnectionTime })) + this.#text
    this.#text = ''
    return first === '' ? KEEP_ALIVE : first
  }

  static {
    // The timer is not moved with each write: to look at one when it is due costs once what that would cost each time.
    keep = session => {
      if (session.#stage !== OPEN) return
      const written = Math.max(session.#written, session.#source?.written() ?? 0)
      const left = Math.ceil(written + session.#quiet - performance.now())
      session.#keepAlive = setTimeout(keep, left > 0 ? left : session.#quiet, session).unref()
      if (left <= 0 && session.#hasRoom && !session.#sink.write(KEEP_ALIVE)) session.#noRoom()
    }
  }

  #serve(source) {
    if (this.#source !== undefined) {
      const error = new Error('the session has a subscription already; give one all topics')
      error.code = 'ERR_SESSION_USED'
      throw error
    }
    if (this.closed) return false
    this.#source = source
    this.#closers.add(() => source.onClose())
    return true
  }

  /** Whether what is sent goes out at once. */
  #isIdle() {
    return this.#stage === OPEN && this.#hasRoom && this.#text === ''
  }

  #deliver(piece, now) {
    if (this.#stage >= ENDING) return false
    if (this.#stage === NEW || !this.#hasRoom) {
      // It comes after what waits already. There is no more than one piece of it: its reader waits now too.
      this.#text += piece.plain.toString()
      return false
    }
    if (this.#text !== '') this.#flush()
    this.#written = now
    if (!this.#sink.writePiece(piece)) this.#noRoom()
    return this.#hasRoom
  }

  #noRoom() {
    this.#hasRoom = false
    this.#source?.onChange()
    if (this.#options.stallTimeout !== undefined && this.#stall === undefined) this.#watch()
  }

  /** Looks when the time is over whether the client has taken anything. If not, it is given up. */
  #watch() {
    const { held } = this.#sink
    this.#stall = setTimeout(() => {
      if (this.#sink.held === held) this.#tooSlow('it took nothing for too long')
      else this.#watch()
    }, this.#options.stallTimeout).unref()
  }

  #room() {
    if (this.#hasRoom || this.#stage !== OPEN) return
    this.#hasRoom = true
    clearTimeout(this.#stall)
    this.#stall = undefined
    this.#flush()
    if (this.#hasRoom) this.#release()
  }

  /** There is room: who waits for it can go on. */
  #release() {
    for (const resolve of this.#waiting.splice(0)) resolve(true)
    this.#source?.onChange()
    this.#source?.onRoom()
  }

  #tooSlow(why) {
    const error = new Error(`the client is too slow: ${why}`)
    error.code = 'ERR_CLIENT_TOO_SLOW'
    this.#text = ''
    this.#finish(error)
    this.#sink?.destroy(error)
  }

  /** Ends the response after the last whole frame, and after telling the client a reconnection time. */
  #end(reconnectionTime) {
    if (this.#stage >= ENDING) return
    if (reconnectionTime !== undefined) this.#text += encode({ retry: reconnectionTime })
    if (this.#sink === undefined) {
      this.#finish()
      return this.#leave()
    }
    if (this.#stage === NEW) this.#begin()
    if (this.#stage >= ENDING) return
    // Also if there is no room: it is the last.
    if (this.#text !== '') this.#sink.write(this.#text)
    this.#text = ''
    this.#noRoom()
    this.#finish()
    this.#sink.end()
  }

  /** Nothing more is to be sent. */
  #finish(reason) {
    if (this.#stage >= ENDING) return
    this.#stage = ENDING
    clearTimeout(this.#keepAlive)
    clearTimeout(this.#lifetime)
    this.#stopWaiting?.()
    this.#controller?.abort(reason)
    for (const resolve of this.#waiting.splice(0)) resolve(false)
    for (const close of this.#closers) close()
    this.#closers.clear()
    this.#source = undefined
  }

  /** The response is over. */
  #close() {
    if (this.#stage === CLOSED) return
    this.#finish()
    this.#stage = CLOSED
    this.#text = ''
    clearTimeout(this.#stall)
    this.#leave()
  }

  #leave() {
    if (this.#options.shutdown !== undefined) members.delete(this.#options.shutdown, this)
  }
}
