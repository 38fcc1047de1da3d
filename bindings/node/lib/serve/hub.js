// One event to many clients, kept for those who come back.

import { checkFrame } from '../encode.js'
import { wrongType, wrongValue } from '../errors.js'
import { native } from '../native.js'
import { checkLimit, checkNames, checkObject, checkTime } from '../options.js'
import { SESSION_OPTIONS, sessionOptions } from './options.js'
import { Session, deliver, fill, serve, socketOf } from './session.js'
import { PIECE, Piece } from './sinks.js'

/** In place of a block: see `src/hub.rs`. */
const END = 2 ** 32 - 1
const LONGEST = 2 ** 31 - 1
const PUBLISH_OPTIONS = ['key']
const SUBSCRIBE_OPTIONS = ['topics', 'start']
const REASONS = ['evicted', 'unknownId', 'futureId', 'fellBehind']
const CLASSES = { ERR_EVENT_TOO_LARGE: RangeError }

/** Called by the event loop: set by the class. */
let turn
/** What only the hub sees of a subscription. */
const READER = Symbol('reader')
const SESSION = Symbol('session')
const PAUSED = Symbol('paused')

export class Hub {
  #native
  #epoch
  /** By the index of their readers. */
  #subscriptions = []
  /**
   * Likewise: sockets that events are written to as they are, with nothing before them, and when that was. Of a thousand clients little
   * is in a cache, and each object that is not looked at is time saved.
   */
  #sockets = []
  #written = new Float64Array(64)
  #isScheduled = false
  #isDelivering = false
  /** Readers whose clients went while events were delivered: their index must not be used again meanwhile. */
  #gone = []

  constructor(options = {}) {
    this.#native = new native.NativeHub(hubOptions(options))
    this.#epoch = this.#native.epoch()
    if (options.keepFor !== undefined && options.keepFor !== Infinity) this.#evictAtTimes(options.keepFor)
  }

  get lastId() {
    return this.#id(this.#native.last())
  }

  publish(topics, frame, options = {}) {
    checkObject('options', options)
    checkNames('options', options, PUBLISH_OPTIONS)
    const { event, retry, comment, data } = publicationOf(frame)
    if (options.key !== undefined && typeof options.key !== 'string') throw wrongType('options.key', 'a string', options.key)
    const list = typeof topics === 'string' ? [topics] : checkTopics('topics', topics)
    const { sequence, isNew, hasNews } = call(() => this.#native.publish(list, event, retry, comment, data, options.key))
    if (hasNews) this.#schedule()
    return { id: this.#id(sequence), isNew }
  }

  subscribe(session, options) {
    if (!(session instanceof Session)) throw wrongType('session', 'a session', session)
    return this.#subscribe(session, checked(subscribeOptions(options)))
  }

  handler(options) {
    checkObject('options', options)
    checkNames('options', options, [...SUBSCRIBE_OPTIONS, ...SESSION_OPTIONS])
    const { topics, start, ...rest } = options
    const chosen = typeof topics === 'function' ? topics : undefined
    const common = checked(subscribeOptions({ topics: chosen === undefined ? topics : '*', start }))
    const ofSession = sessionOptions(rest)
    const answer = (request, response, list) => {
      const own = chosen === undefined ? common : requested(common, list)
      const isPair = typeof response?.writeHead === 'function'
      if (typeof own === 'string') return refuse(isPair ? response : undefined, own)
      const session = new Session(request, isPair ? response : undefined, ofSession)
      this.#subscribe(session, own)
      return isPair ? undefined : session.response
    }
    return (request, response) => {
      const list = chosen?.(request)
      if (typeof list?.then !== 'function') return answer(request, response, list)
      return Promise.resolve(list).then(list => answer(request, response, list))
    }
  }

  presence(topic) {
    if (typeof topic !== 'string') throw wrongType('topic', 'a string', topic)
    return this.#native.presence(topic)
  }

  sizes() {
    const [events, bytes, topics, subscribers, oldest] = this.#native.sizes()
    return { events, bytes, topics, subscribers, oldest: oldest < 0 ? null : oldest }
  }

  counts() {
    const [published, repeated, subscribed, revoked, ...gaps] = this.#native.counts()
    return { published, repeated, subscribed, revoked, gaps: Object.fromEntries(REASONS.map((reason, at) => [reason, gaps[at]])) }
  }

  #id(sequence) {
    return `${this.#epoch}-${sequence}`
  }

  #subscribe(session, { topics, back, after }) {
    const subscription = new Subscription(() => this.#revoke(subscription))
    const isOpen = serve(session, {
      onRoom: () => this.#resume(subscription),
      onClose: () => this.#leave(subscription),
      onChange: () => this.#change(subscription),
      written: () => this.#written[subscription[READER]]
    })
    if (!isOpen) return subscription // its client has gone
    subscription[SESSION] = session
    const last = session.lastEventId === '' ? after : session.lastEventId
    this.#enter(subscription, this.#native.subscribe(topics, last, back))
    this.#schedule()
    return subscription
  }

  #enter(subscription, reader) {
    subscription[READER] = reader
    this.#subscriptions[reader] = subscription
    if (reader >= this.#written.length) {
      const written = this.#written
      this.#written = new Float64Array(2 * reader)
      this.#written.set(written)
    }
    this.#written[reader] = 0
    this.#change(subscription)
  }

