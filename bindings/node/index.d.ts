/** An event that was dispatched. */
export interface Event {
  /** The event type: `message` if the stream gave none. */
  readonly type: string
  /** The data, its lines joined with LF. It may be empty. */
  readonly data: string
  /** The last event ID of the stream when the event was dispatched: its own, or that of an event before it. Empty if none. */
  readonly lastEventId: string
}

/** A comment, if comments are asked for. */
export interface Comment {
  /** The line, without its colon and one space behind it. */
  readonly comment: string
}

export interface DecoderOptions {
  /**
   * How many bytes of one event the decoder may have to hold: the values of its fields as they arrive, with one byte for each
   * line of data. 16 MiB by default; `Infinity` for no limit. Set it to what one event of a peer you do not trust may cost.
   */
  maxEventBytes?: number | undefined
  /** The last event ID to begin with: that of an earlier connection. */
  lastEventId?: string | undefined
  /** Whether comments are handed out, as `{ comment }` among the events. By default they are not, and cost next to nothing. */
  comments?: boolean | undefined
}

/** What options make of what is handed out. */
export type ItemOf<O> = O extends { comments: true } ? Event | Comment : O extends { comments: boolean } ? Event | Comment : Event

/**
 * Decodes an event stream, chunk by chunk. How it was cut into chunks makes no difference.
 *
 * Bytes can cause one error only, an {@link EventTooLargeError}. The decoder then refuses input until it is reset.
 */
export declare class Decoder<O extends DecoderOptions = {}> {
  /** @throws TypeError if an option is not what it has to be. */
  constructor(options?: O)
  /**
   * Decodes the next chunk of the stream and returns the events that it completes.
   *
   * The chunk is not kept: it may be overwritten afterwards. Text is copied out of it once. A short text that is kept keeps up
   * to a kilobyte of what stood around it in memory.
   *
   * @throws EventTooLargeError; what the chunk completed before is in its `events`.
   * @throws RangeError with the code `ERR_STRING_TOO_LONG` for an event of more than half a gigabyte, if `maxEventBytes` allows one.
   */
  feed(chunk: Uint8Array): ItemOf<O>[]
  /** What a client sends as `Last-Event-ID` when it reestablishes the connection. Empty if there is none. */
  readonly lastEventId: string
  /** The reconnection time that the stream set last, in milliseconds, or null. It may be as large as 2⁶⁴. */
  readonly reconnectionTime: number | null
  /**
   * Ends the stream, and drops what is unfinished. The decoder is then ready for the next connection: it keeps the last event
   * ID and the reconnection time.
   *
   * @returns whether anything was unfinished, that is, whether the stream was cut.
   */
  reset(): boolean
}

export interface DecodeOptions extends DecoderOptions {
  /** Data that ends the stream, such as `[DONE]`. Its event is not handed out, and the source is cancelled. */
  stop?: string | undefined
  /** Ends the iteration with its reason, and cancels the source. What has arrived and was not taken is dropped. */
  signal?: AbortSignal | undefined
}

/** Headers as fetch has them, or as Node has them. */
type HeadersLike = { get(name: string): string | null } | Record<string, string | string[] | undefined>

/** A `Response` of fetch or undici, what `undici.request` gives, or the `IncomingMessage` of an HTTP client. */
export type ResponseLike =
  | { readonly status: number, readonly headers: HeadersLike, readonly body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null }
  | { readonly statusCode: number, readonly headers: HeadersLike, readonly body: AsyncIterable<Uint8Array> }

