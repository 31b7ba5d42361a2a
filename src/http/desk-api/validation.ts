/**
 * Checks what comes in by the schemas that the OpenAPI document shows, bodies and queries alike, with the ajv that Fastify would
 * use. Nothing is turned into another type by JavaScript's lax rules; of a query, which is all texts, decimal digits become a
 * number where the schema asks for a whole one, and nothing else does.
 *
 * Promises: the lab's paths are told their first fault; where a route answers in problems, all of them are. A hostile body costs
 * little more than its size.
 */
import { AjvCompiler } from '@fastify/ajv-compiler'
import type { ErrorObject } from '@fastify/ajv-compiler'
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import { DeskError } from './errors.js'
import { tellingComplaints, bodyFaults, queryFaults, summaryOf, wholeNumberDigitsMax } from './faults.js'
import { labBodyError, labFormOfText } from './lab-faults.js'
import type { ErrorForm } from './route-config.js'

type Compiler = FastifySchemaCompiler<unknown>
type Check = ReturnType<Compiler>

/** Whether ajv looks for every fault, not the first alone, and shows the schema beside each. */
interface Thoroughness {
  readonly allErrors?: true
  readonly verbose?: true
}

/** What ajv has against a value; nothing where all is well. */
type Judge = (value: unknown) => readonly ErrorObject[] | undefined

/** Of a body with more members than these only the first fault is looked for: each fault takes more room than what is at fault. */
const MEMBERS_MAX = 2000

/** The schemas are our own and the tests hold them against JSON Schema: to do so at run time would cost the first request 0.2 s. */
const ownSchemas = { meta: false, validateSchema: false } as const
const options = { removeAdditional: false, coerceTypes: false, discriminator: true, ...ownSchemas } as const

/** Doors with the same schemas share what was made of them: a process has one as a rule, tests open hundreds. */
const build = AjvCompiler()
const made = new WeakMap<object, Map<string, ReturnType<ReturnType<typeof build>>>>()

/** The check that a schema says; one for all routes that write it alike, however each came by it. */
function checkOf(compile: ReturnType<typeof build>, schema: unknown): ReturnType<typeof compile> {
  const checks = made.get(compile) ?? new Map<string, ReturnType<typeof compile>>()
  made.set(compile, checks)
  const words = JSON.stringify(schema)
  const check = checks.get(words) ?? compile({ schema })
  checks.set(words, check)
  return check
}

/**
 * How the routes of each form are checked. A schema is compiled for the first request that it checks: there are some 150, which
 * would cost every start a third of a second, and most runs ask for few.
 */
export function requestChecks(app: FastifyInstance): Readonly<Record<ErrorForm, Compiler>> {
  const compilers = new Map<string, ReturnType<typeof build>>()
  const compilerOf = (more: Thoroughness): ReturnType<typeof build> => {
    // One for all routes: what they share is many times what each has of its own.
    const kind = JSON.stringify(more)
    const known = compilers.get(kind) ?? build(sharedSchemas(app), { customOptions: { ...options, ...more } })
    compilers.set(kind, known)
    return known
  }
  const judgeOf = (schema: unknown, more: Thoroughness = {}): Judge => {
    let validate: ReturnType<ReturnType<typeof build>> | undefined
    return (value) => {
      validate ??= checkOf(compilerOf(more), schema)
      return validate(value) === true ? undefined : (validate.errors ?? [])
    }
  }
  const compiler =
    (checkBody: CheckBody, refuseQuery: RefuseQuery): Compiler =>
    ({ schema, httpPart, url }) => {
      if (httpPart === 'body') return checkBody((more) => judgeOf(schema, more))
      if (httpPart === 'querystring')
        return checkQuery(schema, judgeOf(schema, { allErrors: true, verbose: true }), refuseQuery)
      // The path is read by the handler, which answers what is none with 404; the schema only describes it.
      if (httpPart === 'params') return () => true
      throw new Error(`${url} has a schema for its ${httpPart}, which nothing checks`)
    }
  return { lab: compiler(checkLabBody, refuseLabQuery), problem: compiler(checkProblemBody, refuseProblemQuery) }
}

