// What types promise: this file is only compiled.

import { get } from 'node:http'
import { Readable } from 'node:stream'

import {
  Decoder, EventStream, EventTooLargeError, ResponseError, createParser, decode, encode, type Comment, type Event
} from 'tidings'

const events: Event[] = new Decoder().feed(new Uint8Array())
const mixed: (Event | Comment)[] = new Decoder({ comments: true }).feed(Buffer.from(''))
for (const item of mixed) if ('comment' in item) item.comment.trim()
const type: string | undefined = events[0]?.type
// @ts-expect-error a string is not bytes
new Decoder().feed('data')
// @ts-expect-error there is no such option
new Decoder({ maxBytes: 1 })

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

function errors(error: unknown) {
  if (error instanceof EventTooLargeError) return error.position + error.maxEventBytes
  if (error instanceof ResponseError && error.code === 'ERR_BAD_STATUS') return error.status
  return 0
}

export { type, time, sources, frame, errors }