/** What has chunks: a response, a web stream, a Node stream without encoding, or any iterable of bytes. */
export type Source = ResponseLike | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** The events of a source, to be taken once. Leaving the loop cancels the source. */
export interface Events<T> extends AsyncIterableIterator<T, undefined> {
  /**
   * The data of the events, parsed, without comments. An {@link InvalidJsonError} ends the iteration. This is the same object: from now on
   * it, too, gives what was parsed.
   */
  json<J = unknown>(): Events<J>
  /** The events of each chunk as an array: what is awaited is a chunk, not an event. */
  batches(): AsyncIterableIterator<T[], undefined>
  next(): Promise<IteratorResult<T, undefined>>
  /** Cancels the source, as leaving the loop does, and answers each `next` that waits: also while the source is silent. */
  return(value?: unknown): Promise<IteratorResult<T, undefined>>
  [Symbol.asyncIterator](): Events<T>
  /**
   * The last event ID of what was taken so far, not of what has arrived: who leaves in the middle and comes back with it misses
   * nothing.
   */
  readonly lastEventId: string
  /** As that of {@link Decoder}: of what has arrived. */
  readonly reconnectionTime: number | null
}

/**
 * Decodes the events of a source: `for await (const event of decode(response)) …`.
 *
 * A response must have status 200 and be `text/event-stream`.
 *
 * @throws ResponseError, at once, if it is not; its body is then still there to be read.
 * @throws EventTooLargeError, when what came before was handed out.
 */
export declare function decode<O extends DecodeOptions = {}>(source: Source, options?: O): Events<ItemOf<O>>

/** Decodes what is piped through it: `response.body.pipeThrough(new EventStream())`. */
export declare class EventStream<O extends DecoderOptions = {}> extends TransformStream<Uint8Array, ItemOf<O>> {
  constructor(options?: O)
  /** The last event ID of what was read from it so far, as that of {@link Events}. */
  readonly lastEventId: string
  /** As that of {@link Decoder}: of what has arrived. */
  readonly reconnectionTime: number | null
}

/** An event in the shape of eventsource-parser. */
export interface EventSourceMessage {
  /** The ID, if the event itself has one. */
  id?: string | undefined
  /** The event type, if the event has one. */
  event?: string | undefined
  data: string
}

export interface ParserConfig {
  onEvent?: ((event: EventSourceMessage) => void) | undefined
  /** The ID of a block that ended, with data or without; before its event. */
  onId?: ((id: string) => void) | undefined
  /** A reconnection time in milliseconds. */
  onRetry?: ((retry: number) => void) | undefined
  onComment?: ((comment: string) => void) | undefined
  onError?: ((error: ParseError) => void) | undefined
  /** As `maxEventBytes` of {@link DecoderOptions}: bytes, 16 MiB by default. */
  maxBufferSize?: number | undefined
}

export interface EventSourceParser {
  /**
   * Decodes the next chunk and calls the handlers. If one throws, the others are still called, and then its error is thrown.
   *
   * @throws Error with the code `ERR_PARSER_STOPPED` after an event that was too large, until `reset`.
   */
  feed(chunk: string | Uint8Array): void
  /** Begins another stream. With `consume`, a line that is unfinished is first read as if it had ended. */
  reset(options?: { consume?: boolean }): void
}

/** A parser with the interface of eventsource-parser 4, which takes bytes as well. */
export declare function createParser(config: ParserConfig): EventSourceParser

/** What is to be sent: an event, or a comment, an ID or a reconnection time without one. */
export interface Frame {
  /** The event type. One line. */
  event?: string | undefined
  /** The ID. One line, without NUL. The empty one resets the client's. */
  id?: string | undefined
  /** The data, of any number of lines: text, `JSON.stringify(value)` say. It makes the frame an event, also if it is empty. */
  data?: string | undefined
  /** The client's reconnection time, in milliseconds. */
  retry?: number | undefined
  /** A comment, of any number of lines. */
  comment?: string | undefined
}

/**
 * Encodes a frame. Nothing in it can inject a line.
 *
 * @throws TypeError with the code `ERR_INVALID_FIELD` if the type or the ID has a line end, or the ID a NUL.
 */
export declare function encode(frame: Frame): string

