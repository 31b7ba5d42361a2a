/** A small resource under `/v1`, as real ones will be there: a plugin with hooks of its own, whose routes answer through Fastify and refuse in problems. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DeskError } from '#src/http/desk-api/errors.js'
import { StoreError } from '#src/store/errors.js'

const noteBody = {
  type: 'object',
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 10 },
    priority: { type: 'string', enum: ['low', 'high'] },
    labels: { type: 'array', maxItems: 2, items: { type: 'string' } },
    due: { anyOf: [{ type: 'string', pattern: '^[0-9]{4}$' }, { type: 'null' }] },
    size: { type: 'integer', minimum: 1, maximum: 9 },
  },
  required: ['title'],
  additionalProperties: false,
} as const

const noteQuery = {
  type: 'object',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 200 },
    sort: { type: 'string', enum: ['number', 'created'] },
    day: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', maxLength: 10 },
    q: { type: 'string', maxLength: 5 },
  },
  required: ['q'],
  additionalProperties: false,
} as const

/** Which hooks ran, in order. */
export type Heard = string[]

/** Adds the routes; `heard` is told of every hook that runs for them. */
export function addProbe(app: FastifyInstance, heard: Heard = []): void {
  const problem = { errors: 'problem' } as const
  app.register(
    (v1, _options, ready) => {
      const hear = (name: string) => (_request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
        heard.push(name)
        done()
      }
      v1.addHook('onRequest', hear('onRequest'))
      v1.addHook('preValidation', hear('preValidation'))
      v1.addHook('preHandler', hear('preHandler'))
      v1.addHook('onResponse', (_request, reply, done) => {
        heard.push(`onResponse ${reply.statusCode}`)
        done()
      })
      v1.addHook('preSerialization', (_request, _reply, payload, done) => {
        heard.push('preSerialization')
        done(null, payload)
      })
      v1.addHook('onSend', (_request, reply, payload, done) => {
        heard.push('onSend')
        reply.header('Desk-Index', '7')
        done(null, payload)
      })
      v1.get('/notes/:id', { config: { ...problem, saysAge: true } }, (_request, reply) => reply.send({ number: 1 }))
      v1.get('/notes', { config: problem, schema: { querystring: noteQuery } }, ({ query }, reply) => reply.send(query))
      v1.post('/notes', { config: problem, schema: { body: noteBody } }, async ({ body }, reply) => {
        reply.code(201).header('Location', '/v1/notes/1').header('Cache-Control', 'private, no-cache')
        return body
      })
      v1.get('/text', { config: problem }, async () => 'plain words')
      v1.get('/fault', { config: problem }, async () => {
        throw new TypeError('secret is not a function')
      })
      v1.get('/away', { config: problem }, async () => {
        throw new StoreError('unavailable')
      })
      v1.get('/missing', { config: problem }, async () => {
        throw new DeskError('ticket_not_found')
      })
      ready()
    },
    { prefix: '/v1' },
  )
}
