// Iterating, being given up, and not living longer than is wanted.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { getEventListeners, once } from 'node:events'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

import { EventSource, EventSourceError } from 'tidings'

import { STREAM, first, holds, open, serve } from './support/server.js'

const MIB = 2 ** 20
const run = promisify(execFile)

test('for await, over connections, until the loop is left', async t => {
  const { url, requests } = await serve(t, (request, response, number) => {
    response.writeHead(200, STREAM).end(`id: ${number}\nevent: e${number}\ndata: a\n\ndata: b\n\n`)
  })
  const source = open(t, url)
  const seen = []
  for await (const { type, data, lastEventId } of source) {
    seen.push(`${type} ${data} ${lastEventId}`)
    if (seen.length === 4) break
  }
  assert.deepEqual(seen, ['e0 a 0', 'message b 0', 'e1 a 1', 'message b 1'])
  assert.deepEqual([source.readyState, requests.length], [EventSource.CLOSED, 2])
})

test('how iterations end', async t => {
  const { url } = await serve(t, (request, response) => {
    if (request.url === '/gone') response.writeHead(204).end()
    else if (request.url === '/bad') response.writeHead(410).end('gone')
    else response.writeHead(200, STREAM).write('data: x\n\ndata: y\n\n')
  })
  const all = async source => {
    const seen = []
    for await (const { data } of source) seen.push(data)
    return seen
  }
  assert.deepEqual(await all(open(t, `${url}gone`)), [])
  await assert.rejects(all(open(t, `${url}bad`)), error => error instanceof EventSourceError && error.body === 'gone')
  const failed = open(t, `${url}bad`)
  await first(failed, 'error')
  await assert.rejects(all(failed), { code: 'ERR_BAD_STATUS' }, 'also of one that has ended already')
  const closed = open(t, url)
  closed.onmessage = () => closed.close()
  assert.deepEqual(await all(closed), ['x', 'y'], 'what was read before is there')
  assert.deepEqual(await all(closed), [])
  const aborted = new AbortController()
  const source = open(t, url, { signal: aborted.signal })
  const rest = all(source)
  source.onmessage = () => aborted.abort(new Error('enough'))
  await assert.rejects(rest, { message: 'enough' })
  const iterator = open(t, url)[Symbol.asyncIterator]()
  const [one, two, three] = [iterator.next(), iterator.next(), iterator.next()]
  assert.deepEqual([(await one).value.data, (await two).value.data], ['x', 'y'])
  assert.deepEqual(await iterator.return(), { done: true, value: undefined })
  assert.deepEqual(await three, { done: true, value: undefined })
  assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  const left = open(t, url)[Symbol.asyncIterator]()
  assert.equal((await left.next()).value.data, 'x')
  await left.return()
  assert.deepEqual(await left.next(), { done: true, value: undefined }, 'who has left gets nothing more')
})

test('nothing is read on while events wait to be taken, and that is no idle time', async t => {
  const pulls = []
  const body = () => new ReadableStream({
    async pull(controller) {
      if (pulls.length > 0) await setTimeout(50)
      pulls.push(controller)
      controller.enqueue(Buffer.from(`data: ${pulls.length}\n\ndata: more\n\n`))
    }
  }, { highWaterMark: 0 })
  const fetch = async () => new Response(body(), { headers: STREAM })
  const source = open(t, 'http://stream.invalid/', { idleTimeout: 200, fetch })
  const iterator = source[Symbol.asyncIterator]()
  source.onerror = event => assert.fail(event.code)
  assert.equal((await iterator.next()).value.data, '1')
  await setTimeout(300)
  assert.equal(pulls.length, 1)
  assert.equal((await iterator.next()).value.data, 'more')
  assert.equal((await iterator.next()).value.data, '2')
  assert.equal(pulls.length, 2)
})

test('signals', async t => {
  const { url, requests } = await serve(t, holds('data: x\n\n'))
  const never = new EventSource(url, { signal: AbortSignal.abort() })
  assert.equal(never.readyState, EventSource.CLOSED)
  const controller = new AbortController()
  const source = open(t, url, { signal: controller.signal })
  await first(source, 'message')
  source.onerror = () => assert.fail('closing is no error')
  controller.abort()
  assert.deepEqual([source.readyState, requests.length], [EventSource.CLOSED, 1])
  const long = new AbortController()
  for (let round = 0; round < 20; round += 1) new EventSource(url, { signal: long.signal }).close()
  assert.equal(getEventListeners(long.signal, 'abort').length, 0)
})

