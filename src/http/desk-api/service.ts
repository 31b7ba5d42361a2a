/** What the desk says about itself: alive, ready, version, metrics, the OpenAPI document, and the pages for people. */
import type { FastifyInstance } from 'fastify'
import type { DeskStore } from '../../desk.js'
import { indexedPercent } from '../../search/index/progress.js'
import type { NodeList, Readiness, Version } from '../../contract/service.js'
import { NoQuery } from '../../contract/tickets.js'
import { contactProblem, lagProblem } from '../stale.js'
import { docsPages, type Page } from './docs-page.js'
import { addDeskPage } from './page.js'
import { answer, answerJson, contentTypes } from './answer.js'
import type { ApiDocument } from './openapi-document.js'
import { answers, failureHeaders, jsonAnswer, retryHeader, textAnswer } from './openapi.js'
import { messageOf } from '../../fault.js'

/** The metrics, for Prometheus. */
export interface MetricsPage {
  readonly contentType: string
  text(): Promise<string>
}

export interface ServiceOptions {
  readonly store: DeskStore
  readonly version: string
  /** Aborted when the server begins to stop: it is not ready from then on, though it still answers. */
  readonly stopping: AbortSignal | undefined
  /** Shown at `/metrics`, if there are any. */
  readonly metrics: MetricsPage | undefined
  /** Where the keys API has a door of its own; undefined where it has none. */
  readonly keysUrl: string | undefined
  /** Whether the desk is open to everybody now. */
  readonly isOpen: () => boolean
  /** Shown at `/openapi.json`. */
  readonly document: ApiDocument
}

/** How the desk runs is for those who run it. */
const config = { demands: 'desk.read' } as const
const restricted = ['invalid_query', 'forbidden', 'out_of_touch'] as const

const metricsExample = `# HELP etcdesk_head_index The newest index that reads see here.
# TYPE etcdesk_head_index gauge
etcdesk_head_index 12
`

const schemas = {
  health: {
    operationId: 'getHealth',
    summary: 'Whether the process is alive',
    tags: ['service'],
    querystring: NoQuery,
    response: answers({ 200: jsonAnswer('It is.', ['Health'], { alive: { status: 'ok' } }) }, ['invalid_query']),
  },
  readiness: {
    operationId: 'getReadiness',
    summary: 'Whether requests can be served now',
    tags: ['service'],
    querystring: NoQuery,
    response: answers(
      {
        200: jsonAnswer('They can.', ['Readiness'], {
          ready: {
            ready: true,
            checks: { running: 'ok', reads: 'ok', writes: 'ok', contact: 'ok' },
            index: 12,
            behindMs: 0,
            search: { ready: true, indexedPercent: 100 },
          },
        }),
        503: jsonAnswer(
          'Not all of them: the checks say what is wrong.',
          ['Readiness'],
          {
            notReady: {
              ready: false,
              checks: { running: 'The server is stopping.', reads: 'ok', writes: 'ok', contact: 'ok' },
              index: 12,
              behindMs: 0,
              search: { ready: true, indexedPercent: 100 },
            },
          },
          { ...retryHeader, ...failureHeaders },
        ),
      },
      ['invalid_query'],
    ),
  },
  version: {
    operationId: 'getVersion',
    summary: 'What runs here',
    tags: ['service'],
    querystring: NoQuery,
    response: answers(
      { 200: jsonAnswer('Name and version.', ['Version'], { version: { name: 'etcdesk', version: '0.1.0' } }) },
      ['invalid_query'],
    ),
  },
  nodes: {
    operationId: 'listNodes',
    summary: 'Which nodes there are',
    description:
      'Over a file: this one. Over etcd: all that were announced, and which of them are there as far as this one knows; while etcd is away, as it was before. A node is listed until it has been away for a week or an operator removes it.',
    tags: ['service'],
    querystring: NoQuery,
    response: answers(
      {
        200: jsonAnswer('The nodes.', ['NodeList'], {
          one: {
            nodes: [
              {
                id: 'c0ffee0123456789',
                name: 'etcdesk',
                host: 'desk1',
                version: '0.1.0',
                deskUrl: 'http://127.0.0.1:2224',
                keysUrl: null,
                answers: true,
                alive: true,
                leads: true,
                awaySince: null,
              },
            ],
          },
        }),
      },
      restricted,
    ),
  },
  metrics: {
    operationId: 'getMetrics',
    summary: 'What is counted and measured here, for Prometheus',
    tags: ['service'],
    querystring: NoQuery,
    response: answers({ 200: textAnswer('Metrics in the text format of Prometheus.', metricsExample) }, restricted),
  },
  document: {
    operationId: 'getOpenApi',
    summary: 'This document',
    tags: ['service'],
    querystring: NoQuery,
    response: answers(
      { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } } },
      ['invalid_query'],
    ),
  },
}

