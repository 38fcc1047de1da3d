// Where the bytes of a session go. Each sink has
// - `begin(text)`: sends the head and the first text, and returns what `write` does; undefined if there is nobody to send it to
// - `write(text)` and `writePiece(piece)`: false if there is no room for more; `onRoom` is called when there is again
// - `held`: how much it has been given that nobody has taken yet, as far as it can see. While nothing is written, it changes only as
//   something is taken
// - `socket`, if pieces can be written to it as chunks
// - `end()`, after which `onClose` is called once everything is sent or given up, and `destroy(error)`, which gives up.
// Callers write nothing after either.

// What is imported here is loaded also by those who only decode, so modules of Node are loaded when there is a session.
const load = process.getBuiltinModule

/** How much may wait in a stream before there is no room. */
const ROOM = 64 * 1024

/**
 * What is longer is written in pieces of this, one when the one before was taken. Of one write it cannot be seen that a client takes
 * it, slowly, before all of it is taken.
 */
export const PIECE = 128 * 1024
const NOTHING = Buffer.alloc(0)

export const RESPONSE_HEADERS = Object.freeze({
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no'
})

/** Node's own `response.write`. */
let write
const ownWrite = () => write ??= load('node:http').OutgoingMessage.prototype.write

/** A chunk of HTTP/1.1, of so many bytes. */
function chunkOf(length, text) {
  return length.toString(16) + '\r\n' + text + '\r\n'
}

/** Frames of the hub, the same for many sinks. */
export class Piece {
  #plain

  /** `framed` is a chunk of HTTP/1.1; its frames begin at `start`. */
  constructor(framed, start) {
    this.framed = framed
    this.start = start
  }

  get plain() {
    return this.#plain ??= this.framed.subarray(this.start, this.framed.length - 2)
  }
}

/** The response of node:http, https, express; and that of http2 with the interface of these. */
export class ResponseSink {
  #response
  #headers
  /** Where chunks can be written as they are: nothing is done to them on the way. */
  #socket
  #flushes = false
  /** What is left of something long; and whether the response ends after it. */
  #rest = NOTHING
  #isEnding = false
  #onRoom
  #onClose

