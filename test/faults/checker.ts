/**
 * The verdict over a round: from what the clients saw and from the files that the nodes left, and from nothing else.
 *
 * What must hold: every answered write happened once, at the index that its client was told, after everything that anybody had
 * been told before; nothing refused happened; nothing unanswered happened twice; a strong read shows the state at its index, and
 * that is none older than anybody knew; every follower saw every event once and in order; indexes have no gaps; and all replicas,
 * also that of a node which was never there before, are equal, record by record. What must hold of `/v1` says `v1-checker.ts`.
 */
import { openDatabase } from '#src/sqlite/database.js'
import { examine, REMOVALS, type StoredEvent } from '../crash/evidence.js'
import { contentsOf } from '../support/replica.js'
import { DESK_EVENT } from '#src/names/detail.js'
import type { History, StrongRead, TimedAttempt } from './clients.js'
import { judgeV1, misledV1 } from './v1-checker.js'
import type { ToldV1 } from './v1-asked.js'

/** What is judged. */
export interface Evidence {
  readonly history: History
  /** What the follower of each node was shown, line by line. */
  readonly followed: readonly {
    readonly node: string
    readonly events: readonly string[]
    readonly refusals: readonly string[]
  }[]
  /** What whoever followed `/v1/events` was told, where somebody did. */
  readonly told?: { readonly events: readonly ToldV1[]; readonly refusals: readonly string[] }
  /** The replicas' files; no node has them open. */
  readonly replicas: readonly { readonly node: string; readonly path: string }[]
}

/** Complaints of one kind that are told; more say no more. */
const TOLD_MAX = 10

/** Every way in which a promise was broken, in words, so many of one kind at most; none where all is well. */
export function judge({ history, followed, told: toldV1, replicas }: Evidence, toldMax = TOLD_MAX): string[] {
  const found = replicas.map(({ node, path }) => ({ node, ...examine(path, history) }))
  const [first] = found
  const [path = ''] = replicas.map((replica) => replica.path)
  if (first === undefined) return ['there are no replicas to judge by']
  const keyEvents = first.events.filter(({ type }) => type !== DESK_EVENT)
  const told = (node: string, faults: readonly string[]): string[] =>
    faults.slice(0, toldMax).map((fault) => `${node}: ${fault}`)
  return [
    ...found.flatMap(({ node, faults }) => told(node, faults)),
    ...told('replicas', unequal(replicas)),
    ...told('order', outOfOrder(history.attempts, keyEvents)),
    ...told('removals', removedTwice(keyEvents)),
    ...told('strong reads', untrue(history.reads, keyEvents)),
    ...replicas.flatMap((replica) => told(`/v1, ${replica.node}`, judgeV1(replica.path, history.v1))),
    ...(toldV1 === undefined ? [] : told('events of /v1', [...toldV1.refusals, ...misledV1(path, toldV1.events)])),
    ...followed.flatMap(({ node, events, refusals }) =>
      told(`follower of ${node}`, [...refusals, ...misled(events, keyEvents)]),
    ),
  ]
}

function unequal(replicas: Evidence['replicas']): string[] {
  const [first, ...others] = replicas.map(({ node, path }) => ({ node, text: textOf(path) }))
  return others.flatMap(({ node, text }) => {
    const place = text.findIndex((line, number) => line !== first?.text[number])
    if (place === -1 && text.length === first?.text.length) return []
    return [`${node} has ${text[place] ?? 'less'} where ${first?.node} has ${first?.text[place] ?? 'less'}`]
  })
}

/** All that a replica holds, as lines. */
function textOf(path: string): string[] {
  const database = openDatabase(path)
  try {
    const index = Number(database.prepare('SELECT idx FROM head').get()?.['idx'])
    return JSON.stringify(contentsOf({ database, head: { index } })).split('},{')
  } finally {
    database.close()
  }
}

/** A write is later than all that anybody had been told when it was asked for; so is a refusal's state, or as late. */
function outOfOrder(attempts: readonly TimedAttempt[], events: readonly StoredEvent[]): string[] {
  const made = { write: new Map<string, number>(), removal: new Map<string, number>() }
  for (const { type, index, node, prevNode } of events) {
    const kind = REMOVALS.has(type) ? 'removal' : 'write'
    made[kind].set((kind === 'removal' ? prevNode?.value : node.value) ?? '', index)
  }
  const faults: string[] = []
  for (const { kind, value, outcome, floor, shown, node } of attempts) {
    const index = made[kind].get(value)
    if (outcome !== 'refused' && index !== undefined && index <= floor) {
      faults.push(`the ${kind} of ${value} by ${node} was at ${index}, though ${floor} was known when it was asked for`)
    }
    if (outcome === 'refused' && shown !== undefined && shown < floor) {
      faults.push(`the ${kind} of ${value} was refused by ${node} on state ${shown}, though ${floor} was known`)
    }
  }
  return faults
}

/** What is removed, or expires, was there. */
function removedTwice(events: readonly StoredEvent[]): string[] {
  const files = new Set<string>()
  const faults: string[] = []
  for (const { type, index, key } of events) {
    if (!REMOVALS.has(type)) files.add(key)
    else if (!files.delete(key)) faults.push(`${type} of ${key} at ${index}, but it was not there`)
  }
  return faults
}

/** A strong read's state is the one at the index it shows, and that is not before what anybody had been told. */
function untrue(reads: readonly StrongRead[], events: readonly StoredEvent[]): string[] {
  const states = new Map<string, { readonly index: number; readonly value: string | undefined }[]>()
  for (const { type, index, key, node } of events) {
    const line = states.get(key) ?? []
    line.push({ index, value: REMOVALS.has(type) ? undefined : node.value })
    states.set(key, line)
  }
  return reads.flatMap(({ key, floor, index, value, node }) => {
    if (index < floor) return [`${key} was read from ${node} at ${index}, though ${floor} was known`]
    const expected = states.get(key)?.findLast((state) => state.index <= index)?.value
    return value === expected ? [] : [`${key} was read from ${node} at ${index} as ${value}; it was ${expected} then`]
  })
}

/** A follower saw every event, once, in order, as it was. */
function misled(seen: readonly string[], events: readonly StoredEvent[]): string[] {
  const place = events.findIndex(({ body }, number) => body !== seen[number])
  if (place !== -1) return [`at ${place + 1} it was shown ${seen[place]}, but that was ${events[place]?.body}`]
  return seen.length > events.length ? [`it was shown ${seen[events.length]}, which never was`] : []
}
