/**
 * Lies for the checker, one for each promise that it has to watch over: evidence of a round in which all was well, changed as a
 * desk that breaks the promise would have left it. A checker that believes one of them is worth nothing.
 */
import { copyFileSync, existsSync } from 'node:fs'
import { openDatabase } from '#src/sqlite/database.js'
import type { Evidence } from './checker.js'
import type { TimedAttempt } from './clients.js'
import type { V1Change } from './v1-clients.js'

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
    falsify: (evidence) =>
      changeReplica(
        evidence,
        `UPDATE comments SET text = (SELECT text FROM comments ORDER BY idx LIMIT 1)
         WHERE idx = (SELECT max(idx) FROM comments)`,
      ),
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
  const { changes } = evidence.history
  const chosen = changes.find(isIt)
  if (chosen === undefined) throw new Error('nothing of the kind was asked of /v1 in this round')
  const changed = changes.map((change) => (change === chosen ? { ...change, ...lie } : change))
  return { ...evidence, history: { ...evidence.history, changes: changed } }
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
