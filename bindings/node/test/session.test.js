// Sessions of node:http: what is sent, when, and how they end.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'

import { Hub, Shutdown, createSession, lastEventId } from 'tidings'

import { RawClient, listen, open, serve, take, takeData, until } from './support/servers.js'

/** A server of sessions. `begun` gets each of them. */
async function sessions(t, options, begun = () => {}) {
  const list = []
  const server = createServer((request, response) => {
    list.push(createSession(request, response, options))
    begun(list.at(-1))
  })
  const port = await listen(t, server)
  return { port, url: `http://127.0.0.1:${port}/`, list, server }
}

test('the head comes at once, with a comment if there is nothing else', async t => {
  const { url } = await sessions(t, { headers: { 'x-own': '1' } })
  const { response, events } = await open(url, { comments: true })
  assert.equal(response.status, 200)
  for (const [name, value] of [
    ['content-type', 'text/event-stream'], ['cache-control', 'no-cache, no-transform'], ['x-accel-buffering', 'no'], ['x-own', '1']
  ]) assert.equal(response.headers.get(name), value)
  assert.deepEqual(await take(events, 1), [{ comment: '' }])
})

test('what is pushed in one turn is one chunk, the first with the head', async t => {
  const { port, list } = await sessions(t, { reconnectionTime: 500 }, session => {
    assert.equal(session.push('one'), true)
    session.push({ event: 'e', id: '2', data: 'two\nlines', comment: 'c' })
  })
  const client = new RawClient(port)
  await client.until(text => text.includes('lines'))
  list[0].push('日本')
  list[0].push({ retry: 7 })
  list[0].push('four')
  await client.until(text => text.includes('four'))
  assert.deepEqual(client.chunks.map(chunk => Buffer.from(chunk, 'latin1').toString()), [
    'retry: 500\n\ndata: one\n\n: c\nevent: e\nid: 2\ndata: two\ndata: lines\n\n',
    'data: 日本\n\nretry: 7\n\ndata: four\n\n'
  ])
})

test('who pushes in turn after turn has several written at once, and need not stop for that', async t => {
  const { port, list, server } = await sessions(t)
  const connected = once(server, 'connection')
  const client = new RawClient(port)
  const [socket] = await connected
  await client.until(text => text.includes(': \n\n'))
  const [session] = list
  /** How many chunks so many turns came in. On a machine that is busy, turns may take too long to be gathered. */
  const burst = async (name, turns) => {
    const before = client.chunks.length
    for (let turn = 0; turn < turns; turn += 1) {
      session.push(`${name} ${turn}`)
      await setImmediate()
    }
    await client.until(text => text.includes(`data: ${name} ${turns - 1}\n`))
    return client.chunks.length - before
  }
  let name = 0
  for (; await burst(name, 200) > 50; name += 1) assert.ok(name < 100)
  const data = client.data
  assert.deepEqual(data.slice(-200), Array.from({ length: 200 }, (_, turn) => `${name} ${turn}`))

  // After a pause it is written at the end of the turn.
  await setTimeout(5)
  const written = socket.bytesWritten
  session.push('')
  await new Promise(resolve => process.nextTick(resolve))
  assert.ok(socket.bytesWritten > written)

  // What is pushed comes while more of it is, long before it is a whole chunk.
  const before = client.text.length
  let turns = 0
  for (; client.text.length < before + 200; turns += 1) {
    assert.ok(turns < 6000)
    session.push('')
    await setImmediate()
  }
})

test('nothing can inject, and what is refused is not sent', async t => {
  const { url, list } = await sessions(t, {}, session => {
    for (const frame of [{ event: 'a\ndata: x' }, { id: '1\r2' }, { id: '\0' }]) {
      assert.throws(() => session.push(frame), { code: 'ERR_INVALID_FIELD' })
    }
    for (const frame of [undefined, 7, { data: 7 }, { dat: 'x' }]) assert.throws(() => session.push(frame), TypeError)
    session.push('a\rb')
  })
  const { events } = await open(url)
  assert.deepEqual(await takeData(events, 1), ['a\nb'])
  list[0].end()
  assert.deepEqual(await take(events, 1), [])
})

