// Frames for the wire.

import { wrongType, wrongValue } from './errors.js'
import { native } from './native.js'
import { checkObject } from './options.js'

const FIELDS = new Set(['event', 'id', 'retry', 'comment', 'data'])

export function encode(frame) {
  checkFrame(frame)
  const { event, id, retry, comment, data } = frame
  try {
    return native.encode(event, id, retry, comment, data)
  } catch (error) {
    throw Object.assign(wrongValue('frame', 'of fields that are one line'), { message: error.message, code: 'ERR_INVALID_FIELD' })
  }
}

/** Whether it is a frame, but for what may be in its fields. */
export function checkFrame(frame) {
  checkObject('frame', frame)
  // A name that is misspelt would be left out in silence.
  for (const name in frame) if (!FIELDS.has(name)) throw wrongValue('frame', `of ${[...FIELDS].join(', ')}, without ${name}`)
  const { event, id, retry, comment, data } = frame
  checkString('frame.event', event)
  checkString('frame.id', id)
  checkString('frame.comment', comment)
  checkString('frame.data', data)
  if (retry !== undefined) {
    if (typeof retry !== 'number') throw wrongType('frame.retry', 'a number', retry)
    if (!Number.isSafeInteger(retry) || retry < 0) throw wrongValue('frame.retry', 'a whole number of milliseconds')
  }
}

function checkString(name, value) {
  if (value !== undefined && typeof value !== 'string') throw wrongType(name, 'a string', value)
}
