// Clients of one engine: `clients.js <url> <how many>`. Each checks that every event comes once and in order. Told a number, they
// answer when all of them have so many events.

import { Agent, get } from 'node:http'

import { Decoder } from '../dist/index.js'

const [url, count] = process.argv.slice(2)
const clients = Number(count)
const agent = new Agent({ maxSockets: Infinity })
let wanted = Infinity
/** How many clients have what is wanted. */
let ready = 0
let open = 0
const seen = Array(clients).fill(0)

function fail(error) {
  process.send({ error })
}

function answer() {
  if (ready < clients) return
  wanted = Infinity
  process.send({})
}

for (let client = 0; client < clients; client += 1) {
  get(url, { agent }, response => {
    const decoder = new Decoder()
    response.on('data', chunk => {
      for (const { type, data } of decoder.feed(chunk)) {
        const { n, text } = JSON.parse(data)
        if (type !== 'tick' || n !== seen[client] || text.length !== 80) return fail(`client ${client} got ${n} after ${seen[client]}`)
        seen[client] += 1
        if (seen[client] === wanted) ready += 1
      }
      answer()
    })
    response.on('end', () => fail(`client ${client} was disconnected`))
    open += 1
    // What is sent first has come before anything is measured.
    if (open === clients) setTimeout(() => process.send({}), 200)
  }).on('error', error => fail(error.message))
}

process.on('message', number => {
  wanted = number
  ready = seen.filter(had => had >= number).length
  answer()
})
