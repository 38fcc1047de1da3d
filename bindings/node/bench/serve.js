// Measures one case of serving: `serve.js <push|hub> <events in a turn> <clients> <repetitions> <turns>`, JSON to standard output. Each
// engine is in a process of its own, and its clients are in another one; the engines take turns. In one process together, whoever
// came after better-sse paid for its garbage: 0.3 to 0.6 µs an event. What is measured is the processor time of an engine.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setImmediate as turned } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { createChannel, createSession as createPeer } from 'better-sse'
import { Hub, createSession } from '../dist/index.js'

const [mode, ...rest] = process.argv.slice(2)
const [burst, clients, repetitions, turns] = rest.slice(0, 4).map(Number)
/** In the process of an engine. */
const name = rest[4]
const text = 'x'.repeat(80)
/** How many turns are waited for together. */
const together = Math.ceil(1000 / clients / burst)

/**
 * The least that Node can do: no encoder, limits or timers, and all of a turn is one chunk of HTTP/1.1, in one Buffer that goes
 * straight to the sockets. It says what of a figure is the kernel's and Node's.
 */
function floor() {
  const sockets = []
  let text = ''
  const write = () => {
    const chunk = Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
    text = ''
    for (const socket of sockets) socket.write(chunk)
  }
  return {
    take: (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      sockets.push(response.socket)
    },
    send: data => {
      if (text === '') setImmediate(write)
      text += `event: tick\nid: ${data.n}\ndata: ${JSON.stringify(data)}\n\n`
    }
  }
}

/** An engine takes a connection, and then sends events to all that it has. Each is sent JSON with an event type and an ID. */
const engines = {
  'better-sse': () => {
    if (mode === 'hub') {
      const channel = createChannel()
      return {
        take: async (request, response) => channel.register(await createPeer(request, response)),
        send: data => channel.broadcast(data, 'tick')
      }
    }
    const peers = []
    return {
      take: async (request, response) => peers.push(await createPeer(request, response)),
      send: data => peers.forEach(session => session.push(data, 'tick', String(data.n)))
    }
  },
  tidings: () => {
    if (mode === 'hub') {
      const hub = new Hub()
      return {
        take: hub.handler({ topics: 'all' }),
        send: data => hub.publish('all', { event: 'tick', data: JSON.stringify(data) })
      }
    }
    const sessions = []
    return {
      take: (request, response) => sessions.push(createSession(request, response)),
      send: data => sessions.forEach(session => session.push({ event: 'tick', id: String(data.n), data: JSON.stringify(data) }))
    }
  },
  floor
}

async function answerOf(child, message) {
  const answer = once(child, 'message')
  if (message !== undefined) child.send(message)
  const [{ error, figure }] = await answer
  if (error !== undefined) throw new Error(error)
  return figure
}

/** The process of an engine: it tells when its clients are there, and the figure of a round when it is asked for one. */
async function serve() {
  const { take, send } = engines[name]()
  const server = createServer(take).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const child = fork(fileURLToPath(new URL('clients.js', import.meta.url)), [`http://127.0.0.1:${server.address().port}/`, clients])
  await answerOf(child)
  let sent = 0
  /**
   * Sends the events of some turns. To many clients, the next turn begins when all have those of the last; to few, it would be mostly
   * the answers that are measured, and what is sent in some turns is waited for together.
   */
  const round = async () => {
    const start = process.cpuUsage()
    for (let turn = 1; turn <= turns; turn += 1) {
      for (let event = 0; event < burst; event += 1) {
        send({ n: sent, text })
        sent += 1
      }
      if (turn % together === 0 || turn === turns) await answerOf(child, sent)
      else await turned()
    }
    const { user, system } = process.cpuUsage(start)
    return (turns * burst * clients) / ((user + system) / 1000)
  }
  process.on('message', async message => {
    if (message === 'round') return process.send({ figure: await round() })
    child.kill()
    process.exit()
  })
  process.send({})
}

async function compare() {
  const own = fileURLToPath(import.meta.url)
  const children = new Map()
  for (const name of Object.keys(engines)) {
    const child = fork(own, [...process.argv.slice(2), name])
    children.set(name, child)
    // It has said why, and nobody would get its answer.
    child.on('exit', code => { if (code !== 0) process.exit(1) })
    await answerOf(child)
  }
  const figures = Object.fromEntries(Object.keys(engines).map(name => [name, []]))
  // The first round warms up.
  for (let at = 0; at <= repetitions; at += 1) {
    for (const [name, child] of children) {
      const figure = await answerOf(child, 'round')
      if (at > 0) figures[name].push(figure)
    }
  }
  for (const child of children.values()) child.send('end')
  console.log(JSON.stringify({ mode, burst, clients, events: turns * burst, figures }))
  process.disconnect?.()
}

if (name === undefined) await compare()
else await serve()
