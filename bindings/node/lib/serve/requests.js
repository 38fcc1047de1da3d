// The request of a session that has no response of its own yet.

import { wrongType } from '../errors.js'

/** Where frameworks have the request in what they have around it. */
const PATHS = [['req', 'raw'], ['raw'], ['req']]

/** What is around a request may have headers too, but nobody would send what a session of it gives. */
export function checkRequest(request) {
  const path = PATHS.find(path => path.reduce((inner, name) => inner?.[name], request)?.headers !== undefined)
  if (path !== undefined) throw wrongType('request', `that of node:http or of the web, here its \`${path.join('.')}\``, request)
}

/** Acts when the client has gone; at once if it has already. Returns what stops that. */
export function whenGone(request, act) {
  const connection = request.stream ?? request.socket
  const isNode = typeof connection?.once === 'function'
  if (isNode ? connection.destroyed : request.signal?.aborted) return act()
  if (isNode) {
    connection.once('close', act)
    return () => connection.removeListener('close', act)
  }
  request.signal?.addEventListener('abort', act, { once: true })
  return () => request.signal?.removeEventListener('abort', act)
}
