// @ts-check
/**
 * The measure for the desk's door: a Fastify server that does nothing. It parses the same requests and answers the same
 * bodies as the desk, from memory, with no store, no checks and no headers of its own.
 */
import Fastify from 'fastify'

const [title = '', ticket = '{}'] = process.argv.slice(2)
const app = Fastify({ logger: false })
let number = 0

app.get('/tickets/:id', (_request, reply) => {
  reply.type('text/plain; charset=utf-8').send(title)
})
app.post('/tickets', (_request, reply) => {
  number += 1
  reply.code(201).type('text/plain; charset=utf-8').send(String(number).padStart(20, '0'))
})

app.get('/v1/tickets/:number', (_request, reply) => {
  reply.type('application/json; charset=utf-8').send(ticket)
})
app.post('/v1/tickets', (_request, reply) => {
  reply.code(201).type('application/json; charset=utf-8').send(ticket)
})

process.once('SIGTERM', () => process.exit(0))
console.log(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}`)
