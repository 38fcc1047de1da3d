// Every framework with a browser: its own `EventSource`, which knows nothing of this package.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createServer as createGate } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

import { Hub, Shutdown } from 'tidings'

import { openPage } from './support/chromium.js'
import { FRAMEWORKS } from './support/frameworks.js'
import { listen, until } from './support/servers.js'

/** It runs in the page: reports all that happens to an event source, in its order. */
function watch(name, url) {
  const source = new EventSource(url)
  let told = Promise.resolve()
  const report = ({ type, data, lastEventId }) => {
    const body = JSON.stringify({ name, type, data, lastEventId, readyState: source.readyState })
    told = told.then(() => fetch('/report', { method: 'POST', body }))
  }
  for (const type of ['open', 'error', 'message', 'price', 'gap']) source.addEventListener(type, report)
  source.addEventListener('bye', event => {
    source.close()
    report(event)
  })
}

/** Keeps its port while the server behind it goes and another one comes. Without one, connections are refused. */
class Gate {
  #server
  #sockets = new Set()
  #gate = createGate({ allowHalfOpen: true, noDelay: true }, socket => {
    if (this.#server === undefined) return socket.destroy()
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    this.#server.emit('connection', socket)
  })

  async listen(t) {
    t.after(() => this.down())
    return `http://127.0.0.1:${await listen(t, this.#gate)}`
  }

  up(server) {
    this.#server = server
  }

  /** As when the process is killed. */
  down() {
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** What event sources of the page have reported, by their names. */
class Reports {
  #lists = new Map()

  add({ name, ...report }) {
    this.#of(name).push(report)
  }

  /** The next so many of them; `error`s come as often as the browser tries. */
  async next(name, count) {
    const list = this.#of(name)
    const reports = []
    while (reports.length < count) {
      await until(() => list.length > 0)
      const report = list.shift()
      if (report.type !== 'error') reports.push(report)
      else assert.equal(report.readyState, 0, 'it tries again')
    }
    return reports
  }

  isEmpty(name) {
    return this.#of(name).length === 0
  }

  #of(name) {
    if (!this.#lists.has(name)) this.#lists.set(name, [])
    return this.#lists.get(name)
  }
}

const OPTIONS = { reconnectionTime: 20, headers: { 'access-control-allow-origin': '*' } }
const OPENED = { type: 'open', readyState: 1 }
const told = (type, data, lastEventId) => ({ type, data, lastEventId, readyState: type === 'bye' ? 2 : 1 })

/** For each framework a hub, and a server that can be started again. */
class Site {
  hub = new Hub()
  gate = new Gate()
  started = 0

  constructor(start) {
    this.start = start
  }

  async up() {
    this.shutdown = new Shutdown()
    this.gate.up(await this.start(this.hub, { ...OPTIONS, shutdown: this.shutdown }, { begun: session => this.#begun(session) }))
  }

  /** Says with what ID the client came. The first response ends; the client comes back, and is sent away. */
  #begun(session) {
    this.started += 1
    session.push({ event: 'price', id: `日é${this.started}`, data: `after ${session.lastEventId}` })
    if (this.started > 1) session.push({ event: 'bye', data: '' })
    else session.end()
  }

  publish(type, data) {
    const { id } = this.hub.publish('a', type === 'message' ? data : { event: type, data })
    return told(type, data.replace(/\r\n?/g, '\n'), id)
  }
}

test('in Chromium', { timeout: 60_000 }, async t => {
  const reports = new Reports()
  const sites = Object.entries(FRAMEWORKS).map(([name, start]) => [name, new Site(start)])
  const watched = []
  for (const [name, site] of sites) {
    const url = await site.gate.listen(t)
    await site.up()
    watched.push([name, `${url}/`], [`${name}, own`, `${url}/own`])
  }
  const page = `<!doctype html><script>${watch}\nfor (const each of ${JSON.stringify(watched)}) watch(...each)</script>`
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') reports.add(JSON.parse(await text(request)))
    response.writeHead(200, { 'content-type': 'text/html' }).end(request.url === '/' ? page : '')
  })
  const closed = openPage(t, `http://127.0.0.1:${await listen(t, server)}/`)
  const next = (...what) => Promise.race([reports.next(...what), closed])

  for (const [name, site] of sites) {
    const { hub, gate } = site
    await t.test(`${name}: it is open before there is an event`, async () => {
      assert.deepEqual(await next(name, 1), [OPENED])
      assert.ok(reports.isEmpty(name) && hub.presence('a') === 1)
    })

    await t.test(`${name}: events, with names, in lines, in any script, large and empty`, async () => {
      const published = [
        site.publish('price', '21.5'), site.publish('message', 'a\nb\r\n\rc'), site.publish('message', '日本語 é 😀 \u2028 \ufeff'),
        site.publish('message', 'x'.repeat(300_000)), site.publish('price', ''), site.publish('message', ' : data: x')
      ]
      assert.deepEqual(await next(name, published.length), published)
    })

    await t.test(`${name}: a session, its reconnection time and the browser's last event ID`, async () => {
      assert.deepEqual(await next(`${name}, own`, 5), [
        OPENED, told('price', 'after ', '日é1'), OPENED, told('price', 'after 日é1', '日é2'), told('bye', '', '日é2')
      ])
    })

    await t.test(`${name}: a server that is drained and started again: nothing is lost, nothing comes twice`, async () => {
      const before = site.publish('message', 'before')
      site.shutdown.drain(20)
      await site.shutdown.drained()
      gate.down()
      const missed = [site.publish('price', 'missed'), site.publish('message', 'too')]
      await site.up()
      assert.deepEqual(await next(name, 4), [before, OPENED, ...missed])
    })

    await t.test(`${name}: nor when it dies while it sends`, async () => {
      const lines = Array.from({ length: 20 }, (_, number) => site.publish('message', `${number} ${'x'.repeat(50_000)}`))
      await new Promise(setImmediate)
      gate.down()
      await site.up()
      const last = site.publish('price', 'the last')
      const seen = await next(name, lines.length + 2)
      assert.deepEqual(seen.filter(({ type }) => type !== 'open'), [...lines, last])
    })

    await t.test(`${name}: close() frees what the server has`, async () => {
      const bye = site.publish('bye', '')
      assert.deepEqual(await next(name, 1), [bye])
      await until(() => hub.presence('a') === 0 && site.shutdown.openStreams === 0)
      site.publish('message', 'nobody hears this')
      assert.ok(reports.isEmpty(name))
    })
  }
})
