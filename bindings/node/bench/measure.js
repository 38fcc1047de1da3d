// Measures one case in a process of its own: `measure.js <mode> <kind> <size> <repetitions> <bytes>`, JSON to standard output.

import { createParser as createPeer } from 'eventsource-parser'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { Decoder, createParser, decode } from '../dist/index.js'

import { chunks, events } from './corpora.js'

const [mode, kind, size, repetitions, bytes] = process.argv.slice(2)
const list = events(kind, Number(bytes))
const input = chunks(list, size === 'event' ? size : Number(size))
const total = input.reduce((sum, chunk) => sum + chunk.length, 0)

/** What is done with each event. */
const uses = {
  length: data => data.length,
  json: data => Object.keys(JSON.parse(data)).length,
  stream: data => data.length
}

/** An engine reads all chunks and returns the sum of what was done. They share no function, so that none is optimised for both. */
function engines(use) {
  return {
    'eventsource-parser': chunks => {
      let sum = 0
      const decoder = new TextDecoder()
      const parser = createPeer({ onEvent: event => { sum += use(event.data) } })
      for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }))
      return sum
    },
    tidings: chunks => {
      let sum = 0
      const decoder = new Decoder()
      for (const chunk of chunks) {
        const events = decoder.feed(chunk)
        for (let at = 0; at < events.length; at += 1) sum += use(events[at].data)
      }
      return sum
    },
    'tidings createParser': chunks => {
      let sum = 0
      const parser = createParser({ onEvent: event => { sum += use(event.data) } })
      for (const chunk of chunks) parser.feed(chunk)
      return sum
    }
  }
}

/** The body of a response, as fetch has it. */
function response(chunks) {
  let at = 0
  const body = new ReadableStream({
    pull(controller) {
      if (at === chunks.length) controller.close()
      else controller.enqueue(chunks[at++])
    }
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

const streams = {
  'eventsource-parser': async chunks => {
    let sum = 0
    const events = response(chunks).body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
    for await (const event of events) sum += event.data.length
    return sum
  },
  tidings: async chunks => {
    let sum = 0
    for await (const event of decode(response(chunks))) sum += event.data.length
    return sum
  }
}

const chosen = mode === 'stream' ? streams : engines(uses[mode])
const figures = Object.fromEntries(Object.keys(chosen).map(name => [name, []]))
const sums = new Set()
// The first round warms up.
for (let round = 0; round <= Number(repetitions); round += 1) {
  for (const [name, engine] of Object.entries(chosen)) {
    const start = performance.now()
    sums.add(await engine(input))
    const seconds = (performance.now() - start) / 1000
    if (round > 0) figures[name].push(total / seconds / 2 ** 20)
  }
}
if (sums.size !== 1) throw new Error(`engines disagree on ${mode} ${kind} ${size}: ${Array.from(sums)}`)
console.log(JSON.stringify({ mode, kind, size, bytes: total, events: list.length, figures }))
