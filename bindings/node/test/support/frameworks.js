// The hub and sessions behind each framework.

import { createServer } from 'node:http'

import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'

import { createSession } from 'tidings'

/**
 * Each makes a server that does not listen yet. It has the events of the hub at `/`, and a session that is given to `begun` at
 * `/own`. `use` gets the application, for middleware.
 */
export const FRAMEWORKS = {
  'node:http': (hub, options, { begun } = {}) => {
    const feed = hub.handler({ topics: '*', ...options })
    return createServer((request, response) => {
      if (request.url === '/own') begun(createSession(request, response, options))
      else feed(request, response)
    })
  },
  express: (hub, options, { begun, use } = {}) => {
    const app = express()
    use?.(app)
    app.get('/', hub.handler({ topics: '*', ...options }))
    app.get('/own', (request, response) => { begun(createSession(request, response, options)) })
    return createServer(app)
  },
  koa: (hub, options, { begun, use } = {}) => {
    const app = new Koa()
    app.silent = true
    use?.(app)
    app.use(context => {
      const session = createSession(context.req, options)
      if (context.path === '/own') begun(session)
      else hub.subscribe(session, { topics: '*' })
      context.set(session.headers)
      context.body = session.readable
    })
    return createServer(app.callback())
  },
  fastify: async (hub, options, { begun, use } = {}) => {
    let server
    const app = fastify({ serverFactory: handler => server = createServer(handler) })
    await use?.(app)
    const answer = act => (request, reply) => {
      const session = createSession(request.raw, options)
      act(session)
      return reply.headers(session.headers).send(session.readable)
    }
    app.get('/', answer(session => hub.subscribe(session, { topics: '*' })))
    app.get('/own', answer(session => begun(session)))
    await app.ready()
    return server
  },
  hono: (hub, options, { begun, use } = {}) => {
    const app = new Hono()
    use?.(app)
    const feed = hub.handler({ topics: '*', ...options })
    app.get('/', context => feed(context.req.raw))
    app.get('/own', context => {
      const session = createSession(context.req.raw, options)
      begun(session)
      return session.response
    })
    return createAdaptorServer({ fetch: app.fetch })
  }
}