/** Runs code in a process of its own: what it prints, and whether it ended by itself. */
async function inProcess(url, options, code) {
  const entry = JSON.stringify(import.meta.resolve('tidings'))
  const source = `import { EventSource } from ${entry}\nconst source = new EventSource('${url}', ${JSON.stringify(options)})\n${code}`
  try {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], { timeout: 10_000 })
    return stdout
  } catch (error) {
    return error.killed ? `${error.stdout}killed` : error.stderr
  }
}

test('the process ends in spite of it, if that is wanted', async t => {
  const { url, requests } = await serve(t, (request, response) => {
    if (request.url === '/end') response.writeHead(200, STREAM).end('retry: 60000\ndata: x\n\n')
    else response.writeHead(200, STREAM).write(request.url === '/late' ? ':\n\n' : 'data: x\n\n')
    if (request.url === '/late') setTimeout(200).then(() => response.write('data: x\n\n'))
  })
  const print = 'source.onmessage = ({ data }) => console.log(data)\n'
  const close = "source.addEventListener('message', () => source.close())"
  // To get as far as the event it needs something else that lives.
  const alive = `${print}const timer = setTimeout(() => {}, 60_000)\n`
  const [open, waiting, later, closed, kept] = await Promise.all([
    inProcess(url, { ref: false }, `${alive}source.addEventListener('message', () => clearTimeout(timer))`),
    inProcess(`${url}end`, { ref: false }, `${alive}source.onerror = () => clearTimeout(timer)`),
    inProcess(url, {}, `${print}source.addEventListener('message', () => source.unref())`),
    inProcess(url, {}, print + close),
    inProcess(`${url}late`, { ref: false }, `${print}source.ref()\nsource.onopen = () => source.unref().ref()\n${close}`)
  ])
  assert.deepEqual([open, waiting, later, closed, kept], Array(5).fill('x\n'))
  assert.equal(requests.length, 5)
  // And it does not end by itself otherwise: not while it waits, either.
  const stays = await inProcess(`${url}end`, { jitter: 0 }, `source.onerror = ({ delay }) => {
    console.log(delay)
    setTimeout(() => source.close(console.log('still')), 200).unref()
  }`)
  assert.equal(stays, '60000\nstill\n')
})

test('a worker has event sources of its own, and takes them along when it ends', async t => {
  const { url } = await serve(t, holds('data: x\n\n'))
  const entry = JSON.stringify(import.meta.resolve('tidings'))
  const code = `import { parentPort } from 'node:worker_threads'
    import { EventSource } from ${entry}
    for (let times = 0; times < 10; times += 1) new EventSource('${url}').onmessage = ({ data }) => parentPort.postMessage(data)`
  for (let round = 0; round < 3; round += 1) {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
    const [data] = await once(worker, 'message')
    assert.equal(data, 'x')
    await worker.terminate()
  }
})

test('nothing is left of connections in what watches their sockets', async t => {
  const channels = ['undici:request:create', 'undici:client:sendHeaders'].map(channel)
  const { url } = await serve(t, holds('data: x\n\n'))
  const early = open(t, url)
  await setImmediate()
  await setImmediate()
  early.close()
  const gone = await serve(t, () => {})
  gone.server.close()
  await once(gone.server, 'close')
  const refused = open(t, gone.url, { maxFailures: 0 })
  assert.equal((await first(refused, 'error')).code, 'ERR_CONNECTION_FAILED')
  const source = open(t, url)
  await first(source, 'message')
  assert.deepEqual(channels.map(({ hasSubscribers }) => hasSubscribers), [false, false])
})

