/** The dashboard: figures, and findings as sentences. */
import { common, own, ticketNumber } from './common.js'

const tickets = (count: number): string => `${common.number(count)} ${count === 1 ? 'ticket' : 'tickets'}`

const nameOf = (queue: string | null): string => (queue === null ? 'all queues' : own(queue))

export const dashboard = {
  name: 'Dashboard',
  allQueues: 'All queues',
  stillOf: (shown: string | null, chosen: string | null) =>
    `These are the figures of ${nameOf(shown)}, until those of ${nameOf(chosen)} are there.`,
  queue: 'Queue',
  span: 'Days',
  days: (count: number) => `${count} d`,
  open: 'Open',
  more: (count: number, days: number) => `up ${common.number(count)} in ${days} days`,
  fewer: (count: number, days: number) => `down ${common.number(count)} in ${days} days`,
  asMany: (days: number) => `the same as ${days} days ago`,
  yours: 'of yours',
  opened: 'Opened',
  closed: 'Closed',
  today: (count: number) => `${common.number(count)} today`,
  reopened: (count: number) => `and ${common.number(count)} reopened`,
  unassigned: 'Unassigned',
  nobodyHas: 'that nobody has',
  overdue: 'Past their due day',
  noneOverdue: 'none',
  asTable: 'As a table',
  others: (count: number) => `${common.number(count)} more`,
  flow: {
    none: (days: number) => `Nothing was opened or closed in ${days} days`,
    /** What came: new tickets alone, or those too that were closed before. */
    came: (hasReopened: boolean) => (hasReopened ? 'opened or reopened' : 'opened'),
    opened: (came: string, days: number, of: number) => `More was ${came} than closed on ${days} of ${of} days`,
    closed: (came: string, days: number, of: number) => `More was closed than ${came} on ${days} of ${of} days`,
    even: (came: string, of: number) => `As much was closed as ${came} in ${of} days`,
    keyOpened: (count: number) => `opened ${common.number(count)}`,
    keyReopened: (count: number) => `reopened ${common.number(count)}`,
    keyClosed: (count: number) => `closed ${common.number(count)}`,
    keyOpen: 'open at the end of the day',
    tipOpened: (count: number) => `${common.number(count)} opened`,
    tipReopened: (count: number) => `${common.number(count)} reopened`,
    tipClosed: (count: number) => `${common.number(count)} closed`,
    tipOpen: (count: number) => `${common.number(count)} open`,
    head: ['Day', 'Opened', 'Reopened', 'Restored', 'Moved in', 'Closed', 'Deleted', 'Moved out', 'Open at the end'],
    today: 'today',
    tick: (count: number) => `${count < 0 ? '−' : ''}${common.number(Math.abs(count))}`,
  },
  age: {
    none: 'Nothing is open',
    young: 'Nothing open is older than a week',
    week: (count: number, of: number) => `${common.number(count)} of ${common.number(of)} open are older than a week`,
    month: (count: number, of: number) => `${common.number(count)} of ${common.number(of)} open are older than 30 days`,
    head: 'Age',
    bins: ['today', '1–6 days', '7–29 days', '30–89 days', '90–364 days', 'a year and more'],
  },
  load: {
    none: 'Nobody has any of them',
    most: (who: string, count: number, of: number) =>
      `${who} has the most: ${common.number(count)} of ${common.number(of)}`,
    head: 'Assignee',
    nobody: (count: number) => `Nobody has ${tickets(count)}`,
  },
  queues: {
    none: 'No queue has open tickets',
    most: (queue: string, count: number, of: number) =>
      `Most is in ${queue}: ${common.number(count)} of ${common.number(of)}`,
    head: 'Queue',
  },
  priorities: {
    none: 'Nothing is urgent',
    urgent: (count: number, of: number) =>
      `${common.number(count)} of ${common.number(of)} ${count === 1 ? 'is' : 'are'} urgent`,
    head: 'Priority',
  },
  still: {
    name: (number: number) => `Longest without a change: ${ticketNumber(number)}`,
    head: ['Number', 'Status', 'Title', 'Last change'],
  },
  count: 'Open',
  total: 'Together',
  categories: { new: 'new', active: 'active', waiting: 'waiting' },
  empty: { title: 'There is nothing to count yet', text: 'Figures come with the first ticket.' },
  partly: 'There is more than can be counted at once: these are the figures of a part.',
} as const
