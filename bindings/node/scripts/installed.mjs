// Tries the package that is installed where this is run.

import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(pathToFileURL(join(process.cwd(), 'a.js')))
const { EventSource, Hub, createSession, decode } = require('tidings')

const hub = new Hub()
const feed = hub.handler({ topics: '*', start: 'earliest' })
const server = createServer((request, response) => {
  request.socket.unref() // what keeps the process alive is to be seen at the client
  if (request.url === '/feed') return feed(request, response)
  createSession(request, response).push('pushed')
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}`
hub.publish('a', '日本\nx')
const events = decode(await fetch(`${url}/feed`))
const { value } = await events.next()
assert.deepEqual(value, { type: 'message', data: '日本\nx', lastEventId: hub.lastId })
await events.return()

// It is still open at the end: how Node's fetch tells its socket may change, and then the process would stay.
const source = new EventSource(url, { ref: false })
const { data } = await new Promise((resolve, reject) => {
  source.onmessage = resolve
  source.onerror = event => reject(event.error)
})
assert.equal(data, 'pushed')
server.close()
setTimeout(() => assert.fail('an event source keeps the process alive though it should not'), 5000).unref()
console.log(`tidings works on Node ${process.version}, ${process.platform} ${process.arch}`)
