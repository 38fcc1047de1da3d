// Tries the package that is installed where this is run.

import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(pathToFileURL(join(process.cwd(), 'a.js')))
const { Hub, decode } = require('tidings')

const hub = new Hub()
const server = createServer(hub.handler({ topics: '*', start: 'earliest' })).listen(0, '127.0.0.1')
await once(server, 'listening')
hub.publish('a', '日本\nx')
const events = decode(await fetch(`http://127.0.0.1:${server.address().port}`))
const { value } = await events.next()
assert.deepEqual(value, { type: 'message', data: '日本\nx', lastEventId: hub.lastId })
await events.return()
server.close()
console.log(`tidings works on Node ${process.version}, ${process.platform} ${process.arch}`)
