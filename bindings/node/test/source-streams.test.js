// What event streams say, through `EventSource`.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { EventSource } from 'tidings'

import { STREAM, first, heard, open, sends, serve } from './support/server.js'
import { cases, cuts, load } from './support/vectors.js'

/** A fetch whose responses have these chunks, and nothing else. */
function fetchOf(chunks) {
  return async () => new Response(ReadableStream.from(chunks), { headers: STREAM })
}

/** All that comes of these chunks, in one connection. */
async function replay(chunks, options) {
  const source = new EventSource('http://stream.invalid/', { reconnect: false, fetch: fetchOf(chunks), ...options })
  const items = []
  const dispatched = []
  for (const type of ['message', 'tick', 'a', 'b', 'c']) source.addEventListener(type, event => dispatched.push(event.data))
  let position = null
  try {
    for await (const event of source) items.push(event)
  } catch (error) {
    assert.equal(error.code, 'ERR_EVENT_TOO_LARGE')
    position = error.cause.position
  }
  assert.equal(source.readyState, EventSource.CLOSED)
  for (const data of dispatched) assert.ok(items.some(event => event.data === data))
  return { items, lastEventId: source.lastEventId, reconnectionTime: source.reconnectionTime, position }
}

test('every vector, whole, byte by byte and in two', async () => {
  let runs = 0
  for (const [index, vector] of load().entries()) {
    const [plain] = Array.from(cases(vector)).filter(({ comments }) => !comments)
    if (plain === undefined) continue
    const { maxEventBytes, initialLastEventId: lastEventId, reconnectionTime, error } = vector
    // 3000 is the default of the machine.
    const want = {
      items: plain.items.filter(item => !('retry' in item)), lastEventId: vector.lastEventId,
      reconnectionTime: reconnectionTime ?? 3000, position: error?.position ?? null
    }
    const all = Array.from(cuts(vector.chunks, index))
    // Each is a connection of its own; a third of the cuts is thousands of them.
    const chosen = all.filter((_, at) => at < 3 || at % 3 === index % 3)
    const got = await Promise.all(chosen.map(chunks => replay(chunks, { maxEventBytes, lastEventId })))
    for (const [at, one] of got.entries()) assert.deepEqual(one, want, `${vector.name}: ${chosen[at].map(String)}`)
    runs += got.length
  }
  assert.ok(runs > 3000, `${runs} runs`)
})

/** What web-platform-tests send, and what is to come of it: type, data, last event ID. */
const STREAMS = {
  'a byte order mark': ['\ufeffdata:1\n\n\ufeffdata:2\n\ndata:3\n\n', [['message', '1', ''], ['message', '3', '']]],
  'two byte order marks': ['\ufeff\ufeffdata:1\n\ndata:2\n\ndata:3\n\n', [['message', '2', ''], ['message', '3', '']]],
  'comments': [
    `data:1\r:\0\n:\r\ndata:2\n:${'x'.repeat(2050)}\rdata:3\n:data:fail\r:${'x'.repeat(2050)}\ndata:4\n\n`,
    [['message', '1\n2\n3\n4', '']]
  ],
  'data before the last empty line': ['retry:1000\ndata:test1\n\nid:test\ndata:test2', [['message', 'test1', '']]],
  'data': ['data:\n\ndata\ndata\n\ndata:test\n\n', [['message', '', ''], ['message', '\n', ''], ['message', 'test', '']]],
  'a type': ['event:test\ndata:x\n\ndata:x\n\n', [['test', 'x', ''], ['message', 'x', '']]],
  'an empty type': ['event: \ndata:data\n\n', [['message', 'data', '']]],
  'an ID': ['id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n', [['message', 'a', '1'], ['message', 'b', '1'], ['message', 'c', '']]],
  'an ID with NUL': ['id: \0a\ndata: x\n\nid: a\0\ndata: y\n\n', [['message', 'x', ''], ['message', 'y', '']]],
  'fields': [
    'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n',
    [['message', '\0\n 2\n1\n3\n\n4', '']]
  ],
  'unknown fields': ['data:a\n data\ndata\nfoobar:xxx\njust some text\n:a comment\ndata:b\n\n', [['message', 'a\n\nb', '']]],
  'leading spaces': ['data:\ttest\rdata: \ndata:test\n\n', [['message', '\ttest\n\ntest', '']]],
  'line ends': ['data:test\r\ndata\ndata:test\r\n\r', [['message', 'test\n\ntest', '']]],
  'NUL in data': ['data:\0\n\n\n\n', [['message', '\0', '']]],
  'UTF-8': ['data:ok…\u2028\u0085\n\n', [['message', 'ok…\u2028\u0085', '']]]
}

