// The hub behind real servers.

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { Hub, Shutdown, createSession, decode } from 'tidings'

import { RawClient, listen, open, serve, take, takeData, until } from './support/servers.js'
import { random } from './support/vectors.js'

async function behind(t, hub, options = { topics: '*' }) {
  const port = await listen(t, createServer(hub.handler(options)))
  return { port, url: `http://127.0.0.1:${port}/` }
}

test('what is published goes to those who subscribe to its topic', async t => {
  const hub = new Hub()
  const { url } = await behind(t, hub, { topics: request => new URL(request.url, 'http://x').searchParams.getAll('topic') })
  const gold = await open(`${url}?topic=prices/gold`)
  const prices = await open(`${url}?topic=prices/*&topic=news`)
  assert.deepEqual([hub.presence('prices/gold'), hub.presence('news'), hub.presence('other')], [2, 1, 0])
  hub.publish('prices/gold', { event: 'price', data: '1' })
  hub.publish('prices/silver', '2')
  hub.publish(['news', 'prices/gold'], '3')
  const { id, isNew } = hub.publish('other', '4')
  assert.ok(isNew && id === hub.lastId)
  assert.deepEqual((await take(gold.events, 2)).map(({ type, data }) => [type, data]), [['price', '1'], ['message', '3']])
  const events = await take(prices.events, 3)
  assert.deepEqual(events.map(event => event.data), ['1', '2', '3'])
  assert.equal(events[2].lastEventId, id.replace(/4$/, '3'))
  gold.leave()
  prices.leave()
  await until(() => hub.sizes().subscribers === 0)
})

test('clients that come and go get every event once and in order', async t => {
  const hub = new Hub()
  const { url } = await behind(t, hub)
  const EVENTS = 400
  const below = random(7)
  const clients = Array.from({ length: 8 }, async () => {
    let lastEventId
    const seen = []
    while (seen.length < EVENTS) {
      const { events, leave } = await open(url, { lastEventId })
      const most = 1 + below(60)
      for await (const event of events) {
        seen.push(event.data)
        ;({ lastEventId } = event)
        if (seen.length === EVENTS || seen.length % most === 0) break
      }
      leave()
    }
    return seen
  })
  await until(() => hub.sizes().subscribers === 8)
  for (let number = 0; number < EVENTS; number += 1) {
    hub.publish('a', String(number))
    if (below(3) === 0) await setTimeout(below(3))
  }
  const want = Array.from({ length: EVENTS }, (_, number) => String(number))
  for (const seen of await Promise.all(clients)) assert.deepEqual(seen, want)
})

test('a client that was never sent an event resumes from where it began', async t => {
  const hub = new Hub()
  const { url } = await behind(t, hub)
  hub.publish('a', 'before')
  const { events, leave } = await open(url)
  hub.publish('a', 'x')
  assert.deepEqual(await takeData(events, 1), ['x'])
  leave()
  const raw = await fetch(url)
  const { value } = await raw.body.getReader().read()
  assert.match(Buffer.from(value).toString(), /^: ?\n\n/)
  const again = await open(url, { lastEventId: hub.lastId.replace(/2$/, '1') })
  assert.deepEqual(await takeData(again.events, 1), ['x'])
})

test('where new clients begin', async t => {
  const hub = new Hub()
  for (const data of ['1', '2', '3']) hub.publish('a', data)
  for (const [start, want] of [
    ['earliest', ['1', '2', '3']], [{ last: 2 }, ['2', '3']], [{ last: 0 }, []], ['live', []],
    [{ after: hub.lastId.replace(/3$/, '1') }, ['2', '3']]
  ]) {
    const { url } = await behind(t, hub, { topics: ['a', JSON.stringify(start)], start })
    const { events, leave } = await open(url)
    const { id } = hub.publish(JSON.stringify(start), 'live')
    const got = await take(events, want.length + 1)
    assert.deepEqual(got.map(event => event.data), [...want, 'live'], JSON.stringify(start))
    assert.equal(got.at(-1).lastEventId, id)
    leave()
  }
})

