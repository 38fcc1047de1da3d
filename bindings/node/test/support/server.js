// A server that does what a test says, and an event source whose doings are written down.

import { once } from 'node:events'
import { createServer } from 'node:http'

import { EventSource } from 'tidings'

export const STREAM = { 'content-type': 'text/event-stream' }

/** Answers with this event stream, and its end. */
export const sends = stream => (request, response) => response.writeHead(200, STREAM).end(stream)

/** Answers with this event stream, which goes on. */
export const holds = stream => (request, response) => response.writeHead(200, STREAM).write(stream)

/** Serves what `answer(request, response, number)` says, where `number` counts requests from 0, until the test ends. */
export async function serve(t, answer) {
  const requests = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response, requests.length - 1)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { requests, server, url: `http://127.0.0.1:${server.address().port}/` }
}

/** An event source that reconnects as soon as it may, and is closed when the test ends. */
export function open(t, url, options) {
  const source = new EventSource(url, { reconnectionTime: 0, jitter: 0, ...options })
  t.after(() => source.close())
  return source
}

/** The next so many events of these types: data and last event ID, the code of an error, or the state when it is open. */
export function heard(source, count, types = ['open', 'message', 'error']) {
  const seen = []
  return new Promise(resolve => {
    for (const type of types) {
      source.addEventListener(type, event => {
        const { data, lastEventId, code } = event
        const says = event.type === 'error' ? code : data ?? source.readyState
        if (seen.length < count) seen.push([event.type, says, lastEventId ?? ''])
        if (seen.length === count) resolve(seen)
      })
    }
  })
}

/** The first event of a type. */
export async function first(source, type) {
  const [event] = await once(source, type)
  return event
}

/** Nothing more can come of what has happened so far. */
export async function settled() {
  for (let turns = 0; turns < 20; turns += 1) await new Promise(resolve => { setTimeout(resolve, 1) })
}
