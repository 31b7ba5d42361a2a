/** The links of a ticket to others: followed, added by number, removed. */
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Link } from '../../../src/client/client.js'
import { IconButton, To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { StatusMark, type Category } from '../../parts/marks.js'
import { ticketOf } from '../../state/address.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { noteDone, noteFailed } from '../../state/undo.js'
import { words } from '../../words/words.js'
import type { TicketState } from './ticket-state.js'

const kinds = ['relates-to', 'blocks', 'blocked-by', 'duplicates', 'duplicated-by'] as const
const categories: readonly Category[] = ['new', 'active', 'waiting', 'done']

export function Links({ state, isMine }: { state: TicketState; isMine: boolean }) {
  const isAdding = useSignal(false)
  const links = state.links.value
  if (links.length === 0 && !isMine) return null
  return (
    <section class="links" aria-label={words.ticket.links}>
      <h2>
        {words.ticket.links}
        {isMine && (
          <IconButton
            icon="plus"
            label={words.ticket.addLink}
            class="btn--quiet btn--xs"
            onClick={() => (isAdding.value = !isAdding.value)}
          />
        )}
      </h2>
      {links.map((link) => (
        <LinkRow key={`${link.kind} ${link.ticket}`} state={state} link={link} isMine={isMine} />
      ))}
      {isAdding.value && <AddLink state={state} onEnd={() => (isAdding.value = false)} />}
    </section>
  )
}

function LinkRow({ state, link, isMine }: { state: TicketState; link: Link; isMine: boolean }) {
  const { kind, ticket, title, status, category } = link
  const remove = async (): Promise<void> => {
    const before = state.links.peek()
    state.links.value = before.filter((one) => one !== link)
    const what = words.ticket.removeLink(words.ticket.kinds[kind], ticket)
    state.expect('link.deleted ', what)
    try {
      await desk().tickets.links(state.number).delete(kind, ticket)
    } catch (error) {
      state.unexpect('link.deleted ')
      state.links.value = before
      noteFailed(error)
    }
  }
  return (
    <div class="tlink-row">
      <To to={ticketOf(ticket)} class="tlink" title={title}>
        <StatusMark name={status} category={categories.find((one) => one === category)} />
        <span class="num">{ticket}</span>
        <span class="tlink__t">
          <bdi>{title}</bdi>
        </span>
        <span class="tlink__k">{words.ticket.kinds[kind]}</span>
      </To>
      {isMine && (
        <IconButton
          icon="x"
          label={words.ticket.removeLink(words.ticket.kinds[kind], ticket)}
          class="btn--quiet btn--xs tlink__x"
          onClick={() => void remove()}
        />
      )}
    </div>
  )
}

function AddLink({ state, onEnd }: { state: TicketState; onEnd: () => void }) {
  const number = useRef<HTMLInputElement>(null)
  const problem = useSignal<string | undefined>(undefined)
  const kind = useSignal<(typeof kinds)[number]>('relates-to')
  const isSending = useSignal(false)
  useLayoutEffect(() => number.current?.focus(), [])
  const send = async (): Promise<void> => {
    const text = number.current?.value.trim().replace(/^#/u, '') ?? ''
    if (!/^\d{1,15}$/u.test(text)) {
      problem.value = words.ticket.badNumber
      return
    }
    if (isSending.peek()) return
    isSending.value = true
    problem.value = undefined
    try {
      const other = Number(text)
      const before = state.links.peek()
      const links = await desk().tickets.links(state.number).create({ kind: kind.peek(), ticket: other })
      state.links.value = links
      const made = links.find((one) => one.kind === kind.peek() && one.ticket === other)
      // One that was there is somebody's: it is not taken back here.
      if (made !== undefined && !before.some(({ version }) => version === made.version))
        noteDone(made.version, words.ticket.linked(state.number, words.ticket.kinds[kind.peek()], other))
      onEnd()
    } catch (error) {
      noteRefusal(error)
      problem.value = sentenceOf(error)
    } finally {
      isSending.value = false
    }
  }
  return (
    <form
      class="addlink"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onEnd()
      }}
    >
      <select
        class="input"
        aria-label={words.ticket.linkKind}
        value={kind.value}
        onChange={({ currentTarget }) =>
          (kind.value = kinds.find((one) => one === currentTarget.value) ?? 'relates-to')
        }
      >
        {kinds.map((one) => (
          <option key={one} value={one}>
            {words.ticket.kinds[one]}
          </option>
        ))}
      </select>
      <input
        ref={number}
        class="input"
        inputMode="numeric"
        autocomplete="off"
        placeholder="412"
        aria-label={words.ticket.linkNumber}
        aria-invalid={problem.value !== undefined}
        aria-describedby="link-problem"
      />
      <button class="btn" aria-disabled={isSending.value}>
        {words.ticket.linkTo}
      </button>
      <p class="field__bad" id="link-problem" role="alert">
        {problem.value !== undefined && <Icon name="warn" />}
        {problem.value}
      </p>
    </form>
  )
}