/** A request of node:http, http2, or a framework on these; or one of the web. */
export type RequestLike = {
  readonly headers: HeadersLike
  readonly url?: string | undefined
  readonly method?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** A response of node:http, https, http2, express. */
export type ServerResponseLike = import('node:http').ServerResponse | import('node:http2').Http2ServerResponse

/**
 * The last event ID that a client has: from the header `Last-Event-ID`, or else the query parameter `lastEventId`, which may be
 * spelled with hyphens, underscores and other case. Empty if there is none. It is text from the network: look it up, do not
 * trust it.
 */
export declare function lastEventId(request: RequestLike): string

/** An object, `Headers`, a `Map`, or other pairs. */
export type ResponseHeaders =
  | Readonly<Record<string, string | number | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string | number | readonly string[]]>

export interface SessionOptions {
  /**
   * Headers of the response besides its own, or in place of them: names in any case. CORS is for the framework's own middleware.
   * A name or a value that no header can have is refused (`TypeError`).
   */
  headers?: ResponseHeaders | undefined
  /**
   * After how many milliseconds without a write a comment is sent: 15,000 by default, from 1 to 24 h, `false` for none. It comes up
   * to a sixteenth earlier. Set it below the shortest idle time-out of the proxies on the way.
   */
  keepAlive?: number | false | undefined
  /** The reconnection time that clients are told first of all, in milliseconds. By default none is. */
  reconnectionTime?: number | undefined
  /** Ends the session after so many milliseconds, less a random part of `lifetimeJitter`; the client then comes back by itself. */
  lifetime?: number | undefined
  lifetimeJitter?: number | undefined
  /** What can end the session when the server stops. */
  shutdown?: Shutdown | undefined
  /**
   * How much text may wait for a client that takes nothing, in UTF-16 units: 1 MiB by default. Beyond it the session ends with
   * `ERR_CLIENT_TOO_SLOW`. Events of a hub never wait here.
   */
  maxBufferedBytes?: number | undefined
  /**
   * How many milliseconds a client may take nothing of what waits for it: 60,000 by default, `false` for any time. One that takes a
   * large event slowly is not cut off; what can be seen of that are steps of 128 KiB and more, since the kernel has buffers of its own.
   */
  stallTimeout?: number | false | undefined
}

/** One event stream that is served. It has no response of its own until it is given one, or one of `readable` and `response` is read. */
export interface Session {
  /** The last event ID that the client came with; empty if it is new. */
  readonly lastEventId: string
  /** Whether nothing more can be sent. */
  readonly closed: boolean
  /** Aborted when the session ends; its `reason` has the code `ERR_CLIENT_TOO_SLOW` if that is why. */
  readonly signal: AbortSignal
  /** The headers of the response, with names in lower case. Only several cookies (`set-cookie`) are an array. */
  readonly headers: Record<string, string | string[]>
  /**
   * The body as a Node stream, for frameworks that take one: koa, fastify.
   *
   * @throws Error with the code `ERR_SESSION_USED` if the session has a response already.
   */
  readonly readable: import('node:stream').Readable
  /** Likewise the response for handlers that return one: hono, and all with web-standard handlers. */
  readonly response: Response
  /**
   * Sends a frame; a string is the data of an event. What is sent in one turn of the event loop is written at once; from who sends
   * in many turns that follow one another at once, so is what comes within a millisecond.
   *
   * @returns whether there is room for more. If not, it is sent when there is: wait with {@link ready}. False after the end too.
   * @throws TypeError as {@link encode} does.
   */
  push(frame: Frame | string): boolean
  /** Waits until there is room. Resolves with whether the session is still open. */
  ready(): Promise<boolean>
  /**
   * Sends all of a source, asking for no more than the client takes. Resolves at the end of the source, or when the client is
   * gone; the source is then left (`return`). If it fails, the session ends, and the promise is rejected with the error: catch it,
   * since Node ends the process for a rejection that nobody handles.
   */
  iterate(source: Iterable<Frame | string> | AsyncIterable<Frame | string>): Promise<void>
  /** Ends the response after what was pushed. */
  end(): void
}

