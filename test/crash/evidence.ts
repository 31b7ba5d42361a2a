/**
 * Holds a store's file against what its clients were told, and against itself. Nothing here asks the program: the file is
 * read as it lies there, and the key tree is built a second time from the events alone.
 */
import { ticketNumber } from '#src/tickets/ticket.js'
import { DESK_EVENT } from '#src/names/detail.js'
import { openDatabase, type Database } from '#src/sqlite/database.js'
import type { Log } from './traffic.js'

/** An event as its body tells it. */
export interface StoredEvent {
  readonly index: number
  readonly type: string
  readonly key: string
  readonly body: string
  readonly node: { readonly value?: string; readonly modifiedIndex: number; readonly createdIndex: number }
  readonly prevNode: { readonly value?: string } | undefined
}

/** What an event of the desk says that is about a ticket. */
interface TicketDetail {
  readonly type: string
  readonly ticket?: number
}

interface File {
  readonly value: string
  readonly modifiedIndex: number
  readonly createdIndex: number
}

export const REMOVALS: ReadonlySet<string> = new Set(['delete', 'compareAndDelete', 'expire'])

/** What a file holds: its events, and every way in which it breaks a promise, in words. */
export interface Findings {
  readonly events: readonly StoredEvent[]
  readonly faults: readonly string[]
}

/** Reads a store's file, which no server may have open. `log`: what the clients were told up to then. */
export function examine(path: string, log: Log): Findings {
  // Not read-only: what the log beside the file holds is taken over first, as at any start.
  const database = openDatabase(path)
  try {
    const events = readEvents(database)
    const faults = [
      ...damage(database),
      ...gaps(database, events),
      ...contradictions(events, log),
      ...differences(events, database),
      ...ticketFaults(events, database),
    ]
    return { events, faults }
  } finally {
    database.close()
  }
}

function readEvents(database: Database): StoredEvent[] {
  const events: StoredEvent[] = []
  for (const row of database.prepare('SELECT idx, type, key, body FROM events ORDER BY idx').all()) {
    const body = String(row['body'])
    const { node, prevNode }: Pick<StoredEvent, 'node' | 'prevNode'> = JSON.parse(body)
    events.push({ index: Number(row['idx']), type: String(row['type']), key: String(row['key']), body, node, prevNode })
  }
  return events
}

/** SQLite's own opinion. */
function damage(database: Database): string[] {
  const answers = database.prepare('PRAGMA integrity_check').all()
  return answers.map((row) => String(row['integrity_check'])).filter((answer) => answer !== 'ok')
}

/** Every index from 1 to the head has its one event, and the event shows that index. */
function gaps(database: Database, events: readonly StoredEvent[]): string[] {
  const faults: string[] = []
  events.forEach(({ index, type, node }, place) => {
    if (index !== place + 1) faults.push(`the event at place ${place + 1} has the index ${index}`)
    if (type !== DESK_EVENT && node.modifiedIndex !== index)
      faults.push(`the event ${index} shows the index ${node.modifiedIndex}`)
  })
  const head = Number(database.prepare('SELECT idx FROM head').get()?.['idx'])
  if (head !== events.length) faults.push(`the head is ${head}, but there are ${events.length} events`)
  return faults.slice(0, 5)
}

/** Answered: once, where the client was told. Refused: never. Unanswered: at most once. And nothing that nobody asked for. */
function contradictions(events: readonly StoredEvent[], { attempts, complaints }: Log): string[] {
  const faults = [...complaints]
  const made = { write: new Map<string, StoredEvent[]>(), removal: new Map<string, StoredEvent[]>() }
  for (const event of events) {
    if (event.type === 'expire' || event.type === DESK_EVENT) continue
    const kind = REMOVALS.has(event.type) ? 'removal' : 'write'
    const value = (kind === 'removal' ? event.prevNode?.value : event.node.value) ?? ''
    made[kind].set(value, [...(made[kind].get(value) ?? []), event])
  }
  for (const { kind, value, outcome, index, key } of attempts) {
    const found = made[kind].get(value) ?? []
    made[kind].delete(value)
    const places = found.map((event) => event.index).join(', ')
    const what = `the ${kind} of ${value.slice(0, 40)}`
    if (outcome === 'refused' && found.length > 0) faults.push(`${what} was refused, yet happened at ${places}`)
    if (outcome === 'unknown' && found.length > 1) faults.push(`${what} happened ${found.length} times: ${places}`)
    if (outcome !== 'done') continue
    const [event] = found
    if (event === undefined || found.length > 1) faults.push(`${what} was answered, yet happened at [${places}]`)
    else if (index !== undefined && index !== event.index) faults.push(`${what} was at ${index}, now at ${event.index}`)
    else if (key !== undefined && key !== event.key) faults.push(`${what} was ${key}, now ${event.key}`)
  }
  for (const [value, found] of [...made.write, ...made.removal]) {
    faults.push(`nobody asked for ${value}, yet it happened at ${found.map(({ index }) => index).join(', ')}`)
  }
  return faults
}

