/** How many tickets a search finds, by what they are and have: all of one state, with the total. */
import { ageBounds, type Stats } from '../../../../contract/v1/stats.js'
import { dayText } from '../../../../catalogue/day.js'
import type { Directory } from '../../../../catalogue/directory.js'
import { findQueue } from '../../../../catalogue/queues.js'
import { COLUMN_MAX } from '../../../../search/condition.js'
import type { Zone } from '../../../../search/zone.js'
import type { Question } from '../../../../store/question.js'
import { priorityName } from '../../../../tickets/members.js'
import { shortened } from '../../../repeated.js'
import { DeskError } from '../../errors.js'
import type { Answered, DeskRoom, Inquiry, SearchAsked } from './room.js'

export interface StatsAsked extends SearchAsked {
  /** How many days of the ledger, up to today; none of it where not said. */
  readonly days: number | undefined
  /** The queue of the ledger by its name; all together where not said. */
  readonly queue: string | undefined
}

export const ticketStats: Question<DeskRoom, StatsAsked, Answered> = {
  name: 'stats',
  answer: (room, asked, patience) =>
    room.answer(asked, patience, (inquiry) => {
      const now = Math.floor(asked.now / 1000)
      if (asked.queue !== undefined && asked.days === undefined) {
        const detail =
          'The queue is that of the ledger, of which days are asked for with days. Send both, or look for queue: in q.'
        throw new DeskError('invalid_query', detail, [{ parameter: 'queue', detail }])
      }
      const ledger = asked.days === undefined ? undefined : ledgerOf(inquiry, now, asked.days, asked.queue)
      return { body: { ...statsOf(inquiry, now), ...(ledger !== undefined && { ledger }) } }
    }),
}

const prefixes = ['status=', 'priority=', 'queue=', 'assignee=', 'label='] as const
type Prefix = (typeof prefixes)[number]

function statsOf({ look, questions, search, zone }: Inquiry, now: number): Stats {
  const { directory } = look
  const { condition } = search({ isCount: true })
  const groupOf = (term: string): string => today(directory, term)
  const ranges = rangesOf(zone, now)
  const { total, isExact, counts, inRanges } = questions.facets(condition, { prefixes, groupOf, ranges })
  const counted = <Row extends { readonly count: number }>(
    prefix: Prefix,
    row: (number: number | null, count: number) => Row,
  ): Row[] =>
    [...counts]
      .filter(([term]) => term.startsWith(prefix))
      .map(([term, count]) => row(numberIn(term), count))
      .toSorted((one, other) => other.count - one.count)
  return {
    total,
    totalIsExact: isExact,
    statuses: counted('status=', (number, count) => {
      const { record, category } = directory.status(number ?? 0)
      return { status: record.name, category, count }
    }),
    priorities: counted('priority=', (number, count) => ({ priority: priorityName(number ?? 0), count })),
    queues: counted('queue=', (number, count) => ({ queue: directory.queue(number ?? 0).record.name, count })),
    assignees: counted('assignee=', (number, count) => ({ assignee: directory.handle(number), count })),
    labels: counted('label=', (number, count) => ({
      label: number === null ? null : directory.label(number).name,
      count,
    })),
    ages: ageBounds
      .map((from, place) => ({ from, below: ageBounds[place + 1] ?? null, count: inRanges[place] ?? 0 }))
      .filter(({ count }) => count > 0),
  }
}

/** The term of what this one's name means by now: of what was merged that which it was merged into. */
function today(directory: Directory, term: string): string {
  const number = numberIn(term)
  if (number === null) return term
  if (term.startsWith('label=')) return `label=${directory.label(number).number}`
  return term.startsWith('status=') ? `status=${directory.status(number).record.number}` : term
}

function numberIn(term: string): number | null {
  const text = term.slice(term.indexOf('=') + 1)
  return text === '' ? null : Number(text)
}

/** When those of each age were created. What lies in a future that the clock of another machine has seen is of today. */
function rangesOf(zone: Zone, now: number) {
  const today = zone.dayOf(now)
  return ageBounds.map((from, place) => {
    const older = ageBounds[place + 1]
    return {
      column: 'created' as const,
      from: older === undefined ? 0 : zone.startOf(today - older + 1),
      to: from === 0 ? COLUMN_MAX : zone.startOf(today - from + 1) - 1,
    }
  })
}

/** Throws where who asks may not see all that it counts. */
function ledgerOf(
  { look, ledger, zone }: Inquiry,
  now: number,
  days: number,
  name?: string,
): NonNullable<Stats['ledger']> {
  if (!look.viewer.isStaff) {
    throw new DeskError('forbidden', 'The ledger counts tickets that you may not see. Leave out days.')
  }
  const queue = name === undefined ? undefined : findQueue(look.reading.records, name)
  if (name !== undefined && queue === undefined) {
    const detail = `There is no queue called '${shortened(name)}'. Check how it is written.`
    throw new DeskError('invalid_query', detail, [{ parameter: 'queue', detail }])
  }
  const queues = queue && [queue.number]
  const today = zone.dayOf(now)
  const from = today - days + 1
  let open = [...ledger.openAt(zone.startOf(from), queues).values()].reduce((sum, count) => sum + count, 0)
  const openBefore = open
  const rows = ledger.days(from, today, zone, queues).map((counted) => {
    const { day, opened, closed, reopened, deleted, restored, movedIn, movedOut } = counted
    open += opened + reopened + restored + movedIn - closed - deleted - movedOut
    return { day: dayText(day), opened, closed, reopened, deleted, restored, movedIn, movedOut, open }
  })
  return { queue: queue?.name ?? null, openBefore, days: rows }
}
