// Servers that are stopped after their test, and what clients see of them.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'

import { Decoder, decode } from 'tidings'

/** Listens, and returns the port. */
export async function listen(t, server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections?.()
    server.close()
  })
  return server.address().port
}

/** A server with this handler. Returns its URL. */
export async function serve(t, handler) {
  return `http://127.0.0.1:${await listen(t, createServer(handler))}/`
}

/** The events of a URL, and a function to leave. */
export async function open(url, { lastEventId, headers, ...options } = {}) {
  const leaving = new AbortController()
  const response = await fetch(url, {
    signal: leaving.signal,
    headers: lastEventId === undefined ? headers : { ...headers, 'last-event-id': lastEventId }
  })
  return { response, events: decode(response, options), leave: () => leaving.abort() }
}

/** The next so many items. */
export async function take(events, count) {
  const items = []
  while (items.length < count) {
    const { done, value } = await events.next()
    if (done) break
    items.push(value)
  }
  return items
}

export async function takeData(events, count) {
  return (await take(events, count)).map(event => event.data)
}

/** A client of HTTP/1.1 by hand, which reads when it is told to. */
export class RawClient {
  #text = ''

  constructor(port, { version = '1.1', path = '/', times = 1, headers = {} } = {}) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setEncoding('latin1')
    this.socket.on('error', () => {})
    const head = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`).join('')
    this.socket.write(`GET ${path} HTTP/${version}\r\n${head}\r\n`.repeat(times))
    this.socket.on('data', text => { this.#text += text })
  }

  get text() {
    return this.#text
  }

  /** Waits until what has come fulfils something. */
  until(fulfilled) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const ended = this.socket.readableEnded || this.socket.destroyed
        if (!fulfilled(this.#text) && !ended) return
        this.socket.off('data', look).off('close', look)
        if (fulfilled(this.#text)) resolve(this.#text)
        else reject(new Error(`the connection ended: ${this.#text.slice(-500)}`))
      }
      this.socket.on('data', look).on('close', look)
      look()
    })
  }

  /** The chunks so far, without the head. */
  get chunks() {
    const chunks = []
    let at = this.#text.indexOf('\r\n\r\n') + 4
    while (at < this.#text.length) {
      const line = this.#text.indexOf('\r\n', at)
      const length = parseInt(this.#text.slice(at, line), 16)
      chunks.push(this.#text.slice(line + 2, line + 2 + length))
      at = line + 4 + length
    }
    return chunks
  }

  /** The data of the events so far. */
  get data() {
    return new Decoder().feed(Buffer.from(this.chunks.join(''), 'latin1')).map(event => event.data)
  }
}

/** Waits until something is so, turn by turn. */
export async function until(fulfilled) {
  while (!fulfilled()) await new Promise(resolve => setTimeout(resolve, 1))
}