  #change(subscription) {
    const reader = subscription[READER]
    if (reader !== undefined) this.#sockets[reader] = socketOf(subscription[SESSION])
  }

  #revoke(subscription) {
    if (subscription[READER] === undefined) return
    this.#native.revoke(subscription[READER])
    this.#schedule()
  }

  #resume(subscription) {
    if (!subscription[PAUSED] || subscription[READER] === undefined) return
    subscription[PAUSED] = false
    this.#native.resume(subscription[READER])
    this.#schedule()
  }

  #leave(subscription) {
    const reader = subscription[READER]
    if (reader === undefined) return
    this.#forget(subscription)
    if (this.#isDelivering) this.#gone.push(reader)
    else this.#native.unsubscribe(reader)
  }

  /** Events of this turn of the event loop are delivered at its end, together. */
  #schedule() {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(turn, this)
  }

  static {
    turn = hub => hub.#deliver()
  }

  #deliver() {
    this.#isScheduled = false
    const { blocks, table, hasNews } = this.#native.deliver()
    if (hasNews) this.#schedule()
    const ended = this.#detach(table)
    this.#isDelivering = true
    try {
      this.#write(blocks, table)
    } finally {
      this.#isDelivering = false
      for (const reader of this.#gone.splice(0)) this.#native.unsubscribe(reader)
      for (const subscription of ended) subscription[SESSION].end()
    }
  }

  #write(blocks, table) {
    const now = performance.now()
    const [sockets, written] = [this.#sockets, this.#written]
    for (let at = 0; at < table.length;) {
      const [block, start, framesStart, end, count] = table.subarray(at, at + 5)
      const first = at + 5
      at = first + count
      if (block === END) continue
      const piece = new Piece(blocks[block].subarray(start, end), framesStart - start)
      const isShort = piece.framed.length <= PIECE
      for (let of = first; of < at; of += 1) {
        const reader = table[of]
        const socket = sockets[reader]
        if (isShort && socket !== undefined) {
          written[reader] = now
          if (!socket.write(piece.framed)) this.#fill(reader)
        } else {
          this.#hand(reader, piece, now)
        }
      }
    }
  }

  #hand(reader, piece, now) {
    const subscription = this.#subscriptions[reader]
    if (subscription === undefined || deliver(subscription[SESSION], piece, now)) return
    if (subscription[READER] !== undefined) this.#pause(subscription)
  }

  /** The socket of a reader has no room for more. */
  #fill(reader) {
    const subscription = this.#subscriptions[reader]
    fill(subscription[SESSION])
    this.#pause(subscription)
  }

  #pause(subscription) {
    subscription[PAUSED] = true
    this.#native.pause(subscription[READER])
  }

  /**
   * Those whom the hub has let go of. Their indices are free: whoever subscribes as something is handed out, or as one of them ends,
   * gets such a one. So none of them is looked up by its index after this.
   */
  #detach(table) {
    const ended = []
    for (let at = 0; at < table.length; at += 5 + table[at + 4]) {
      if (table[at] !== END) continue
      for (const reader of table.subarray(at + 5, at + 5 + table[at + 4])) {
        const subscription = this.#subscriptions[reader]
        if (subscription === undefined) continue
        this.#forget(subscription)
        ended.push(subscription)
      }
    }
    return ended
  }

  #forget(subscription) {
    const reader = subscription[READER]
    subscription[READER] = undefined
    this.#subscriptions[reader] = undefined
    this.#sockets[reader] = undefined
  }

  /** Often enough that nothing is kept for much longer than it should be. It does not keep the hub. */
  #evictAtTimes(age) {
    const hub = new WeakRef(this.#native)
    const timer = setInterval(() => {
      const native = hub.deref()
      if (native === undefined) clearInterval(timer)
      else native.evict()
    }, Math.min(Math.max(age / 8, 100), 60_000)).unref()
  }
}