/** Makes the check of a body. */
type CheckBody = (judgeOf: (more?: Thoroughness) => Judge) => Check

const checkLabBody: CheckBody = (judgeOf) => {
  const judge = judgeOf()
  return (body: unknown) => {
    const complaints = judge(body)
    return complaints === undefined || { error: labBodyError(complaints) }
  }
}

const checkProblemBody: CheckBody = (judgeOf) => {
  const judgeFirst = judgeOf()
  const judgeAll = judgeOf({ allErrors: true })
  return (body: unknown) => {
    const first = judgeFirst(body)
    if (first === undefined) return true
    const faults = bodyFaults((hasFewMembers(body) ? judgeAll(body) : undefined) ?? first)
    return { error: new DeskError(isMalformed(first) ? 'invalid_body' : 'invalid_value', summaryOf(faults), faults) }
  }
}

/** What is wrong with a value that has the right type: it is understood, and against a rule. */
const RULES: ReadonlySet<string> = new Set([
  'enum',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minimum',
  'pattern',
  'propertyNames',
])

/** Whether a body is not what it should be at all: a wrong type, a member that is missing or unknown. */
function isMalformed(complaints: readonly ErrorObject[]): boolean {
  return tellingComplaints(complaints).some(({ keyword }) => !RULES.has(keyword))
}

/** `known` are the names of the parameters that there are. */
type RefuseQuery = (
  complaints: readonly ErrorObject[],
  query: Readonly<Record<string, unknown>>,
  known: readonly string[],
) => DeskError

const refuseLabQuery: RefuseQuery = (complaints, query, known) => {
  const [first] = queryFaults(complaints, query, known, labFormOfText)
  return new DeskError('invalid_query', first?.detail)
}

const refuseProblemQuery: RefuseQuery = (complaints, query, known) => {
  const faults = queryFaults(complaints, query, known)
  return new DeskError('invalid_query', summaryOf(faults), faults)
}

/** What a route's own schemas may refer to. */
function sharedSchemas(app: FastifyInstance): Record<string, object> {
  const schemas = Object.entries(app.getSchemas())
  return Object.fromEntries(schemas.flatMap(([id, schema]) => (isObject(schema) ? [[id, schema]] : [])))
}

function checkQuery(schema: unknown, judge: Judge, refuse: RefuseQuery): Check {
  const properties = Object.entries(isObject(schema) && 'properties' in schema ? Object(schema.properties) : {})
  const known = properties.map(([name]) => name)
  const wholeNumbers = new Set(
    properties.flatMap(([name, property]) =>
      isObject(property) && 'type' in property && property.type === 'integer' ? [name] : [],
    ),
  )
  return (texts: unknown) => {
    const query = Object.fromEntries(
      Object.entries(Object(texts)).map(([name, text]) => [
        name,
        wholeNumbers.has(name) ? readWholeNumber(text) : text,
      ]),
    )
    const complaints = judge(query)
    return complaints === undefined ? { value: query } : { error: refuse(complaints, query, known) }
  }
}

/** The number that decimal digits are; what is none stays as it is, for the schema to refuse. */
function readWholeNumber(text: unknown): unknown {
  const isNumber = typeof text === 'string' && text.length <= wholeNumberDigitsMax && /^\d+$/u.test(text)
  return isNumber ? Number(text) : text
}

function hasFewMembers(body: unknown): boolean {
  const values = [body]
  for (const value of values) {
    if (!isObject(value)) continue
    // The names of very many members are found three times as quickly as their values.
    if (values.length + Object.keys(value).length > MEMBERS_MAX) return false
    values.push(...Object.values(value))
  }
  return true
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