/**
 * Begins an event stream as the response of node:http, https, http2 or express.
 *
 * @throws Error with the code `ERR_HTTP_HEADERS_SENT` if the response has begun.
 */
export declare function createSession(request: RequestLike, response: ServerResponseLike, options?: SessionOptions): Session
/**
 * Begins an event stream whose body is `readable`, or whose response is `response`. If neither is read, it ends with the connection.
 *
 * @throws TypeError for what frameworks have around a request: a context of koa or hono, a request of fastify.
 */
export declare function createSession(request: RequestLike, options?: SessionOptions): Session

/** Ends sessions so that their server can stop, and counts those that are open. */
export declare class Shutdown {
  constructor()
  /** How many sessions are open. */
  readonly openStreams: number
  /** Whether `drain` was called. Do not refuse requests for it: a session that begins now ends by itself, and its client comes back. */
  readonly isDraining: boolean
  /**
   * Ends every session at a moment of its own within so many milliseconds, after telling its client a reconnection time of its
   * own, up to as many. With 0 all end now, and no time is told. A second call can only shorten the time.
   */
  drain(over: number): void
  /** Waits until no session is open: what it had to send was taken, or given up. */
  drained(): Promise<void>
}

export interface HubOptions {
  /** How many events are kept for those who come back. 100,000 by default. */
  keepEvents?: number | undefined
  /** How many bytes of events are kept, with about 150 for each besides what is sent. 64 MiB by default. */
  keepBytes?: number | undefined
  /** For how many milliseconds events are kept at most. By default there is no limit. */
  keepFor?: number | undefined
  /** How large an event can be, as it is sent. 1 MiB by default. */
  maxEventBytes?: number | undefined
  /** Whether a client that reads more slowly than events are kept gets a gap (the default), or its response ends. */
  slowPolicy?: 'gap' | 'disconnect' | undefined
}

/** Where a client begins that comes without a last event ID. */
export type Start = 'live' | 'earliest' | { last: number } | { after: string }

export interface SubscribeOptions {
  /** Topics: by name, `prices/*` for all that begin with `prices/`, or `*` for all. */
  topics: string | readonly string[]
  /** `live` by default. A last event ID of the client counts before it. */
  start?: Start | undefined
}

/** What a function for topics may find in a request; what is no topic is answered with 400. */
export type RequestedTopics = string | readonly string[] | null | undefined

export interface HandlerOptions<R = any, T = RequestedTopics> extends SessionOptions {
  /**
   * Topics, or a function that says which of them the client of a request gets. A request for which it says none, too many or what
   * is no topic is answered with 400 and the reason, as plain text. What it throws, the handler throws, and nothing is answered.
   */
  topics: string | readonly string[] | ((request: R) => T)
  start?: Start | undefined
}

/** What is subscribed for one session. It ends with it. */
export interface Subscription {
  /** Ends the session: its client may not see these topics any more, say. It is sent nothing more. */
  revoke(): void
}

/** A frame without an ID, which the hub gives. */
export type PublishedFrame = Omit<Frame, 'id'>

/**
 * One event to many clients: topics, exact resume, gaps told by an event of type `gap`, bounded memory. It lives in one thread and
 * keeps its events in memory.
 */
