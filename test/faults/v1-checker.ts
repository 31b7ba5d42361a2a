/**
 * The verdict over what was asked of `/v1`. What became of each ticket is read from its records alone (`v1-past.ts`).
 *
 * What must hold: what was answered happened once, to that ticket, at that index, behind all that was known when it was asked for; what
 * was refused never; what had no answer at most once. A guarded change comes right behind the version that it was guarded by. What was
 * asked for as one happened as one. Each label was given and taken as one client asked, whatever others did to the ticket. Nothing is
 * there that nobody asked for. A ticket that was looked at, now or as it was, and its history, are what the records say of that index,
 * and none older than was known; so is what was found by searching. Events told every change once, in order, with versions that only rise, and say what the records say.
 */
import { problemsOf } from '#src/server/check-file.js'
import { openDatabase, type Database } from '#src/sqlite/database.js'
import type { HistoryLook, LabelChange, Look, ToldV1, V1Change, V1Log } from './v1-asked.js'
import { foundLine, untrueSearch } from './v1-found.js'
import { historyAt, labelsBetween, pastsOf, stateAt, type TicketPast, type TicketState } from './v1-past.js'

/** Where a text came to be. */
interface Happened {
  readonly ticket: number
  readonly index: number
}

type Happenings = Readonly<Record<V1Change['kind'], Map<string, Happened[]>>>
type Pasts = ReadonlyMap<number, TicketPast>

