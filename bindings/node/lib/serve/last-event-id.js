// From where a client wants to go on. The rules are those of `LastEventId` in `crates/tidings-http`.

import { wrongType } from '../errors.js'

const HEADER = 'last-event-id'
const QUERY_PARAMETER = 'lasteventid'

export function lastEventId(request) {
  const headers = request?.headers
  if (typeof headers !== 'object' || headers === null) throw wrongType('request', 'a request with headers', request)
  const header = typeof headers.get === 'function' ? headers.get(HEADER) : headers[HEADER]
  // Both have a character for each byte.
  const id = header ? Buffer.from(header, 'latin1').toString() : fromQuery(request.url ?? headers[':path'] ?? '')
  return id.replace(/[\r\n\0]/g, '\u{fffd}')
}

function fromQuery(url) {
  const start = url.indexOf('?')
  if (start === -1) return ''
  const end = url.indexOf('#', start)
  for (const [name, value] of new URLSearchParams(url.slice(start, end === -1 ? undefined : end))) {
    if (value !== '' && name.replace(/[-_]/g, '').toLowerCase() === QUERY_PARAMETER) return value
  }
  return ''
}
