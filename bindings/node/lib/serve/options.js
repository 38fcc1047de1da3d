// What can be told to a session.

import { wrongType } from '../errors.js'
import { checkLimit, checkNames, checkObject, checkTime } from '../options.js'
import { headersOf } from './headers.js'
import { Shutdown } from './shutdown.js'

const SECOND = 1000
const HOUR = 3600 * SECOND
const YEAR = 365 * 24 * HOUR
/** The longest time of a timer. */
const LONGEST = 2 ** 31 - 1

export const DEFAULT_KEEP_ALIVE = 15 * SECOND
export const DEFAULT_STALL_TIMEOUT = 60 * SECOND
export const DEFAULT_MAX_BUFFERED_BYTES = 1024 * 1024

export const SESSION_OPTIONS = [
  'headers', 'keepAlive', 'reconnectionTime', 'lifetime', 'lifetimeJitter', 'shutdown', 'maxBufferedBytes', 'stallTimeout'
]

/** The options of a session, checked and complete. */
export function sessionOptions(options = {}) {
  checkObject('options', options)
  checkNames('options', options, SESSION_OPTIONS)
  const { headers, keepAlive, reconnectionTime, lifetime, lifetimeJitter, shutdown, maxBufferedBytes, stallTimeout } = options
  const longest = checkTime('options.lifetime', lifetime, 1, LONGEST, undefined)
  if (shutdown !== undefined && !(shutdown instanceof Shutdown)) throw wrongType('options.shutdown', 'a Shutdown', shutdown)
  return {
    headers: headers === undefined ? {} : headersOf(headers),
    keepAlive: checkTime('options.keepAlive', keepAlive, 1, 24 * HOUR, DEFAULT_KEEP_ALIVE, true),
    reconnectionTime: checkTime('options.reconnectionTime', reconnectionTime, 0, YEAR, undefined),
    lifetime: longest,
    lifetimeJitter: checkTime('options.lifetimeJitter', lifetimeJitter, 0, longest ?? 0, 0),
    shutdown,
    maxBufferedBytes: checkLimit('options.maxBufferedBytes', maxBufferedBytes, DEFAULT_MAX_BUFFERED_BYTES),
    stallTimeout: checkTime('options.stallTimeout', stallTimeout, 1, LONGEST, DEFAULT_STALL_TIMEOUT, true)
  }
}
