/** How many tickets a search finds, and of which kinds. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { Day, Handle, orNull, strict } from './words.js'

const count = Type.Integer({ minimum: 0 })

/** How long ago tickets were created, in days that have begun since: each from one of these to the next, today's are 0. */
export const ageBounds = [0, 1, 7, 30, 90, 365] as const

const LedgerDay = Type.Object(
  {
    day: Day,
    opened: count,
    closed: count,
    reopened: count,
    deleted: Type.Integer({ minimum: 0, description: 'Open ones that went to the bin.' }),
    restored: Type.Integer({ minimum: 0, description: 'Open ones that came back from it.' }),
    movedIn: Type.Integer({ minimum: 0, description: 'From other queues, while open.' }),
    movedOut: count,
    open: Type.Integer({ minimum: 0, description: 'How many were open when the day ended.' }),
  },
  strict,
)

const Ledger = Type.Object(
  {
    queue: orNull(Type.String({ description: 'Of which queue; null for all together.' })),
    openBefore: Type.Integer({ minimum: 0, description: 'How many were open when the first day began.' }),
    days: Type.Array(LedgerDay),
  },
  {
    ...strict,
    description:
      'What happened on each day, whatever `q` says: open before, and opened, reopened, restored and moved in, less closed, deleted and moved out, are open at the end.',
  },
)

export const Stats = Type.Object(
  {
    total: Type.Integer({ minimum: 0, description: 'How many tickets the search finds.' }),
    totalIsExact: Type.Boolean({
      description:
        'Whether all were counted. Where not, so much work was not to be done for one answer, and all counts are of those that were looked at.',
    }),
    statuses: Type.Array(Type.Object({ status: Type.String(), category: Type.String(), count }, strict)),
    priorities: Type.Array(Type.Object({ priority: Type.String(), count }, strict)),
    queues: Type.Array(Type.Object({ queue: Type.String(), count }, strict)),
    assignees: Type.Array(Type.Object({ assignee: orNull(Handle), count }, strict), {
      description: 'Null are those that have none. A ticket with several counts for each.',
    }),
    labels: Type.Array(Type.Object({ label: orNull(Type.String()), count }, strict), {
      description: 'Null are those that have none. A ticket with several counts for each.',
    }),
    ages: Type.Array(
      Type.Object(
        {
          from: Type.Integer({ description: 'Days at least; 0 is today.' }),
          below: orNull(Type.Integer({ description: 'Fewer days than these; null for the oldest.' })),
          count,
        },
        strict,
      ),
      { description: 'By the days since they were created, in the time zone that was asked for.' },
    ),
    ledger: Type.Optional(Ledger),
  },
  {
    ...strict,
    $id: 'Stats',
    description:
      'Counts of what a search finds, of one state. What is not there is left out; the most frequent come first.',
    examples: [
      {
        total: 3,
        totalIsExact: true,
        statuses: [
          { status: 'open', category: 'new', count: 2 },
          { status: 'in-progress', category: 'active', count: 1 },
        ],
        priorities: [{ priority: 'normal', count: 3 }],
        queues: [{ queue: 'default', count: 3 }],
        assignees: [
          { assignee: null, count: 2 },
          { assignee: 'ann', count: 1 },
        ],
        labels: [{ label: 'disk', count: 3 }],
        ages: [
          { from: 0, below: 1, count: 1 },
          { from: 1, below: 7, count: 2 },
        ],
      },
    ],
  },
)
export type Stats = Static<typeof Stats>
