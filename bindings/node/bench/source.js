// Measures EventSource over loopback: `source.js <kind> <size> <repetitions> <bytes>`, JSON to standard output. The server is a process of
// its own, since that is where events come from.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

import { chunks, events } from './corpora.js'

const [kind, size, repetitions, bytes] = process.argv.slice(2)
const list = events(kind, Number(bytes))
const type = kind === 'named' ? 'tick' : 'message'

if (process.send !== undefined) {
  await serve(chunks(list, size === 'event' ? size : Number(size)))
} else {
  const server = fork(fileURLToPath(import.meta.url), process.argv.slice(2))
  const [port] = await once(server, 'message')
  console.log(JSON.stringify(await measure(`http://127.0.0.1:${port}/`)))
  server.kill()
}

/**
 * Answers each request with all chunks, each one of HTTP too, and then nothing: nobody is to reconnect. They are framed before: Node
 * takes longer to write a chunk than a client to read it, and then it would be the server that is measured.
 */
async function serve(input) {
  const framed = Buffer.concat(input.flatMap(chunk => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]))
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    response.socket.write(framed)
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
}

/** What reads all events and returns the sum of their lengths. */
async function engines() {
  const { EventSource: Tidings } = await import('../dist/index.js')
  const { EventSource: Peer } = await import('eventsource')
  const read = Source => url => new Promise((resolve, reject) => {
    let [count, sum] = [0, 0]
    const source = new Source(url)
    source.addEventListener(type, event => {
      sum += event.data.length
      count += 1
      if (count < list.length) return
      source.close()
      resolve(sum)
    })
    source.onerror = event => reject(new Error(`${Source.name}: ${event.message}`))
  })
  return { eventsource: read(Peer), node: read(globalThis.EventSource), tidings: read(Tidings), fetch: bytesOnly }
}

/** What the transport alone takes. It knows when to stop. */
async function bytesOnly(url) {
  const controller = new AbortController()
  const { body } = await fetch(url, { signal: controller.signal })
  const reader = body.getReader()
  for (let left = list.reduce((sum, event) => sum + event.length, 0); left > 0;) left -= (await reader.read()).value.length
  controller.abort()
  return undefined
}

async function measure(url) {
  const chosen = await engines()
  const figures = Object.fromEntries(Object.keys(chosen).map(name => [name, []]))
  const sums = new Set()
  // The first round warms up.
  for (let round = 0; round <= Number(repetitions); round += 1) {
    for (const [name, engine] of Object.entries(chosen)) {
      const start = performance.now()
      const sum = await engine(url)
      const seconds = (performance.now() - start) / 1000
      if (sum !== undefined) sums.add(sum)
      if (round > 0) figures[name].push(list.length / seconds)
    }
  }
  if (sums.size !== 1) throw new Error(`engines disagree on ${kind} ${size}: ${Array.from(sums)}`)
  return { mode: 'EventSource', kind, size, bytes: Number(bytes), events: list.length, figures }
}
