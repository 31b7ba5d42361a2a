/** A page of a ticket's history in JSON, with the names of today. */
import { pageDefault } from '../../../contract/limits.js'
import type { HistoryEntry as HistoryEntryJson } from '../../../contract/v1/parts.js'
import { historyOf, type HistoryEntry } from '../../../tickets/history.js'
import { isLinkKind } from '../../../tickets/links.js'
import type { TicketState } from '../../../tickets/reading.js'
import { may } from '../../../users/viewer.js'
import { changesJson } from './changes-json.js'
import type { Look } from './desk.js'
import { placeOf, type OrderedQuery } from './ordered.js'
import { timeText } from './ticket-json.js'

/** A page of a ticket's history. */
export function historyJson(
  look: Look,
  today: TicketState,
  query: OrderedQuery['Querystring'],
): { readonly history: HistoryEntryJson[]; readonly next: string | null } {
  const place = placeOf(`history of ${today.record.number}`, query)
  const { entries, next } = historyOf(look, today, place.behind, query.limit ?? pageDefault, place.isNewestFirst)
  const history = entries.map((entry) => entryJson(look, entry))
  return { history, next: next === null ? null : place.next(next) }
}

function entryJson(look: Look, entry: HistoryEntry): HistoryEntryJson {
  const { index, time, actor, door, type, text, isRedacted, comment, link, user } = entry
  const changes = changesJson(look, entry)
  if (text !== undefined) changes[comment === null ? 'description' : 'text'] = { from: text[0], to: text[1] }
  return {
    index,
    time: timeText(time),
    actor: look.directory.handle(actor),
    door: door === '' || door === 'none' ? null : door,
    type,
    changes,
    ...(comment !== null && { comment }),
    ...(link !== undefined && { link: { kind: isLinkKind(link.kind) ? link.kind : 'relates-to', ticket: link.other } }),
    ...(user !== undefined && may(look.viewer, 'ticket.change') && { user: look.directory.handle(user) ?? '' }),
    ...(isRedacted && { redacted: true }),
  }
}
