/** What happens, as it is stored: each change under its index, with the door that it came through. */
import { Icon } from '../../parts/icon.js'
import { newestIndex } from '../../state/live.js'
import { words } from '../../words/words.js'
import { changedAt, journal, type Noted } from './first-ticket.js'

const { journal: text } = words.welcome

export function Journal() {
  const events = journal.value
  const newest = events[0]?.index ?? 0
  return (
    <aside class="journal" aria-label={text.name}>
      <h2>
        <Icon name="spark" />
        {text.name}
      </h2>
      <ol>
        {events.length === 0 && (
          <li class="jr jr--none">
            <span class="idx">{newestIndex.value || '–'}</span>
            <span class="jr__w">{text.none}</span>
            <span class="jr__v" />
          </li>
        )}
        {events.map((event, at) => (
          <li key={event.index} class={`jr${at === 0 ? ' is-fresh' : ''}`}>
            <span class="idx">{event.index}</span>
            <span class="jr__w">
              <b>{verbOf(event)}</b>
              {linesOf(event).map((line) => (
                <>
                  <br />
                  <bdi key={line}>{line}</bdi>
                </>
              ))}
            </span>
            <span class="jr__v">{doorOf(event)}</span>
          </li>
        ))}
      </ol>
      <p class="journal__p">
        {changedAt.value !== undefined ? text.same : events.length > 0 ? text.next(newest) : text.rule}
      </p>
    </aside>
  )
}

function verbOf({ type, ticket }: Noted): string {
  if (ticket === undefined) return type
  if (type === 'ticket.created') return text.created(ticket)
  if (type === 'ticket.deleted') return text.deleted(ticket)
  return type === 'ticket.changed' ? text.changed(ticket) : `${type} ${ticket}`
}

function doorOf({ door }: Noted): string {
  const doors: Readonly<Record<string, string>> = text.doors
  return doors[door ?? ''] ?? text.otherDoor
}

/** What a change says of itself, in a line for each member. */
function linesOf({ type, changes = {} }: Noted): readonly string[] {
  const title = changes['title']
  if (type === 'ticket.created') {
    // One that was erased is not told.
    return typeof title === 'object' && title !== null && 'to' in title && typeof title.to === 'string'
      ? [`“${title.to}”`]
      : []
  }
  return Object.entries(changes)
    .slice(0, 3)
    .map(([name, change]) =>
      typeof change === 'object' && change !== null && 'to' in change && 'from' in change
        ? text.member(name, wordOf(change.from), wordOf(change.to))
        : text.text(name),
    )
}

function wordOf(value: unknown): string {
  return value === null
    ? words.common.none
    : typeof value === 'string' || typeof value === 'number'
      ? String(value)
      : JSON.stringify(value)
}
