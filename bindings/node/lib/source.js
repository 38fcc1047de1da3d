// Where chunks come from, and what a server says instead of events.

import { ResponseError, wrongType } from './errors.js'

/** How much is kept of a response that is no event stream, in bytes, and how long it may take, in milliseconds. */
const MOST = 64 * 1024
const TIME = 5000

/** An iterator over the chunks of anything that has some. It has `next` and `return`. */
export function chunksOf(source) {
  const body = isResponse(source) ? bodyOf(source) : source
  if (typeof body?.getReader === 'function') return fromReader(body.getReader())
  const iterate = body?.[Symbol.asyncIterator] ?? (typeof body === 'object' ? body?.[Symbol.iterator] : undefined)
  // A Uint8Array iterates over numbers.
  if (typeof iterate !== 'function' || body instanceof Uint8Array) {
    throw wrongType('source', 'a Response, ReadableStream, Readable or iterable of Uint8Array', source)
  }
  return iterate === body[Symbol.asyncIterator] ? new Chunks(iterate.call(body), body) : iterate.call(body)
}

/** Leaves chunks that nobody reads on. What they say to that is of no interest. */
export function cancel(chunks) {
  try {
    chunks?.return?.()?.catch?.(() => {})
  } catch {
    // Likewise.
  }
}

function fromReader(reader) {
  return {
    next: () => reader.read(),
    async return() {
      await reader.cancel()
      return { done: true, value: undefined }
    }
  }
}

/**
 * Those of an async iterable, which can be left while they are waited for. The iterator of a Node stream is an async generator, whose
 * `return` comes after the `next` that waits: not before the next chunk.
 */
class Chunks {
  #iterator
  /** What is to be destroyed, as `for await` destroys it. */
  #stream
  /** Answers the `next` that waits. */
  #answer

  constructor(iterator, body) {
    this.#iterator = iterator
    if (typeof body.read === 'function' && typeof body.destroy === 'function') this.#stream = body
  }

  next() {
    return new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#wait(resolve, reject)
    })
  }

  async return() {
    const answer = this.#answer
    this.#answer = undefined
    if (answer === undefined) {
      await this.#iterator.return?.()
      this.#destroy()
    } else {
      answer({ done: true, value: undefined })
      this.#destroy()
      cancel(this.#iterator)
    }
    return { done: true, value: undefined }
  }

  async #wait(resolve, reject) {
    try {
      const result = await this.#iterator.next()
      this.#answer = undefined
      resolve(result)
    } catch (error) {
      this.#answer = undefined
      reject(error)
    }
  }

  /** One whose iteration has not begun is still there after `return`. What it says at its end is of no interest. */
  #destroy() {
    if (this.#stream === undefined || this.#stream.destroyed) return
    this.#stream.on?.('error', () => {})
    this.#stream.destroy()
  }
}

/** A `Response`, of fetch or undici; what `undici.request` gives; or an `http.IncomingMessage` of a client. */
function isResponse(source) {
  const headers = source?.headers
  if (typeof headers !== 'object' || headers === null) return false
  return typeof source.status === 'number' || typeof source.statusCode === 'number'
}

/** The body of a response, if it is an event stream: HTML 9.2.3, "announce the connection" and "fail the connection". */
function bodyOf(response) {
  const status = response.status ?? response.statusCode
  const fail = (code, message) => {
    throw new ResponseError(code, message, status, response)
  }
  if (status !== 200) fail('ERR_BAD_STATUS', `response has status ${status}, not 200`)
  const contentType = header(response, 'content-type')
  if (!/^\s*text\/event-stream\s*(;|$)/i.test(contentType ?? '')) {
    fail('ERR_BAD_CONTENT_TYPE', `response is ${contentType ?? 'of no type'}, not text/event-stream`)
  }
  if (response.status === undefined) {
    // Not fetch, which decodes it.
    const coding = header(response, 'content-encoding') ?? 'identity'
    if (coding.toLowerCase() !== 'identity') fail('ERR_CONTENT_ENCODING', `response is ${coding}: decode it before`)
  }
  if (response.bodyUsed === true) fail('ERR_BODY_USED', 'body of the response was already read')
  return 'body' in response && response.body !== undefined ? response.body ?? [] : response
}

function header({ headers }, name) {
  const value = typeof headers.get === 'function' ? headers.get(name) : headers[name]
  return Array.isArray(value) ? value[0] : value ?? undefined
}

/** The beginning of a body, as far as it comes in time. */
export async function refusalOf(chunks) {
  const decoder = new TextDecoder()
  let room = MOST
  let text = ''
  let timer
  const late = new Promise(resolve => {
    timer = setTimeout(resolve, TIME, { done: true }).unref()
  })
  try {
    while (room > 0) {
      const { done, value } = await Promise.race([chunks.next(), late])
      if (done) break
      text += decoder.decode(value.subarray(0, room), { stream: true })
      room -= value.length
    }
  } catch {
    // What came is better than nothing.
  }
  clearTimeout(timer)
  return text + decoder.decode()
}