test('gaps are told in band', async t => {
  const hub = new Hub({ keepEvents: 2 })
  const { url } = await behind(t, hub)
  const first = hub.publish('a', '1').id
  for (const data of ['2', '3', '4']) hub.publish('a', data)
  for (const [lastEventId, reason, rest] of [
    [first, 'evicted', ['3', '4']], ['22222222-1', 'unknown-id', ['3', '4']], ['nonsense', 'unknown-id', ['3', '4']],
    [hub.lastId.replace(/4$/, '9'), 'future-id', []]
  ]) {
    const { events, leave } = await open(url, { lastEventId })
    const [gap, ...others] = await take(events, 1 + rest.length)
    assert.equal(gap.type, 'gap')
    assert.deepEqual(JSON.parse(gap.data), { reason, upTo: gap.lastEventId })
    assert.deepEqual(others.map(event => event.data), rest)
    leave()
  }
  assert.deepEqual(hub.counts().gaps, { evicted: 1, unknownId: 2, futureId: 1, fellBehind: 0 })
})

test('a client that does not read costs no more than its buffers, and is told what it missed', async t => {
  const hub = new Hub({ keepBytes: 1024 * 1024 })
  const { port, url } = await behind(t, hub)
  const slow = new RawClient(port)
  await slow.until(text => text.includes('id: '))
  slow.socket.pause()
  const good = await open(url)
  const data = 'x'.repeat(20_000)
  let most = 0
  const read = (async () => {
    for await (const { data } of good.events) if (data.startsWith('1999 ')) return
  })()
  for (let number = 0; number < 2000; number += 1) {
    hub.publish('a', `${number} ${data}`)
    if (number % 10 === 0) await setImmediate()
    if (number % 100 === 0) {
      globalThis.gc()
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }
  }
  assert.ok(most < 24 * 1024 * 1024, `${most} bytes were held`)
  slow.socket.resume()
  await slow.until(text => text.includes(' 1999 ') || text.includes('data: 1999 '))
  const numbers = slow.data.map(text => text.split(' ')[0])
  const gap = numbers.findIndex(text => text.startsWith('{'))
  assert.ok(gap > 0 && numbers[gap].includes('fell-behind'), numbers.slice(0, 5).join())
  assert.deepEqual(numbers.slice(0, gap), Array.from({ length: gap }, (_, number) => String(number)))
  assert.equal(Number(numbers.at(-1)), 1999)
  await read
  good.leave()
})

test('or is disconnected', async t => {
  const hub = new Hub({ keepBytes: 100_000, maxEventBytes: 50_000, slowPolicy: 'disconnect' })
  const { port } = await behind(t, hub)
  const slow = new RawClient(port)
  await slow.until(text => text.includes('id: '))
  slow.socket.pause()
  for (let number = 0; number < 1000; number += 1) {
    hub.publish('a', 'x'.repeat(20_000))
    await setImmediate()
  }
  slow.socket.resume()
  await slow.until(text => text.endsWith('0\r\n\r\n'))
  assert.ok(!slow.text.includes('event: gap'))
  assert.equal(hub.sizes().subscribers, 0)
  assert.equal(hub.counts().gaps.fellBehind, 1)
})

test('frames are encoded once: all sockets are given the same memory', async t => {
  const hub = new Hub()
  const { url } = await behind(t, hub)
  const clients = await Promise.all([open(url), open(url), open(url)])
  await until(() => hub.sizes().subscribers === 3)
  await setTimeout(20)
  const { mock } = t.mock.method(Socket.prototype, 'write')
  hub.publish('a', 'one')
  hub.publish('a', 'two')
  for (const { events } of clients) assert.deepEqual(await takeData(events, 2), ['one', 'two'])
  const chunks = mock.calls.map(call => call.arguments[0]).filter(chunk => String(chunk).includes('data: one'))
  assert.equal(chunks.length, 3)
  assert.ok(chunks.every(chunk => chunk === chunks[0] && String(chunk).includes('data: two')))
})

