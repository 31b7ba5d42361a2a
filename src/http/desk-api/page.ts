/**
 * The page of the desk, for people: one document at every address that the page has (a list, a ticket, the board …), which decides by its
 * address what to show, and the files that it is made of. It may load and send to nothing but this desk, and runs no script that does not
 * come from here as a file.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answers, textAnswer } from './openapi.js'
import { pathOf } from '../door-book.js'
import { DeskError } from './errors.js'
import { PageFiles, type PageDocument, type PageFile, type PageTold } from './page-files.js'

/** The addresses that the page has beside `/`; `web/state/address.ts` reads them. */
const pagePaths = ['/t/:number', '/board', '/dashboard', '/keys', '/keys/*', '/settings', '/settings/:part'] as const

/** Those of them, and of the files, as the OpenAPI document would write them: they answer whoever is not known. */
export const pageRoutes: readonly string[] = [
  '/',
  '/assets/{file}',
  ...pagePaths.map((path) => path.replaceAll(/:(\w+)/gu, '{$1}')),
]

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types desk dompurify',
].join('; ')

const documentHeaders = [
  'Cache-Control',
  'no-cache',
  'Content-Security-Policy',
  policy,
  'Cross-Origin-Opener-Policy',
  'same-origin',
  'Referrer-Policy',
  'no-referrer',
]

const fileHeaders = [
  // Its name changes with its content.
  'Cache-Control',
  'public, max-age=31536000, immutable',
  'Content-Security-Policy',
  policy,
]

/** Adds the page's routes. */
export function addDeskPage(app: FastifyInstance, told: PageTold): void {
  const files = new PageFiles(told)
  const answerDocument = (request: FastifyRequest, reply: FastifyReply): void => {
    const document = files.document(pathOf(request.url))
    if (request.headers['if-none-match'] === document.etag) {
      reply.hijack()
      reply.raw.writeHead(304, [...documentHeaders, 'ETag', document.etag, ...guards])
      reply.raw.end()
      return
    }
    send(request, reply, document, [...documentHeaders, 'ETag', document.etag])
  }
  const schema = {
    operationId: 'getPage',
    summary: 'The page for people',
    tags: ['service'],
    response: answers({ 200: textAnswer('The page.', '<!doctype html>…', undefined, 'text/html') }, []),
  }
  app.get('/', { schema }, answerDocument)
  for (const path of pagePaths) app.get(path, { schema: { hide: true } }, answerDocument)
  app.get(
    '/assets/:file',
    { schema: { hide: true } },
    (request: FastifyRequest<{ Params: { file: string } }>, reply) => {
      const file = files.asset(request.params.file)
      if (file === undefined) throw new DeskError('not_found')
      send(request, reply, file, fileHeaders)
    },
  )
}

const guards = [
  'X-Content-Type-Options',
  'nosniff',
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Vary',
  'Accept-Encoding',
]

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  file: PageFile | PageDocument,
  headers: readonly string[],
): void {
  const accept = request.headers['accept-encoding']
  const sent = file.as(typeof accept === 'string' ? accept : undefined)
  // Its name is known from the start, but the program was replaced since.
  if (sent === undefined) throw new DeskError('not_found')
  const { body, coding } = sent
  reply.hijack()
  reply.raw.writeHead(200, [
    'Content-Type',
    file.contentType,
    'Content-Length',
    String(body.length),
    ...(coding === undefined ? [] : ['Content-Encoding', coding]),
    ...headers,
    ...guards,
  ])
  reply.raw.end(body)
}