export declare class Hub {
  /** @throws TypeError if an option is not what it has to be. */
  constructor(options?: HubOptions)
  /** The ID of the last event. Whoever subscribes after it gets all that follows. */
  readonly lastId: string
  /**
   * Publishes an event to one topic, or to up to 16. With a `key` that a kept event has, nothing is published, and the ID is that
   * event's. What is published in one turn of the event loop is written at once.
   *
   * @throws TypeError with the code `ERR_INVALID_TOPIC`, `ERR_INVALID_KEY` or `ERR_INVALID_FIELD`.
   * @throws RangeError with the code `ERR_EVENT_TOO_LARGE`.
   */
  publish(topics: string | readonly string[], frame: PublishedFrame | string, options?: { key?: string | undefined }): { id: string, isNew: boolean }
  /**
   * Sends the events of topics to a session: all since the client's last event ID, or after a gap; then those that are new.
   *
   * @throws Error with the code `ERR_SESSION_USED` if it has a subscription already.
   * @throws TypeError with the code `ERR_INVALID_TOPIC`. The session is as it was, and its response can still be another one.
   */
  subscribe(session: Session, options: SubscribeOptions): Subscription
  /**
   * A handler of requests: `(request, response)` as that of node:http and express, or `(request) → Response`.
   *
   * @throws TypeError with the code `ERR_INVALID_TOPIC` for topics that are no function's.
   */
  handler<R = any>(options: HandlerOptions<R>): HubHandler<R>
  /** Likewise with a function that looks the topics up: the handler returns a promise, rejected if that of the function is. */
  handler<R = any>(options: HandlerOptions<R, Promise<RequestedTopics>>): AsyncHubHandler<R>
  /** How many subscribers a topic has. */
  presence(topic: string): number
  /** What is held; `oldest` is the age of the first event in milliseconds. */
  sizes(): { events: number, bytes: number, topics: number, subscribers: number, oldest: number | null }
  /** What has happened so far. */
  counts(): {
    published: number, repeated: number, subscribed: number, revoked: number,
    gaps: { evicted: number, unknownId: number, futureId: number, fellBehind: number }
  }
}

export interface HubHandler<R = any> {
  (request: R, response: ServerResponseLike, ...rest: unknown[]): undefined
  (request: R): Response
}

export interface AsyncHubHandler<R = any> {
  (request: R, response: ServerResponseLike, ...rest: unknown[]): Promise<undefined>
  (request: R): Promise<Response>
}

/** An event exceeds `maxEventBytes`. */
export declare class EventTooLargeError extends RangeError {
  readonly code: 'ERR_EVENT_TOO_LARGE'
  /** The offset in the stream of the first byte that found no room. */
  readonly position: number
  readonly maxEventBytes: number
  /** What the chunk completed before. `decode` and `EventStream` have handed it out already. */
  readonly events: (Event | Comment)[]
}

/** A response is no event stream that can be read. */
export declare class ResponseError extends Error {
  readonly code: 'ERR_BAD_STATUS' | 'ERR_BAD_CONTENT_TYPE' | 'ERR_CONTENT_ENCODING' | 'ERR_BODY_USED'
  readonly status: number
  /** The response. Its body was not touched. */
  readonly response: ResponseLike
}

/** The data of an event is not JSON; `cause` says why. */
export declare class InvalidJsonError extends SyntaxError {
  readonly code: 'ERR_INVALID_JSON'
  readonly event: Event
}

/** What `createParser` tells its `onError`. */
export declare class ParseError extends Error {
  readonly code: 'ERR_INVALID_RETRY' | 'ERR_UNKNOWN_FIELD' | 'ERR_MAX_BUFFER_SIZE_EXCEEDED'
  readonly type: 'invalid-retry' | 'unknown-field' | 'max-buffer-size-exceeded'
  readonly field?: string | undefined
  readonly value?: string | undefined
  readonly line?: string | undefined
}

