/**
 * What many operations of the OpenAPI document have alike is said there once, and each refers to it: problems, and the headers that a
 * request may bring. Said with every operation they were four fifths of the document, and of the time in which it is made.
 *
 * Which headers count follows from the answers of a route: what may be unchanged takes If-None-Match, what may refuse a weak tag If-Match,
 * what may refuse a key an Idempotency-Key, and a stream goes on behind a Last-Event-ID.
 */
import type { FastifySchema } from 'fastify'
import { onceCharactersMax } from '../../contract/limits.js'
import type { ErrorCode } from '../../contract/errors.js'

/** What the document is made of, as plain data. */
export interface Described {
  readonly version: string
  /** Shapes that have a name. */
  readonly schemas: readonly unknown[]
  readonly routes: readonly {
    readonly url: string
    readonly method: readonly string[]
    readonly schema: FastifySchema
  }[]
}

/** The headers of requests to `/v1` that mean something, by the names that the document refers to them by. */
const parameters = {
  DeskIndex: {
    name: 'Desk-Index',
    in: 'header',
    description:
      'An index that was seen, as answers tell it: what is read is at least as new. This node waits for it up to 5 s, then it is 503; one that the desk has not come to is 410.',
    schema: { type: 'integer', minimum: 0 },
    example: 812,
  },
  DeskAs: {
    name: 'Desk-As',
    in: 'header',
    description:
      'On a desk where nobody has to sign in: the handle of whom the request is for, in history and for `@me`, in UTF-8. Nobody checks. Refused on any other desk.',
    schema: { type: 'string' },
    example: 'ann',
  },
  DeskDoor: {
    name: 'Desk-Door',
    in: 'header',
    description: 'What kind of program asks, for the history; `api` where nothing is said.',
    schema: { type: 'string', enum: ['api', 'page', 'cli'] },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description:
      'Tags of answers that one has, compared weakly, or `*`: where one of them is the tag of now, 304 without a body.',
    schema: { type: 'string' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'Guards the change: the ETag, or the version in quotes, that it is made upon. Where that is not the one of now, 412. `*` guards nothing; a weak tag is refused.',
    schema: { type: 'string' },
    example: '"812"',
  },
  LastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'The index of the last event that came: those behind it follow. It wins over `since`.',
    schema: { type: 'integer', minimum: 0 },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Names the request, so that it may be sent again: it is done once within 24 hours, for each user, and answered alike. With another body it is 422. A refusal is not kept, nor is what changed nothing.',
    schema: { type: 'string', minLength: 1, maxLength: onceCharactersMax, pattern: '^[!-~]+$' },
  },
} as const

type ParameterName = keyof typeof parameters

/** Which of them count where a route has such an answer. */
const byAnswer: readonly (readonly [name: ParameterName, status: number, code: ErrorCode | undefined])[] = [
  ['IfNoneMatch', 304, undefined],
  ['IfMatch', 412, 'weak_tag'],
  ['IdempotencyKey', 422, 'key_reused'],
]

/** Whether answers, as a route's schema describes them, tell of such a fault. */
export function tells(answers: unknown, code: ErrorCode): boolean {
  return JSON.stringify(answers ?? null).includes(`"${code}"`)
}

type Members = Readonly<Record<string, unknown>>

/** What an operation refers to. */
interface Shared {
  readonly parameters: readonly ParameterName[]
  /** Names of problems by their statuses. */
  readonly problems: Readonly<Record<string, string>>
}

export class SharedParts {
  readonly #operations = new Map<string, Shared>()
  /** What is said of problems, under the names that they have. */
  readonly #problems = new Map<string, { readonly name: string; readonly said: unknown }>()

  /** A route's schema without its problems, which are remembered. */
  take<Schema extends { readonly response?: unknown; readonly operationId?: string | undefined }>(
    schema: Schema,
  ): Schema {
    const { response, operationId } = schema
    if (!isMembers(response) || operationId === undefined) return schema
    const problems = Object.entries(response).filter(([, answer]) => isProblem(answer))
    if (problems.length === 0) return schema
    const isStream = JSON.stringify(response).includes('"text/event-stream"')
    const counting = byAnswer.filter(([, status, code]) => {
      const answer = response[status]
      return answer !== undefined && (code === undefined || tells(answer, code))
    })
    this.#operations.set(operationId, {
      parameters: [
        'DeskIndex',
        'DeskAs',
        'DeskDoor',
        ...counting.map(([name]) => name),
        ...(isStream ? (['LastEventId'] as const) : []),
      ],
      problems: Object.fromEntries(problems.map(([status, answer]) => [status, this.#nameOf(status, answer)])),
    })
    return {
      ...schema,
      response: Object.fromEntries(Object.entries(response).filter(([, answer]) => !isProblem(answer))),
    }
  }

  /** The document with what was taken, once, and what refers to it. */
  put<Document extends object>(document: Document): Document {
    const { paths, components } = { paths: {}, components: {}, ...document }
    return {
      ...document,
      paths: mapped(paths, (item) => mapped(item, (operation) => this.#withShared(operation))),
      components: {
        ...components,
        parameters,
        responses: Object.fromEntries([...this.#problems.values()].map(({ name, said }) => [name, said])),
      },
    }
  }

  #withShared(operation: Members): Members {
    const { operationId, parameters: own = [], responses = {} } = operation
    const shared = this.#operations.get(String(operationId))
    if (shared === undefined) return operation
    const problems = Object.entries(shared.problems).map(([status, name]) => [status, reference('responses', name)])
    return {
      ...operation,
      parameters: [
        ...(Array.isArray(own) ? own : []),
        ...shared.parameters.map((name) => reference('parameters', name)),
      ],
      responses: { ...(isMembers(responses) ? responses : {}), ...Object.fromEntries(problems) },
    }
  }

  #nameOf(status: string, answer: unknown): string {
    const text = `${status} ${JSON.stringify(answer)}`
    const known = this.#problems.get(text)
    if (known !== undefined) return known.name
    const others = [...this.#problems.keys()].filter((other) => other.startsWith(`${status} `)).length
    const name = `Problem${status}${others === 0 ? '' : `-${others + 1}`}`
    this.#problems.set(text, { name, said: inDocument(answer) })
    return name
  }
}

/** As the document has what a route says: shapes by their places, and of a header its schema. */
function inDocument(answer: unknown): unknown {
  if (!isMembers(answer)) return answer
  const { headers } = answer
  const said: unknown = JSON.parse(
    JSON.stringify(answer).replaceAll(/"\$ref":"(\w+)#"/gu, '"$ref":"#/components/schemas/$1"'),
  )
  if (!isMembers(said) || !isMembers(headers)) return said
  return { ...said, headers: mapped(headers, ({ description, ...schema }) => ({ description, schema })) }
}

function isProblem(answer: unknown): boolean {
  return isMembers(answer) && isMembers(answer['content']) && 'application/problem+json' in answer['content']
}

function reference(kind: 'parameters' | 'responses', name: string): Members {
  return { $ref: `#/components/${kind}/${name}` }
}

function mapped(members: Members, map: (value: Members) => Members): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, isMembers(value) ? map(value) : value]),
  )
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
