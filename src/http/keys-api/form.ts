/**
 * Parameters of a request, from its query and its form body, read as Go's net/http reads them: the body before the query,
 * the first of several, unknown names ignored, and Go's words for what is malformed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { StoreError } from '../../store/errors.js'
import { holdBytes, readBody } from '../body.js'
import { ownTurn } from '../own-turn.js'
import { type Form, readPairs } from './pairs.js'

/** A form that can not be read; the message is what Go says of it. */
export class FormError extends Error {
  override readonly name = 'FormError'
}

/** Go's limit on a form body, in bytes. */
export const FORM_BYTES_MAX = 10 * 1024 * 1024

/** Up to here what is read holds up nobody, in bytes. */
const AT_ONCE_BYTES = 4096

/** Whether a query is short enough for `formOfQuery`. */
export function isShortQuery(query: string): boolean {
  return query.length <= AT_ONCE_BYTES
}

/** The parameters of a raw query that is short. Throws a FormError. */
export function formOfQuery(query: string): Form {
  const form: Form = {}
  if (query === '') return form
  const reading = readPairs(Buffer.from(query, 'latin1'), form)
  let step = reading.next()
  while (step.done !== true) step = reading.next()
  if (step.value !== undefined) throw new FormError(step.value)
  return form
}

/** Reads pairs into a form, and resolves with what is wrong with them. Where they are long others are served in between. */
async function readPairsInTurns(bytes: Buffer, form: Form): Promise<string | undefined> {
  const reading = readPairs(bytes, form)
  for (;;) {
    if (bytes.length > AT_ONCE_BYTES) await ownTurn()
    const step = reading.next()
    if (step.done === true) return step.value
  }
}

/** Whether the body of a request is looked at at all: DELETE and GET have none that counts. */
export function hasFormBody(method: string): boolean {
  return method === 'PUT' || method === 'POST'
}

/**
 * The parameters of a request. `query` is raw. Reads the body where the method and the content type say that it is a form.
 * Rejects with a FormError, or a StoreError where too much is on its way; never resolves where the client goes away in the middle of its body.
 */
export async function readForm(
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
  query: string,
): Promise<Form> {
  const form: Form = {}
  let problem: string | undefined
  if (hasFormBody(method)) {
    const { type, problem: typeProblem } = parseMediaType(request.headers['content-type'] ?? 'application/octet-stream')
    problem = typeProblem
    if (type === 'application/x-www-form-urlencoded') {
      const body = await readBytes(request, FORM_BYTES_MAX)
      if (body !== undefined) response.once('close', holdBytes(body.length))
      if (body === undefined) problem = 'http: POST too large'
      else problem ??= await readPairsInTurns(body, form)
    }
  }
  if (query !== '') problem ??= await readPairsInTurns(Buffer.from(query, 'latin1'), form)
  if (problem !== undefined) throw new FormError(problem)
  return form
}

/** The body; undefined where it is past the limit. Rejects where too many large ones are on their way already. */
export function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    readBody(request, bytesMax, (body) => {
      if (body === 'overloaded') reject(new StoreError('overloaded'))
      else resolve(body === 'too-large' ? undefined : body)
    })
  })
}

/** Characters of a token in a MIME header (RFC 2045). */
const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+/u

/** A content type as Go's mime.ParseMediaType takes it: the type without parameters, and Go's message where it is malformed. */
function parseMediaType(header: string): { readonly type: string; readonly problem?: string } {
  const semicolon = header.indexOf(';')
  const type = (semicolon === -1 ? header : header.slice(0, semicolon)).trim().toLowerCase()
  const typeProblem = checkMediaType(type)
  if (typeProblem !== undefined) return { type: '', problem: typeProblem }
  const names = new Set<string>()
  let rest = semicolon === -1 ? '' : header.slice(semicolon)
  while (rest.trimStart() !== '') {
    const parameter = takeParameter(rest)
    // A last semicolon with nothing behind it is let pass.
    if (parameter === undefined && rest.trim() === ';') break
    if (parameter === undefined) return { type, problem: 'mime: invalid media parameter' }
    if (names.has(parameter.name)) return { type: '', problem: 'mime: duplicate parameter name' }
    names.add(parameter.name)
    rest = parameter.rest
  }
  return { type }
}

function checkMediaType(type: string): string | undefined {
  const token = TOKEN.exec(type)?.[0]
  if (token === undefined) return 'mime: no media type'
  const rest = type.slice(token.length)
  if (rest === '') return undefined
  if (!rest.startsWith('/')) return 'mime: expected slash after first token'
  const subtype = TOKEN.exec(rest.slice(1))?.[0]
  if (subtype === undefined) return 'mime: expected token after slash'
  return subtype.length + 1 === rest.length ? undefined : 'mime: unexpected content after media subtype'
}

/** Takes one `; name=value` off the front. */
function takeParameter(text: string): { readonly name: string; readonly rest: string } | undefined {
  const match =
    /^\s*;\s*([!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+)\s*=\s*(?:[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+|"(?:[^"\\\r\n]|\\.)*")/u.exec(
      text,
    )
  const name = match?.[1]
  return match === null || name === undefined
    ? undefined
    : { name: name.toLowerCase(), rest: text.slice(match[0].length) }
}
