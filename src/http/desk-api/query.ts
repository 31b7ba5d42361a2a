/**
 * Checks query strings by the same schemas that the OpenAPI document shows. Fastify's own check would have to turn texts
 * into numbers by JavaScript's lax rules; this one takes decimal digits and nothing else.
 */
import type { FastifySchemaCompiler } from 'fastify'
import { shortened } from '../repeated.js'
import { DeskError } from './errors.js'

interface PropertySchema {
  readonly type?: unknown
  readonly minimum?: unknown
  readonly maximum?: unknown
  readonly pattern?: unknown
  readonly maxLength?: unknown
  readonly enum?: unknown
}

interface QuerySchema {
  readonly properties: Readonly<Record<string, PropertySchema>>
}

type Read = (name: string, text: string) => string | number

/** The validator compiler of a route that has a query and no body. */
export const compileQuery: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  if (httpPart !== 'querystring' || !isQuerySchema(schema)) return () => true
  const readers = new Map(Object.entries(schema.properties).map(([name, property]) => [name, reader(property)]))
  const known = [...readers.keys()].map((name) => `'${name}'`).join(', ')
  return (query: unknown) => {
    try {
      return { value: readQuery(query, readers, known) }
    } catch (error) {
      if (error instanceof DeskError) return { error }
      throw error
    }
  }
}

function isQuerySchema(schema: unknown): schema is QuerySchema {
  return typeof schema === 'object' && schema !== null && 'properties' in schema
}

function readQuery(query: unknown, readers: ReadonlyMap<string, Read>, known: string): Record<string, string | number> {
  const values: Record<string, string | number> = {}
  for (const [name, text] of Object.entries(Object(query))) {
    const read = readers.get(name)
    if (read === undefined) {
      throw invalid(`The query parameter '${shortened(name)}' is not known here. The known ones are ${known}.`)
    }
    if (typeof text !== 'string') throw invalid(`The query parameter '${name}' stands there twice. Send it once.`)
    values[name] = read(name, text)
  }
  return values
}

function reader({ type, minimum, maximum, pattern, maxLength, enum: choices }: PropertySchema): Read {
  if (type === 'integer') {
    const [least, most] = [Number(minimum), Number(maximum)]
    return (name, text) => {
      const value = /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN
      if (value >= least && value <= most) return value
      throw invalid(`The query parameter '${name}' is not a whole number from ${least} to ${most}.`)
    }
  }
  if (Array.isArray(choices)) {
    return (name, text) => {
      if (choices.includes(text)) return text
      throw invalid(`The query parameter '${name}' is neither ${choices.join(' nor ')}.`)
    }
  }
  const form = typeof pattern === 'string' ? new RegExp(pattern, 'u') : undefined
  const longest = typeof maxLength === 'number' ? maxLength : Infinity
  return (name, text) => {
    if (text.length > longest || form?.test(text) === false) {
      throw invalid(`The query parameter '${name}' is no ticket number. Send 20 digits, or the plain number.`)
    }
    return text
  }
}

function invalid(message: string): DeskError {
  return new DeskError('invalid_query', message)
}
