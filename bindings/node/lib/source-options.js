// What can be told to an event source.

import { EventSourceError, wrongType, wrongValue } from './errors.js'
import { native } from './native.js'
import { checkFunction, checkObject, checkSignal, decoderOptions } from './options.js'

/** What the standard sends with each request. */
const REQUEST_HEADERS = native.requestHeaders()

export const TRANSIENT_STATUSES = Object.freeze(native.transientStatuses())

const TIMES = ['reconnectionTime', 'maxBackoff', 'stableAfter', 'connectTimeout', 'idleTimeout']

/**
 * All there are. The standard ignores others. Here an option that another EventSource has, such as `dispatcher`, `proxy` or `https`, would
 * be missed only when requests have gone past the proxy, or to a server that was not to be trusted.
 */
const OPTIONS = [
  'withCredentials', 'fetch', 'method', 'body', 'headers', 'lastEventId', 'maxEventBytes', 'reconnect', ...TIMES, 'jitter', 'retryStatuses',
  'maxFailures', 'signal', 'ref'
]

/** The options of the machine, checked. What is not there has its default there. */
export function machineOptions(options) {
  const { maxEventBytes, lastEventId } = decoderOptions(options, OPTIONS)
  const { reconnect, jitter, maxFailures, retryStatuses } = options
  const checked = { maxEventBytes, lastEventId, reconnect, jitter, maxFailures }
  for (const name of TIMES) {
    const time = options[name]
    checkNumber(name, time, time => time >= 0, 'milliseconds, of at least 0')
    checked[name] = time
  }
  checkType('reconnect', 'boolean', reconnect)
  checkNumber('jitter', jitter, value => value >= 0 && value <= 1, 'from 0 to 1')
  const isCount = value => Number.isInteger(value) && value >= 0 && value < 2 ** 32
  checkNumber('maxFailures', maxFailures, isCount, 'a whole number of at least 0')
  if (retryStatuses !== undefined) {
    const name = 'options.retryStatuses'
    if (typeof retryStatuses?.[Symbol.iterator] !== 'function') throw wrongType(name, 'an array of numbers', retryStatuses)
    checked.retryStatuses = [...retryStatuses]
    const isStatus = status => Number.isInteger(status) && status >= 100 && status <= 599
    if (!checked.retryStatuses.every(isStatus)) throw wrongValue(name, 'of numbers from 100 to 599')
  }
  return checked
}

function checkType(name, type, value) {
  if (value !== undefined && typeof value !== type) throw wrongType(`options.${name}`, `a ${type}`, value)
}

function checkNumber(name, value, isGood, expected) {
  checkType(name, 'number', value)
  if (value !== undefined && !isGood(value)) throw wrongValue(`options.${name}`, expected)
}

function percentDecoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What every attempt has in common. */
export class Request {
  #method
  #headers
  #body
  #credentials
  #authorization

  constructor(url, withCredentials, { method = 'GET', headers, body, fetch, signal }) {
    checkType('method', 'string', method)
    checkFunction('options.fetch', fetch)
    if (typeof body?.getReader === 'function' || (typeof body === 'object' && body?.[Symbol.asyncIterator] !== undefined)) {
      throw wrongType('options.body', 'something that can be sent again', body)
    }
    checkSignal('options.signal', signal)
    if (headers !== undefined && typeof headers !== 'function') {
      checkObject('options.headers', headers)
      headers = new Headers(headers)
    }
    this.#method = method
    this.#headers = headers
    this.#body = body
    this.#credentials = withCredentials ? 'include' : 'same-origin'
    // Fetch refuses a URL with a password, and browsers send it this way.
    if (url.username !== '' || url.password !== '') {
      const credentials = Buffer.from(`${percentDecoded(url.username)}:${percentDecoded(url.password)}`)
      this.#authorization = `Basic ${credentials.toString('base64')}`
      url = new URL(url)
      url.username = ''
      url.password = ''
    }
    this.url = url.href
    this.fetch = fetch
    this.signal = signal
  }

  /** What fetch is called with, and the names of headers that are fresh. Only the machine knows of the last event ID. */
  async init(attempt, lastEventId) {
    const headers = new Headers(REQUEST_HEADERS)
    if (this.#authorization !== undefined) headers.set('authorization', this.#authorization)
    const own = new Headers(await this.#own(attempt))
    for (const [name, value] of own) headers.set(name, value)
    headers.delete('last-event-id')
    if (lastEventId !== null) headers.set('last-event-id', lastEventId)
    const init = {
      method: this.#method,
      // A plain object, since whoever brings a fetch of their own may want to spread it.
      headers: Object.fromEntries(headers),
      body: this.#body,
      cache: 'no-store',
      credentials: this.#credentials,
      redirect: 'follow'
    }
    return { init, fresh: typeof this.#headers === 'function' ? Array.from(own.keys()) : [] }
  }

  async #own(attempt) {
    if (typeof this.#headers !== 'function') return this.#headers
    try {
      return new Headers(await this.#headers(attempt) ?? undefined)
    } catch (cause) {
      throw new EventSourceError('ERR_NO_HEADERS', 'there are no fresh headers', { cause })
    }
  }
}
