// Measures one case of serving in a process of its own: `serve.js <push|hub> <events in a turn> <clients> <repetitions> <turns>`, JSON to
// standard output. The clients are in another process. What is measured is the processor time of this one.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setImmediate as turned } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { createChannel, createSession as createPeer } from 'better-sse'
import { Hub, createSession } from '../dist/index.js'

const [mode] = process.argv.slice(2)
const [burst, clients, repetitions, turns] = process.argv.slice(3).map(Number)
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
function engines() {
  if (mode === 'hub') {
    const channel = createChannel()
    const hub = new Hub()
    const handler = hub.handler({ topics: 'all' })
    return {
      'better-sse': {
        take: async (request, response) => channel.register(await createPeer(request, response)),
        send: data => channel.broadcast(data, 'tick')
      },
      tidings: { take: handler, send: data => hub.publish('all', { event: 'tick', data: JSON.stringify(data) }) },
      floor: floor()
    }
  }
  const [peers, sessions] = [[], []]
  return {
    'better-sse': {
      take: async (request, response) => peers.push(await createPeer(request, response)),
      send: data => peers.forEach(session => session.push(data, 'tick', String(data.n)))
    },
    tidings: {
      take: (request, response) => sessions.push(createSession(request, response)),
      send: data => sessions.forEach(session => session.push({ event: 'tick', id: String(data.n), data: JSON.stringify(data) }))
    },
    floor: floor()
  }
}

const chosen = engines()
const server = createServer((request, response) => chosen[request.url.slice(1)].take(request, response)).listen(0, '127.0.0.1')
await once(server, 'listening')

/** All clients of an engine. They answer when each of them has so many events. */
async function connect(name) {
  const child = fork(fileURLToPath(new URL('clients.js', import.meta.url)), [`http://127.0.0.1:${server.address().port}/${name}`, clients])
  await once(child, 'message')
  return child
}

async function have(child, count) {
  const answer = once(child, 'message')
  child.send(count)
  const [{ error }] = await answer
  if (error !== undefined) throw new Error(error)
}

const children = Object.fromEntries(await Promise.all(Object.keys(chosen).map(async name => [name, await connect(name)])))
const figures = Object.fromEntries(Object.keys(chosen).map(name => [name, []]))
const sent = Object.fromEntries(Object.keys(chosen).map(name => [name, 0]))

/** Sends the events of some turns. To many clients, the next turn begins when all have those of the last; to few, it would be mostly
 * the answers that are measured, and what is sent in some turns is waited for together. */
async function round(name) {
  const start = process.cpuUsage()
  for (let turn = 1; turn <= turns; turn += 1) {
    for (let event = 0; event < burst; event += 1) {
      chosen[name].send({ n: sent[name], text })
      sent[name] += 1
    }
    if (turn % together === 0 || turn === turns) await have(children[name], sent[name])
    else await turned()
  }
  const { user, system } = process.cpuUsage(start)
  return (turns * burst * clients) / ((user + system) / 1000)
}

// The first round warms up.
for (let at = 0; at <= repetitions; at += 1) {
  for (const name of Object.keys(chosen)) {
    const figure = await round(name)
    if (at > 0) figures[name].push(figure)
  }
}
for (const child of Object.values(children)) child.kill()
console.log(JSON.stringify({ mode, burst, clients, events: turns * burst, figures }))
process.exit()
