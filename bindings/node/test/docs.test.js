// The code of the pages.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const PAGES = [
  '../README.md', '../../../docs/node.md', '../../../docs/node-event-source.md',
  ...['README', 'http', 'express', 'koa', 'fastify', 'hono', 'http2'].map(page => `../../../docs/node/${page}.md`)
]

/** What the API of the examples answers. */
const ANSWERS = {
  '/v1/chat/completions': ['Hel', 'lo'].map(content => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`).join('') +
    'data: [DONE]\n\n',
  '/v1/messages': 'event: content_block_delta\ndata: {"delta":{"text":"Hello"}}\n\nevent: message_stop\ndata: {}\n\n',
  '/prices': 'id: 1\nevent: price\ndata: 21.5\n\nid: 2\nevent: price\ndata: 22.0\n\n',
  '/private': 'data: welcome\n\n'
}

test('the code of the pages runs, and what it asserts is so', async t => {
  const own = fetch
  t.mock.method(globalThis, 'fetch', (url, options) => {
    const { host, pathname } = new URL(url)
    if (host !== 'api.example.com') return own(url, options)
    if (pathname === '/private' && options.headers.authorization !== 'Bearer fresh') return new Response('stale', { status: 401 })
    return new Response(ANSWERS[pathname], { headers: { 'content-type': 'text/event-stream' } })
  })
  const { mock: asserted } = t.mock.method(console, 'assert', condition => assert.ok(condition))
  const { mock: errors } = t.mock.method(console, 'error', () => {})
  let snippets = 0
  for (const page of PAGES) {
    const text = readFileSync(new URL(page, import.meta.url), 'utf8')
    for (const [, code] of text.matchAll(/^```js\n([^]*?)^```$/gm)) {
      await t.test(`${page}: ${code.split('\n', 1)[0]}, snippet ${snippets += 1}`, async () => {
        const before = asserted.callCount()
        // Modules of a `data:` URL find no packages.
        const found = code.replace(/ from '(?!node:)([^']+)'/g, (_, name) => ` from '${import.meta.resolve(name)}'`)
        const source = `${found}\n// snippet ${snippets}`
        await import(`data:text/javascript,${encodeURIComponent(source)}`)
        assert.ok(asserted.callCount() > before, 'it asserts something')
        assert.deepEqual(errors.calls.map(call => call.arguments[0]), [], 'nothing is logged')
      })
    }
  }
  assert.ok(snippets >= 10, `${snippets} snippets`)
})
