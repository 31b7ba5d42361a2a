/**
 * The verdict over what was asked of `/v1`. What became of each ticket is read from its records alone: the titles and descriptions
 * that it had, one after another, and its comments.
 *
 * What must hold: what was answered happened once, to that ticket, at that index; what was refused never; what had no answer at most
 * once. A guarded change comes right behind the version that it was guarded by. What was asked for as one happened as one. Nothing is
 * there that nobody asked for. Events told every change of a ticket once, in order.
 */
import { problemsOf } from '#src/server/check-file.js'
import { openDatabase, type Database } from '#src/sqlite/database.js'
import type { ToldV1, V1Change } from './v1-clients.js'

/** Where a text came to be. */
interface Happened {
  readonly ticket: number
  readonly index: number
}

type Happenings = Readonly<Record<V1Change['kind'], Map<string, Happened[]>>>

/** Every way in which a replica's file contradicts what was told, in words. No node has it open. */
export function judgeV1(path: string, changes: readonly V1Change[]): string[] {
  const database = openDatabase(path)
  try {
    const happened = happenings(database)
    return [
      ...problemsOf(database),
      ...contradictions(happened, changes),
      ...overtaken(database, happened, changes),
      ...torn(database, happened, changes),
    ]
  } finally {
    database.close()
  }
}

/** Every way in which what a client was told of by events is not what happened. */
export function misledV1(path: string, told: readonly ToldV1[]): string[] {
  const database = openDatabase(path)
  try {
    const rows = database.prepare('SELECT idx, detail FROM events WHERE detail IS NOT NULL ORDER BY idx').all()
    const events = rows.map(({ idx, detail }) => {
      const { type }: { readonly type: string } = JSON.parse(String(detail))
      return `${String(idx)} ${type}`
    })
    const place = events.findIndex((event, at) => event !== `${told[at]?.index} ${told[at]?.type}`)
    if (place !== -1) return [`event ${events[place]} was told as ${told[place]?.index} ${told[place]?.type}`]
    return told.length > events.length ? [`event ${told[events.length]?.index} was told, which never was`] : []
  } finally {
    database.close()
  }
}

/** An entry of a history keeps what was before: what it gave is the next one's before, or what stands today. */
function happenings(database: Database): Happenings {
  const happened: Happenings = { title: new Map(), description: new Map(), comment: new Map() }
  const note = (kind: V1Change['kind'], text: string, at: Happened): void => {
    if (text !== '') happened[kind].set(text, [...(happened[kind].get(text) ?? []), at])
  }
  const tickets = database
    .prepare(
      `SELECT number, title, created_index AS created, coalesce(text, '') AS description
       FROM tickets LEFT JOIN descriptions ON ticket = number`,
    )
    .all()
  const changesOf = database.prepare(
    "SELECT idx, before, text FROM changes WHERE ticket = ? AND kind = 'changed' ORDER BY idx",
  )
  for (const row of tickets) {
    const ticket = Number(row['number'])
    let [titled, described] = [Number(row['created']), Number(row['created'])]
    for (const { idx, before, text } of changesOf.all(ticket)) {
      const { title }: { readonly title?: string } = JSON.parse(String(before))
      if (title !== undefined) {
        note('title', title, { ticket, index: titled })
        titled = Number(idx)
      }
      if (text !== null && text !== undefined) {
        note('description', String(text), { ticket, index: described })
        described = Number(idx)
      }
    }
    note('title', String(row['title']), { ticket, index: titled })
    note('description', String(row['description']), { ticket, index: described })
  }
  for (const { ticket, idx, text } of database.prepare('SELECT ticket, idx, text FROM comments').all()) {
    note('comment', String(text), { ticket: Number(ticket), index: Number(idx) })
  }
  return happened
}

function contradictions(happened: Happenings, changes: readonly V1Change[]): string[] {
  const faults: string[] = []
  for (const { kind, text, outcome, ticket, index, shown } of changes) {
    const found = happened[kind].get(text) ?? []
    const places = found.map((place) => place.index).join(', ')
    const what = `the ${kind} ${text}`
    if (outcome === 'refused' && found.length > 0) faults.push(`${what} was refused, yet happened at ${places}`)
    if (outcome === 'unknown' && found.length > 1) faults.push(`${what} happened ${found.length} times: ${places}`)
    if (outcome !== 'done') continue
    const [place] = found
    if (place === undefined || found.length > 1) faults.push(`${what} was answered, yet happened at [${places}]`)
    else if (place.ticket !== ticket || (index !== undefined && place.index !== index)) {
      faults.push(`${what} was of ticket ${ticket} at ${index}, now of ${place.ticket} at ${place.index}`)
    } else if (shown !== undefined && place.index > shown) {
      faults.push(`${what} was answered with version ${shown}, yet happened at ${place.index}`)
    }
  }
  const asked = new Set(changes.map(({ kind, text }) => `${kind} ${text}`))
  for (const kind of ['description', 'comment'] as const) {
    for (const text of happened[kind].keys()) {
      if (!asked.has(`${kind} ${text}`)) faults.push(`nobody asked for the ${kind} ${text}, yet it happened`)
    }
  }
  return faults
}

/** A guarded change that happened came right behind the version that it was guarded by. */
function overtaken(database: Database, happened: Happenings, changes: readonly V1Change[]): string[] {
  const versionBefore = database.prepare(
    `SELECT max(idx) AS version FROM (
       SELECT created_index AS idx FROM tickets WHERE number = ?1
       UNION ALL SELECT idx FROM changes WHERE ticket = ?1 AND kind IN ('changed', 'deleted', 'restored'))
     WHERE idx < ?2`,
  )
  return changes.flatMap(({ kind, text, guard }) => {
    if (guard === undefined) return []
    return (happened[kind].get(text) ?? []).flatMap(({ ticket, index }) => {
      const version = Number(versionBefore.get(ticket, index)?.['version'])
      if (version === guard) return []
      return [`the ${kind} ${text} was guarded by ${guard}, yet came behind ${version}`]
    })
  })
}

/** What was asked for as one happened as one: all of it or nothing, index by index, and is kept as one. */
function torn(database: Database, happened: Happenings, changes: readonly V1Change[]): string[] {
  const batches = new Map<string, V1Change[]>()
  for (const change of changes) {
    if (change.batch !== undefined) batches.set(change.batch, [...(batches.get(change.batch) ?? []), change])
  }
  const kept = database.prepare('SELECT last FROM batches WHERE first = ?')
  return [...batches].flatMap(([name, parts]) => {
    const indexes = parts.flatMap(({ kind, text }) => happened[kind].get(text) ?? []).map(({ index }) => index)
    if (indexes.length === 0) return []
    const [first = 0] = indexes
    const isInOrder = indexes.every((index, at) => index === first + at)
    if (indexes.length !== parts.length || !isInOrder) {
      return [`the batch of ${name} happened in part, at [${indexes.join(', ')}]`]
    }
    const last = kept.get(first)?.['last']
    return last === indexes.at(-1) ? [] : [`the batch of ${name} at ${first} is kept until ${String(last)}`]
  })
}