test('a session sends its own frames and those of its subscription in order', async t => {
  const hub = new Hub()
  let session
  const url = await serve(t, (request, response) => {
    session = createSession(request, response)
    session.push('welcome')
    hub.subscribe(session, { topics: ['a'] })
    assert.throws(() => hub.subscribe(session, { topics: 'b' }), { code: 'ERR_SESSION_USED' })
  })
  const { events } = await open(url)
  assert.deepEqual(await takeData(events, 1), ['welcome'])
  hub.publish('a', 'one')
  await setImmediate()
  session.push('own')
  await setImmediate()
  hub.publish('a', 'two')
  assert.deepEqual(await takeData(events, 3), ['one', 'own', 'two'])
  // Also what it gathers over turns, when they follow quickly.
  const sent = []
  for (let turn = 0; turn < 300; turn += 1) {
    session.push(`own ${turn}`)
    sent.push(`own ${turn}`)
    if (turn % 10 === 9) {
      hub.publish('a', `published ${turn}`)
      sent.push(`published ${turn}`)
    }
    await setImmediate()
  }
  assert.deepEqual(await takeData(events, sent.length), sent)
})

test('what a session has still to send comes before what it subscribes to', async t => {
  const hub = new Hub()
  let session
  const port = await listen(t, createServer((request, response) => { session = createSession(request, response) }))
  const client = new RawClient(port)
  await client.until(text => text.includes('\n\n'))
  client.socket.pause()
  let pushed = 0
  while (session.push(`${pushed} ${'x'.repeat(10_000)}`)) {
    pushed += 1
    await setImmediate()
  }
  session.push('waits')
  const { id } = hub.publish('a', 'seen')
  hub.publish('a', 'one')
  hub.subscribe(session, { topics: 'a', start: { after: id } })
  await setTimeout(10)
  hub.publish('a', 'two')
  client.socket.resume()
  await client.until(text => text.includes('data: two\n'))
  assert.deepEqual(client.data.slice(-3), ['waits', 'one', 'two'])
})

test('revoked subscriptions see nothing more', async t => {
  const hub = new Hub()
  let subscription
  const url = await serve(t, (request, response) => {
    subscription = hub.subscribe(createSession(request, response), { topics: 'a' })
  })
  const { events } = await open(url)
  hub.publish('a', 'not for it any more')
  subscription.revoke()
  assert.deepEqual(await take(events, 1), [])
  assert.deepEqual([hub.presence('a'), hub.counts().revoked], [0, 1])
  subscription.revoke()
  assert.equal(hub.counts().revoked, 1)
})

test('keys make publishing again safe', () => {
  const hub = new Hub()
  const first = hub.publish(['a', 'b', 'a'], 'x', { key: 'k' })
  assert.deepEqual(hub.publish('a', 'y', { key: 'k' }), { id: first.id, isNew: false })
  assert.deepEqual([hub.sizes().events, hub.counts().repeated], [1, 1])
})

test('what a hub refuses', () => {
  const hub = new Hub({ maxEventBytes: 100 })
  const session = createSession({ headers: {} })
  for (const [act, code] of [
    [() => hub.publish('', 'x'), 'ERR_INVALID_TOPIC'],
    [() => hub.publish('a\n', 'x'), 'ERR_INVALID_TOPIC'],
    [() => hub.publish([], 'x'), 'ERR_INVALID_TOPIC'],
    [() => hub.publish('a', 'x'.repeat(101)), 'ERR_EVENT_TOO_LARGE'],
    [() => hub.publish('a', 'x', { key: 'k'.repeat(1025) }), 'ERR_INVALID_KEY'],
    [() => hub.publish('a', { event: 'a\nb', data: '' }), 'ERR_INVALID_FIELD'],
    [() => hub.publish('a', { id: '1', data: '' }), 'ERR_INVALID_ARG_VALUE'],
    [() => hub.publish(7, 'x'), 'ERR_INVALID_ARG_TYPE'],
    [() => hub.publish('a', 7), 'ERR_INVALID_ARG_TYPE'],
    [() => hub.subscribe({}, { topics: 'a' }), 'ERR_INVALID_ARG_TYPE'],
    [() => hub.subscribe(session, {}), 'ERR_INVALID_ARG_TYPE'],
    [() => hub.subscribe(session, { topics: 'a', start: 'now' }), 'ERR_INVALID_ARG_VALUE'],
    [() => hub.subscribe(session, { topics: [] }), 'ERR_INVALID_TOPIC'],
    [() => hub.handler({ topics: [] }), 'ERR_INVALID_TOPIC'],
    [() => hub.handler({ topics: 'a\n' }), 'ERR_INVALID_TOPIC'],
    [() => hub.handler({ topics: 'a', keepAlive: 0 }), 'ERR_INVALID_ARG_VALUE'],
    [() => new Hub({ keepEvents: 0 }), 'ERR_INVALID_ARG_VALUE'],
    [() => new Hub({ keepBytes: 10 }), 'ERR_INVALID_ARG_VALUE'],
    [() => new Hub({ keepFor: 0 }), 'ERR_INVALID_ARG_VALUE'],
    [() => new Hub({ slowPolicy: 'drop' }), 'ERR_INVALID_ARG_VALUE']
  ]) assert.throws(act, { code }, String(act))
  assert.ok(!session.closed, 'it can still have a subscription')
  assert.equal(hub.sizes().subscribers, 0)
})

