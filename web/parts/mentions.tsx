/**
 * What `@` and `#` can become while a text is written: people by their handles and names, tickets by their numbers and the words of their
 * titles. A list at the sign, in which arrows choose, Enter and Tab take, and Esc closes it and nothing else; a press takes, too. Where
 * what is written may be meant as it stands nothing is chosen, so Enter ends the line as ever. While an input method composes there is no
 * list.
 */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
import type { Ticket } from '../../src/client/client.js'
import { desk } from '../state/desk.js'
import { users } from '../state/names.js'
import { words } from '../words/words.js'
import { sameName } from './handles.js'
import { PersonMark, StatusMark } from './marks.js'
import { mentionAt, placeInField, type MentionTerm } from './mention-terms.js'
import { narrow } from './menu.js'
import { typeInto } from './typing.js'

interface Mention {
  readonly insert: string
  readonly what: string
  readonly mark: ComponentChildren
}

interface Mentions {
  /** What the field is while the list is shown. */
  readonly attributes: Readonly<Record<string, string>>
  readonly list: ComponentChildren
  /** Looks at what is being written. */
  readonly look: () => void
  readonly close: () => void
  /** Whether it was a key of the list. */
  readonly takeKey: (event: KeyboardEvent) => boolean
  readonly compose: (is: boolean) => void
}

const MENTIONS_MAX = 8

/** How long is waited for the next letter before tickets are looked for, in milliseconds. */
const PAUSE_MS = 80

/** More than one word, or other signs than a word has: only who is called so from the beginning is meant, as any text may stand there. */
const isWide = (text: string): boolean => !/^[\p{L}\p{N}_.-]*$/u.test(text)

function peopleFor({ text }: MentionTerm): readonly Mention[] {
  const items = users.value
    .filter(({ active }) => active)
    .map(({ handle, name }) => ({ handle, full: name ?? '', name: name === null ? handle : `${handle} ${name}` }))
  return (isWide(text) ? calledSo(items, text) : narrow(items, text))
    .slice(0, MENTIONS_MAX)
    .map(({ handle, full }) => ({ insert: `@${handle}`, what: full, mark: <PersonMark handle={handle} /> }))
}

function calledSo<Item extends { readonly handle: string; readonly full: string }>(
  people: readonly Item[],
  text: string,
): readonly Item[] {
  const begun = text.toLocaleLowerCase()
  return (
    people
      .filter(({ handle, full }) => [handle, full].some((called) => called.toLocaleLowerCase().startsWith(begun)))
      // Who was just mentioned is not offered again at the space behind.
      .filter(({ handle }) => sameName(text.trimEnd()) !== sameName(handle))
  )
}

/** Whether the text mentions that person already, and goes on behind it. */
function isMentioned(handle: string, text: string): boolean {
  return /^\s/u.test(text.slice(handle.length)) && text.toLocaleLowerCase().startsWith(handle.toLocaleLowerCase())
}

async function ticketsFor({ text }: MentionTerm, signal: AbortSignal): Promise<readonly Mention[]> {
  const isNumber = /^\d{1,15}$/u.test(text)
  const q = isNumber ? `number:${Number(text)}` : `in:title ${text}`
  const { value } = await desk().tickets.pages({ q, limit: MENTIONS_MAX, signal }).next()
  return (value?.tickets ?? []).map(({ number, title, status, category }: Ticket) => ({
    insert: `#${number}`,
    what: title ?? '',
    mark: <StatusMark name={status} category={category} />,
  }))
}