  constructor(response, headers, onRoom, onClose) {
    this.#response = response
    this.#headers = headers
    this.#onRoom = () => {
      if (this.#rest.length > 0 && !this.#writeRest()) return
      if (this.#isEnding) response.end()
      else onRoom()
    }
    this.#onClose = () => {
      this.#socket?.removeListener('drain', this.#onRoom)
      this.#socket = undefined
      this.#rest = NOTHING
      onClose()
    }
    response.on('close', this.#onClose)
    response.on('error', this.#onClose)
    // HTTP/2: a client that has reset its stream without an error. The stream would wait until all is sent, and nobody takes it.
    response.stream?.on('aborted', () => response.destroy())
  }

  get socket() {
    return this.#rest.length > 0 ? undefined : this.#socket
  }

  begin(text) {
    const response = this.#response
    if (response.headersSent || response.destroyed || response.writableEnded || response.stream?.destroyed) return undefined
    response.writeHead(200, this.#headers)
    // Of middleware that compresses: what it has to be told to write out.
    this.#flushes = typeof response.flush === 'function'
    response.on('drain', this.#onRoom)
    const isLong = text.length > PIECE
    if (isLong) response.flushHeaders()
    const room = isLong || response.write(text)
    if (this.#flushes) response.flush()
    // `write` sends a chunk as four buffers, and that is most of what it costs. A socket that has nothing but this response to
    // send is given the chunk in one.
    if (response.write === ownWrite() && response.chunkedEncoding === true && response.socket !== null) {
      this.#socket = response.socket
      this.#socket.on('drain', this.#onRoom)
    }
    return isLong ? this.write(text) : room
  }

  get held() {
    return this.#rest.length + this.#response.writableLength
  }

  write(text) {
    // A unit of UTF-16 is at most three bytes.
    if (this.#rest.length > 0 || (text.length * 3 > PIECE && Buffer.byteLength(text) > PIECE)) {
      return this.#writeLong(Buffer.from(this.#socket === undefined ? text : chunkOf(Buffer.byteLength(text), text)))
    }
    if (this.#socket === undefined) return this.#write(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8')
    // To ask for the length in bytes makes one string of the parts, so that is done with all around it. Mostly it is ASCII.
    const chunk = chunkOf(text.length, text)
    const more = Buffer.byteLength(chunk) - chunk.length
    return more === 0 ? this.#socket.write(chunk, 'latin1') : this.#socket.write(chunkOf(text.length + more, text), 'utf8')
  }

  writePiece(piece) {
    if (piece.framed.length > PIECE || this.#rest.length > 0) {
      return this.#writeLong(this.#socket === undefined ? piece.plain : piece.framed)
    }
    return this.#socket !== undefined ? this.#socket.write(piece.framed) : this.#write(piece.plain)
  }

  #write(chunk, encoding) {
    const room = this.#response.write(chunk, encoding)
    if (this.#flushes) this.#response.flush()
    return room
  }

  #writeLong(bytes) {
    if (this.#rest.length > 0) {
      this.#rest = Buffer.concat([this.#rest, bytes])
      return false
    }
    this.#rest = bytes
    return this.#writeRest()
  }

  #writeRest() {
    for (;;) {
      const piece = this.#rest.subarray(0, PIECE)
      this.#rest = this.#rest.subarray(PIECE)
      const room = this.#socket !== undefined ? this.#socket.write(piece) : this.#write(piece)
      if (!room || this.#rest.length === 0) return room
    }
  }

  end() {
    this.#isEnding = this.#rest.length > 0
    if (!this.#isEnding) this.#response.end()
  }

  destroy() {
    this.#response.destroy()
  }
}

/** A body for frameworks that take a Node stream. */
export class ReadableSink {
  #readable

  constructor(onRoom, onClose) {
    const { Readable } = load('node:stream')
    this.#readable = new Readable({
      highWaterMark: ROOM,
      read: onRoom,
      destroy(error, callback) {
        onClose()
        callback(error)
      }
    })
  }

  get body() {
    return this.#readable
  }

  begin(text) {
    return this.#readable.destroyed ? undefined : this.write(text)
  }

  get held() {
    return this.#readable.readableLength
  }

  write(text) {
    return text.length > PIECE ? this.#pushLong(Buffer.from(text)) : this.#readable.push(text)
  }

  writePiece(piece) {
    return piece.plain.length > PIECE ? this.#pushLong(piece.plain) : this.#readable.push(piece.plain)
  }

  #pushLong(bytes) {
    let room
    for (let at = 0; at < bytes.length; at += PIECE) room = this.#readable.push(bytes.subarray(at, at + PIECE))
    return room
  }

  end() {
    this.#readable.push(null)
  }

  destroy() {
    this.#readable.destroy()
  }
}

/** A body for handlers that return a `Response`. */
export class WebSink {
  #controller
  #body
  #onClose
  #isEnding = false
  #isOver = false

  constructor(signal, onRoom, onClose) {
    const abort = () => this.#close()
    this.#onClose = () => {
      this.#isOver = true
      signal?.removeEventListener('abort', abort)
      onClose()
    }
    this.#body = new ReadableStream({
      start: controller => {
        this.#controller = controller
      },
      pull: () => {
        if (!this.#isEnding) onRoom()
        else if (this.held === 0) this.#close()
      },
      cancel: this.#onClose
    }, { highWaterMark: ROOM, size: chunk => chunk.byteLength })
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) queueMicrotask(abort)
  }

  get body() {
    return this.#body
  }

  begin(text) {
    return this.write(text)
  }

  write(text) {
    return this.#enqueue(Buffer.from(text))
  }

  /** Whoever reads a web stream may take its memory away, so that of others is not handed over. */
  writePiece(piece) {
    return this.#enqueue(new Uint8Array(piece.plain))
  }

  get held() {
    return ROOM - this.#controller.desiredSize
  }

  #enqueue(bytes) {
    if (bytes.length <= PIECE) this.#controller.enqueue(bytes)
    else for (let at = 0; at < bytes.length; at += PIECE) this.#controller.enqueue(new Uint8Array(bytes.subarray(at, at + PIECE)))
    return this.#controller.desiredSize > 0
  }

  /** A stream that is closed does not say when the last of it was read, so it is closed then. */
  end() {
    this.#isEnding = true
    if (this.held === 0) this.#close()
  }

  #close() {
    if (this.#isOver) return
    this.#controller.close()
    this.#onClose()
  }

  destroy(error) {
    this.#controller.error(error)
    this.#onClose()
  }
}
