/** The small marks of a ticket: status, priority, labels, people, due day, comments. Shape and word carry the meaning, colour repeats it. */
import type { Ticket } from '../../src/client/client.js'
import { labelNamed, statusNamed, userNamed } from '../state/names.js'
import { words } from '../words/words.js'
import { dueWords } from './times.js'
import { Icon, type IconName } from './icon.js'

export type Category = Ticket['category']
export type Priority = Ticket['priority']

/** A status as its category's shape. Its name is read out, or stands beside it. */
export function StatusMark({ name, category }: { name: string; category?: Category | undefined }) {
  const shape = category ?? statusNamed.value.get(name)?.category ?? 'new'
  return (
    <span class={`stat stat--${shape}`} title={name}>
      <Icon name={`s-${shape}`} />
      <span class="sr">{name}</span>
    </span>
  )
}

export function PriorityMark({ priority }: { priority: Priority }) {
  const word = words.common.priority[priority]
  return (
    <span class={`prio prio--${priority}`} title={word}>
      <Icon name={`p-${priority}` satisfies IconName} />
      <span class="sr">{word}</span>
    </span>
  )
}

/** A hue for a name: the same one everywhere. */
export function hueOf(name: string): number {
  let hash = 2166136261
  for (const unit of name) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 16777619)
  return (hash >>> 0) % 360
}

/** The hue of a colour that was chosen; undefined where it has none (grey) or is no colour. */
function hueOfColor(color: string | null | undefined): number | undefined {
  const [, r, g, b] = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/iu.exec(color ?? '') ?? []
  if (r === undefined || g === undefined || b === undefined) return undefined
  const [red, green, blue] = [r, g, b].map((part) => Number.parseInt(part, 16) / 255)
  if (red === undefined || green === undefined || blue === undefined) return undefined
  const most = Math.max(red, green, blue)
  const range = most - Math.min(red, green, blue)
  if (range === 0) return undefined
  const part =
    most === red ? (green - blue) / range : most === green ? 2 + (blue - red) / range : 4 + (red - green) / range
  // The hue of oklch lies some thirty degrees further than that of HSL.
  return (part * 60 + 390) % 360
}

export function LabelMark({ name }: { name: string }) {
  const hue = hueOfColor(labelNamed.value.get(name)?.color) ?? hueOf(name)
  return (
    <span class="label" style={`--hue:${Math.round(hue)}`}>
      <bdi>{name}</bdi>
    </span>
  )
}

/** A person as a disc with the first letters of the handle; the whole of it is read out. */
export function PersonMark({ handle, isMedium = false }: { handle: string; isMedium?: boolean }) {
  const shown = userNamed.value.get(handle)?.name ?? handle
  return (
    <span class={`who${isMedium ? ' who--m' : ''}`} style={`--hue:${hueOf(handle)}`} title={shown}>
      <span aria-hidden="true">{[...handle].slice(0, 2).join('')}</span>
      <span class="sr">{handle}</span>
    </span>
  )
}

export function NobodyMark() {
  return (
    <span class="nobody" title={words.common.nobody}>
      <Icon name="nobody" />
      <span class="sr">{words.common.nobody}</span>
    </span>
  )
}

/** At most three people, then a number. */
export function People({ handles, isQuiet = false }: { handles: readonly string[]; isQuiet?: boolean }) {
  if (handles.length === 0)
    return isQuiet ? null : (
      <span class="stack">
        <NobodyMark />
      </span>
    )
  const shown = handles.slice(0, handles.length > 3 ? 2 : 3)
  return (
    <span class="stack">
      {shown.map((handle) => (
        <PersonMark key={handle} handle={handle} />
      ))}
      {handles.length > shown.length && <span class="num">+{handles.length - shown.length}</span>}
    </span>
  )
}

/** A due day: amber today, red when past, unless it is done. */
export function DueMark({ due, isDone }: { due: string | null; isDone: boolean }) {
  if (due === null) return null
  const { text, when } = dueWords(due)
  const state = isDone ? '' : when === 'past' ? ' due--over' : when === 'today' ? ' due--now' : ''
  return (
    <span class={`due${state}`} title={due}>
      <Icon name="calendar" />
      {text}
    </span>
  )
}