export function useMentions(field: RefObject<HTMLTextAreaElement | null>, isOn = true): Mentions {
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const term = useSignal<MentionTerm | undefined>(undefined)
  const found = useSignal<{ readonly term: MentionTerm; readonly tickets: readonly Mention[] } | undefined>(undefined)
  const at = useSignal<number | undefined>(undefined)
  const composes = useRef(false)
  /** The sign at which it was closed. */
  const closedAt = useRef<number | undefined>(undefined)

  const asked = term.value
  const tickets = found.value?.term === asked ? (found.value?.tickets ?? []) : []
  const mentions = asked === undefined ? [] : asked.sign === '@' ? peopleFor(asked) : tickets
  const isShown = mentions.length > 0
  const isMeant = asked === undefined || asked.text === '' || isWhole(asked, mentions)
  const chosen = Math.min(at.value ?? (isMeant ? -1 : 0), mentions.length - 1)

  useEffect(() => {
    if (asked?.sign !== '#') return undefined
    const stop = new AbortController()
    const timer = setTimeout(() => {
      ticketsFor(asked, stop.signal).then(
        (now) => (found.value = { term: asked, tickets: now }),
        // Without an answer there is nothing to choose: what is written stays what it is.
        () => undefined,
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [asked])
  useLayoutEffect(() => {
    const [menu, area] = [box.current, field.current]
    if (menu === null || area === null || asked === undefined || !isShown) return undefined
    menu.showPopover()
    const place = (): void => putAt(menu, placeInField(area, asked.from))
    place()
    addEventListener('scroll', place, true)
    addEventListener('resize', place)
    return () => {
      removeEventListener('scroll', place, true)
      removeEventListener('resize', place)
    }
  }, [asked, isShown, mentions.length])
  useLayoutEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [chosen])

  // What was written may go otherwise than by keys: it is sent, taken back, or shown as it will look.
  useLayoutEffect(() => {
    const at = term.peek()
    if (at !== undefined && !stands(at, field.current)) term.value = undefined
  })

  const look = (): void => {
    const area = field.current
    const isPlain = isOn && area !== null && !composes.current && area.selectionStart === area.selectionEnd
    const next = isPlain ? mentionAt(area.value, area.selectionStart) : undefined
    if (next?.from !== closedAt.current) closedAt.current = undefined
    const shown = closedAt.current === undefined ? next : undefined
    const before = term.peek()
    if (before?.from === shown?.from && before?.text === shown?.text && before?.caret === shown?.caret) return
    term.value = shown
    at.value = undefined
  }
  const take = (mention: Mention | undefined): void => {
    const area = field.current
    if (area === null || asked === undefined || mention === undefined) return
    term.value = undefined
    const isFollowed = /^\s/u.test(area.value.slice(asked.caret))
    typeInto(area, asked.from, asked.caret, isFollowed ? mention.insert : `${mention.insert} `)
  }
  const takeKey = (event: KeyboardEvent): boolean => {
    const { key } = event
    if (!isShown || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[key]
    if (step !== undefined) at.value = (chosen + step + mentions.length) % mentions.length
    else if (key === 'Escape') {
      closedAt.current = asked?.from
      term.value = undefined
    } else if ((key === 'Enter' || key === 'Tab') && chosen >= 0) take(mentions[chosen])
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  const attributes = isShown
    ? {
        role: 'combobox',
        'aria-autocomplete': 'list',
        'aria-haspopup': 'listbox',
        'aria-expanded': 'true',
        'aria-controls': id,
        ...(chosen >= 0 && { 'aria-activedescendant': `${id}-${chosen}` }),
      }
    : {}
  const list = isShown && (
    <div ref={box} class="menu menu--float" popover="manual" onPointerDown={(event) => event.preventDefault()}>
      <div role="listbox" id={id} aria-label={words.common.mention[asked?.sign === '#' ? 'tickets' : 'people']}>
        {mentions.map((mention, index) => (
          <div
            key={mention.insert}
            id={`${id}-${index}`}
            class="menu__item"
            role="option"
            aria-selected={index === chosen}
            onPointerMove={() => (at.value = index)}
            onClick={() => take(mention)}
          >
            {mention.mark}
            <bdi>{mention.insert}</bdi>
            <bdi class="menu__what">{mention.what}</bdi>
          </div>
        ))}
      </div>
    </div>
  )
  return {
    attributes,
    list,
    look,
    close: () => (term.value = undefined),
    takeKey,
    compose(is) {
      composes.current = is
      look()
    },
  }
}

/** Whether a field still has what was being written, where it was. */
function stands({ sign, text, from, caret }: MentionTerm, field: HTMLTextAreaElement | null): boolean {
  return field?.value.slice(from, caret) === sign + text
}

/** Whether what is written is a mention already, as it stands or up to a space in it. */
function isWhole({ sign, text }: MentionTerm, mentions: readonly Mention[]): boolean {
  const written = (sign + text).toLocaleLowerCase()
  if (mentions.some(({ insert }) => insert.toLocaleLowerCase() === written)) return true
  return sign === '@' && users.value.some(({ handle }) => isMentioned(handle, text))
}

/** Below a line, or above it where there is more room. */
function putAt(menu: HTMLElement, { left, top, bottom }: { left: number; top: number; bottom: number }): void {
  const { width, height } = menu.getBoundingClientRect()
  const isAbove = bottom + height + 8 > innerHeight && top > height + 8
  menu.style.top = `${Math.max(4, isAbove ? top - height - 4 : Math.min(bottom + 4, innerHeight - height - 4))}px`
  menu.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`
}
