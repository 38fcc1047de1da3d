// Decoders of several threads.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

import { Decoder } from 'tidings'

import { brokenStream } from './support/streams.js'

const CODE = `
  import { parentPort, workerData } from 'node:worker_threads'
  const { Decoder } = await import(workerData)
  parentPort.on('message', bytes => {
    const decoder = new Decoder()
    parentPort.postMessage(Array.from(bytes, byte => decoder.feed(Uint8Array.of(byte))).flat())
  })
`

test('each thread has its own memory', async () => {
  const address = import.meta.resolve('tidings')
  const start = () => new Worker(new URL(`data:text/javascript,${encodeURIComponent(CODE)}`), { workerData: address })
  const workers = Array.from({ length: 3 }, start)
  for (let seed = 0; seed < 60; seed += 1) {
    const bytes = new Uint8Array(brokenStream(seed))
    const answers = workers.map(worker => once(worker, 'message'))
    for (const worker of workers) worker.postMessage(bytes)
    const want = new Decoder().feed(bytes)
    for (const answer of answers) assert.deepEqual((await answer)[0], want)
  }
  await Promise.all(workers.map(worker => worker.terminate()))
  // The binary is still there for a thread that starts later.
  const worker = start()
  worker.postMessage(new Uint8Array(Buffer.from('data: x\n\n')))
  assert.equal((await once(worker, 'message'))[0][0].data, 'x')
  await worker.terminate()
})
