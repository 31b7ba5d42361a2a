/**
 * The search: text, in the words of the desk. Its qualifiers are marked behind the letters, what is being written is completed, and a word
 * that is not understood is marked where it stands, with what is wrong about it.
 */
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { words } from '../words/words.js'
import { asMeant, completionsFor, type Completion } from './completion.js'
import { Icon } from './icon.js'
import { ItemMark } from './menu.js'
import { termsOf } from './terms.js'

export interface Wrong {
  /** Where in the text it stands, in characters, from 1; undefined where it is all of it. */
  readonly place: { readonly position: number; readonly length: number } | undefined
  readonly sentence: string
}

interface FindProps {
  readonly text: string
  readonly wrong: Wrong | undefined
  readonly onSearch: (text: string) => void
}

/** Gives the search the focus, at once: letters that follow are meant for it. */
export function focusFind(): void {
  const field = document.querySelector<HTMLInputElement>('.find__in')
  field?.focus()
  field?.select()
}

export function Find({ text: asked, wrong, onSearch }: FindProps) {
  const text = useSignal(asked)
  const field = useRef<HTMLInputElement>(null)
  const marks = useRef<HTMLDivElement>(null)
  const isOpen = useSignal(false)
  const at = useSignal(-1)
  const caret = useSignal(asked.length)
  // Before the next letter: what is typed into a field that has just come is not taken back.
  useLayoutEffect(() => {
    text.value = asked
  }, [asked])
  const { completions, from, to } = isOpen.value
    ? completionsFor(text.value, caret.value)
    : { completions: [], from: 0, to: 0 }
  const isShown = isOpen.value && completions.length > 0

  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [at.value])

  const search = (value: string): void => {
    isOpen.value = false
    onSearch(asMeant(value.trim()))
  }
  const take = (completion: Completion): void => {
    const rest = text.value.slice(to)
    const isWhole = !completion.insert.endsWith(':')
    const head = text.value.slice(0, from) + completion.insert + (isWhole && !/^[\s,)]/u.test(rest) ? ' ' : '')
    text.value = head + rest
    caret.value = head.length
    at.value = -1
    // As soon as the field has it, before the next letter.
    queueMicrotask(() => {
      field.current?.focus()
      field.current?.setSelectionRange(head.length, head.length)
    })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const chosen = completions[at.value]
    if (step !== undefined) {
      isOpen.value = true
      at.value = Math.min(completions.length - 1, Math.max(-1, at.value + step))
    } else if (event.key === 'Tab' && !event.shiftKey && isShown && text.value.slice(from, caret.value) !== '') {
      const completion = chosen ?? completions[0]
      if (completion !== undefined) take(completion)
    } else if (event.key === 'Enter') {
      if (chosen !== undefined) take(chosen)
      else search(text.value)
    } else if (event.key === 'Escape') {
      if (isShown) isOpen.value = false
      else {
        text.value = asked
        field.current?.blur()
      }
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  const noteCaret = (): void => {
    caret.value = field.current?.selectionStart ?? text.value.length
    if (marks.current !== null && field.current !== null) marks.current.scrollLeft = field.current.scrollLeft
  }
  const shownWrong = wrong !== undefined && text.value.trim() === asked.trim() ? wrong : undefined
  const bad = shownWrong?.place === undefined ? undefined : rangeOf(text.value, shownWrong.place)
  return (
    <div class={`find${isShown ? ' is-open' : ''}`} role="search" aria-label={words.frame.tickets}>
      <Icon name="search" />
      <div class="find__text">
        <div class="find__marks" aria-hidden="true" dir="auto" ref={marks}>
          {termsOf(text.value).map(({ text: part, key, from: place }) => {
            const isBad = part.trim() !== '' && bad !== undefined && place < bad.to && bad.from < place + part.length
            if (key === undefined && !isBad) return part
            return (
              <span class={`tok${isBad ? ' tok--bad' : ''}`}>
                {key !== undefined && <span class="tok__k">{key}</span>}
                {part.slice(key?.length ?? 0)}
              </span>
            )
          })}
        </div>
        <input
          ref={field}
          class="find__in"
          role="combobox"
          aria-label={words.list.searchTickets}
          aria-expanded={isShown}
          aria-controls="find-completions"
          aria-autocomplete="list"
          aria-activedescendant={isShown && at.value >= 0 ? `completion-${at.value}` : undefined}
          aria-invalid={shownWrong !== undefined}
          aria-describedby={shownWrong === undefined ? undefined : 'find-wrong'}
          placeholder={words.list.placeholder}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          dir="auto"
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value
            isOpen.value = true
            at.value = -1
            noteCaret()
          }}
          onKeyDown={onKeyDown}
          onKeyUp={noteCaret}
          onClick={() => {
            noteCaret()
            isOpen.value = true
          }}
          onScroll={noteCaret}
          onFocus={noteCaret}
          onBlur={() => (isOpen.value = false)}
        />
      </div>
      <p class="sr" role="status">
        {isShown ? words.common.found(completions.length) : ''}
      </p>
      {text.value === '' || text.value === asked ? <kbd>/</kbd> : <kbd>↵</kbd>}
      {(isShown || shownWrong !== undefined) && (
        <div class="menu menu--find" onPointerDown={(event) => event.preventDefault()}>
          {shownWrong !== undefined && (
            <div class="find-bad" role="alert" id="find-wrong">
              <Icon name="warn" />
              <p>{shownWrong.sentence}</p>
            </div>
          )}
          <div ref={list} class="menu__list" role="listbox" id="find-completions" aria-label={words.list.narrow}>
            {completions.map((completion, index) => (
              <div
                key={completion.insert}
                id={`completion-${index}`}
                class="menu__item"
                role="option"
                aria-selected={index === at.value}
                onClick={() => take(completion)}
              >
                {completion.mark === undefined ? (
                  <code class="q">{completion.insert}</code>
                ) : (
                  <ItemMark>{completion.mark}</ItemMark>
                )}
                <span class="menu__what">{completion.what}</span>
              </div>
            ))}
          </div>
          {isShown && (
            <div class="menu__foot">
              <span>
                <kbd>↑</kbd>
                <kbd>↓</kbd> {words.list.keys.choose}
              </span>
              <span>
                <kbd>⇥</kbd> {words.list.keys.take}
              </span>
              <span>
                <kbd>↵</kbd> {words.list.keys.search}
              </span>
            </div>
          )}
        </div>
      )}
    </div>
  )
}

/** The desk counts characters, a text of the page has them in one or two units. */
function rangeOf(
  text: string,
  { position, length }: { readonly position: number; readonly length: number },
): { readonly from: number; readonly to: number } {
  const characters = [...text]
  const from = characters.slice(0, position - 1).join('').length
  return { from, to: from + characters.slice(position - 1, position - 1 + length).join('').length }
}
