/**
 * Searches that are saved: what one names is known by number, so that it is shown in the names of today whatever is renamed or merged
 * later, without a write. All else of it stays as it was typed.
 */
import { namesIn, type NameInQuery, type SavedSearch, type ViewSearches } from '../catalogue/views.js'
import type { Transaction } from '../store/command.js'
import type { Viewer } from '../users/viewer.js'
import { SearchLookup } from './lookup.js'
import { readList } from './search.js'
import { SearchFault } from './words.js'
import { fieldNameOf, quoted, rangeOf, unquoted, valueOf } from './writing.js'

/** For the commands of views. */
export const viewSearches: ViewSearches = {
  read: (transaction, viewer, { query, sort }) => {
    const found = new Map<number, NameInQuery>()
    try {
      readList(query, {
        // Whoever `@me` is when it is asked: what is everybody's may be saved by nobody in particular.
        lookup: lookupIn(transaction, { ...viewer, user: viewer.user ?? 0 }),
        now: transaction.time,
        sort: sort === '' ? undefined : sort,
        // A field with several values is told with each.
        onName: ({ value, kind, number, before }) => {
          const range = rangeOf(query, value)
          found.set(range.at, { ...range, kind, number, ...(before !== undefined && { before }) })
        },
      })
    } catch (error) {
      if (!(error instanceof SearchFault)) throw error
      return { member: error.parameter === 'sort' ? 'sort' : 'query', problem: error.message }
    }
    return { names: [...found.values()].toSorted((one, other) => one.at - other.at) }
  },
  shown: (transaction, viewer, saved) => shownQuery(lookupIn(transaction, viewer), saved),
  fieldNumber: (transaction, viewer, name) => lookupIn(transaction, viewer).field(name)?.record.number,
  fieldName: (transaction, viewer, number) => lookupIn(transaction, viewer).nameOf('field', number),
}

/** A saved query in the names of today. What whoever looks may not know of stays as it was typed. */
export function shownQuery(lookup: SearchLookup, saved: SavedSearch): string {
  const { query } = saved
  let [shown, from] = ['', 0]
  for (const name of namesIn(saved)) {
    const typed = query.slice(name.at, name.end)
    const today = lookup.nameOf(name.kind, name.number)
    shown += query.slice(from, name.at) + (today === undefined ? typed : renamed(typed, name, today))
    from = name.end
  }
  return shown + query.slice(from)
}

/** What was typed, as it has to be typed today. Quotes stay. */
function renamed(typed: string, { kind, before }: NameInQuery, name: string): string {
  const text = `${before ?? ''}${name}`
  if (unquoted(typed) === text) return typed
  if (typed.startsWith('"')) return quoted(text)
  return kind === 'field' && before === undefined ? fieldNameOf(text) : valueOf(text)
}

function lookupIn(transaction: Transaction, viewer: Viewer): SearchLookup {
  const asks = { prepare: (sql: string) => ({ all: transaction.query.bind(transaction, sql) }) }
  return new SearchLookup(asks, transaction, viewer)
}