/** What is in use when all garbage is collected, in bytes. Finalizers run after the collection. */
async function used() {
  for (let round = 0; round < 6; round += 1) {
    globalThis.gc()
    await setImmediate()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const listener = () => {}

/** What leaves nobody who listens. */
const unheard = [
  source => source.addEventListener('message', listener, { once: true }),
  source => {
    const controller = new AbortController()
    source.addEventListener('a', listener, { signal: controller.signal })
    controller.abort()
  },
  source => {
    source.addEventListener('a', listener)
    source.addEventListener('b', listener)
    source.removeEventListener('a', listener)
    source.removeEventListener('b', listener)
  },
  source => {
    source.onopen = source.onmessage = listener
    source.onopen = source.onmessage = null
  },
  source => source.addEventListener('a', null)
]

test('event sources that were closed, failed or forgotten are collected', async t => {
  const cancelled = []
  const endless = number => new ReadableStream({
    start: controller => controller.enqueue(Buffer.from('id: 1\ndata: x\n\ndata: y\n\n')),
    cancel: () => { cancelled.push(number) }
  })
  const fetch = async url => new Response(endless(url), { headers: STREAM, status: url.endsWith('bad') ? 500 : 200 })
  const make = async times => {
    const refs = []
    for (let round = 0; round < times; round += 1) {
      const closed = new EventSource('http://stream.invalid/closed', { fetch })
      await first(closed, 'message')
      closed.close()
      const failed = new EventSource('http://stream.invalid/', { fetch, maxEventBytes: 1 })
      await first(failed, 'error')
      const { signal } = new AbortController()
      const forgotten = new EventSource('http://stream.invalid/forgotten', { fetch, idleTimeout: 1e6, signal })
      refs.push(...unheard.map(hear => {
        const source = new EventSource('http://stream.invalid/unheard', { fetch })
        hear(source)
        return new WeakRef(source)
      }))
      const taken = new EventSource('http://stream.invalid/taken', { fetch })
      await taken[Symbol.asyncIterator]().next()
      refs.push(...[closed, failed, forgotten, taken].map(source => new WeakRef(source)))
    }
    return refs
  }
  await make(50)
  const before = await used()
  cancelled.length = 0
  const refs = await make(250)
  const grown = await used() - before
  const alive = refs.filter(ref => ref.deref() !== undefined).length
  assert.ok(alive <= 8, `${alive} of ${refs.length} are alive`)
  assert.ok(grown < MIB, `${grown} bytes more`)
  const count = name => cancelled.filter(url => url.endsWith(name)).length
  assert.equal(count('/closed'), 250)
  assert.ok(count('/forgotten') >= 245 && count('/taken') >= 245, 'their connections are closed')
  assert.ok(count('/unheard') >= 245 * unheard.length, `${count('/unheard')} connections of those that nobody listens to any more`)
})

test('one that somebody listens to is not collected', async t => {
  let controller
  const body = new ReadableStream({ start: own => { controller = own } })
  const seen = []
  const make = () => {
    const source = new EventSource('http://stream.invalid/', { fetch: async () => new Response(body, { headers: STREAM }) })
    source.onmessage = ({ data, target }) => {
      seen.push(data)
      target.close()
    }
    return first(source, 'open').then(() => {})
  }
  await make()
  await used()
  controller.enqueue(Buffer.from('data: heard\n\n'))
  await setTimeout(10)
  assert.deepEqual(seen, ['heard'])
})

test('an iterator that was forgotten does not stop the others', async t => {
  const { url } = await serve(t, (request, response) => {
    response.writeHead(200, STREAM).write('data: 1\n\ndata: 2\n\n')
    const timer = setInterval(() => response.write('data: more\n\n'), 5)
    response.on('close', () => clearInterval(timer))
  })
  const source = open(t, url)
  await (async () => { await source[Symbol.asyncIterator]().next() })()
  const more = new Promise(resolve => {
    source.addEventListener('message', ({ data }) => { if (data === 'more') resolve() })
  })
  const collecting = setInterval(() => globalThis.gc(), 20)
  await more
  clearInterval(collecting)
})

test('a long life leaves nothing behind', async () => {
  const chunk = Buffer.from(Array.from({ length: 500 }, (_, at) => `event: e${at % 50}\nid: ${at}\ndata: ${at}\n\n`).join(''))
  let left = 0
  const fetch = async () => {
    let chunks = 4
    return new Response(new ReadableStream({ pull: own => chunks-- > 0 ? own.enqueue(chunk) : own.close() }), { headers: STREAM })
  }
  let source
  let seen = 0
  const live = async connections => {
    left = connections
    // A connection that brought events and ended is followed by another one after 100 ms; these come one beside the other.
    await Promise.all(Array.from({ length: connections }, async () => {
      source = new EventSource('http://stream.invalid/', { fetch, reconnect: false })
      source.addEventListener('e7', () => { seen += 1 })
      await first(source, 'error')
      left -= 1
    }))
  }
  await live(50)
  const before = await used()
  seen = 0
  for (let round = 0; round < 10; round += 1) await live(50)
  const grown = await used() - before
  assert.deepEqual([left, seen], [0, 10 * 50 * 4 * 10])
  assert.ok(grown < MIB, `${grown} bytes more`)
})