/** What an {@link EventSource} can be told. Times are in milliseconds. */
export interface EventSourceOptions {
  /** The credentials mode of each request: `include`, else `same-origin`. It means what your `fetch` makes of it. */
  withCredentials?: boolean | undefined
  /**
   * Makes the requests, in the place of Node's own fetch: for proxies, certificates, cookies, logs. Limits of time are then its own:
   * undici ends a body that is silent for 300 s, and the event source reconnects.
   */
  fetch?: ((url: string, init: FetchInit) => Promise<FetchResponse>) | undefined
  /** By default `GET`. */
  method?: string | undefined
  /** What is sent with each attempt: text, bytes, a form, a `Blob`; no stream, which can be read only once. */
  body?: FetchBody | undefined
  /**
   * Headers beside those of the standard, or in their place. A function is called before each attempt, for a token that expires; if it
   * fails, another attempt follows. What it returns is taken for secret: a redirect to another origin goes without it.
   */
  headers?: HeadersLikeInit | ((attempt: Attempt) => HeadersLikeInit | undefined | Promise<HeadersLikeInit | undefined>) | undefined
  /** The last event ID to begin with: that of an earlier event source. */
  lastEventId?: string | undefined
  /** As that of {@link DecoderOptions}. An event that is larger ends it: the server would send it again. */
  maxEventBytes?: number | undefined
  /** Whether to connect again at all; by default, yes. */
  reconnect?: boolean | undefined
  /** The least delay before an attempt, as long as the stream sets none: 3000. It is at least 100, and at most a day. */
  reconnectionTime?: number | undefined
  /** Up to where each failure in a row doubles the delay: 60 000. It does not shorten a longer reconnection time; 0 switches it off. */
  maxBackoff?: number | undefined
  /** How much longer a delay may be made by chance, as a fraction of it from 0 to 1: 0.5. */
  jitter?: number | undefined
  /** How long a connection has to last to count as good however it ends: 10 000. */
  stableAfter?: number | undefined
  /** How long an attempt may take, up to the head of the response: 60 000. `Infinity` for no limit. */
  connectTimeout?: number | undefined
  /** How long a connection may bring no byte before it is taken for dead. None by default: set it for servers with keep-alives. */
  idleTimeout?: number | undefined
  /** Statuses to try again after, once the time that `Retry-After` says has passed: {@link TRANSIENT_STATUSES}. None by default. */
  retryStatuses?: Iterable<number> | undefined
  /** How many failures in a row are followed by another attempt. Without end by default. */
  maxFailures?: number | undefined
  /** Closes the event source. */
  signal?: AbortSignal | undefined
  /** Whether it keeps the process alive: see {@link EventSource.unref}. */
  ref?: boolean | undefined
}

export type HeadersLikeInit = Headers | Record<string, string> | Iterable<readonly [string, string]>

/** What is known when an attempt begins. */
export interface Attempt {
  /** How many attempts have failed in a row. */
  readonly failures: number
  /** The status of the last answer, if there was one: after 401 the token is no longer good. */
  readonly status: number | null
  readonly lastEventId: string
}

/** What `fetch` can send more than once. */
type FetchBody = Exclude<RequestInit['body'], ReadableStream | AsyncIterable<unknown> | Iterable<Uint8Array> | null | undefined> | string

/** What `fetch` is called with. */
export interface FetchInit {
  method: string
  headers: Record<string, string>
  body?: FetchBody
  signal: AbortSignal
  cache: 'no-store'
  credentials: 'include' | 'same-origin'
  redirect: 'follow'
}

/** What of a response is looked at. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null
  /** Where it came from, after redirects. */
  readonly url?: string | undefined
}

/** An event of an {@link EventSource}. It is a `MessageEvent` of the platform, too. */
export interface MessageEvent extends globalThis.Event {
  /** The data, its lines joined with LF. */
  readonly data: string
  /** The origin of the URL that the stream came from, after redirects. */
  readonly origin: string
  readonly lastEventId: string
  readonly source: null
  readonly ports: readonly never[]
}

/** Why there is no connection. */
export interface ErrorEvent extends globalThis.Event {
  readonly error: EventSourceError
  /** Those of the error. */
  readonly code: EventSourceError['code']
  readonly message: string
  readonly status: number | undefined
  /** Whether another attempt follows. If not, this is the end. */
  readonly reconnecting: boolean
  /** How long it is to the next attempt, in milliseconds; null if there is none. */
  readonly delay: number | null
}

