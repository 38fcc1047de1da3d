// The errors. Their `code` is stable, their message is not.

/** An event exceeds `maxEventBytes`. What the chunk completed before it is in `events`. */
export class EventTooLargeError extends RangeError {
  code = 'ERR_EVENT_TOO_LARGE'

  constructor(position, maxEventBytes, events = []) {
    super(`event exceeds the limit of ${maxEventBytes} bytes at byte ${position} of the event stream`)
    this.name = 'EventTooLargeError'
    this.position = position
    this.maxEventBytes = maxEventBytes
    Object.defineProperty(this, 'events', { value: events, enumerable: false })
  }
}

/** A response is no event stream. Its body was not touched. */
export class ResponseError extends Error {
  constructor(code, message, status, response) {
    super(message)
    this.name = 'ResponseError'
    this.code = code
    this.status = status
    Object.defineProperty(this, 'response', { value: response, enumerable: false })
  }
}

/** The data of an event is not JSON. */
export class InvalidJsonError extends SyntaxError {
  code = 'ERR_INVALID_JSON'

  constructor(cause, event) {
    super(`data of an event is not JSON: ${cause.message}`, { cause })
    this.name = 'InvalidJsonError'
    this.event = event
  }
}

/** What `createParser` tells its `onError`. */
export class ParseError extends Error {
  constructor(message, { type, ...rest }) {
    super(message)
    this.name = 'ParseError'
    this.code = `ERR_${type.replaceAll('-', '_').toUpperCase()}`
    this.type = type
    Object.assign(this, rest)
  }
}

/** Why an event source has no connection, or no longer one. */
export class EventSourceError extends Error {
  constructor(code, message, { cause, ...rest } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'EventSourceError'
    this.code = code
    Object.assign(this, rest)
  }
}

/** A `TypeError` that says what was expected. */
export function wrongType(name, expected, value) {
  const shown = value === null ? 'null' : typeof value === 'object' ? value.constructor?.name ?? 'object' : typeof value
  const error = new TypeError(`${name} must be ${expected}, not ${shown}`)
  error.code = 'ERR_INVALID_ARG_TYPE'
  return error
}

/** Likewise for a value of the right type. */
export function wrongValue(name, expected) {
  const error = new TypeError(`${name} must be ${expected}`)
  error.code = 'ERR_INVALID_ARG_VALUE'
  return error
}