/** Adds the routes. */
export function addService(app: FastifyInstance, options: ServiceOptions): void {
  const version: Version = { name: 'etcdesk', version: options.version }

  app.get('/healthz', { schema: schemas.health }, (_request, reply) => answerJson(reply, 200, { status: 'ok' }))

  app.get('/readyz', { schema: schemas.readiness }, (_request, reply) => {
    const readiness = readinessOf(options)
    answerJson(reply, readiness.ready ? 200 : 503, readiness, readiness.ready ? undefined : ['Retry-After', '1'])
  })

  app.get('/version', { schema: schemas.version }, (_request, reply) => answerJson(reply, 200, version))

  app.get('/nodes', { schema: schemas.nodes, config }, (_request, reply) => {
    answerJson(reply, 200, nodeList(options.store))
  })

  const { metrics } = options
  if (metrics !== undefined) {
    app.get('/metrics', { schema: schemas.metrics, config }, async (_request, reply) => {
      answer(reply, 200, metrics.contentType, await metrics.text())
    })
  }

  app.get('/openapi.json', { schema: schemas.document }, async (_request, reply) => {
    answer(reply, 200, contentTypes.json, await options.document.text())
  })

  for (const page of docsPages()) addDocs(app, page)
  addDeskPage(app, options)
}

function nodeList(store: DeskStore): NodeList {
  const { nodes, identity } = store
  const leader = contactProblem(store) === undefined ? store.leader?.id : undefined
  return {
    nodes: nodes.map(({ isThere, awaySince, ...node }) =>
      Object.assign(node, {
        answers: node.id === identity.memberId,
        alive: isThere,
        leads: node.id === leader,
        awaySince: awaySince === null ? null : new Date(awaySince).toISOString(),
      }),
    ),
  }
}

function addDocs(app: FastifyInstance, page: Page): void {
  const schema =
    page.operationId === undefined || page.summary === undefined
      ? { hide: true }
      : {
          operationId: page.operationId,
          summary: page.summary,
          tags: ['service'],
          response: answers({ 200: textAnswer('A page for people.', '<!doctype html>…', undefined, 'text/html') }, []),
        }
  app.get(page.path, { schema }, (_request, reply) => {
    const body = page.body()
    reply.hijack()
    reply.raw.writeHead(200, ['Content-Length', String(body.length), ...page.headers])
    reply.raw.end(body)
  })
}

function readinessOf({ store, stopping }: ServiceOptions): Readiness {
  const { index, indexedPercent, problem } = readState(store)
  const checks = {
    running: stopping?.aborted === true ? 'The server is stopping.' : 'ok',
    reads: problem ?? lagProblem(store) ?? 'ok',
    writes: store.failure ?? contactProblem(store) ?? 'ok',
    contact: contactProblem(store) ?? 'ok',
  }
  const ready = Object.values(checks).every((check) => check === 'ok')
  const behindMs = Math.min(Math.round(store.ageMs), Number.MAX_SAFE_INTEGER)
  return { ready, checks, index, behindMs, search: { ready: indexedPercent === 100, indexedPercent } }
}

interface ReadState {
  readonly index: number
  readonly indexedPercent: number
  readonly problem?: string
}

/** The newest index that can be read here, and how much of the tickets can be searched; 0 and why where nothing can be read. */
function readState(store: DeskStore): ReadState {
  try {
    return { index: store.history.head(), indexedPercent: indexedPercent(store.reader) }
  } catch (error) {
    const reason = messageOf(error)
    return { index: 0, indexedPercent: 0, problem: `The store can not be read: ${reason}` }
  }
}
