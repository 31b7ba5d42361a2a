/** Go to or do: one field that finds places, actions, tickets, people and keys. */
import { useSignal } from '@preact/signals'
import { Fragment } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Ticket } from '../../../src/client/client.js'
import { Dialog } from '../../parts/dialog.js'
import { Icon } from '../../parts/icon.js'
import { desk } from '../../state/desk.js'
import { closeDialog } from '../../state/dialogs.js'
import { timeZone } from '../../state/ticket-list.js'
import { words } from '../../words/words.js'
import { entriesFor, searchEntry, searchTextOf, ticketEntries, type Entry } from './entries.js'

const TICKETS_MAX = 6
/** How long is waited for the next letter before tickets are searched, in milliseconds. */
const SEARCH_MS = 120

/** Tickets, and what they were found by. */
interface Found {
  readonly asked: string
  readonly tickets: readonly Ticket[]
}

export function Palette() {
  const text = useSignal('')
  /** The id of the entry that was chosen; undefined for the one that was first. */
  const at = useSignal<string | undefined>(undefined)
  const found = useSignal<Found>({ asked: '', tickets: [] })
  const list = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => field.current?.focus(), [])
  useEffect(() => {
    const asked = searchTextOf(text.value)
    if (asked === undefined) return undefined
    const stop = new AbortController()
    const timer = setTimeout(() => {
      void search(asked, stop.signal).then(
        (tickets) => (found.value = { asked, tickets }),
        () => undefined,
      )
    }, SEARCH_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [text.value])
  const entries: readonly Entry[] = [
    ...entriesFor(text.value),
    ...ticketEntries(ticketsFor(text.value, found.value)),
    ...searchEntry(text.value),
  ]
  // Who writes looks at the first: it stays the one that is chosen, whatever is found above it meanwhile.
  const seen = useRef<{ readonly text: string; readonly first: string | undefined } | undefined>(undefined)
  if (seen.current?.text !== text.value || !entries.some(({ id }) => id === seen.current?.first))
    seen.current = { text: text.value, first: entries[0]?.id }
  const wanted = at.value ?? seen.current.first
  const chosen = Math.max(
    0,
    entries.findIndex(({ id }) => id === wanted),
  )
  const choose = (index: number): void => void (at.value = entries[index]?.id)
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined) return
    closeDialog()
    entry.run()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key]
    if (step !== undefined) choose(Math.min(entries.length - 1, Math.max(0, chosen + step)))
    else if (event.key === 'Enter') run(entries[chosen])
    else return
    event.preventDefault()
  }
  const shown = useRef(0)
  useLayoutEffect(() => {
    // The first is in sight as it opens: to look would be a layout of the whole page.
    if (shown.current === chosen) return
    shown.current = chosen
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  return (
    <Dialog label={words.palette.title} class="palette" onClose={closeDialog}>
      <div class="palette__in">
        <Icon name="search" />
        <input
          ref={field}
          class="menu__input"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-entries"
          aria-activedescendant={entries.length > 0 ? `palette-${chosen}` : undefined}
          aria-label={words.palette.title}
          placeholder={words.palette.placeholder}
          autocomplete="off"
          spellcheck={false}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value
            at.value = undefined
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>Esc</kbd>
      </div>
      <div class="palette__list" role="listbox" id="palette-entries" aria-label={words.palette.title} ref={list}>
        {entries.map((entry, index) => (
          <Fragment key={entry.id}>
            {entry.head !== entries[index - 1]?.head && (
              <div class="menu__head" role="presentation">
                {entry.head}
              </div>
            )}
            <div
              id={`palette-${index}`}
              class="menu__item"
              role="option"
              aria-selected={index === chosen}
              onPointerMove={() => choose(index)}
              onClick={() => run(entry)}
            >
              {entry.mark}
              <span class="menu__t">
                <bdi>{entry.name}</bdi>
              </span>
              <span class="menu__end">{entry.end}</span>
            </div>
          </Fragment>
        ))}
        {entries.length === 0 && (
          <div class="menu__none" role="presentation">
            {words.palette.nothing}
          </div>
        )}
      </div>
      <p class="sr" role="status">
        {text.value === '' ? '' : words.common.found(entries.length)}
      </p>
      <div class="menu__foot palette__foot">
        <span>
          <kbd>↑</kbd>
          <kbd>↓</kbd> {words.palette.choose}
        </span>
        <span>
          <kbd>↵</kbd> {words.palette.doIt}
        </span>
        <span class="palette__tip">
          <code>#</code> {words.palette.tip.tickets} <code>/</code> {words.palette.tip.keys} <code>@</code>{' '}
          {words.palette.tip.people}
        </span>
      </div>
    </Dialog>
  )
}

/** Those that were found by what is written now; of what was found before, those whose titles have all its words. */
function ticketsFor(text: string, { asked, tickets }: Found): readonly Ticket[] {
  const now = searchTextOf(text)
  if (now === undefined || now === asked) return now === undefined ? [] : tickets
  const all = now.toLocaleLowerCase().split(/\s+/u)
  return tickets.filter(({ title }) => all.every((word) => title?.toLocaleLowerCase().includes(word) === true))
}

/** What is written is searched as words; where it is no search, nothing is found. */
async function search(text: string, signal: AbortSignal): Promise<readonly Ticket[]> {
  const { value } = await desk().tickets.pages({ q: text, limit: TICKETS_MAX, tz: timeZone(), signal }).next()
  return value?.tickets ?? []
}
