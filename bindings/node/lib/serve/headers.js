// Headers of the user, in any of the shapes that headers have.

import { wrongType } from '../errors.js'

/**
 * An object with names in lower case. What cannot be sent is refused here: Node says so when it is sent, where nobody can catch it.
 */
export function headersOf(given) {
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http')
  const headers = {}
  for (const [name, values] of pairsOf(given)) {
    validateHeaderName(name)
    const key = name.toLowerCase()
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value === undefined) continue
      if (typeof value !== 'string' && typeof value !== 'number') throw wrongType(`options.headers: ${key}`, 'a string', value)
      validateHeaderValue(name, String(value))
      headers[key] = joined(key, headers[key], String(value))
    }
  }
  return headers
}

/** As a `Response` takes them. */
export function headerPairs(headers) {
  return Object.entries(headers).flatMap(([name, values]) => [values].flat().map(value => [name, value]))
}

function pairsOf(given) {
  if (typeof given !== 'object' || given === null) throw wrongType('options.headers', 'an object, Headers, or pairs', given)
  if (typeof given[Symbol.iterator] !== 'function') return Object.entries(given)
  const pairs = [...given]
  for (const pair of pairs) {
    const isPair = Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string'
    if (!isPair) throw wrongType('options.headers', 'pairs of a name and a value', pair)
  }
  return pairs
}

/** Several values of a name. Cookies are the only ones that cannot be one line. */
function joined(key, before, value) {
  if (before === undefined) return value
  return key === 'set-cookie' ? [before, value].flat() : `${before}, ${value}`
}
