/** What a request for events asks for: in which form, of which types, in which search, and from which index on. */
import type { FastifyRequest } from 'fastify'
import { eventTypes, isEventType } from '../../../../contract/v1/events.js'
import type { Condition } from '../../../../search/condition.js'
import { SearchLookup } from '../../../../search/lookup.js'
import { readEventSearch } from '../../../../search/search.js'
import { faultOf } from '../../../../search/fault.js'
import { SearchFault } from '../../../../search/words.js'
import type { Desk, Look } from '../desk.js'
import { DeskError } from '../../errors.js'
import { shortened } from '../../../repeated.js'
import type { Wish } from './batch.js'

export interface EventsQuery {
  readonly q?: string
  readonly types?: string
  readonly since?: number
  readonly limit?: number
  readonly wait?: number
}

const RESUME_HEADER = 'Last-Event-ID'

/** Whether a page in JSON is asked for, and no stream: whichever of the two is wanted more, a stream where neither is. */
export function wantsPage({ headers }: FastifyRequest): boolean {
  const wanted = new Map<string, number>()
  for (const part of (headers.accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase())
    const quality = parameters.find((one) => one.startsWith('q='))
    wanted.set(type, quality === undefined ? 1 : Number(quality.slice(2)) || 0)
  }
  const page = wanted.get('application/json') ?? 0
  return page > (wanted.get('text/event-stream') ?? 0)
}

/** The index behind which a request wants to go on; undefined for from now on. The header wins: a client sends it by itself. */
export function sinceOf({ headers }: FastifyRequest, query: EventsQuery): number | undefined {
  const sent = headers[RESUME_HEADER.toLowerCase()]
  if (sent === undefined || sent === '') return query.since
  if (typeof sent === 'string' && /^\d{1,15}$/u.test(sent)) return Number(sent)
  throw new DeskError('invalid_header', `${RESUME_HEADER} is no index. Send the id of the last event, or none.`)
}

/** The types and the search of a request, in numbers, as of the state that is looked at. */
export function wishOf(desk: Desk, { viewer, reading }: Look, query: EventsQuery): Wish {
  const { q, types } = query
  return {
    types: types === undefined ? undefined : readTypes(types),
    condition:
      q === undefined ? undefined : readCondition(q, new SearchLookup(desk.store.reader, reading.records, viewer)),
  }
}

function readTypes(text: string): ReadonlySet<string> {
  const types = text.split(',').map((type) => type.trim())
  const unknown = types.find((type) => !isEventType(type))
  if (unknown === undefined) return new Set(types)
  const detail = `There are no events of the type '${shortened(unknown)}'. The types are ${eventTypes.join(', ')}.`
  throw new DeskError('invalid_query', detail, [{ parameter: 'types', detail }])
}

function readCondition(q: string, lookup: SearchLookup): Condition | undefined {
  try {
    return readEventSearch(q, lookup)
  } catch (error) {
    if (!(error instanceof SearchFault)) throw error
    throw new DeskError('invalid_search', error.message, [faultOf(q, error)])
  }
}
