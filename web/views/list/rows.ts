/** The rows of a list: the tickets of a search, or of its groups one below the other, each under a head. */
import { computed, signal, type ReadonlySignal } from '@preact/signals'
import type { Stats, Ticket, TicketSort } from '../../../src/client/client.js'
import { quoted } from '../../parts/terms.js'
import type { Grouping } from '../../state/address.js'
import { desk } from '../../state/desk.js'
import { Again } from '../../state/again.js'
import { mayPass } from '../../state/failures.js'
import { noteRefusal } from '../../state/identity.js'
import { statuses } from '../../state/names.js'
import { TicketList, zoneFor } from '../../state/ticket-list.js'

/** At most so many groups are shown; the others are found by a search. */
const GROUPS_MAX = 200

export interface Section {
  /** What it is a group of: a name, null for tickets that have none; undefined where there are no groups. */
  readonly name: string | null | undefined
  readonly list: TicketList
}

export type Row =
  | { readonly kind: 'head'; readonly section: Section }
  | { readonly kind: 'ticket'; readonly section: Section; readonly at: number }

export interface ListAsked {
  readonly q: string
  readonly sort: TicketSort | null
  readonly group: Grouping | null
}

export class Rows {
  readonly asked: ListAsked
  readonly sections = signal<readonly Section[]>([])
  readonly problem: ReadonlySignal<unknown>
  readonly count: ReadonlySignal<number>
  /** How many tickets are found, each once; undefined before it is known. */
  readonly total: ReadonlySignal<number | undefined>
  readonly revision: ReadonlySignal<number>
  readonly fresh: ReadonlySignal<number>
  readonly #groupProblem = signal<unknown>(undefined)
  #range = { from: 0, to: 60 }
  #isReadingGroups = false
  /** How often groups were asked for: an answer to an earlier question is old. */
  #asked = 0
  readonly #again = new Again(() => void (this.asked.group !== null && this.#readGroups(this.asked.group)))

  constructor(asked: ListAsked) {
    this.asked = asked
    this.problem = computed(
      () => this.#groupProblem.value ?? this.sections.value.map(({ list }) => list.problem.value).find(Boolean),
    )
    this.count = computed(() =>
      this.sections.value.reduce((sum, section) => sum + headOf(section) + (section.list.total.value ?? 0), 0),
    )
    this.total = computed(() =>
      asked.group === null ? this.sections.value[0]?.list.total.value : this.#found.value?.total,
    )
    this.revision = computed(() => this.sections.value.reduce((sum, { list }) => sum + list.revision.value, 0))
    this.fresh = computed(() => this.sections.value.reduce((sum, { list }) => sum + list.fresh.value.length, 0))
    if (asked.group === null) {
      this.sections.value = [{ name: undefined, list: new TicketList(asked) }]
      this.want(0, 60)
    } else void this.#readGroups(asked.group)
  }
  /** What the search of a list in groups finds: a ticket that several are assigned to is in the group of each. */
  readonly #found = signal<Pick<Stats, 'total' | 'totalIsExact'> | undefined>(undefined)

  get isExact(): boolean {
    if (this.asked.group !== null) return this.#found.value?.totalIsExact !== false
    return this.sections.value.every(({ list }) => list.isExact.value)
  }

  /** What is in a row. */
  at(row: number): Row | undefined {
    let left = row
    for (const section of this.sections.value) {
      const head = headOf(section)
      if (left < head) return { kind: 'head', section }
      left -= head
      const total = section.list.total.value ?? 0
      if (left < total) return { kind: 'ticket', section, at: left }
      left -= total
    }
    return undefined
  }

  /** The tickets in some rows, in sight or not, each as it is known or is read for this. */
  async read(from: number, to: number): Promise<readonly Ticket[]> {
    const found: Ticket[] = []
    let before = 0
    for (const section of this.sections.peek()) {
      const first = before + headOf(section)
      const end = first + (section.list.total.peek() ?? 0)
      if (from < end && to > first) {
        found.push(...(await section.list.read(Math.max(0, from - first), Math.min(to, end) - first)))
      }
      before = end
    }
    return found
  }

  /** In which row a ticket stands: where it is in several groups in the one that is asked for, else in the first. */
  rowOf(number: number, group?: Section['name']): number | undefined {
    let first: number | undefined
    let before = 0
    for (const section of this.sections.peek()) {
      const at = section.list.rowOf(number)
      const row = at === undefined ? undefined : before + headOf(section) + at
      if (row !== undefined && (group === undefined || section.name === group)) return row
      first ??= row
      before += headOf(section) + (section.list.total.peek() ?? 0)
    }
    return first
  }

