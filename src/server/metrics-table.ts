/**
 * What `/metrics` shows of etcdesk, each metric once: its name, kind, meaning, and where its values are read when somebody
 * asks. Knows nothing of Prometheus but its rules for names. docs/OPERATING.md says what to do about each; a test keeps the
 * two equal.
 */
import type { DeskStore } from '../desk.js'
import type { ConnectionRoom } from '../http/connection-room.js'
import type { DoorBook } from '../http/door-book.js'
import type { EventFigures } from '../http/desk-api/v1/events/hub.js'
import { contactProblem } from '../http/stale.js'
import { NO_STATUS } from '../http/request-times.js'
import type { DistributionData } from '../measure/distribution.js'

/** Where the values come from. */
export interface MetricsSources {
  readonly version: string
  /** `sqlite` or `etcd`. */
  readonly engine: string
  readonly store: DeskStore
  readonly doors: readonly DoorSource[]
  /** Where the connections of all doors are counted. */
  readonly room: Pick<ConnectionRoom, 'max' | 'closed'>
  /** How many watch on the keys API now. */
  readonly watchers: () => number
  /** Those who follow the desk's events. */
  readonly events: () => EventFigures
  /** How many lines of the log were lost. */
  readonly logLinesLost: () => number
  /** The delays of the main thread's event loop. */
  readonly loopDelay: () => DistributionData
}

/** A door as far as it is measured. */
export interface DoorSource {
  readonly name: string
  readonly book: DoorBook
  readonly connections: () => number
}

type Labels = Readonly<Record<string, string | number>>

/** A value with what it is of. */
export type Sample<Value> = readonly [labels: Labels, value: Value]

/** One metric. */
export type Metric = {
  readonly name: string
  /** What it says, in a sentence. */
  readonly help: string
  readonly labels: readonly string[]
} & (
  | { readonly type: 'counter' | 'gauge'; readonly read: (sources: MetricsSources) => readonly Sample<number>[] }
  | { readonly type: 'histogram'; readonly read: (sources: MetricsSources) => readonly Sample<DistributionData>[] }
)

