// What can be told to a decoder.

import { wrongType, wrongValue } from './errors.js'

export const DEFAULT_MAX_EVENT_BYTES = 16 * 1024 * 1024

export function checkObject(name, value) {
  if (typeof value !== 'object' || value === null) throw wrongType(name, 'an object', value)
}

/** One that is misspelt would be left out in silence, as if it had not been given. */
export function checkNames(name, value, known) {
  for (const key in value) if (!known.includes(key)) throw wrongValue(name, `of ${known.join(', ')}, without ${key}`)
}

export function checkFunction(name, value) {
  if (value !== undefined && typeof value !== 'function') throw wrongType(name, 'a function', value)
}

export function checkSignal(name, value) {
  if (value !== undefined && typeof value?.addEventListener !== 'function') throw wrongType(name, 'an AbortSignal', value)
}

/** A limit in bytes: a whole number, or `Infinity`. */
export function checkLimit(name, value, unset) {
  if (value === undefined) return unset
  if (typeof value !== 'number') throw wrongType(name, 'a number', value)
  if (value !== Infinity && !(Number.isSafeInteger(value) && value >= 1)) {
    throw wrongValue(name, 'a whole number of at least 1, or Infinity')
  }
  return value
}

/** A whole number of milliseconds in a range; `false` for none, if it may be. */
export function checkTime(name, value, least, most, unset, orNone = false) {
  if (value === undefined) return unset
  if (orNone && value === false) return undefined
  if (typeof value !== 'number') throw wrongType(name, orNone ? 'a number or false' : 'a number', value)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw wrongValue(name, `a whole number of milliseconds from ${least} to ${most}`)
  }
  return value
}

export const DECODER_OPTIONS = ['maxEventBytes', 'lastEventId', 'comments']

/** The options of a decoder, checked and complete. There may be others, which are known to whoever has it. */
export function decoderOptions(options = {}, known = DECODER_OPTIONS) {
  checkObject('options', options)
  checkNames('options', options, known)
  const { maxEventBytes, lastEventId = '', comments = false } = options
  if (typeof lastEventId !== 'string') throw wrongType('options.lastEventId', 'a string', lastEventId)
  if (/[\0\r\n]/.test(lastEventId)) throw wrongValue('options.lastEventId', 'one line without NUL')
  if (typeof comments !== 'boolean') throw wrongType('options.comments', 'a boolean', comments)
  return {
    maxEventBytes: checkLimit('options.maxEventBytes', maxEventBytes, DEFAULT_MAX_EVENT_BYTES),
    lastEventId,
    comments
  }
}