  /** Whether all that is in sight was read since it was asked for anew. */
  get isCurrent(): boolean {
    const sections = this.sections.peek()
    return !this.#isReadingGroups && sections.length > 0 && sections.every(({ list }) => list.isCurrent)
  }

  /** Sees to it that what is in sight is read. */
  want(from: number, to: number): void {
    // Before it is known how many there are, nothing is in sight, and is to be read all the same.
    if (to <= from) return
    this.#range = { from, to }
    let before = 0
    for (const section of this.sections.peek()) {
      const first = before + headOf(section)
      const total = section.list.total.peek()
      // An empty one has a first row to come.
      const end = first + Math.max(1, total ?? 1)
      if (from < end && to > first) section.list.want(Math.max(0, from - first), Math.min(to, end) - first)
      else section.list.rest()
      before = first + (total ?? 0)
    }
  }

  lookForNew(): void {
    for (const { list } of this.#inSight()) list.lookForNew()
  }

  /** Shows what has come. Groups that came or went are there then. */
  refresh(): void {
    if (this.asked.group !== null) void this.#readGroups(this.asked.group)
    for (const { list } of this.sections.peek()) void list.refresh()
  }

  close(): void {
    this.#again.stop()
    this.#asked++
    for (const { list } of this.sections.peek()) list.close()
  }

  #inSight(): readonly Section[] {
    const { from, to } = this.#range
    let before = 0
    return this.sections.peek().filter((section) => {
      const first = before
      before += headOf(section) + (section.list.total.peek() ?? 0)
      return from < before + 1 && to > first
    })
  }

  async #readGroups(group: Grouping): Promise<void> {
    const asked = ++this.#asked
    this.#isReadingGroups = true
    try {
      const stats = await desk().tickets.stats({ q: this.asked.q, ...zoneFor(this.asked.q) })
      if (asked !== this.#asked) return
      const known = new Map(this.sections.peek().map((section) => [section.name, section]))
      const groups = groupsOf(stats, group).slice(0, GROUPS_MAX)
      const sections = groups.map(({ name, count }) => {
        const section = known.get(name) ?? { name, list: this.#listOf(group, name) }
        // What is looked at says itself how many it has, as it is read.
        if (section.list.total.peek() === undefined || !section.list.isWanted) section.list.total.value = count
        return section
      })
      this.#found.value = stats
      this.#groupProblem.value = undefined
      this.#again.worked()
      this.#isReadingGroups = false
      // Nobody looks at a group that went.
      for (const gone of known.values()) if (!sections.includes(gone)) gone.list.close()
      this.sections.value = sections
      this.want(this.#range.from, this.#range.to)
    } catch (error) {
      if (asked !== this.#asked) return
      noteRefusal(error)
      this.#isReadingGroups = false
      this.#groupProblem.value = error
      if (mayPass(error)) this.#again.later()
    }
  }

  #listOf(group: Grouping, name: string | null): TicketList {
    const term = name === null ? `no:${group}` : `${group}:${quoted(name)}`
    return new TicketList({ q: `${this.asked.q} ${term}`.trim(), sort: this.asked.sort })
  }
}

function headOf({ name }: Section): 0 | 1 {
  return name === undefined ? 0 : 1
}

const priorityOrder = ['urgent', 'high', 'normal', 'low']

/** The groups of a search in the order that they are shown in, and how many each has. */
function groupsOf(stats: Stats, group: Grouping): readonly { readonly name: string | null; readonly count: number }[] {
  switch (group) {
    case 'status': {
      const order = new Map(statuses.peek().map(({ name }, at) => [name, at]))
      return stats.statuses
        .map(({ status, count }) => ({ name: status, count }))
        .toSorted((a, b) => (order.get(a.name) ?? 99) - (order.get(b.name) ?? 99))
    }
    case 'priority':
      return stats.priorities
        .map(({ priority, count }) => ({ name: priority, count }))
        .toSorted((a, b) => priorityOrder.indexOf(a.name) - priorityOrder.indexOf(b.name))
    case 'queue':
      return stats.queues.map(({ queue, count }) => ({ name: queue, count }))
    case 'assignee':
      return stats.assignees.map(({ assignee, count }) => ({ name: assignee, count }))
    default:
      return group satisfies never
  }
}