for (const [name, [stream, expected]] of Object.entries(STREAMS)) {
  test(`over HTTP: ${name}`, async t => {
    const { url } = await serve(t, sends(stream))
    const seen = []
    for await (const { type, data, lastEventId } of open(t, url, { reconnect: false })) seen.push([type, data, lastEventId])
    assert.deepEqual(seen, expected)
  })
}

test('more events in a chunk than are told at once', async () => {
  const count = 20_000
  const data = at => `${at % 3 === 0 ? '語' : ''}${at}`
  const blocks = Array.from({ length: count }, (_, at) => `id: ${at}\nevent: e${at % 40}\ndata: ${data(at)}\n\n`)
  const { items, lastEventId } = await replay([Buffer.from(blocks.join(''))])
  assert.deepEqual([items.length, lastEventId], [count, `${count - 1}`])
  for (const [at, event] of items.entries()) assert.deepEqual(event, { type: `e${at % 40}`, data: data(at), lastEventId: `${at}` })
})

test('text that repeats itself takes no longer than other text', async () => {
  // Looked for at each place of the chunk, it would take minutes.
  const line = 'a'.repeat(2_000_000)
  const { items } = await replay([Buffer.from(`data: ${line}\ndata: ${line}\n\n${'data: aaaa\n'.repeat(100)}\n`)])
  assert.deepEqual(items.map(({ data }) => data === `${line}\n${line}` || data === 'aaaa\n'.repeat(100).trim()), [true, true])
})

test('bytes that are not UTF-8', async t => {
  const { url } = await serve(t, sends(Buffer.from('data: \xff\xe4\xb8\n\n', 'latin1')))
  assert.equal((await first(open(t, url), 'message')).data, '\ufffd\ufffd')
})

test('reconnection times', async t => {
  for (const [retry, expected] of [
    ['retry:500', 500], ['retry: 0', 0], ['retry:500\nretry:5x', 500], ['retry:7\nretry', 7], ['retry:-1', 0], ['retry:1e3', 0],
    ['retry:500\nretry:1000', 1000], ['retry:99999999999999', 99_999_999_999_999]
  ]) {
    const { url } = await serve(t, sends(`${retry}\ndata: x\n\n`))
    const source = open(t, url)
    const event = await first(source, 'error')
    assert.deepEqual([source.reconnectionTime, event.delay], [expected, Math.min(Math.max(expected, 100), 86_400_000)], retry)
    source.close()
  }
})

test('a reconnection time beyond 2^31 ms makes no loop of attempts', async t => {
  const { url, requests } = await serve(t, sends('retry: 99999999999999\ndata: x\n\n'))
  const source = open(t, url)
  const event = await first(source, 'error')
  assert.ok(event.reconnecting && event.delay === 86_400_000)
  await new Promise(resolve => { setTimeout(resolve, 150) })
  assert.equal(requests.length, 1)
})

test('the last event ID of each request', async t => {
  const ids = ['plain', 'é', '日本語😀', 'a b', '…', '']
  const { url, requests } = await serve(t, (request, response, number) => {
    response.writeHead(200, STREAM).end(`id: ${ids[number % ids.length]}\ndata: ${number}\n\n`)
  })
  const source = open(t, url, { lastEventId: 'begin' })
  assert.equal(source.lastEventId, 'begin')
  await heard(source, 7, ['message'])
  const sent = requests.slice(0, 7).map(({ headers }) => headers['last-event-id'])
  const text = sent.map(id => id && Buffer.from(id, 'latin1').toString())
  assert.deepEqual(text, ['begin', 'plain', 'é', '日本語😀', 'a b', '…', undefined])
})

test('an ID with NUL is not sent', async t => {
  await Promise.all(['\0\n', 'x\0\n', '\0x\n', 'x\0x\n', ' \0\n'].map(async id => {
    const { url, requests } = await serve(t, sends(`id: ${id}\ndata: x\n\n`))
    assert.deepEqual(await heard(open(t, url), 2, ['message']), Array(2).fill(['message', 'x', '']))
    assert.equal(requests[1].headers['last-event-id'], undefined)
  }))
})

test('an ID without data counts, one that is cut does not', async t => {
  const { url, requests } = await serve(t, sends('id: 1\ndata: x\n\nid: 2\n\nid: 3\ndata: y\n'))
  const source = open(t, url)
  await heard(source, 2, ['message'])
  assert.equal(requests[1].headers['last-event-id'], '2')
})

test('the last event ID is that of the event being dispatched', async t => {
  const { url } = await serve(t, sends('id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\n\n'))
  const source = open(t, url)
  const seen = []
  source.onmessage = () => seen.push(source.lastEventId)
  await first(source, 'error')
  assert.deepEqual([...seen, source.lastEventId], ['1', '2', '3'])
})
