// What types promise: this file is only compiled.

import { createServer, get, type IncomingMessage } from 'node:http'
import { createServer as createServer2 } from 'node:http2'
import { Readable } from 'node:stream'

import {
  Decoder, EventSource, EventSourceError, EventStream, EventTooLargeError, Hub, ResponseError, Shutdown, TRANSIENT_STATUSES, createParser,
  createSession, decode, encode, lastEventId,
  type Comment, type Event, type Session
} from 'tidings'

const events: Event[] = new Decoder().feed(new Uint8Array())
const mixed: (Event | Comment)[] = new Decoder({ comments: true }).feed(Buffer.from(''))
for (const item of mixed) if ('comment' in item) item.comment.trim()
const type: string | undefined = events[0]?.type
// @ts-expect-error a string is not bytes
new Decoder().feed('data')
// @ts-expect-error there is no such option
new Decoder({ maxBytes: 1 })

/** What a caller has, or has not. */
const perhaps = <T>(value: T): T | undefined => value
new Decoder({ maxEventBytes: perhaps(1), lastEventId: perhaps('7'), comments: perhaps(true) })
decode([], { stop: perhaps(''), signal: perhaps(AbortSignal.abort()) })
createSession(new Request('http://localhost'), { keepAlive: perhaps<number | false>(5), headers: perhaps({}), shutdown: perhaps(new Shutdown()) })
new Hub({ keepEvents: perhaps(1), slowPolicy: perhaps<'gap' | 'disconnect'>('gap') }).handler({ topics: '*', start: perhaps<'live'>('live') })

const time: number | null = new Decoder({ maxEventBytes: 1024, lastEventId: '7' }).reconnectionTime

async function sources(response: Response) {
  for await (const event of decode(response, { stop: '[DONE]' })) event.data.trim()
  for await (const value of decode(response).json<{ token: string }>()) value.token.trim()
  for await (const batch of decode(Readable.from([Buffer.from('')])).batches()) batch[0]?.data.trim()
  for await (const event of response.body!.pipeThrough(new EventStream())) event.lastEventId.trim()
  // @ts-expect-error comments were not asked for
  for await (const event of decode(response)) event.comment
  get('http://localhost', message => decode(message))
  // @ts-expect-error a number has no chunks
  decode(7)
}

const parser = createParser({ onEvent: ({ id, event, data }) => [id?.trim(), event?.trim(), data.trim()], onRetry: ms => ms + 1 })
parser.feed('data')
parser.reset({ consume: true })

const frame: string = encode({ event: 'a', id: '1', data: 'x', retry: 5, comment: 'c' })
// @ts-expect-error an ID is text
encode({ id: 1 })

async function eventSource(url: URL, signal: AbortSignal) {
  const source = new EventSource(url, {
    withCredentials: true, signal, retryStatuses: TRANSIENT_STATUSES, idleTimeout: 45_000,
    headers: async ({ failures, status }) => ({ authorization: `Bearer ${failures} ${status ?? 0}` }),
    fetch: (url, init) => fetch(url, { ...init, keepalive: false })
  })
  source.onopen = function () { this.close() }
  source.onmessage = ({ data, origin }) => [data.trim(), origin.trim()]
  source.onerror = ({ code, delay, status }) => [code === 'ERR_BAD_STATUS', delay, status]
  source.addEventListener('error', event => event.error.body?.trim())
  source.addEventListener('price', ({ lastEventId }) => lastEventId.trim(), { once: true })
  source.removeEventListener('price', null)
  const state: 0 | 1 | 2 = source.unref().readyState
  for await (const { type, data } of source) [type.trim(), data.trim()]
  const constants: 2 = EventSource.CLOSED
  // @ts-expect-error it is read only
  source.url = 'x'
  // @ts-expect-error a stream is read only once
  new EventSource(url, { body: new ReadableStream() })
  return [state, constants] as const
}

function errors(error: unknown) {
  if (error instanceof EventTooLargeError) return error.position + error.maxEventBytes
  if (error instanceof EventSourceError) return error.status ?? 0
  if (error instanceof ResponseError && error.code === 'ERR_BAD_STATUS') return error.status
  return 0
}

const hub = new Hub({ keepEvents: 10, slowPolicy: 'disconnect' })
const shutdown = new Shutdown()
const server = createServer((request, response) => {
  const session: Session = createSession(request, response, { shutdown, keepAlive: false })
  if (!session.push({ event: 'a', data: lastEventId(request) })) session.ready().then((open: boolean) => open)
  hub.subscribe(session, { topics: ['a', 'b/*'], start: { last: 5 } }).revoke()
  // @ts-expect-error data is text
  session.push({ data: 7 })
})
for (const headers of [new Headers(), new Map([['a', 'b']]), { a: 'b', c: 1 }]) createSession(new Request('http://localhost'), { headers })
// @ts-expect-error no shape of headers
createSession(new Request('http://localhost'), { headers: 'a: b' })
createServer2((request, response) => createSession(request, response).iterate(['a', { comment: 'b' }]))
createServer(hub.handler({ topics: request => String(request.url), start: 'earliest' }))
createServer(hub.handler({ topics: async (request: IncomingMessage) => new URLSearchParams(request.url).get('topic') }))
const later: Promise<Response> = hub.handler({ topics: async () => ['a'] })(new Request('http://localhost'))
const web: Response = hub.handler({ topics: '*' })(new Request('http://localhost'))
const body: Readable = createSession(new Request('http://localhost'), { shutdown }).readable
const { id, isNew }: { id: string, isNew: boolean } = hub.publish(['a', 'b'], { data: 'x' }, { key: 'k' })
// @ts-expect-error the hub gives the ID
hub.publish('a', { id: '1', data: 'x' })
// @ts-expect-error there is no such start
hub.handler({ topics: '*', start: 'now' })

export { server, later, web, body, id, isNew }
export { type, time, sources, frame, eventSource, errors }