test('headers of any shape replace those of the session, whatever their case', async t => {
  for (const headers of [
    { 'Cache-Control': 'no-cache', 'X-Number': 7, 'set-cookie': ['a=1', 'b=2'], 'x-none': undefined },
    new Headers([['Cache-Control', 'no-cache'], ['X-Number', '7'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']]),
    new Map([['CACHE-CONTROL', 'no-cache'], ['x-number', '7'], ['SET-COOKIE', ['a=1', 'b=2']]]),
    [['Cache-Control', 'no-cache'], ['x-number', '7'], ['Set-Cookie', 'a=1'], ['set-cookie', 'b=2']]
  ]) {
    const url = await serve(t, (request, response) => createSession(request, response, { headers }).end())
    const web = createSession(new Request('http://x/'), { headers })
    web.end()
    for (const response of [await fetch(url), web.response]) {
      assert.equal(response.headers.get('cache-control'), 'no-cache')
      assert.equal(response.headers.get('content-type'), 'text/event-stream')
      assert.equal(response.headers.get('x-number'), '7')
      assert.ok(!response.headers.has('x-none'))
      assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
      await response.text()
    }
  }
  const several = createSession({ headers: {} }, { headers: [['Vary', 'a'], ['vary', 'b']] })
  assert.equal(several.headers.vary, 'a, b')
})

test('what a hub sends comes behind a long first text', { timeout: 30_000 }, async t => {
  const hub = new Hub()
  const long = 'x'.repeat(12_000_000)
  let wentOn
  const port = await listen(t, createServer((request, response) => {
    const session = createSession(request, response, { maxBufferedBytes: Infinity })
    wentOn = session.push(long)
    hub.subscribe(session, { topics: 'a' })
  }))
  const client = new RawClient(port)
  client.socket.pause()
  await until(() => hub.presence('a') === 1)
  for (let count = 0; count < 5; count += 1) {
    hub.publish('a', `of the hub ${count}`)
    await setImmediate()
  }
  assert.equal(wentOn, false)
  client.socket.resume()
  await client.until(text => text.includes('of the hub 4'))
  assert.deepEqual(client.data.map(data => data.length > 100 ? data.length : data), [
    long.length, ...[0, 1, 2, 3, 4].map(count => `of the hub ${count}`)
  ])
  client.socket.destroy()
})

test('who fails at once can still answer', async t => {
  let session
  const url = await serve(t, (request, response) => {
    session = createSession(request, response)
    session.push('never sent')
    response.writeHead(503).end('sorry')
  })
  const response = await fetch(url)
  assert.equal(response.status, 503)
  assert.equal(await response.text(), 'sorry')
  assert.ok(session.closed && session.signal.aborted && !session.push('x'))
})

test('a response that has begun is refused', async t => {
  const url = await serve(t, (request, response) => {
    response.writeHead(200)
    assert.throws(() => createSession(request, response), { code: 'ERR_HTTP_HEADERS_SENT' })
    response.end()
  })
  assert.equal((await fetch(url)).status, 200)
})

test('keep-alives come when nothing else does', async t => {
  const { url, list } = await sessions(t, { keepAlive: 80 })
  const { events } = await open(url, { comments: true })
  assert.deepEqual(await take(events, 1), [{ comment: '' }])
  const pushed = (async () => {
    for (let count = 0; count < 8; count += 1) {
      list[0].push(String(count))
      await setTimeout(20)
    }
  })()
  const items = await take(events, 10)
  assert.deepEqual(items.map(item => item.data ?? 'comment'), [...Array(8).keys(), 'comment', 'comment'].map(String))
  await pushed
})

test('what a hub sends keeps keep-alives away too', async t => {
  const hub = new Hub()
  const { events, leave } = await open(await serve(t, hub.handler({ topics: 'a', keepAlive: 80 })), { comments: true })
  assert.deepEqual(await take(events, 1), [{ comment: '' }])
  const published = (async () => {
    for (let count = 0; count < 8; count += 1) {
      hub.publish('a', String(count))
      await setTimeout(20)
    }
  })()
  const items = await take(events, 10)
  assert.deepEqual(items.map(item => item.data ?? 'comment'), [...Array(8).keys(), 'comment', 'comment'].map(String))
  await published
  leave()
})

test('without keep-alives there are none', async t => {
  const { url, list } = await sessions(t, { keepAlive: false })
  const { events } = await open(url, { comments: true })
  await take(events, 1)
  await setTimeout(50)
  list[0].push('x')
  assert.deepEqual(await takeData(events, 1), ['x'])
})

test('last event IDs', () => {
  for (const [url, want] of [
    ['/', ''], ['/?lastEventId', ''], ['/?lastEventId=', ''], ['/?a=b&lastEventId=6&lastEventId=5', '6'], ['/?lastEventID=6', '6'],
    ['/?Last-Event-ID=6', '6'], ['/?last_event_id=6', '6'], ['/?lastEvent=6&lastEventIds=6', ''], ['/?lastEventId=&lastEventId=5', '5'],
    ['/?lastEventId=a%20b+c%C3%A9', 'a b cé'], ['/?lastEventId=%ff%0A%0d%00%', '\ufffd\ufffd\ufffd\ufffd%'], ['http://x/?lastEventId=6#', '6']
  ]) assert.equal(lastEventId({ headers: {}, url }), want, url)
  for (const [header, want] of [
    ['7', '7'], ['', '6'], ['Ã©', 'é'], ['a\xffb', 'a\ufffdb'], ['a\r\nb\0', 'a\ufffd\ufffdb\ufffd']
  ]) {
    assert.equal(lastEventId({ headers: { 'last-event-id': header }, url: '/?lastEventId=6' }), want)
    assert.equal(lastEventId({ headers: { get: () => header }, url: 'http://x/?lastEventId=6' }), want)
  }
  assert.throws(() => lastEventId(undefined), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('a client that goes away ends its session', async t => {
  const { url, list } = await sessions(t, {})
  const { leave } = await open(url)
  const [session] = list
  assert.ok(!session.closed)
  const { signal } = session
  leave()
  await once(signal, 'abort')
  assert.ok(session.closed && !session.push('x') && !(await session.ready()))
})

test('a client that does not read holds a session back, which goes on when it reads', async t => {
  const { port, list } = await sessions(t, {})
  const client = new RawClient(port)
  await client.until(text => text.includes('\n\n'))
  client.socket.pause()
  const [session] = list
  const data = 'x'.repeat(10_000)
  let pushed = 0
  while (session.push(`${pushed} ${data}`)) {
    pushed += 1
    await setImmediate()
  }
  pushed += 1
  let ready = false
  const waiting = session.ready().then(open => { ready = open })
  await setImmediate()
  assert.ok(!ready)
  client.socket.resume()
  await waiting
  assert.ok(ready)
  session.push('last')
  await client.until(text => text.includes('data: last\n\n'))
  assert.deepEqual(client.data.map(text => text.split(' ')[0]), [...Array(pushed).keys(), 'last'].map(String))
})

test('who pushes on and on to a client that does not read loses it, not the memory', async t => {
  const { port, list } = await sessions(t, { maxBufferedBytes: 100_000 })
  const client = new RawClient(port)
  await client.until(text => text.includes('\n\n'))
  client.socket.pause()
  const [session] = list
  let pushed = 0
  while (!session.closed) {
    session.push('x'.repeat(10_000))
    pushed += 1
    assert.ok(pushed < 10_000, 'it ends')
    if (pushed % 5 === 0) await setImmediate()
  }
  assert.equal(session.signal.aborted, true)
  client.socket.destroy()
})

test('the signal says that the client was too slow', async t => {
  const { port, list } = await sessions(t, { stallTimeout: 30, keepAlive: false })
  const client = new RawClient(port)
  await client.until(text => text.includes('\n\n'))
  client.socket.pause()
  const [session] = list
  const { signal } = session
  while (session.push('x'.repeat(60_000))) await setImmediate()
  if (!signal.aborted) await once(signal, 'abort')
  assert.equal(signal.reason.code, 'ERR_CLIENT_TOO_SLOW')
  client.socket.destroy()
})

test('a source is asked for no more than the client takes, and left when it goes', async t => {
  let yielded = 0
  let left = false
  async function* source() {
    try {
      for (;;) yield { id: String(yielded += 1), data: 'x'.repeat(10_000) }
    } finally {
      left = true
    }
  }
  const { port, list } = await sessions(t, {})
  const client = new RawClient(port)
  await client.until(text => text.includes('\n\n'))
  client.socket.pause()
  const iterated = list[0].iterate(source())
  let before = -1
  while (before !== yielded) {
    before = yielded
    await setTimeout(20)
  }
  assert.ok(yielded < 2000, `${yielded} events were taken`)
  client.socket.resume()
  await until(() => yielded > before + 50)
  client.socket.destroy()
  await iterated
  await until(() => left)
})

test('sources that end, and sources that fail', async t => {
  const { url, list } = await sessions(t, {})
  const { events } = await open(url)
  await list[0].iterate(['a', { data: 'b' }])
  assert.deepEqual(await takeData(events, 2), ['a', 'b'])
  assert.ok(!list[0].closed)
  async function* failing() {
    yield 'c'
    throw new Error('no more')
  }
  await assert.rejects(list[0].iterate(failing()), { message: 'no more' })
  assert.deepEqual(await takeData(events, 2), ['c'])
  await assert.rejects(open(url).then(() => list[1].iterate([7])), TypeError)
  assert.throws(() => list[1].iterate(7), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.ok(list[1].closed)
})

test('a drained server ends its sessions inside the window, each with a reconnection time', async t => {
  const shutdown = new Shutdown()
  const { url, list } = await sessions(t, { shutdown })
  const clients = await Promise.all(Array.from({ length: 20 }, () => open(url)))
  assert.deepEqual([shutdown.openStreams, shutdown.isDraining], [20, false])
  list[0].push('before the end')
  shutdown.drain(100)
  const late = await open(url)
  assert.ok(shutdown.isDraining)
  const got = await Promise.all([...clients, late].map(async ({ events }) => [await takeData(events, 2), events.reconnectionTime]))
  await shutdown.drained()
  assert.equal(shutdown.openStreams, 0)
  assert.deepEqual(got.map(([data]) => data), [['before the end'], ...Array(20).fill([])])
  const [lateTime, ...times] = got.map(([, time]) => time).reverse()
  assert.ok(lateTime === null || (lateTime >= 1 && lateTime <= 100), 'of one that came when the time was over, none')
  assert.ok(times.every(time => time >= 1 && time <= 100) && new Set(times).size > 5, String(times))
})

test('a window of nothing ends all at once', async t => {
  const shutdown = new Shutdown()
  const { url } = await sessions(t, { shutdown })
  const { events } = await open(url)
  shutdown.drain(3_600_000)
  shutdown.drain(0)
  shutdown.drain(1000)
  assert.deepEqual(await take(events, 1), [])
  assert.equal(events.reconnectionTime, null)
  await shutdown.drained()
  for (const over of [-1, 0.5, '1', undefined, 1e9]) assert.throws(() => shutdown.drain(over), TypeError)
})

test('lifetimes', async t => {
  const { url } = await sessions(t, { lifetime: 30, lifetimeJitter: 10 })
  const { events } = await open(url)
  assert.deepEqual(await take(events, 1), [])
})

test('options are checked', () => {
  for (const options of [
    { keepAlive: 0 }, { keepAlive: '1' }, { keepAlive: true }, { reconnectionTime: -1 }, { reconnectionTime: false },
    { lifetime: 2 ** 31 }, { lifetime: 5, lifetimeJitter: 6 }, { lifetimeJitter: 1 }, { shutdown: {} }, { maxBufferedBytes: 0 },
    { stallTimeout: 0 }, { headers: 7 }, { headers: 'a' }, { headers: ['a'] }, { headers: [['a']] }, { headers: { a: null } },
    { headers: { a: {} } }, { headers: { 'a b': 'c' } }, { headers: { a: 'b\r\nc: d' } }, { headers: { a: '\u{2028}' } },
    { headers: new Map([[1, 'a']]) }, 7
  ]) assert.throws(() => createSession({ headers: {} }, options), TypeError, JSON.stringify(options))
  assert.throws(() => createSession({ headers: {} }, {}, {}), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('HEAD gets the head', async t => {
  const shutdown = new Shutdown()
  const { url } = await sessions(t, { shutdown })
  const response = await fetch(url, { method: 'HEAD' })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  await shutdown.drained()
})

test('sessions without a response of their own', async () => {
  const request = method => new Request('http://x/', { method })
  const ended = createSession(request('GET'), { reconnectionTime: 9 })
  ended.push('x')
  ended.end()
  assert.equal(ended.push('y'), false)
  assert.equal(await ended.response.text(), 'retry: 9\n\ndata: x\n\n')
  assert.equal(ended.response, ended.response)
  assert.throws(() => ended.readable, { code: 'ERR_SESSION_USED' })

  const aborted = createSession(new Request('http://x/', { signal: AbortSignal.abort() }))
  const body = aborted.response.text()
  aborted.end()
  assert.match(await body, /^: ?\n\n$/)

  const stubborn = createSession(request('GET'))
  const iterated = stubborn.iterate({
    [Symbol.iterator]: () => ({
      next: () => new Promise(() => {}),
      return() {
        throw new Error('not now')
      }
    })
  })
  stubborn.end()
  await iterated

  assert.match(await createSession(request('HEAD')).response.text(), /^: ?\n\n$/)

  const shutdown = new Shutdown()
  const node = createSession({ headers: {} }, { shutdown })
  await node.iterate(['a', 'b'])
  const { readable } = node
  node.end()
  assert.equal(Buffer.concat(await readable.toArray()).toString(), 'data: a\n\ndata: b\n\n')
  await shutdown.drained()

  const unread = createSession({ headers: {} }, { maxBufferedBytes: 100 })
  while (!unread.closed) unread.push('nobody reads this')
  assert.equal(unread.signal.aborted, true)
})

test('HTTP/1.0 gets bytes without chunks, and requests in a row get their own', async t => {
  const { port, list } = await sessions(t, {}, session => session.push('hello'))
  const old = new RawClient(port, { version: '1.0' })
  await old.until(text => text.includes('hello'))
  list[0].push('again')
  list[0].end()
  await once(old.socket, 'close')
  assert.ok(old.text.endsWith('\r\n\r\ndata: hello\n\ndata: again\n\n'), old.text)

  const client = new RawClient(port, { times: 2 })
  await until(() => list.length === 3)
  list[2].push('second')
  await setImmediate()
  list[1].push('first')
  await client.until(text => text.includes('data: first\n\n'))
  assert.ok(!client.text.includes('second'))
  list[1].end()
  await client.until(text => text.includes('second'))
  assert.equal(client.text.match(/data: hello/g).length, 2)
  list[2].push('third')
  await client.until(text => text.includes('data: third\n\n'))
})

test('sessions leave nothing behind', async t => {
  const shutdown = new Shutdown()
  let refs = []
  const sockets = new Set()
  const server = createServer((request, response) => {
    sockets.add(request.socket)
    const session = createSession(request, response, { shutdown })
    refs.push(new WeakRef(session))
    session.push('x')
    session.iterate(['y']).then(() => session.end())
  })
  const port = await listen(t, server)
  for (let round = 0; round < 300; round += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/`)
    assert.equal(await response.text(), 'data: x\n\ndata: y\n\n')
  }
  await shutdown.drained()
  assert.ok(sockets.size < 20, `${sockets.size} connections were used again and again`)
  for (const socket of sockets) assert.ok(socket.listenerCount('drain') <= 2, `${socket.listenerCount('drain')} listeners`)
  sockets.clear()
  for (let round = 0; round < 10 && refs.length > 3; round += 1) {
    await setTimeout(10)
    globalThis.gc()
    refs = refs.filter(ref => ref.deref() !== undefined)
  }
  assert.ok(refs.length <= 3, `${refs.length} sessions of 300 are still there`)
})
