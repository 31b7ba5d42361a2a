/**
 * The one menu of the page: opened at whatever was pressed, with a field that narrows it. Letters narrow, arrows choose, Enter takes, Esc
 * closes and gives the focus back to what had it. With several to choose it stays open, and what was chosen is told when it closes. Where
 * nothing is found it says what can be done: make it here, or where it is made. Who hears the page is told what is active (selected), what is set (checked), and how many are found.
 */
import { signal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { words } from '../words/words.js'
import { Icon } from './icon.js'

export interface MenuItem {
  /** What is told when it is taken. */
  readonly value: string
  /** What is searched and read out. */
  readonly name: string
  /** What stands before the name. */
  readonly mark?: ComponentChildren
  /** A head above it, where it differs from that of the item before. */
  readonly head?: string
  readonly end?: ComponentChildren
}

/** An item that leads elsewhere. */
export interface MenuLead extends MenuItem {
  readonly do: () => void
}

export interface MenuOptions {
  readonly anchor: Element
  readonly label: string
  readonly items: readonly MenuItem[]
  /** What is set now. */
  readonly chosen?: readonly string[]
  /** Several can be chosen. */
  readonly isMultiple?: boolean
  /** What is said where there is nothing to choose. */
  readonly none?: string | undefined
  /** Whether a name that is not there can be taken too, and what it is called then; undefined where this one can't. */
  readonly makeNew?: ((text: string) => string | undefined) | undefined
  /** Where several can be chosen: such a name among the others, once it is chosen. */
  readonly newItem?: ((text: string) => MenuItem) | undefined
  /** Names that are none of the items and can't be made, with what is said of each where it is typed. */
  readonly reserved?: readonly (readonly [name: string, sentence: string])[]
  /** Where what is looked for can be made: offered where there is nothing yet but the choice of none. */
  readonly more?: MenuLead | undefined
  /** Told once: the value that was taken, or with several all that are chosen now, where they changed. */
  readonly onTake: (values: readonly string[]) => void
}

const open = signal<MenuOptions | undefined>(undefined)

/** Opens it. One that is open closes. */
export function showMenu(options: MenuOptions): void {
  open.value = options
}

/** What is the same for all names that the desk takes to be one. */
const folded = (name: string): string => name.trim().normalize('NFC').toLowerCase()

/** What is found by a text: names that begin with it before those that hold it. */
export function narrow<Item extends { readonly name: string }>(items: readonly Item[], text: string): readonly Item[] {
  const asked = folded(text)
  if (asked === '') return items
  const at = (item: Item): number => folded(item.name).indexOf(asked)
  return items.filter((item) => at(item) !== -1).toSorted((a, b) => Math.min(at(a), 1) - Math.min(at(b), 1))
}

const rooms = signal<readonly symbol[]>([])

/** Where the menu is shown: at the end of the page, and at the end of a dialog, outside of which nothing can be reached. */
export function MenuRoom() {
  const id = useMemo(() => Symbol('room'), [])
  useLayoutEffect(() => {
    rooms.value = [...rooms.peek(), id]
    return () => {
      rooms.value = rooms.peek().filter((room) => room !== id)
    }
  }, [])
  const options = open.value
  if (options === undefined || rooms.value.at(-1) !== id) return null
  return <Menu key={options.label} options={options} />
}

/** What stands before a name that says the same: nothing to be read out once more. */
export function ItemMark({ children }: { children: ComponentChildren }) {
  return (
    <span class="menu__mark" aria-hidden="true">
      {children}
    </span>
  )
}

function Menu({ options }: { options: MenuOptions }) {
  const { anchor, label, isMultiple = false, makeNew, newItem, more } = options
  const box = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const before = useMemo(() => document.activeElement, [])
  const text = useSignal('')
  const at = useSignal(
    Math.max(
      0,
      options.items.findIndex(({ value }) => options.chosen?.includes(value)),
    ),
  )
  const chosen = useSignal<readonly string[]>(options.chosen ?? [])
  const isOffered = (value: string): boolean => options.items.some((item) => item.value === value)
  const made =
    newItem === undefined
      ? []
      : chosen.value.filter((value) => !isOffered(value) && options.chosen?.includes(value) !== true).map(newItem)
  const items = [...made, ...options.items]
  const found = narrow(items, text.value)
  const sentence = options.reserved?.find(([name]) => folded(name) === folded(text.value))?.[1]
  const isNew =
    text.value.trim() !== '' && sentence === undefined && !items.some(({ name }) => folded(name) === folded(text.value))
  const newName = isNew ? makeNew?.(text.value.trim()) : undefined
  const shown: readonly MenuItem[] =
    newName !== undefined
      ? [...found, { value: text.value.trim(), name: newName }]
      : more !== undefined && items.every(({ value }) => value === '')
        ? [...found, more]
        : found

  const close = (isTaken: boolean): void => {
    if (open.peek() === options) open.value = undefined
    const back = before === document.body || before?.isConnected !== true ? anchor : before
    if (back instanceof HTMLElement) back.focus({ preventScroll: true })
    const were = options.chosen ?? []
    const isChanged = were.length !== chosen.value.length || chosen.value.some((value) => !were.includes(value))
    if (isMultiple && isTaken && isChanged) options.onTake(chosen.value)
  }
  const take = (item: MenuItem | undefined): void => {
    if (item === undefined) return
    if (item === more) {
      close(true)
      more.do()
      return
    }
    if (isMultiple) {
      chosen.value = chosen.value.includes(item.value)
        ? chosen.value.filter((value) => value !== item.value)
        : [...chosen.value, item.value]
      text.value = ''
      field.current?.focus()
      return
    }
    close(false)
    options.onTake([item.value])
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key]
    if (step !== undefined) at.value = Math.min(shown.length - 1, Math.max(0, at.value + step))
    else if (event.key === 'Home') at.value = 0
    else if (event.key === 'End') at.value = shown.length - 1
    else if (event.key === 'Enter') take(shown[at.value])
    else if (event.key === 'Escape') close(true)
    else if (event.key === 'Tab') close(true)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  useLayoutEffect(() => {
    const menu = box.current
    if (menu === null) return undefined
    // Above dialogs too: the top layer is the only place there.
    menu.showPopover()
    const place = anchor.getBoundingClientRect()
    const { width, height } = menu.getBoundingClientRect()
    const isAbove = place.bottom + height + 8 > innerHeight && place.top > height
    menu.style.top = `${Math.max(4, isAbove ? place.top - height - 4 : Math.min(place.bottom + 4, innerHeight - height - 4))}px`
    // At the side that its text begins at.
    const beside = getComputedStyle(menu).direction === 'rtl' ? place.right - width : place.left
    menu.style.left = `${Math.max(4, Math.min(beside, innerWidth - width - 4))}px`
    field.current?.focus()
    // What opens a menu by being pressed says that it does, and whether it is open; other anchors are only where it stands.
    if (!anchor.hasAttribute('aria-haspopup')) return undefined
    anchor.setAttribute('aria-expanded', 'true')
    return () => anchor.setAttribute('aria-expanded', 'false')
  }, [])
  useLayoutEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [at.value])
  useEffect(() => {
    const onDown = (event: Event): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) close(true)
    }
    addEventListener('pointerdown', onDown, true)
    return () => removeEventListener('pointerdown', onDown, true)
  })
  let head: string | undefined
  return (
    <div ref={box} class="menu menu--float" popover="manual" onKeyDown={onKeyDown}>
      <label class="menu__find">
        <Icon name="search" />
        <input
          ref={field}
          class="menu__input"
          role="combobox"
          aria-expanded="true"
          aria-controls="menu-items"
          aria-autocomplete="list"
          autocomplete="off"
          aria-activedescendant={shown.length > 0 ? `menu-item-${at.value}` : undefined}
          aria-describedby={shown.length > 0 ? undefined : 'menu-none'}
          aria-label={label}
          placeholder={label}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value
            at.value = 0
          }}
        />
      </label>
      <div id="menu-items" role="listbox" aria-label={label} aria-multiselectable={isMultiple}>
        {shown.map((item, index) => {
          const isHead = item.head !== undefined && item.head !== head
          head = item.head
          const isChosen = chosen.value.includes(item.value)
          return (
            <>
              {isHead && (
                <div class="menu__head" role="presentation">
                  {item.head}
                </div>
              )}
              <div
                key={item.value}
                id={`menu-item-${index}`}
                class="menu__item"
                role="option"
                aria-selected={index === at.value}
                aria-checked={options.chosen === undefined || item === more ? undefined : isChosen}
                onPointerMove={() => (at.value = index)}
                onClick={() => take(item)}
              >
                {item.mark !== undefined && <ItemMark>{item.mark}</ItemMark>}
                <span class="menu__what-is">{item.name}</span>
                <span class="menu__end">
                  {item.end}
                  {isChosen && <Icon name="check" />}
                </span>
              </div>
            </>
          )
        })}
      </div>
      {shown.length === 0 && (
        <p id="menu-none" class="menu__none">
          {sentence ?? options.none ?? words.common.nothingFound}
        </p>
      )}
      <p class="sr" role="status">
        {text.value === '' ? '' : words.common.found(found.length)}
      </p>
    </div>
  )
}
