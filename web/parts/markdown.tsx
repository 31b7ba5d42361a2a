/**
 * Markdown, shown. What turns it into a document is loaded when the first text is shown; until then, and for a text that it can't read,
 * the text itself stands there.
 */
import { computed, signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { hrefOf, ticketOf } from '../state/address.js'
import { userNamed } from '../state/names.js'
import { words } from '../words/words.js'
import { handleAt, handlesOf } from './handles.js'
import type { documentOf } from './markdown-document.js'

interface MarkdownProps {
  readonly text: string
  /** Told when a box of a task list is ticked, of which it is the which-th; boxes can't be ticked where it is not given. */
  readonly onTick?: ((box: number, isTicked: boolean) => void) | undefined
  /** How many boxes it has that can be ticked. */
  readonly boxes?: number
}

/** Whose names are shown as people. What else of them changes makes no text anew. */
const handles = computed(() => [...userNamed.value.keys()].toSorted().join('\n'))
const handlesKnown = computed(() => handlesOf(handles.value.split('\n').filter(Boolean)))

const make = signal<typeof documentOf | undefined>(undefined)
let isLoading = false

function load(): void {
  if (isLoading) return
  isLoading = true
  import('./markdown-document.js').then(
    (found) => (make.value = found.documentOf),
    // Shown as it is written; the next text tries again.
    () => (isLoading = false),
  )
}

export function Markdown({ text, onTick, boxes }: MarkdownProps) {
  const room = useRef<HTMLDivElement>(null)
  const tick = useRef(onTick)
  tick.current = onTick
  const made = make.value
  const known = handles.value
  useLayoutEffect(() => {
    const place = room.current
    if (place === null) return
    if (made === undefined) load()
    const found = made?.(text, {
      hrefOfTicket: (number) => hrefOf(ticketOf(number)),
      handleAt: (from) => handleAt(handlesKnown.peek(), from),
      imageWord: words.ticket.image,
      boxWord: (isDone) => (isDone ? words.ticket.done : words.ticket.open),
      boxes: onTick === undefined ? undefined : boxes,
    })
    replace(place, found ?? plainly(text))
  }, [text, made, known, onTick === undefined, boxes])
  return (
    <div
      ref={room}
      class="md"
      onChange={({ currentTarget, target }) => {
        if (!(target instanceof HTMLInputElement)) return
        const all = [...currentTarget.querySelectorAll('input[type="checkbox"]')]
        tick.current?.(all.indexOf(target), target.checked)
      }}
    />
  )
}

function plainly(text: string): HTMLElement {
  const whole = document.createElement('p')
  whole.className = 'md__plain'
  whole.dir = 'auto'
  whole.textContent = text
  return whole
}

/** Puts a text in the place of another. What has the focus in it, such as a box that was ticked, has it after that. */
function replace(place: HTMLElement, now: Node): void {
  const held = document.activeElement
  const all = held !== null && held !== place && place.contains(held) ? place.getElementsByTagName(held.tagName) : []
  const at = [...all].findIndex((each) => each === held)
  place.replaceChildren(now)
  const next = all[at]
  if (next instanceof HTMLElement) next.focus({ preventScroll: true })
}
