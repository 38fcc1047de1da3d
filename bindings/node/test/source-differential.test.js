// Generated streams through event sources: ours beside that of Chromium, and that of undici. All get the same bytes from one server.
//
// Who is wrong where they differ:
// - undici keeps the type when an empty `event` field follows it, where the standard sets it to the empty string: for it, streams
//   with two `event` fields in a block are left out.
// - Chromium (156) loses the line behind a byte order mark and an LF, where the standard has an empty line and then that line: for
//   it, streams that begin so are left out. It also resets the reconnection time at an empty `retry`, which events do not show.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'

import { EventSource } from 'tidings'
import { EventSource as OfUndici } from 'undici'

import { openPage } from './support/chromium.js'
import { STREAM } from './support/server.js'
import { brokenStream, stream } from './support/streams.js'
import { random, randomCut } from './support/vectors.js'

const STREAMS = 400
const TYPES = ['message', 'tick', 'a', 'b', 'c', 't'.repeat(80)]
const SEEDS = Array.from({ length: STREAMS }, (_, seed) => seed)

/** All events of one connection. It is a page's code, too. */
function eventsOf(Source, url, types) {
  return new Promise(resolve => {
    const seen = []
    const source = new Source(url)
    for (const type of types) source.addEventListener(type, ({ type, data, lastEventId }) => seen.push([type, data, lastEventId]))
    source.onerror = () => {
      source.close()
      resolve(seen)
    }
  })
}

const page = `<!doctype html><script>
${eventsOf}
const all = []
async function run() {
  for (let seed = 0; seed < ${STREAMS}; seed += 1) all.push(await eventsOf(EventSource, '/' + seed, ${JSON.stringify(TYPES)}))
  await fetch('/report', { method: 'POST', body: JSON.stringify(all) })
}
run()
</script>`

/** Some are not UTF-8. */
const bytesOf = seed => seed % 2 === 0 ? Buffer.from(stream(seed)) : brokenStream(seed)

let server, url, ours
const report = new Promise(resolve => {
  server = createServer(async (request, response) => {
    if (request.url === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end(page)
    if (request.url === '/report') {
      resolve(JSON.parse(await text(request)))
      return response.end()
    }
    const seed = Number(request.url.slice(1))
    response.writeHead(200, STREAM)
    for (const piece of randomCut(bytesOf(seed), random(seed), 200)) response.write(piece)
    response.end()
  }).listen(0, '127.0.0.1')
})

before(async () => {
  await once(server, 'listening')
  url = `http://127.0.0.1:${server.address().port}/`
  ours = await Promise.all(SEEDS.map(seed => eventsOf(EventSource, url + seed, TYPES)))
})
after(() => {
  server.close()
  server.closeAllConnections()
})

test('Chromium dispatches the same events', async t => {
  const theirs = await Promise.race([report, openPage(t, url)])
  compare(theirs, SEEDS.filter(seed => !bytesOf(seed).subarray(0, 4).equals(Buffer.from('\ufeff\n'))))
})

test('undici dispatches the same events', async () => {
  const own = process.emitWarning
  process.emitWarning = () => {}
  const seeds = SEEDS.filter(seed => {
    const blocks = bytesOf(seed).toString('latin1').replace(/\r\n?/g, '\n').split(/\n\n+/)
    return !blocks.some(block => block.match(/^(\xef\xbb\xbf)?event/gm)?.length > 1)
  })
  const theirs = []
  await Promise.all(seeds.map(async seed => {
    theirs[seed] = await eventsOf(OfUndici, url + seed, TYPES)
  }))
  process.emitWarning = own
  compare(theirs, seeds)
})

function compare(theirs, seeds) {
  let compared = 0
  for (const seed of seeds) {
    assert.deepEqual(ours[seed], theirs[seed], `stream ${seed}: ${JSON.stringify(bytesOf(seed).toString('latin1'))}`)
    compared += theirs[seed].length
  }
  assert.ok(compared > 100, `${compared} events`)
}
