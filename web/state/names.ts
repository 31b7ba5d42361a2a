/** What has a name on the desk: queues, statuses, labels, users, fields, views. Read once, and again when one of them changed. */
import { batch, computed, effect, signal, type Signal } from '@preact/signals'
import type { CustomField, DeskEvent, Label, Queue, Status, User, View } from '../../src/client/client.js'
import { actingAs, desk } from './desk.js'
import { AGAIN_MS, mayPass } from './failures.js'

export const queues = signal<readonly Queue[]>([])
export const statuses = signal<readonly Status[]>([])
export const labels = signal<readonly Label[]>([])
export const users = signal<readonly User[]>([])
export const fields = signal<readonly CustomField[]>([])
export const views = signal<readonly View[]>([])
/** Whether they were read at least once. */
export const areNamesKnown = signal(false)

export const statusNamed = computed(() => new Map(statuses.value.map((status) => [status.name, status])))
export const labelNamed = computed(() => new Map(labels.value.map((label) => [label.name, label])))
export const userNamed = computed(() => new Map(users.value.map((user) => [user.handle, user])))

/** Reads all of a kind. Returns what puts them into their place. */
async function read<Item>(into: Signal<readonly Item[]>, from: AsyncIterable<Item>): Promise<() => void> {
  const items: Item[] = []
  for await (const item of from) items.push(item)
  return () => {
    into.value = items
  }
}

const readers: Readonly<Record<string, () => Promise<() => void>>> = {
  queue: () => read(queues, desk().queues.list()),
  status: () => read(statuses, desk().statuses.list()),
  label: () => read(labels, desk().labels.list()),
  user: () => read(users, desk().users.list()),
  field: () => read(fields, desk().fields.list()),
  view: () => read(views, desk().views.list()),
}

/** How often was asked, and at which time of these what is shown of each kind. */
let asked = 0
const shown = new Map<string, number>()

/**
 * Reads all of them anew; what one may not read stays as it is. What is asked for beside each other may end in any order: an answer never
 * comes over one that was asked for later. What could not be read now is read a little later.
 */
export async function readNames(kinds: Iterable<string> = Object.keys(readers)): Promise<void> {
  const at = ++asked
  const wanted = [...kinds]
  const outcomes = await Promise.allSettled(wanted.map((kind) => readers[kind]?.()))
  batch(() => {
    for (const [place, outcome] of outcomes.entries()) {
      const kind = wanted[place] ?? ''
      if ((shown.get(kind) ?? 0) > at) continue
      if (outcome.status === 'rejected') {
        if (mayPass(outcome.reason)) readLater(kind)
        continue
      }
      shown.set(kind, at)
      outcome.value?.()
    }
    areNamesKnown.value = true
  })
}

const later = new Set<string>()

/** Reads a kind after a while, and all that failed until then with it. */
function readLater(kind: string): void {
  if (later.size === 0)
    setTimeout(() => {
      for (const each of later) changed.add(each)
      later.clear()
      void readChanged()
    }, AGAIN_MS)
  later.add(kind)
}

const changed = new Set<string>()
let isReading = false

/** Reads anew what an event says has changed, once for many of them. */
export function noteNameEvent({ type }: DeskEvent): void {
  const [kind = ''] = type.split('.')
  if (kind in readers) noteChanged(kind)
}

function noteChanged(kind: string): void {
  changed.add(kind)
  void readChanged()
}

// Views are one's own, and others' that are shared: whoever acts as somebody else has others.
let actedAs = actingAs.peek()
effect(() => {
  if (actingAs.value === actedAs) return
  actedAs = actingAs.value
  noteChanged('view')
})

async function readChanged(): Promise<void> {
  if (isReading) return
  isReading = true
  while (changed.size > 0) {
    const kinds = [...changed]
    changed.clear()
    await readNames(kinds)
  }
  isReading = false
}