/** The files in the tree are those that the events, one after another, make. */
function differences(events: readonly StoredEvent[], database: Database): string[] {
  const expected = new Map<string, File>()
  for (const { type, key, node } of events) {
    if (type === DESK_EVENT) continue
    if (!REMOVALS.has(type)) {
      const { value = '', modifiedIndex, createdIndex } = node
      expected.set(key, { value, modifiedIndex, createdIndex })
      continue
    }
    for (const path of expected.keys()) if (path === key || path.startsWith(`${key}/`)) expected.delete(path)
  }
  const faults: string[] = []
  const rows = database.prepare('SELECT parent, name, value, modified, created FROM keys WHERE value IS NOT NULL').all()
  for (const row of rows) {
    const path = `${String(row['parent'])}/${String(row['name'])}`
    const found = { value: row['value'], modifiedIndex: row['modified'], createdIndex: row['created'] }
    if (JSON.stringify(found) !== JSON.stringify(expected.get(path))) {
      faults.push(`${path} is ${JSON.stringify(found)}, by the events ${JSON.stringify(expected.get(path))}`)
    }
    expected.delete(path)
  }
  return [...faults, ...[...expected.keys()].map((path) => `${path} is missing`)].slice(0, 5)
}

/** A ticket's record tells of its last title, its first and its last change, also when its key is gone; the counter is the highest number given. */
function ticketFaults(events: readonly StoredEvent[], database: Database): string[] {
  const records = new Map<number, readonly [title: string, created: number, updated: number]>()
  const details = database.prepare('SELECT detail FROM events WHERE idx = ?')
  for (const { type, key, index, node } of events) {
    if (type === DESK_EVENT) {
      const { type: what, ticket = 0 }: TicketDetail = JSON.parse(String(details.get(index)?.['detail']))
      const [title = '', created = 0] = records.get(ticket) ?? []
      // A change of anything but the title happens to no key.
      if (what === 'ticket.changed') records.set(ticket, [title, created, index])
      continue
    }
    const number = key.startsWith('/tickets/') ? ticketNumber(key.slice('/tickets/'.length)) : undefined
    if (number === undefined) continue
    const [title = '', created = index] = records.get(number) ?? []
    // No client gives a ticket the title that it has, so each write changes it; to be deleted is a change too.
    records.set(number, [REMOVALS.has(type) ? title : (node.value ?? ''), created, index])
  }
  const rows = database.prepare('SELECT number, title, created_index, updated_index FROM tickets').all()
  const faults: string[] = []
  for (const row of rows) {
    const number = Number(row['number'])
    const found = JSON.stringify([row['title'], row['created_index'], row['updated_index']])
    const expected = JSON.stringify(records.get(number))
    if (found !== expected) faults.push(`the record of ticket ${number} is ${found}, by the events ${expected}`)
    records.delete(number)
  }
  for (const number of records.keys()) faults.push(`ticket ${number} has no record`)
  const counter = Number(database.prepare("SELECT value FROM counters WHERE name = 'tickets'").get()?.['value'] ?? 0)
  const highest = Math.max(0, ...rows.map((row) => Number(row['number'])))
  if (counter !== highest) faults.push(`the counter is ${counter}, but the highest number ${highest}`)
  return faults.slice(0, 5)
}
