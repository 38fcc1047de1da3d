// Redirects (Fetch, HTTP-redirect fetch): where to, with what method, and without whose secrets. Node's fetch would take all
// headers to other origins but those that are always secret.

import { EventSourceError } from './errors.js'

const REDIRECTS = [301, 302, 303, 307, 308]
/** After so many it is taken for a loop. */
const MOST = 20

/** Headers that describe a body, and go with it. */
const OF_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type']
/** Headers that are secret whoever set them. */
const SECRET = ['authorization', 'cookie', 'proxy-authorization']

/** As `fetch`. The headers of these names stay with the origin that they were for, beside those that always do. */
export async function fetchWith(url, init, secret) {
  let hop = { ...init, redirect: 'manual' }
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(url, hop)
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null
    if (location === null) return response
    const next = target(location, url)
    await response.body?.cancel()
    if (redirects === MOST) throw new EventSourceError('ERR_CONNECTION_FAILED', 'the server redirects without end')
    if (isToGet(response.status, hop.method)) {
      hop = { ...hop, method: 'GET', body: undefined, headers: without(hop.headers, OF_BODY) }
    }
    if (next.origin !== new URL(url).origin) hop = { ...hop, headers: without(hop.headers, [...SECRET, ...secret]) }
    url = next.href
  }
}

function target(location, url) {
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined
  if (next?.protocol === 'http:' || next?.protocol === 'https:') return next
  throw new EventSourceError('ERR_BAD_REDIRECT', 'the server redirects to what is not a URL of http or https')
}

function isToGet(status, method) {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method.toUpperCase() === 'POST'
}

function without(headers, names) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))
}