export const metricsTable: readonly Metric[] = [
  {
    name: 'etcdesk_build_info',
    type: 'gauge',
    help: 'Always 1: the labels say which version runs, and on which kind of store.',
    labels: ['version', 'store'],
    read: ({ version, engine }) => [[{ version, store: engine }, 1]],
  },
  {
    name: 'etcdesk_http_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the arrival of a request to its whole answer; watches have a route of their own.',
    labels: ['door', 'method', 'route', 'status'],
    read: ({ doors }) =>
      doors.flatMap(({ name, book }) =>
        book.figures().requests.map(({ method, route, status, times }): Sample<DistributionData> => {
          return [{ door: name, method, route, status: status === NO_STATUS ? 'none' : status }, times]
        }),
      ),
  },
  {
    name: 'etcdesk_http_malformed_requests_total',
    type: 'counter',
    help: 'Bytes that were no HTTP request, or one that did not arrive in time, by the status they were refused with.',
    labels: ['door', 'status'],
    read: ({ doors }) =>
      doors.flatMap(({ name, book }) =>
        [...book.figures().malformed].map(([status, count]): Sample<number> => [{ door: name, status }, count]),
      ),
  },
  {
    name: 'etcdesk_http_connections',
    type: 'gauge',
    help: 'Open connections.',
    labels: ['door'],
    read: ({ doors }) => doors.map(({ name, connections }) => [{ door: name }, connections()]),
  },
  {
    name: 'etcdesk_http_connections_max',
    type: 'gauge',
    help: 'How many connections both doors together keep open.',
    labels: [],
    read: ({ room }) => only(room.max),
  },
  {
    name: 'etcdesk_http_connections_closed_total',
    type: 'counter',
    help: 'Connections that were closed because there were too many, by why it was those.',
    labels: ['why'],
    read: ({ room }) => Object.entries(room.closed).map(([why, count]) => [{ why }, count]),
  },
  {
    name: 'etcdesk_watchers',
    type: 'gauge',
    help: 'Long polls and streams of the keys API that wait for a change.',
    labels: [],
    read: ({ watchers }) => only(watchers()),
  },
  {
    name: 'etcdesk_event_listeners',
    type: 'gauge',
    help: 'Streams and waiting pages of /v1/events.',
    labels: [],
    read: ({ events }) => only(events().listeners),
  },
  {
    name: 'etcdesk_events_sent_total',
    type: 'counter',
    help: 'Events that were sent by /v1/events, one that went to two listeners counted twice.',
    labels: [],
    read: ({ events }) => only(events().sent),
  },
  {
    name: 'etcdesk_log_lines_lost_total',
    type: 'counter',
    help: 'Lines of the log that could not be written: its reader stands still or is gone, or its disk is full.',
    labels: [],
    read: ({ logLinesLost }) => only(logLinesLost()),
  },
  {
    name: 'etcdesk_commands_total',
    type: 'counter',
    help: 'Changes that clients asked for, by how they ended: done, refused by a rule, or not done by the store and why.',
    labels: ['outcome'],
    read: ({ store }) => Object.entries(store.figures.commands).map(([outcome, count]) => [{ outcome }, count]),
  },
  {
    name: 'etcdesk_commands_waiting',
    type: 'gauge',
    help: 'Changes that wait to be made; from 20000 on more are refused.',
    labels: [],
    read: ({ store }) => only(store.figures.waiting),
  },
  {
    name: 'etcdesk_commands_oldest_wait_seconds',
    type: 'gauge',
    help: 'For how long the oldest of the waiting changes has waited.',
    labels: [],
    read: ({ store }) => only(store.figures.oldestWaitingMs / 1000),
  },
  {
    name: 'etcdesk_commits_total',
    type: 'counter',
    help: 'Commits that this node made durable.',
    labels: [],
    read: ({ store }) => only(countOf(store.figures.thread?.writer.batchSizes)),
  },
  {
    name: 'etcdesk_batch_commands',
    type: 'histogram',
    help: 'Commands in one commit.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.writer.batchSizes),
  },
  {
    name: 'etcdesk_commit_duration_seconds',
    type: 'histogram',
    help: 'Time that one attempt at a commit took: an fsync of the file, or a transaction of etcd.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.writer.appendTimes),
  },
  {
    name: 'etcdesk_conflicts_total',
    type: 'counter',
    help: 'Batches that had to be run again because another node was first.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.writer.conflicts),
  },
  {
    name: 'etcdesk_unknown_outcomes_total',
    type: 'counter',
    help: 'Commits of which nobody could tell at once whether they were made, so that it had to be found out.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.writer.unknownOutcomes),
  },
  {
    name: 'etcdesk_writable',
    type: 'gauge',
    help: '1 while changes can be made, 0 while they fail.',
    labels: [],
    read: ({ store }) => only(store.failure === undefined && contactProblem(store) === undefined ? 1 : 0),
  },
  {
    name: 'etcdesk_head_index',
    type: 'gauge',
    help: 'The newest index that reads see here.',
    labels: [],
    read: ({ store }) => only(headOf(store)),
  },
  {
    name: 'etcdesk_replica_lag_indexes',
    type: 'gauge',
    help: 'How many indexes this node has heard of that its local copy lacks; 0 where the data is a file.',
    labels: [],
    read: ({ store }) => {
      const [head, newest] = [headOf(store), store.figures.thread?.journal.newestIndex]
      return only(head === undefined || newest === undefined ? undefined : Math.max(0, newest - head))
    },
  },
  {
    name: 'etcdesk_replica_lag_seconds',
    type: 'gauge',
    help: 'For how long the local copy has lacked something that this node has heard of; 0 where the data is a file.',
    labels: [],
    read: ({ store }) => only(store.figures.thread && store.figures.thread.behindMs / 1000),
  },
  {
    name: 'etcdesk_contact_age_seconds',
    type: 'gauge',
    help: 'Time since etcd last answered: what reads see may be as old; 0 where the data is a file.',
    labels: [],
    read: ({ store }) => only(store.contactAgeMs / 1000),
  },
  {
    name: 'etcdesk_file_bytes',
    type: 'gauge',
    help: 'Size of the file that holds the data on this node.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.disk?.file),
  },
  {
    name: 'etcdesk_log_bytes',
    type: 'gauge',
    help: 'Size of the write-ahead log beside that file.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.disk?.log),
  },
  {
    name: 'etcdesk_disk_free_bytes',
    type: 'gauge',
    help: 'What is free on the disk of that file.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.disk?.free),
  },
  {
    name: 'etcdesk_spool_bytes',
    type: 'gauge',
    help: 'Bytes of long lists that wait on the disk for clients that take them slowly.',
    labels: [],
    read: ({ store }) => only(store.figures.lists.spoolBytes),
  },
  {
    name: 'etcdesk_lists_reading',
    type: 'gauge',
    help: 'Long lists that are being read, each from a state that keeps the log from being emptied.',
    labels: [],
    read: ({ store }) => only(store.figures.lists.snapshots),
  },
  {
    name: 'etcdesk_lists_broken_off_total',
    type: 'counter',
    help: 'Long lists that were broken off, by why: reading took too long, the log grew too large, or no room to spool.',
    labels: ['reason'],
    read: ({ store }) =>
      Object.entries(store.figures.lists.brokenOff).map(([reason, count]): Sample<number> => [{ reason }, count]),
  },
  {
    name: 'etcdesk_nodes',
    type: 'gauge',
    help: 'Nodes of this desk that are there, as far as this one knows.',
    labels: [],
    read: ({ store }) => only(store.nodes.filter(({ isThere }) => isThere).length),
  },
  {
    name: 'etcdesk_etcd_request_duration_seconds',
    type: 'histogram',
    help: 'Time that one attempt at a request to etcd took, by what became of it.',
    labels: ['method', 'outcome'],
    read: ({ store }) =>
      (store.figures.thread?.journal.requests ?? []).map(({ method, outcome, times }) => [{ method, outcome }, times]),
  },
  {
    name: 'etcdesk_etcd_database_bytes',
    type: 'gauge',
    help: 'Size of the file of the etcd member in use, as it said within the last five seconds.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.journal.room?.bytes),
  },
  {
    name: 'etcdesk_etcd_database_in_use_bytes',
    type: 'gauge',
    help: 'How much of that file holds data; the rest is given back by defragmenting.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.journal.room?.bytesInUse),
  },
  {
    name: 'etcdesk_etcd_no_space',
    type: 'gauge',
    help: '1 while etcd has raised its alarm NOSPACE and takes no writes, else 0.',
    labels: [],
    read: ({ store }) => only(store.figures.thread?.journal.room && Number(store.figures.thread.journal.room.isUsedUp)),
  },
  {
    name: 'etcdesk_event_loop_delay_seconds',
    type: 'histogram',
    help: 'The longest delay of the event loop in each half second, of the thread that answers (main) and of the one that writes (writer).',
    labels: ['thread'],
    read: ({ store, loopDelay }) => {
      const writer = store.figures.thread?.loopDelay
      return [
        [{ thread: 'main' }, loopDelay()],
        ...only(writer).map(([, value]): Sample<DistributionData> => [{ thread: 'writer' }, value]),
      ]
    },
  },
]

/** A metric without labels; nothing where it is not known. */
function only<Value>(value: Value | undefined): readonly Sample<Value>[] {
  return value === undefined ? [] : [[{}, value]]
}

/** How many values a distribution has. */
function countOf(data: DistributionData | undefined): number | undefined {
  return data?.counts.reduce((sum, count) => sum + count, 0)
}

/** Undefined where the store can not be read: what else there is to say is said all the same. */
function headOf(store: DeskStore): number | undefined {
  try {
    return store.history.head()
  } catch {
    return undefined
  }
}