/** What is subscribed for one session. */
class Subscription {
  #revoke
  [READER] = undefined;
  [SESSION] = undefined;
  [PAUSED] = false

  constructor(revoke) {
    this.#revoke = revoke
  }

  revoke() {
    this.#revoke()
  }
}

function hubOptions(options) {
  checkObject('options', options)
  checkNames('options', options, ['keepEvents', 'keepBytes', 'keepFor', 'maxEventBytes', 'slowPolicy'])
  const { keepEvents, keepBytes, keepFor = Infinity, maxEventBytes, slowPolicy = 'gap' } = options
  if (slowPolicy !== 'gap' && slowPolicy !== 'disconnect') throw wrongValue('options.slowPolicy', "'gap' or 'disconnect'")
  if (keepFor !== Infinity) checkTime('options.keepFor', keepFor, 1, LONGEST)
  const checked = {
    keepEvents: checkLimit('options.keepEvents', keepEvents, 100_000),
    keepBytes: checkLimit('options.keepBytes', keepBytes, 64 * 1024 * 1024),
    keepFor,
    maxEventBytes: checkLimit('options.maxEventBytes', maxEventBytes, 1024 * 1024),
    disconnect: slowPolicy === 'disconnect',
    random: Buffer.from(crypto.getRandomValues(new Uint8Array(5))).readUIntBE(0, 5)
  }
  if (checked.keepEvents > 2 ** 32) throw wrongValue('options.keepEvents', 'at most 2³²')
  if (checked.keepBytes === Infinity) throw wrongValue('options.keepBytes', 'a limit: it is in memory')
  if (checked.maxEventBytes > checked.keepBytes) throw wrongValue('options.maxEventBytes', 'no more than options.keepBytes')
  return checked
}

/** Where a client begins that has no last event ID. */
function subscribeOptions(options) {
  checkObject('options', options)
  checkNames('options', options, SUBSCRIBE_OPTIONS)
  const { topics, start = 'live' } = options
  return { topics: checkTopics('options.topics', topics), ...startOf(start) }
}

function startOf(start) {
  if (start === 'live') return { back: 0 }
  if (start === 'earliest') return { back: Infinity }
  if (Number.isSafeInteger(start?.last) && start.last >= 0) return { back: start.last }
  if (typeof start?.after === 'string') return { back: 0, after: start.after }
  throw wrongValue('options.start', "'live', 'earliest', { last: <number> } or { after: <ID> }")
}

function checkTopics(name, topics) {
  const list = topicList(topics)
  if (list === undefined) throw wrongType(name, 'a string or an array of them', topics)
  return list
}

function topicList(topics) {
  const list = typeof topics === 'string' ? [topics] : topics
  return Array.isArray(list) && list.every(topic => typeof topic === 'string') ? list : undefined
}

function checked(options) {
  call(() => native.NativeHub.checkTopics(options.topics))
  return options
}

/** Options with topics that come from a request; or what is wrong with these, which is the request's fault. */
function requested(options, topics) {
  const list = topicList(topics)
  if (list === undefined) return 'no topic'
  try {
    return checked({ ...options, topics: list })
  } catch (error) {
    return error.message
  }
}

/** Answers a request that cannot be served. */
function refuse(response, reason) {
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  if (response === undefined) return new Response(`${reason}\n`, { status: 400, headers })
  response.writeHead(400, headers).end(`${reason}\n`)
  return undefined
}

function publicationOf(frame) {
  if (typeof frame === 'string') return { data: frame }
  checkFrame(frame)
  if (frame.id !== undefined) throw wrongValue('frame', 'without id: the hub gives it')
  return frame
}

/** Calls the native part, and makes its errors those of the package. */
function call(act) {
  try {
    return act()
  } catch (error) {
    throw Object.assign(new (CLASSES[error.code] ?? TypeError)(error.message), { code: error.code })
  }
}
