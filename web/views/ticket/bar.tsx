/** The head of a ticket: where one is, which are beside it in the list, and what can be done with all of it. */
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { IconButton, To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { showMenu, type MenuItem } from '../../parts/menu.js'
import { quoted } from '../../parts/terms.js'
import { listOf, OPEN } from '../../state/address.js'
import { sentenceOf } from '../../state/desk.js'
import { isStaff, may, myHandle, noteRefusal } from '../../state/identity.js'
import { words } from '../../words/words.js'
import { copyCurl, copyLink, isWatching, purge, restore, toBin, toggleWatch } from './acts.js'
import { ofDescription } from './erasable.js'
import { Erase, mayErase } from './erase.js'
import { goBeside, placeInList } from './place.js'
import type { TicketState } from './ticket-state.js'

export function TicketBar({ state, isPast = false }: { state: TicketState; isPast?: boolean }) {
  const { number } = state
  const ticket = state.ticket.value
  const place = placeInList(number)
  const isPurging = useSignal(false)
  const isStaffHere = isStaff.value && state.isWhole.value && !isPast
  const choose = (anchor: Element): void => {
    const isInBin = ticket?.deletedAt !== null
    const items: MenuItem[] = [
      { value: 'link', name: words.ticket.copyLink, mark: <Icon name="link" /> },
      { value: 'curl', name: words.ticket.copyCurl, mark: <Icon name="code" /> },
    ]
    if (isStaffHere && ticket !== undefined) {
      if (isInBin) items.push({ value: 'restore', name: words.ticket.restore, mark: <Icon name="undo" /> })
      else items.push({ value: 'bin', name: words.ticket.toBin, mark: <Icon name="trash" /> })
      if (mayErase() && ticket.description !== null) {
        items.push({ value: 'erase', name: words.ticket.erase.menuDescription, mark: <Icon name="cut" /> })
      }
      if (may('ticket.purge')) items.push({ value: 'purge', name: words.ticket.purge, mark: <Icon name="cut" /> })
    }
    const acts: Readonly<Record<string, () => void>> = {
      link: () => void copyLink(number),
      curl: () => void copyCurl(number),
      restore: () => void restore(state),
      bin: () => void toBin(state),
      erase: () =>
        (state.erasing.value = ofDescription(number, () => state.ticket.peek()?.description === ticket?.description)),
      purge: () => (isPurging.value = true),
    }
    showMenu({ anchor, label: words.ticket.more, items, onTake: ([what = '']) => acts[what]?.() })
  }
  const isOn = isWatching(state)
  return (
    <header class="bar">
      <nav class="crumbs" aria-label={words.ticket.where}>
        <To to={listOf(OPEN)} class="narrow-only crumbs__back" label={words.common.back}>
          <Icon name="left" />
        </To>
        {ticket === undefined ? (
          <To to={listOf(OPEN)} class="wide-only">
            {words.frame.allOpen}
          </To>
        ) : (
          <To to={listOf(`is:open queue:${quoted(ticket.queue)}`)} class="wide-only">
            <bdi>{ticket.queue}</bdi>
          </To>
        )}
        <span class="wide-only">
          <Icon name="right" />
        </span>
        <b>{number}</b>
      </nav>
      <div class="bar__end">
        {place !== undefined && (
          <span class="pos wide-only">
            <IconButton icon="up" label={words.ticket.previous} shortcut="K" onClick={() => goBeside(number, -1)} />
            <span>{words.ticket.position(place.at, place.of)}</span>
            <IconButton icon="down" label={words.ticket.next} shortcut="J" onClick={() => goBeside(number, 1)} />
          </span>
        )}
        {isStaffHere && myHandle.value !== null && (
          <button
            type="button"
            class="btn btn--quiet"
            aria-pressed={isOn}
            title={`${words.ticket.watch} (W)`}
            onClick={() => void toggleWatch(state)}
          >
            <Icon name="eye" />
            <span class="wide-only">{isOn ? words.ticket.watching : words.ticket.watch}</span>
            <span class="sr narrow-only">{words.ticket.watch}</span>
          </button>
        )}
        <IconButton
          icon="link"
          label={words.ticket.copyLink}
          class="btn--quiet wide-only"
          onClick={() => void copyLink(number)}
        />
        <IconButton
          icon="more"
          label={words.ticket.more}
          hasMenu
          onClick={({ currentTarget }) => currentTarget instanceof Element && choose(currentTarget)}
        />
      </div>
      {state.erasing.value !== undefined && <Erase state={state} erasable={state.erasing.value} />}
      {isPurging.value && <Purge state={state} onEnd={() => (isPurging.value = false)} />}
    </header>
  )
}

/** Asks before what can not be taken back. */
function Purge({ state, onEnd }: { state: TicketState; onEnd: () => void }) {
  const box = useRef<HTMLDialogElement>(null)
  const problem = useSignal<unknown>(undefined)
  useLayoutEffect(() => box.current?.showModal(), [])
  const carryOn = async (): Promise<void> => {
    problem.value = await purge(state)
    if (problem.value === undefined) box.current?.close()
    else noteRefusal(problem.value)
  }
  return (
    <dialog ref={box} class="dialog" aria-labelledby="purge-title" onClose={onEnd}>
      <div class="dialog__body">
        <h2 id="purge-title">{words.ticket.purgeTitle(state.number)}</h2>
        <p>{words.ticket.purgeText}</p>
        {problem.value !== undefined && (
          <p class="note note--bad" role="alert">
            <Icon name="warn" />
            {sentenceOf(problem.value)}
          </p>
        )}
      </div>
      <footer class="dialog__foot">
        <button type="button" class="btn" onClick={() => box.current?.close()}>
          {words.common.cancel}
        </button>
        <button type="button" class="btn btn--danger" onClick={() => void carryOn()}>
          {words.ticket.purge}
        </button>
      </footer>
    </dialog>
  )
}
