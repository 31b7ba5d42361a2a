/** Asks the reading thread for a request, and sends what it answers. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { queryCharactersMax } from '../../../../contract/limits.js'
import type { Question } from '../../../../store/question.js'
import { callerOf } from '../../../../store/caller.js'
import { DeskError } from '../../errors.js'
import { INDEX_HEADER, type Desk } from '../desk.js'
import type { Answered, DeskRoom, SearchAsked } from './room.js'

/** What searches are asked with in a request. */
export interface SearchQuery {
  readonly q?: string
  readonly tz?: string
}

/** The words of searches, in short, for who reads the API without the documents beside it. */
const queryDescription = [
  'Which tickets, as a line of words; all where it is empty. Terms are joined by AND, `-` leaves out, `(… OR …)` are alternatives, a comma is OR between values, and what has a space, a comma or a colon stands in quotes:',
  '',
  '- `disk full`: words in title, description or comments, the last as a beginning; `"disk full"`: these very characters; `in:title,description,comments` beside them.',
  '- `is:open`, `new`, `active`, `waiting`, `done`, `overdue`, `unassigned`, `mine`, `watched`, `internal`, `bin`.',
  '- `status:`, `priority:`, `queue:`, `label:`, `assignee:`, `requester:`, `author:`, `commenter:`, `watcher:`, `ref:`, `field.NAME:`, with `none`, `*` for any, and `@me`; `no:label` and the like.',
  '- `created:`, `updated:`, `closed:`, `due:` with a day, a time, `@today-7d`, `>=2026-11-28` or `2026-11-01..2026-11-30`; `comments:>5`; `number:1..20`.',
  '- `blocks:12`, `blocked-by:`, `duplicates:`, `duplicated-by:`, `relates-to:`.',
  '- `sort:updated-desc`, in lists.',
  '',
  `What is not understood is a 400 (\`invalid_search\`) that names the word, its place and the cure. At most ${queryCharactersMax} characters. etcdesk's docs/SEARCH.md has all of it, with examples.`,
].join('\n')

export const searchQuery = {
  q: {
    type: 'string',
    maxLength: queryCharactersMax,
    description: queryDescription,
    examples: ['is:open label:disk'],
  },
  tz: {
    type: 'string',
    maxLength: 64,
    description: 'The time zone of its days, such as `Europe/Berlin`; UTC where nothing is said.',
    examples: ['Europe/Berlin'],
  },
} as const

/**
 * Asks, as whoever sent the request; tells the index of the state that was answered from. Once the client has gone it is not gone on
 * with. Throws what is refused.
 */
export async function find<Asked extends Pick<SearchAsked, 'asker'>>(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  question: Question<DeskRoom, Asked, Answered>,
  asked: Asked,
): Promise<Extract<Answered, { readonly type: 'body' }>> {
  const gone = new AbortController()
  const leave = (): void => gone.abort(new DeskError('request_timeout'))
  const { socket } = request.raw
  socket.once('close', leave)
  try {
    const answered = await desk.store.ask(question, asked, gone.signal, callerFor(desk, request))
    // Whoever asked may be known no more.
    desk.whoAsks(request.raw)
    reply.header(INDEX_HEADER, answered.index)
    if (answered.type === 'body') return answered
    throw new DeskError(answered.code, answered.detail, answered.faults)
  } finally {
    socket.removeListener('close', leave)
  }
}

/** Whose turn a request takes. Whom nobody has looked at is known by the address alone, whoever the request says that it is from. */
function callerFor(desk: Desk, { raw }: FastifyRequest): string {
  return callerOf(desk.addressOf(raw), desk.whoAsks(raw)?.actor ?? null)
}

/** What every search is asked with, as a request says it. */
export function askedBy(desk: Desk, request: FastifyRequest, { q = '', tz }: SearchQuery): SearchAsked {
  return { asker: desk.asker(request), q, tz, now: desk.store.now() }
}