/** What clients ask for that is no topic, and what they are told. */
const NO_TOPICS = [
  ['/', 'no topic'], ['/?topic=', 'no topic'], ['/?topic=%00', 'a topic with a control character'],
  [`/?topic=${'x'.repeat(1025)}`, 'a topic of more than 1024 bytes'], [`/?${'topic=a&'.repeat(257)}`, 'too many topics']
]
const topicsOf = request => new URLSearchParams(request.url.split('?')[1]).getAll('topic')

test('a client that asks for what is no topic is told so, and has no session', async t => {
  const hub = new Hub()
  const shutdown = new Shutdown()
  for (const topics of [topicsOf, async request => topicsOf(request)]) {
    const handler = hub.handler({ topics, shutdown })
    const port = await listen(t, createServer(handler))
    for (const [path, reason] of NO_TOPICS) {
      for (const response of [await fetch(`http://127.0.0.1:${port}${path}`), await handler(new Request(`http://x${path}`))]) {
        assert.deepEqual([response.status, response.headers.get('content-type')], [400, 'text/plain; charset=utf-8'])
        assert.equal(await response.text(), `${reason}\n`)
      }
    }
    const { events, leave } = await open(`http://127.0.0.1:${port}/?topic=a`)
    hub.publish('a', 'x')
    assert.deepEqual(await takeData(events, 1), ['x'])
    leave()
    await until(() => shutdown.openStreams === 0)
  }
  for (const wrong of [undefined, null, 7, [7], { a: 'b' }]) {
    const response = hub.handler({ topics: () => wrong })(new Request('http://x/'))
    assert.deepEqual([response.status, await response.text()], [400, 'no topic\n'])
  }
  assert.equal(hub.sizes().subscribers, 0)
})

test('what a function for topics throws is thrown by the handler, and there is no session', async () => {
  const hub = new Hub()
  const shutdown = new Shutdown()
  const request = new Request('http://x/')
  const refuse = () => { throw new Error('who are you?') }
  assert.throws(() => hub.handler({ topics: refuse, shutdown })(request), { message: 'who are you?' })
  await assert.rejects(hub.handler({ topics: async () => refuse(), shutdown })(request), { message: 'who are you?' })
  assert.equal(shutdown.openStreams, 0)
})

test('a client that leaves while its topics are looked up costs nothing', async t => {
  const hub = new Hub()
  const shutdown = new Shutdown()
  const requests = new EventEmitter()
  const port = await listen(t, createServer(hub.handler({
    shutdown,
    topics: async request => {
      requests.emit('asked', request)
      await once(requests, 'found')
      return 'a'
    }
  })))
  const asked = once(requests, 'asked')
  const client = new RawClient(port)
  const [request] = await asked
  client.socket.destroy()
  await once(request.socket, 'close')
  requests.emit('found')
  await setImmediate()
  await setImmediate()
  assert.deepEqual([hub.sizes().subscribers, shutdown.openStreams], [0, 0])
})

