/**
 * Makes `/openapi.json` in a thread of its own, which ends with it: it takes the processor longer than others should wait. It is sent the
 * schemas that the routes check with, and holds what the document says beyond them: title, introduction, tags.
 */
import { parentPort, workerData } from 'node:worker_threads'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { deskErrors, errorCodes } from '../../contract/errors.js'
import { REQUEST_ID_HEADER } from '../request-id.js'
import { jsonLine, prettyJson } from './answer.js'
import { credentials, securitySchemes } from './security.js'
import { SharedParts, type Described } from './openapi-shared.js'

/** The document of an app that has these routes and answers none. */
async function documentOf({ version, schemas, routes }: Described): Promise<string> {
  const app = Fastify()
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => jsonLine)
  for (const schema of schemas) app.addSchema(schema)
  await registerOpenApi(app, version)
  for (const { url, method, schema } of routes) app.route({ url, method: [...method], schema, handler: () => '' })
  await app.ready()
  return prettyJson(app.swagger())
}

/** Prepares the document. Call before routes are added, since it learns them as they come. */
async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  const shared = new SharedParts()
  await app.register(swagger, {
    stripBasePath: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'etcdesk: the ticket API',
        version,
        description: introduction(),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      // Where the document lies: below the path of a proxy, if there is one.
      servers: [{ url: '.', description: 'This server.' }],
      security: [...credentials],
      components: { securitySchemes },
      tags: [
        { name: 'tickets', description: 'Tickets, and what surrounds them: comments, links, watchers, history.' },
        { name: 'together', description: 'Many changes as one: batches, undo, import, and what was removed at once.' },
        { name: 'statuses', description: 'Statuses, and which moves between them are allowed.' },
        { name: 'queues', description: 'Queues: where tickets are handled, and which fields they have there.' },
        { name: 'labels', description: 'Labels.' },
        { name: 'fields', description: 'Custom fields.' },
        { name: 'users', description: 'Users and their roles.' },
        { name: 'views', description: 'Saved searches.' },
        { name: 'desk', description: 'Who one is, and what the desk is set to.' },
        {
          name: 'access',
          description: 'Credentials: tokens, sessions, links that set a password; and what was done with rights.',
        },
        { name: 'lab', description: 'Tickets as the course lab has them: a number and a title.' },
        { name: 'events', description: 'What happens, as it happens.' },
        { name: 'service', description: 'What runs here, and how it is.' },
      ],
    },
    convertConstToEnum: false,
    transform: ({ schema, url }) => ({ schema: shared.take(schema), url }),
    transformObject: (made) => ('openapiObject' in made ? shared.put(made.openapiObject) : made.swaggerObject),
    refResolver: { buildLocalReference: ({ $id }) => (typeof $id === 'string' ? $id : 'Unnamed') },
  })
}

function introduction(): string {
  const rows = errorCodes.map((code) => `| \`${code}\` | ${deskErrors[code].status} | ${deskErrors[code].sentence} |`)
  return [
    "The desk is `/v1`; the paths without it are the course lab's, where a ticket is a number and a title, and the service's. Bodies of requests are JSON; answers are JSON, with a line end behind it, or plain text, always UTF-8.",
    'Every path may also be written with a slash at the end. HEAD works wherever GET does, and OPTIONS names the methods of a path.',
    'A ticket number may be sent without its leading zeros.',
    `A request may bring an id of its own in the header \`${REQUEST_ID_HEADER}\` (1 to 128 visible ASCII characters): the answer and the log have it too.`,
    '',
    'Under `/v1` a refused request is answered with a problem (RFC 9457): `code` is stable, `detail` is for people, `errors` has each fault and its place.',
    'Elsewhere it is `{"code": …, "msg": …}`; two refusals keep the words of the lab instead: an unknown ticket and a DELETE without a ticket.',
    '',
    '| code | status | what it says |',
    '|---|---|---|',
    ...rows,
  ].join('\n')
}

const described: Described = JSON.parse(String(workerData))
parentPort?.postMessage(await documentOf(described))