/** The types of the events that every event source has. */
export interface EventSourceEventMap {
  open: globalThis.Event
  message: MessageEvent
  error: ErrorEvent
}

type Listener<E> = ((this: EventSource, event: E) => unknown) | { handleEvent(event: E): unknown }

interface EventListenerOptions {
  capture?: boolean | undefined
}

interface AddEventListenerOptions extends EventListenerOptions {
  once?: boolean | undefined
  passive?: boolean | undefined
  signal?: AbortSignal | undefined
}

/**
 * The EventSource of the HTML standard: a connection to an event stream that is made again when it ends, and goes on behind the last
 * event.
 *
 * `for await (const event of source)` gives the events in their order. Nothing more is read until they are taken. Leaving the loop
 * closes the event source; if it fails, the loop throws its error.
 */
export declare class EventSource extends EventTarget {
  /**
   * @throws DOMException with the name `SyntaxError` if it is no absolute URL.
   * @throws TypeError if an option is not what it has to be.
   */
  constructor(url: string | URL, options?: EventSourceOptions | null)
  static readonly CONNECTING: 0
  static readonly OPEN: 1
  static readonly CLOSED: 2
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSED: 2
  readonly url: string
  readonly withCredentials: boolean
  readonly readyState: 0 | 1 | 2
  /**
   * The last event ID: that of the event that is being dispatched, or was last. Empty if there is none. In a loop take that of the
   * event, since all of a chunk is dispatched before the loop has taken it.
   */
  readonly lastEventId: string
  /** What the stream has set, else what the options say, in milliseconds. */
  readonly reconnectionTime: number
  onopen: ((this: EventSource, event: globalThis.Event) => unknown) | null
  onmessage: ((this: EventSource, event: MessageEvent) => unknown) | null
  onerror: ((this: EventSource, event: ErrorEvent) => unknown) | null
  addEventListener<K extends keyof EventSourceEventMap>(
    type: K, listener: Listener<EventSourceEventMap[K]> | null, options?: boolean | AddEventListenerOptions
  ): void
  addEventListener(type: string, listener: Listener<MessageEvent> | null, options?: boolean | AddEventListenerOptions): void
  removeEventListener<K extends keyof EventSourceEventMap>(
    type: K, listener: Listener<EventSourceEventMap[K]> | null, options?: boolean | EventListenerOptions
  ): void
  removeEventListener(type: string, listener: Listener<MessageEvent> | null, options?: boolean | EventListenerOptions): void
  /** Closes the connection, for good. No event comes after it. */
  close(): void
  /** Keeps the process alive, as it does unless told otherwise. */
  ref(): this
  /**
   * Lets the process end though the event source is not closed. With a `fetch` of your own, that applies to the time between
   * connections only.
   */
  unref(): this
  /** The events, from now on. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Event, undefined>
}

/** The statuses of trouble that passes: 408, 425, 429, 500, 502, 503 and 504. */
export declare const TRANSIENT_STATUSES: readonly number[]

/** Why an {@link EventSource} has no connection, or no longer one. */
export declare class EventSourceError extends Error {
  readonly code:
    | 'ERR_CONNECTION_FAILED' | 'ERR_STREAM_ENDED' | 'ERR_CONNECT_TIMEOUT' | 'ERR_IDLE_TIMEOUT' | 'ERR_BAD_STATUS' | 'ERR_BAD_CONTENT_TYPE'
    | 'ERR_EVENT_TOO_LARGE' | 'ERR_LAST_EVENT_ID' | 'ERR_NO_HEADERS' | 'ERR_BAD_REDIRECT' | 'ERR_UNSUPPORTED_SCHEME'
    | 'ERR_INVALID_BODY'
  /** The status of the response, if there was one. */
  readonly status?: number
  /** The beginning of the body of a response that is no event stream: up to 64 KiB, as far as it came within 5 seconds. */
  readonly body?: string
}
