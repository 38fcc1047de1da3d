// What is kept alive, and what is not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'

import { Decoder, EventStream, createParser, decode } from 'tidings'

import { chunks, events } from '../bench/corpora.js'

const MIB = 2 ** 20

/** What is in use when all garbage is collected, in bytes. Finalizers run after the collection. */
async function used() {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc()
    await setImmediate()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

for (const [kind, most] of [['llm', 4], ['cjk', 4]]) {
  test(`every 50th data of 64 MiB of ${kind} keeps at most ${most} times its own size`, async () => {
    const stream = chunks(events(kind, 4 * MIB), 16 * 1024)
    const decoder = new Decoder()
    const kept = []
    const before = await used()
    let [count, size] = [0, 0]
    for (let round = 0; round < 16; round += 1) {
      for (const chunk of stream) {
        for (const { data } of decoder.feed(chunk)) {
          count += 1
          if (count % 50 !== 0) continue
          kept.push(data)
          size += data.length * (kind === 'cjk' ? 2 : 1)
        }
      }
    }
    const ratio = (await used() - before) / size
    assert.ok(stream.length > 0, 'it is still there, as before')
    assert.ok(kept.length > 3000 && ratio > 1 && ratio <= most, `${kept.length} kept, ${ratio.toFixed(2)} times`)
  })
}

test('10 million events leave nothing behind', async () => {
  const block = Buffer.from(Array.from({ length: 1000 }, (_, index) => `event: e${index % 50}\nid: ${index}\ndata: ${index}\n\n`).join(''))
  const short = Buffer.from('data: one\n\n')
  const decoder = new Decoder()
  let seen = 0
  const parser = createParser({ onEvent: () => { seen += 1 } })
  const run = blocks => {
    for (let round = 0; round < blocks; round += 1) {
      seen += decoder.feed(block).length
      for (let times = 0; times < 50; times += 1) seen += decoder.feed(short).length
      if (round % 20 === 0) parser.feed(block)
    }
  }
  run(100) // what is made once
  const before = await used()
  seen = 0
  run(9_100)
  const grown = await used() - before
  assert.ok(seen >= 10_000_000, `${seen} events`)
  assert.ok(grown < MIB, `${grown} bytes more`)
})

test('iterators and streams that were abandoned are collected', async () => {
  const bytes = Buffer.from('data: x\n\ndata: y\n\ndata: cut')
  const abandon = async times => {
    const refs = []
    for (let round = 0; round < times; round += 1) {
      const source = new ReadableStream({ start: controller => controller.enqueue(bytes) })
      const events = decode(source)
      await events.next()
      const piped = new ReadableStream({ start: controller => controller.enqueue(bytes) }).pipeThrough(new EventStream())
      await piped.getReader().read()
      const batches = decode([bytes, bytes]).batches()
      await batches.next()
      refs.push(new WeakRef(events), new WeakRef(piped), new WeakRef(batches))
    }
    return refs
  }
  await abandon(100)
  const before = await used()
  const refs = await abandon(1000)
  const grown = await used() - before
  const alive = refs.filter(ref => ref.deref() !== undefined).length
  assert.ok(alive <= 6, `${alive} of ${refs.length} are alive`)
  assert.ok(grown < MIB, `${grown} bytes more`)
})
