/**
 * What ajv complains of, in words for the one who sent it: one sentence for each fault of a body or a query, with its place. What
 * a sentence repeats of the request is bounded, and so is how many faults are told.
 */
import type { ErrorObject } from '@fastify/ajv-compiler'
import type { Fault } from '../../contract/problem.js'
import { shortened } from '../repeated.js'

/** More faults than these help nobody. */
const FAULTS_MAX = 100

/** A number in a query has so many digits at most, so that each is exact. */
export const wholeNumberDigitsMax = 15

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  null: 'null',
}

/**
 * The complaints that tell something. Where one of several shapes is to fit, each of them complains: of all but one alone that the value
 * is of another type, then what that one has against it counts; else it is one fault that none fits.
 */
export function tellingComplaints(complaints: readonly ErrorObject[]): ErrorObject[] {
  const telling: ErrorObject[] = []
  for (const complaint of complaints) {
    if (complaint.keyword !== 'anyOf' && complaint.keyword !== 'oneOf') {
      telling.push(complaint)
      continue
    }
    // Right before it stands what each of the shapes has against the value.
    let from = telling.length
    while (from > 0 && isAtOrBelow(placeOf(telling[from - 1] ?? complaint), complaint.instancePath)) from -= 1
    const all = telling.splice(from)
    const others = all.filter(
      ({ keyword, instancePath }) => keyword !== 'type' || instancePath !== complaint.instancePath,
    )
    const shapes = new Set(others.map(({ schemaPath }) => shapeOf(schemaPath, complaint)))
    telling.push(...(shapes.size === 1 && !shapes.has(undefined) ? others : [complaint]))
  }
  return telling
}

/** Which of the shapes complains: `2` of `#/properties/labels/anyOf/2/items`. */
function shapeOf(schemaPath: string, { schemaPath: choice }: ErrorObject): string | undefined {
  return schemaPath.startsWith(`${choice}/`) ? schemaPath.slice(choice.length + 1).split('/')[0] : undefined
}

/** The faults of a body, each place once. */
export function bodyFaults(complaints: readonly ErrorObject[]): Fault[] {
  const byPlace = new Map<string, ErrorObject>()
  for (const complaint of tellingComplaints(complaints)) {
    const place = placeOf(complaint)
    if (!byPlace.has(place)) byPlace.set(place, complaint)
  }
  const told = [...byPlace].slice(0, FAULTS_MAX)
  return told.map(([place, complaint]) => ({ pointer: shortened(place), detail: bodySentence(complaint, place) }))
}

/** The first sentence, and how many more there are. */
export function summaryOf(faults: readonly Fault[]): string | undefined {
  const [first, ...others] = faults
  if (first === undefined || others.length === 0) return first?.detail
  return `${first.detail} 'errors' names ${others.length === 1 ? 'one more fault' : `${others.length} more faults`}.`
}

/** Where a complaint is: where ajv says, or at the member that it names there. */
function placeOf({ keyword, instancePath, params, propertyName }: ErrorObject): string {
  const members: Readonly<Record<string, unknown>> = {
    required: params['missingProperty'],
    additionalProperties: params['additionalProperty'],
    propertyNames: params['propertyName'],
  }
  // What a member is called may itself be at fault.
  const member = propertyName ?? members[keyword]
  if (typeof member !== 'string') return instancePath
  return `${instancePath}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function isAtOrBelow(place: string, root: string): boolean {
  return place === root || place.startsWith(`${root}/`)
}

function bodySentence({ keyword, params }: ErrorObject, pointer: string): string {
  const subject = pointer === '' ? 'The body' : `The field '${shortened(pointer.slice(1))}'`
  const limit = String(params['limit'])
  switch (keyword) {
    case 'required':
      return `${subject} is missing. Send it.`
    case 'additionalProperties':
      return `${subject} is not known here. Send the body without it.`
    case 'type':
      return `${subject} is not ${typesOf(params['type'])}.`
    case 'discriminator':
      return `${subject} has no '${String(params['tag'])}' that is known. See /docs for those that there are.`
    case 'enum':
      return `${subject} is none of the values that it may have: ${listOf(params['allowedValues'])}.`
    case 'minLength':
      return `${subject} is too short. Send ${limit === '1' ? 'at least one character' : `at least ${limit} characters`}.`
    case 'maxLength':
      return `${subject} is too long. Send at most ${limit} characters.`
    case 'minimum':
      return `${subject} is too small. Send at least ${limit}.`
    case 'maximum':
      return `${subject} is too large. Send at most ${limit}.`
    case 'minItems':
      return `${subject} has too few entries. Send at least ${limit}.`
    case 'maxItems':
      return `${subject} has too many entries. Send at most ${limit}.`
    default:
      return `${subject} is not in a form that it may have. See /docs.`
  }
}

function typesOf(type: unknown): string {
  return [type]
    .flat()
    .map((name) => typeNames[String(name)] ?? String(name))
    .join(' or ')
}

function listOf(values: unknown): string {
  return [values]
    .flat()
    .map((value) => `'${String(value)}'`)
    .join(', ')
}

/** What is said of a parameter's text that does not have the form which its schema asks for. */
type FormSentence = (name: string, complaint: ErrorObject) => string

const formOfText: FormSentence = (name, { keyword, params }) =>
  keyword === 'maxLength'
    ? `The query parameter '${name}' is too long. Send at most ${String(params['limit'])} characters.`
    : `The query parameter '${name}' is not in the form that it must have. See /docs.`

/**
 * The faults of a query, one for each parameter, in the order in which they were sent; then those that are missing. `known` are the
 * parameters that there are.
 */
export function queryFaults(
  complaints: readonly ErrorObject[],
  query: Readonly<Record<string, unknown>>,
  known: readonly string[],
  sentenceOfForm: FormSentence = formOfText,
): Fault[] {
  const byName = new Map<string, ErrorObject>()
  for (const complaint of complaints) {
    const name = placeOf(complaint).slice(1).replaceAll('~1', '/').replaceAll('~0', '~')
    if (!byName.has(name)) byName.set(name, complaint)
  }
  const inOrder = [...new Set([...Object.keys(query), ...byName.keys()])]
  const faults = inOrder.flatMap((name) => {
    const complaint = byName.get(name)
    if (complaint === undefined) return []
    const detail = querySentence(name, query[name], complaint, known, sentenceOfForm)
    return [{ parameter: shortened(name), detail }]
  })
  return faults.slice(0, FAULTS_MAX)
}

function querySentence(
  name: string,
  value: unknown,
  complaint: ErrorObject,
  known: readonly string[],
  sentenceOfForm: FormSentence,
): string {
  const { keyword, params, parentSchema = {} } = complaint
  if (keyword === 'additionalProperties') {
    const names = known.map((other) => `'${other}'`).join(', ')
    const cure = known.length === 0 ? 'There are none here.' : `The known ones are ${names}.`
    return `The query parameter '${shortened(name)}' is not known here. ${cure}`
  }
  if (keyword === 'required') return `The query parameter '${name}' is missing. Send it.`
  if (Array.isArray(value)) return `The query parameter '${name}' stands there twice. Send it once.`
  if (parentSchema['type'] === 'integer') {
    const { minimum: least = 0, maximum: most = 10 ** wholeNumberDigitsMax - 1 } = parentSchema
    return `The query parameter '${name}' is not a whole number from ${least} to ${most}.`
  }
  if (keyword === 'enum')
    return `The query parameter '${name}' is neither ${[params['allowedValues']].flat().join(' nor ')}.`
  return sentenceOfForm(name, complaint)
}
