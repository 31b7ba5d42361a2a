/**
 * Lies for the checker, one for each promise that it has to watch over: evidence of a round in which all was well, changed as a
 * desk that breaks the promise would have left it. A checker that believes one of them is worth nothing.
 */
import { copyFileSync, existsSync } from 'node:fs'
import { openDatabase } from '#src/sqlite/database.js'
import type { Evidence } from './checker.js'
import type { TimedAttempt } from './clients.js'
import type { HistoryLook, Look, SearchLook, V1Change } from './v1-asked.js'

export interface Falsification {
  readonly name: string
  /** What the checker has to say of it. */
  readonly verdict: RegExp
  readonly falsify: (evidence: Evidence) => Evidence
}

export const falsifications: readonly Falsification[] = [
  {
    name: 'a node answers a write that it never made',
    verdict: /the write of never-made was answered, yet happened at \[\]/u,
    falsify: (evidence) => {
      const attempt = { ...answered(evidence), value: 'never-made', index: undefined, key: undefined }
      return { ...evidence, history: { ...evidence.history, attempts: [...evidence.history.attempts, attempt] } }
    },
  },
  {
    name: 'a write is at another index than was told',
    verdict: /was at \d+, now at \d+/u,
    falsify: (evidence) => changeAttempt(evidence, (attempt) => ({ ...attempt, index: (attempt.index ?? 0) + 1 })),
  },
  {
    name: 'what was refused was done',
    verdict: /was refused, yet happened at/u,
    falsify: (evidence) => changeAttempt(evidence, (attempt) => ({ ...attempt, outcome: 'refused' })),
  },
  {
    name: 'a write comes before what was known when it was asked for',
    verdict: /was known when it was asked for/u,
    falsify: (evidence) => changeAttempt(evidence, (attempt) => ({ ...attempt, floor: attempt.index ?? 0 })),
  },
  {
    name: 'a write without an answer was made twice',
    verdict: /happened 2 times/u,
    falsify: (evidence) => {
      const twice = answered(evidence)
      const changed = changeAttempt(evidence, (attempt) => ({ ...attempt, outcome: 'unknown' }))
      return changeReplica(
        changed,
        `UPDATE events SET body = replace(body, '"value":', '"value":"${twice.value}","was":')
         WHERE idx = (SELECT max(idx) FROM events WHERE idx <> ${twice.index} AND type IN ('set', 'create', 'update'))`,
      )
    },
  },
  {
    name: 'an index was left out',
    verdict: /the event at place 2 has the index 3/u,
    falsify: (evidence) => changeReplica(evidence, 'DELETE FROM events WHERE idx = 2'),
  },
  {
    name: 'a replica has another record than the others',
    verdict: /replicas: n2 has .*something else/u,
    falsify: (evidence) =>
      changeReplica(
        evidence,
        `UPDATE keys SET value = 'something else' WHERE created = (SELECT max(created) FROM keys)`,
      ),
  },
  {
    name: 'a strong read shows what was true before',
    verdict: /strong reads: .* though \d+ was known/u,
    falsify: (evidence) => changeRead(evidence, { index: 1, floor: 2 }),
  },
  {
    name: 'a strong read shows a value that was not there',
    verdict: /strong reads: .* as of another time; it was/u,
    falsify: (evidence) => changeRead(evidence, { value: 'of another time' }),
  },
  {
    name: 'a change of a ticket is lost',
    verdict: /the title \S+ was answered, yet happened at \[\]/u,
    falsify: (evidence) =>
      changeReplica(
        evidence,
        `UPDATE changes SET before = json_set(before, '$.title', 'something else')
         WHERE json_extract(before, '$.title') LIKE 'v%'`,
      ),
  },
  {
    name: 'a description is lost with its change',
    verdict: /the description \S+ (was answered, yet happened at \[\]|was of ticket)/u,
    falsify: (evidence) => changeReplica(evidence, `UPDATE changes SET text = NULL WHERE text IS NOT NULL`),
  },
  {
    name: 'a comment was made twice',
    verdict: /the comment \S+ (was answered, yet happened at \[\d+, \d+\]|happened 2 times)/u,
    falsify: (evidence) => changeReplica(evidence, SECOND_COMMENT),
  },
  {
    name: 'a node says that it changed nothing, and it did',
    verdict: /the description \S+ was refused, yet happened at/u,
    falsify: (evidence) =>
      changeV1(evidence, ({ kind, outcome }) => kind === 'description' && outcome === 'done', { outcome: 'refused' }),
  },
  {
    name: 'what was answered when it was asked for again is lost',
    verdict: /the comment never-made was answered, yet happened at \[\]/u,
    falsify: (evidence) =>
      changeV1(evidence, ({ kind, outcome }) => kind === 'comment' && outcome === 'done', { text: 'never-made' }),
  },
  {
    name: 'what nobody knew of was made by the first request, and again by the second with its key',
    verdict: /the comment \S+ happened 2 times/u,
    falsify: (evidence) => {
      const { v1 } = evidence.history
      const changes = v1.changes.map((change): V1Change => ({ ...change, outcome: 'unknown' }))
      return changeReplica({ ...evidence, history: { ...evidence.history, v1: { ...v1, changes } } }, SECOND_COMMENT)
    },
  },
  {
    name: 'a guarded change came behind another than it was guarded by',
    verdict: /was guarded by 1, yet came behind \d+/u,
    falsify: (evidence) =>
      changeV1(evidence, ({ guard, outcome }) => guard !== undefined && outcome === 'done', { guard: 1 }),
  },
  {
    name: 'a change of a ticket was made at another index, or later, than was told',
    verdict: /was answered with version 1, yet happened at \d+/u,
    falsify: (evidence) => changeV1(evidence, ({ shown }) => shown !== undefined, { shown: 1 }),
  },
  {
    name: 'a batch was done in part',
    verdict: /the batch of \S+ happened in part/u,
    falsify: (evidence) =>
      changeV1(evidence, ({ batch, outcome }) => batch !== undefined && outcome === 'done', { text: 'another' }),
  },
  {
    name: 'a change by /v1 comes before what was known when it was asked for',
    verdict: /was at \d+, though \d+ was known/u,
    falsify: (evidence) => {
      const { index = 0 } = evidence.history.v1.changes.find((change) => change.index !== undefined) ?? {}
      return changeV1(evidence, (change) => change.index === index, { floor: index })
    },
  },
  {
    name: 'a label that several gave to a ticket at once is lost',
    verdict: /the label \S+ of ticket \d+ was to come and go as \[[+-]+\], yet did as/u,
    falsify: (evidence) => changeReplica(evidence, `UPDATE tickets SET labels = '' WHERE labels <> ''`),
  },
  {
    name: 'a ticket has a label that nobody gave it',
    verdict: /nobody asked for the label \S+ of ticket \d+/u,
    falsify: (evidence) =>
      changeReplica(evidence, `UPDATE tickets SET labels = (SELECT min(number) FROM labels) WHERE title NOT LIKE 'v%'`),
  },
  {
    name: 'a ticket is read that is older than the Desk-Index which was sent',
    verdict: /ticket \d+ was read from \S+ at 1, though \d+ was known/u,
    falsify: (evidence) =>
      changeLook(
        evidence,
        ({ at, floor }) => at === undefined && floor > 1,
        () => ({ index: 1 }),
      ),
  },
  {
    name: 'a ticket goes back to an older version',
    verdict: /ticket \d+ was read from \S+ at \d+ as .*; it was/u,
    falsify: (evidence) =>
      changeLook(
        evidence,
        ({ at }) => at === undefined,
        ({ shown }) => ({ shown: { ...shown, version: shown.version - 1 } }),
      ),
  },
  {
    name: 'a ticket as it was is shown with what came later',
    verdict: /ticket \d+ as of \d+ was read from \S+ at \d+ as .*; it was/u,
    falsify: (evidence) =>
      changeLook(
        evidence,
        ({ at }) => at !== undefined,
        ({ shown }) => ({ shown: { ...shown, description: 'of later' } }),
      ),
  },
  {
    name: 'a history leaves an entry out',
    verdict: /the history of ticket \d+ was read from \S+ at \d+ with the entry/u,
    falsify: (evidence) => changeHistory(evidence, (entries) => entries.toSpliced(0, 1)),
  },
  {
    name: 'a history has an entry twice',
    verdict: /the history of ticket \d+ was read from \S+ at \d+ with the entry/u,
    falsify: (evidence) => changeHistory(evidence, (entries) => [...entries, ...entries.slice(-1)]),
  },
  {
    name: 'a change gives a text and leaves the status out that came with it',
    verdict: /the description \S+ was to come with the status gone, yet came with \S+/u,
    falsify: (evidence) =>
      changeV1(evidence, ({ status, outcome }) => status !== undefined && outcome === 'done', { status: 'gone' }),
  },
  {
    name: 'a search leaves a ticket out',
    verdict: /the search .* was answered by \S+ at \d+ with .* at place 1; there was \{/u,
    falsify: (evidence) => changeSearch(evidence, ({ found }) => ({ found: found.slice(1) })),
  },
  {
    name: 'a search leaves the last ticket out and counts as many as it shows',
    verdict: /the search .* was answered by \S+ at \d+ with nothing at place \d+; there was \{/u,
    falsify: (evidence) =>
      changeSearch(
        evidence,
        ({ found, total }) => ({ found: found.slice(0, -1), total: { ...total, total: found.length - 1 } }),
        ({ found, limit }) => found.length < limit,
      ),
  },
  {
    name: 'a search finds a ticket that has what was asked for no more',
    verdict: /the search label:.* was answered by \S+ at \d+ with \{.* at place 1; there was/u,
    falsify: (evidence) => {
      const other = evidence.history.v1.searches.find(({ label, found }) => label === undefined && found.length > 0)
      const stale = (other?.found ?? []).slice(0, 1)
      return changeSearch(
        evidence,
        ({ found }) => ({ found: [...stale, ...found] }),
        ({ label, limit, found }) => label !== undefined && !found.includes(stale[0] ?? '') && found.length < limit,
      )
    },
  },
  {
    name: 'a search shows a ticket as it was before',
    verdict: /the search .* was answered by \S+ at \d+ with \{.*of before.* at place 1; there was \{/u,
    falsify: (evidence) =>
      changeSearch(evidence, ({ found }) => ({
        found: found.map((line) => line.replace(/"title":"[^"]*"/u, '"title":"of before"')),
      })),
  },
  {
    name: 'a search counts another number than there are',
    verdict: /the search .* was answered by \S+ at \d+ with \d+ tickets; there were \d+/u,
    falsify: (evidence) =>
      changeSearch(
        evidence,
        ({ total: { total } }) => ({ total: { total: total + 1, isExact: true } }),
        ({ total: { isExact } }) => isExact,
      ),
  },
  {
    name: 'a search is answered from before the Desk-Index which was sent',
    verdict: /the search .* was answered by \S+ at 1, though \d+ was known/u,
    falsify: (evidence) => changeSearch(evidence, () => ({ index: 1 })),
  },
  {
    name: 'an event says something else of a change than its ticket',
    verdict: /the event \d+ says of ticket \d+ /u,
    falsify: (evidence) =>
      changeReplica(
        evidence,
        `UPDATE events SET detail = json_set(detail, '$.changes.title[1]', 'another')
         WHERE json_extract(detail, '$.type') = 'ticket.changed'`,
      ),
  },
  {
    name: 'who follows the desk is told of a version that goes back',
    verdict: /events of \/v1: event \d+ gave ticket \d+ version \d+ behind \d+/u,
    falsify: (evidence) => {
      const { events = [], refusals = [] } = evidence.told ?? {}
      const last = events.findLastIndex(({ type }) => type === 'ticket.changed')
      const event = events[last]
      if (event === undefined) throw new Error('no ticket was changed in this round')
      return { ...evidence, told: { events: events.with(last, { ...event, version: 1 }), refusals } }
    },
  },
  {
    name: 'who follows the desk is told of an event twice',
    verdict: /events of \/v1: event \d+ \S+ was told as/u,
    falsify: (evidence) => {
      const { events = [], refusals = [] } = evidence.told ?? {}
      return { ...evidence, told: { events: [...events.slice(0, 3), ...events.slice(2)], refusals } }
    },
  },
  {
    name: 'a follower misses an event',
    verdict: /follower of n1: at 3 it was shown/u,
    falsify: (evidence) => changeFollower(evidence, (events) => events.toSpliced(2, 1)),
  },
  {
    name: 'a follower sees an event twice',
    verdict: /follower of n1: at 4 it was shown/u,
    falsify: (evidence) => changeFollower(evidence, (events) => [...events.slice(0, 3), ...events.slice(2)]),
  },
]

/** The last comment is the first one, once more. */
const SECOND_COMMENT = `UPDATE comments SET text = (SELECT text FROM comments ORDER BY idx LIMIT 1)
  WHERE idx = (SELECT max(idx) FROM comments)`

/** A write that was answered with its index. */
function answered({ history }: Evidence): TimedAttempt {
  const found = history.attempts.find(({ outcome, kind, index }) => {
    return outcome === 'done' && kind === 'write' && index !== undefined
  })
  if (found === undefined) throw new Error('nothing was written in this round')
  return found
}

function changeAttempt(evidence: Evidence, change: (attempt: TimedAttempt) => TimedAttempt): Evidence {
  const chosen = answered(evidence)
  const attempts = evidence.history.attempts.map((attempt) => (attempt === chosen ? change(attempt) : attempt))
  return { ...evidence, history: { ...evidence.history, attempts } }
}

function changeRead(
  evidence: Evidence,
  change: { readonly index?: number; readonly floor?: number; readonly value?: string },
): Evidence {
  const [first, ...others] = evidence.history.reads
  if (first === undefined) throw new Error('nothing was read in this round')
  return { ...evidence, history: { ...evidence.history, reads: [{ ...first, ...change }, ...others] } }
}

/** The first such change of a ticket, as another one. */
function changeV1(evidence: Evidence, isIt: (change: V1Change) => boolean, lie: Partial<V1Change>): Evidence {
  const { v1 } = evidence.history
  const chosen = v1.changes.find(isIt)
  if (chosen === undefined) throw new Error('nothing of the kind was asked of /v1 in this round')
  const changes = v1.changes.map((change) => (change === chosen ? { ...change, ...lie } : change))
  return { ...evidence, history: { ...evidence.history, v1: { ...v1, changes } } }
}

/** The first such look at a ticket, as another one. */
function changeLook(evidence: Evidence, isIt: (look: Look) => boolean, lie: (look: Look) => Partial<Look>): Evidence {
  const { v1 } = evidence.history
  const chosen = v1.looks.find(isIt)
  if (chosen === undefined) throw new Error('nothing of the kind was looked at in this round')
  const looks = v1.looks.map((look) => (look === chosen ? { ...look, ...lie(look) } : look))
  return { ...evidence, history: { ...evidence.history, v1: { ...v1, looks } } }
}

/** The longest history that was looked at, as another one. */
function changeHistory(evidence: Evidence, change: (entries: readonly string[]) => readonly string[]): Evidence {
  const { v1 } = evidence.history
  const [chosen, ...others] = v1.histories.toSorted((one, other) => other.entries.length - one.entries.length)
  if (chosen === undefined) throw new Error('no history was looked at in this round')
  const changed: HistoryLook = { ...chosen, entries: change(chosen.entries) }
  return { ...evidence, history: { ...evidence.history, v1: { ...v1, histories: [changed, ...others] } } }
}

/** The first such search that found something, as another one. */
function changeSearch(
  evidence: Evidence,
  lie: (look: SearchLook) => Partial<SearchLook>,
  isIt: (look: SearchLook) => boolean = () => true,
): Evidence {
  const { v1 } = evidence.history
  const chosen = v1.searches.find((look) => look.found.length > 0 && !look.isIncomplete && look.floor > 1 && isIt(look))
  if (chosen === undefined) throw new Error('nothing of the kind was searched for in this round')
  const searches = v1.searches.map((look) => (look === chosen ? { ...look, ...lie(look) } : look))
  return { ...evidence, history: { ...evidence.history, v1: { ...v1, searches } } }
}

function changeFollower(evidence: Evidence, change: (events: readonly string[]) => readonly string[]): Evidence {
  const followed = evidence.followed.map((follower, place) =>
    place === 0 ? { ...follower, events: change(follower.events) } : follower,
  )
  return { ...evidence, followed }
}

/** The second replica, as another file that was changed by this SQL. */
function changeReplica(evidence: Evidence, sql: string): Evidence {
  const replicas = evidence.replicas.map(({ node, path }, place) => {
    if (place !== 1) return { node, path }
    const copy = `${path}.changed`
    copyFileSync(path, copy)
    for (const suffix of ['-wal', '-shm']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
    const database = openDatabase(copy)
    database.exec(sql)
    database.close()
    return { node, path: copy }
  })
  return { ...evidence, replicas }
}