/** Every way in which a replica's file contradicts what was told, in words. No node has it open. */
export function judgeV1(path: string, { changes, labels, looks, histories, searches }: V1Log): string[] {
  const database = openDatabase(path)
  try {
    const pasts = pastsOf(database)
    const happened = happenings(pasts)
    return [
      ...problemsOf(database),
      ...falling(pasts),
      ...contradictions(happened, changes),
      ...overtaken(pasts, happened, changes),
      ...parted(pasts, happened, changes),
      ...torn(database, happened, changes),
      ...mislabelled(pasts, labels),
      ...looks.flatMap((look) => untrueLook(pasts, look)),
      ...histories.flatMap((look) => untrueHistory(pasts, look)),
      ...searches.flatMap((look) => untrueSearch(pasts, look)),
      ...toldOtherwise(database, pasts),
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
    if (told.length > events.length) return [`event ${told[events.length]?.index} was told, which never was`]
    return fallingVersions(told)
  } finally {
    database.close()
  }
}

/** Of each ticket the versions rise from event to event. */
function fallingVersions(told: readonly ToldV1[]): string[] {
  const newest = new Map<number, number>()
  return told.flatMap(({ index, type, ticket, version }) => {
    if (ticket === undefined || typeof version !== 'number' || !type.startsWith('ticket.')) return []
    const before = newest.get(ticket) ?? 0
    newest.set(ticket, version)
    return version > before ? [] : [`event ${index} gave ticket ${ticket} version ${version} behind ${before}`]
  })
}

/** A ticket's versions rise: none comes before it was made. */
function falling(pasts: Pasts): string[] {
  return [...pasts].flatMap(([ticket, { states }]) =>
    states.flatMap(({ index }, at) => {
      const before = states[at - 1]?.index ?? 0
      return index > before ? [] : [`ticket ${ticket} got version ${index} behind ${before}`]
    }),
  )
}

function happenings(pasts: Pasts): Happenings {
  const happened: Happenings = { title: new Map(), description: new Map(), comment: new Map() }
  const note = (kind: V1Change['kind'], text: string, at: Happened): void => {
    if (text !== '') happened[kind].set(text, [...(happened[kind].get(text) ?? []), at])
  }
  for (const [ticket, { states, comments }] of pasts) {
    for (const [at, { index, title, description }] of states.entries()) {
      const previous = states[at - 1]
      if (title !== previous?.title) note('title', title, { ticket, index })
      if (description !== previous?.description) note('description', description, { ticket, index })
    }
    for (const { index, text } of comments) note('comment', text, { ticket, index })
  }
  return happened
}

function contradictions(happened: Happenings, changes: readonly V1Change[]): string[] {
  const faults: string[] = []
  for (const { kind, text, outcome, floor, ticket, index, shown } of changes) {
    const found = happened[kind].get(text) ?? []
    const places = found.map((place) => place.index).join(', ')
    const what = `the ${kind} ${text}`
    if (outcome === 'refused' && found.length > 0) faults.push(`${what} was refused, yet happened at ${places}`)
    if (outcome === 'unknown' && found.length > 1) faults.push(`${what} happened ${found.length} times: ${places}`)
    if (found.some((place) => place.index <= floor)) faults.push(`${what} was at ${places}, though ${floor} was known`)
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
function overtaken(pasts: Pasts, happened: Happenings, changes: readonly V1Change[]): string[] {
  return changes.flatMap(({ kind, text, guard }) => {
    if (guard === undefined) return []
    return (happened[kind].get(text) ?? []).flatMap(({ ticket, index }) => {
      const version = stateOf(pasts, ticket, index - 1)?.index
      return version === guard ? [] : [`the ${kind} ${text} was guarded by ${guard}, yet came behind ${version}`]
    })
  })
}

/** A status that a change gave with a text came with it. */
function parted(pasts: Pasts, happened: Happenings, changes: readonly V1Change[]): string[] {
  return changes.flatMap(({ kind, text, status }) => {
    if (status === undefined) return []
    return (happened[kind].get(text) ?? []).flatMap(({ ticket, index }) => {
      const given = stateOf(pasts, ticket, index)?.status
      return given === status
        ? []
        : [`the ${kind} ${text} was to come with the status ${status}, yet came with ${given}`]
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

/**
 * A label was given to a ticket and taken from it as its one client asked, step by step. Only the last step may have had no answer:
 * behind one the client asked nothing more.
 */
function mislabelled(pasts: Pasts, labels: readonly LabelChange[]): string[] {
  const pairs = new Map<string, LabelChange[]>()
  for (const change of labels) {
    const pair = `the label ${change.label} of ticket ${change.ticket}`
    pairs.set(pair, [...(pairs.get(pair) ?? []), change])
  }
  const asked = [...pairs].flatMap(([pair, steps]) => {
    const [first] = steps
    const found = first === undefined ? [] : stepsOf(pasts.get(first.ticket), first.label)
    const wanted = steps.filter(({ outcome }) => outcome !== 'refused')
    const isOpen = wanted.at(-1)?.outcome === 'unknown' && found.length === wanted.length - 1
    const isAsAsked =
      found.every(({ isAdded }, at) => isAdded === wanted[at]?.isAdded) && (isOpen || found.length === wanted.length)
    if (!isAsAsked) return [`${pair} was to come and go as ${signs(wanted)}, yet did as ${signs(found)}`]
    return found.flatMap(({ index }, at) => {
      const { floor = 0, shown = index } = wanted[at] ?? {}
      return index > floor && index <= shown
        ? []
        : [`${pair} came or went at ${index}, not in ${floor + 1} to ${shown}`]
    })
  })
  const known = new Set(labels.map(({ ticket, label }) => `${ticket} ${label}`))
  const unasked = [...pasts].flatMap(([ticket, { states }]) =>
    [...new Set(states.flatMap((state) => state.labels))]
      .filter((label) => !known.has(`${ticket} ${label}`))
      .map((label) => `nobody asked for the label ${label} of ticket ${ticket}`),
  )
  return [...asked, ...unasked]
}

interface Step {
  readonly isAdded: boolean
}

const signs = (steps: readonly Step[]): string => `[${steps.map(({ isAdded }) => (isAdded ? '+' : '-')).join('')}]`

/** Where a ticket got a label, and where it lost it. */
function stepsOf(past: TicketPast | undefined, label: string): (Step & { readonly index: number })[] {
  const states = past?.states ?? []
  return states.flatMap((state, at): (Step & { readonly index: number })[] => {
    const { added, removed } = labelsBetween(states[at - 1], state)
    if (added.includes(label)) return [{ index: state.index, isAdded: true }]
    return removed.includes(label) ? [{ index: state.index, isAdded: false }] : []
  })
}

function stateOf(pasts: Pasts, ticket: number, index: number): TicketState | undefined {
  const past = pasts.get(ticket)
  return past && stateAt(past, index)
}

/** What was read is as new as was known, and is what the records say of that index. */
function untrueLook(pasts: Pasts, { ticket, node, floor, index, at, shown }: Look): string[] {
  const what = `ticket ${ticket}${at === undefined ? '' : ` as of ${at}`} was read from ${node} at ${index}`
  if (index < floor) return [`${what}, though ${floor} was known`]
  const state = stateOf(pasts, ticket, at ?? index)
  const found = foundLine(ticket, { ...shown, description: shown.description ?? '' })
  const expected = state && foundLine(ticket, { ...state, version: state.index })
  return found === expected ? [] : [`${what} as ${found}; it was ${expected}`]
}

function untrueHistory(pasts: Pasts, { ticket, node, floor, index, entries, hasMore }: HistoryLook): string[] {
  const what = `the history of ticket ${ticket} was read from ${node} at ${index}`
  if (index < floor) return [`${what}, though ${floor} was known`]
  const past = pasts.get(ticket)
  const all = past === undefined ? [] : historyAt(past, index)
  const expected = hasMore ? all.slice(0, entries.length) : all
  const place = Array.from({ length: Math.max(entries.length, expected.length) }, (_, at) => at).find(
    (at) => entries[at] !== expected[at],
  )
  if (place === undefined) return []
  return [`${what} with the entry ${entries[place] ?? 'of nothing'}; it was ${expected[place] ?? 'nothing'}`]
}

/** An event says of a ticket's change what the records say: its title, its labels, and whether the description changed. */
function toldOtherwise(database: Database, pasts: Pasts): string[] {
  const names = new Map(
    database
      .prepare('SELECT number, name FROM labels')
      .all()
      .map(({ number, name }) => [number, name]),
  )
  const namesOf = (numbers: readonly number[]): string[] => numbers.map((number) => String(names.get(number)))
  const detailOf = database.prepare('SELECT detail FROM events WHERE idx = ?')
  return [...pasts].flatMap(([ticket, { states }]) =>
    states.flatMap((state, at) => {
      const previous = states[at - 1]
      const { type, version, changes }: Detail = JSON.parse(String(detailOf.get(state.index)?.['detail'] ?? '{}'))
      const told = JSON.stringify([
        type,
        version,
        changes?.title?.[1] ?? previous?.title,
        changes?.labels === undefined ? (previous?.labels.toSorted() ?? []) : namesOf(changes.labels[1]).toSorted(),
        changes?.description ?? false,
      ])
      const kept = JSON.stringify([
        `ticket.${state.change ?? 'created'}`,
        state.index,
        state.title,
        state.labels.toSorted(),
        state.description !== (previous?.description ?? ''),
      ])
      return told === kept ? [] : [`the event ${state.index} says of ticket ${ticket} ${told}; it was ${kept}`]
    }),
  )
}

/** What is looked at of what an event keeps. */
interface Detail {
  readonly type?: string
  readonly version?: number
  readonly changes?: {
    readonly title?: readonly [string | null, string]
    readonly labels?: readonly [readonly number[] | null, readonly number[]]
    readonly description?: boolean
  }
}
