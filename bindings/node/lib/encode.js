// Frames for the wire.

import { wrongType, wrongValue } from './errors.js'
import { native } from './native.js'
import { checkObject } from './options.js'

export function encode(frame) {
  checkFrame(frame)
  const { event, id, retry, comment, data } = frame
  try {
    return native.encode(event, id, retry, comment, data)
  } catch (error) {
    throw Object.assign(wrongValue('frame', 'of fields that are one line'), { message: error.message, code: 'ERR_INVALID_FIELD' })
  }
}

const LINE_END = /[\r\n]/
/** The last event type, and its line, alone and before an ID: mostly the next event has the same. */
let lastType = 'message'
let typeLine = 'event: message\n'
let typeAndId = 'event: message\nid: '

/**
 * The same, for sending it at once, behind other text. An event of one line each, which nearly all are, is put together here: a call of
 * the native part takes several times as long. This is no encoder: what is anything else, the codec decides. Each part is added to
 * what is there already, since V8 then copies all of them in one loop when it makes one string of them.
 */
export function appendEvent(text, frame) {
  const { event, id, data } = frame
  if (
    typeof data !== 'string' || frame.retry !== undefined || frame.comment !== undefined || data.includes('\n') || data.includes('\r') ||
    (event !== undefined && event !== lastType && (typeof event !== 'string' || LINE_END.test(event))) ||
    (id !== undefined && !isPlain(id))
  ) return text + encode(frame)
  checkNames(frame)
  if (event === undefined) return (id === undefined ? text : text + 'id: ' + id + '\n') + 'data: ' + data + '\n\n'
  if (event !== lastType) {
    typeLine = `event: ${event}\n`
    typeAndId = `${typeLine}id: `
    lastType = event
  }
  return id === undefined ? text + typeLine + 'data: ' + data + '\n\n' : text + typeAndId + id + '\ndata: ' + data + '\n\n'
}

/** Whether it is short and has no control characters: that is more than an ID must be, and to ask it takes half as long as a `RegExp`. */
function isPlain(id) {
  if (typeof id !== 'string' || id.length > 64) return false
  for (let at = 0; at < id.length; at += 1) if (id.charCodeAt(at) < 32) return false
  return true
}

/** Whether it is a frame, but for what may be in its fields. */
export function checkFrame(frame) {
  checkObject('frame', frame)
  checkNames(frame)
  const { event, id, retry, comment, data } = frame
  checkString('frame.event', event)
  checkString('frame.id', id)
  checkString('frame.comment', comment)
  checkString('frame.data', data, 'a string (JSON.stringify makes one)')
  if (retry !== undefined) {
    if (typeof retry !== 'number') throw wrongType('frame.retry', 'a number', retry)
    if (!Number.isSafeInteger(retry) || retry < 0) throw wrongValue('frame.retry', 'a whole number of milliseconds')
  }
}

/** A name that is misspelt would be left out in silence. */
function checkNames(frame) {
  for (const name in frame) {
    // To look in a `Set`, and to test and write the same type anew, was 70 ns of 240 for an event.
    if (name === 'data' || name === 'event' || name === 'id' || name === 'retry' || name === 'comment') continue
    throw wrongValue('frame', `of event, id, retry, comment, data, without ${name}`)
  }
}

function checkString(name, value, expected = 'a string') {
  if (value !== undefined && typeof value !== 'string') throw wrongType(name, expected, value)
}