test('a session with what is no topic can still answer', async t => {
  const hub = new Hub()
  const url = await serve(t, (request, response) => {
    const session = createSession(request, response)
    assert.throws(() => hub.subscribe(session, { topics: 'a\n' }), { code: 'ERR_INVALID_TOPIC' })
    response.writeHead(404).end()
  })
  assert.equal((await fetch(url)).status, 404)
})

test('who subscribes anew when a session ends gets a subscription of its own', async () => {
  const hub = new Hub()
  const sessions = Array.from({ length: 4 }, () => createSession(new Request('http://x/')))
  const subscriptions = sessions.slice(0, 3).map(session => hub.subscribe(session, { topics: 'a' }))
  const fresh = sessions[3]
  sessions[0].signal.addEventListener('abort', () => hub.subscribe(fresh, { topics: 'a' }))
  for (const subscription of subscriptions) subscription.revoke()
  await until(() => sessions[0].closed)
  await setImmediate()
  assert.deepEqual(sessions.map(session => session.closed), [true, true, true, false])
  hub.publish('a', 'for the new one')
  assert.deepEqual(await takeData(decode(fresh.response), 1), ['for the new one'])
  fresh.end()
  assert.equal(hub.sizes().subscribers, 0)
})

test('events are not kept for longer than they should be', async () => {
  const hub = new Hub({ keepFor: 50 })
  hub.publish('a', 'x')
  assert.ok(hub.sizes().oldest >= 0)
  await until(() => hub.sizes().events === 0)
  assert.equal(hub.sizes().oldest, null)
})

test('as a handler of requests and responses of the web', async () => {
  const hub = new Hub()
  const handler = hub.handler({ topics: '*', start: 'earliest' })
  hub.publish('a', 'one')
  const leaving = new AbortController()
  const response = handler(new Request('http://x/', { signal: leaving.signal }))
  const events = decode(response)
  assert.deepEqual(await takeData(events, 1), ['one'])
  hub.publish('a', 'two')
  assert.deepEqual(await takeData(events, 1), ['two'])
  assert.equal(hub.presence('a'), 1)
  leaving.abort()
  await until(() => hub.presence('a') === 0)
  const other = handler(new Request(`http://x/?lastEventId=${hub.lastId}`))
  await until(() => hub.presence('a') === 1)
  await other.body.cancel()
  await until(() => hub.presence('a') === 0)
})

test('each thread has its own hubs', async () => {
  const code = `
    import { createServer } from 'node:http'
    import { parentPort, workerData } from 'node:worker_threads'
    const { Hub } = await import(workerData)
    const hub = new Hub()
    const server = createServer(hub.handler({ topics: '*', start: 'earliest' })).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
    parentPort.on('message', data => hub.publish('a', data))
  `
  const workers = Array.from({ length: 2 }, () => new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: import.meta.resolve('tidings')
  }))
  const ports = await Promise.all(workers.map(worker => new Promise(resolve => worker.once('message', resolve))))
  for (const [at, port] of ports.entries()) {
    workers[at].postMessage(`of ${at}`)
    const { events, leave } = await open(`http://127.0.0.1:${port}/`)
    assert.deepEqual(await takeData(events, 1), [`of ${at}`])
    leave()
  }
  await Promise.all(workers.map(worker => worker.terminate()))
})

test('hubs and their subscriptions are let go of', async t => {
  let refs = []
  await (async () => {
    for (let round = 0; round < 20; round += 1) {
      const hub = new Hub({ keepFor: 60_000 })
      refs.push(new WeakRef(hub))
      const session = createSession(new Request('http://x/'))
      hub.subscribe(session, { topics: '*' })
      hub.publish('a', 'x')
      assert.deepEqual(await takeData(decode(session.response), 1), ['x'])
      session.end()
    }
  })()
  for (let round = 0; round < 10 && refs.length > 1; round += 1) {
    await setTimeout(10)
    globalThis.gc()
    refs = refs.filter(ref => ref.deref() !== undefined)
  }
  assert.ok(refs.length <= 1, `${refs.length} hubs of 20 are still there`)
})
