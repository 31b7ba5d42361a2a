/** Where a comment is written. Who will read it stands beside the switch, and in colour and words of all of it. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Problem } from '../../parts/problem.js'
import { Icon } from '../../parts/icon.js'
import { showMenu } from '../../parts/menu.js'
import { statusItems } from '../../parts/pickers.js'
import { bytesOver } from '../../parts/text-size.js'
import { isStaff } from '../../state/identity.js'
import { addKeys, modName } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import type { ComposeState } from './compose-state.js'
import { isInSight } from './steady.js'
import type { TicketState } from './ticket-state.js'
import { Writing } from './writing.js'

export function Compose({ state, compose }: { state: TicketState; compose: ComposeState }) {
  const field = useRef<HTMLTextAreaElement>(null)
  const form = useRef<HTMLElement>(null)
  const { isInternal, isSending, problem, text } = compose
  const write = (internal: boolean): void => {
    if (internal && !isStaff.peek()) return
    if (isStaff.peek()) compose.setInternal(internal)
    form.current?.scrollIntoView({ block: 'nearest' })
    field.current?.focus()
  }
  useLayoutEffect(() => addKeys({ R: () => write(false), 'Shift+R': () => write(true) }), [])
  const { requester = null, internal: isInternalTicket = false } = state.ticket.value ?? {}
  const onlyTeam = isInternal.value || isInternalTicket
  const readers = !isStaff.value
    ? words.ticket.teamReads
    : onlyTeam
      ? words.ticket.onlyTeam
      : words.ticket.readers(requester, state.watchers.value.length)
  const send = async (status?: string): Promise<void> => {
    // At once: when it is stored one may be elsewhere.
    field.current?.focus()
    // Whoever goes up to read meanwhile stays there. Once it is stored it is too late to look: the comment moves what is below it.
    let isSeen = true
    const look = (): void => {
      const scroll = form.current?.closest('.scroll') ?? null
      isSeen = form.current !== null && scroll !== null && isInSight(form.current, scroll)
    }
    addEventListener('scroll', look, true)
    const isSent = await compose.send(status).finally(() => removeEventListener('scroll', look, true))
    if (!isSent || !isSeen) return
    // Whoever writes on does so where it was: below the comment that has come in above it, whole and in sight.
    requestAnimationFrame(() => {
      if (form.current?.contains(document.activeElement) === true) form.current.scrollIntoView({ block: 'nearest' })
    })
  }
  const pickStatus = (anchor: Element): void => {
    const ticket = state.ticket.peek()
    if (ticket === undefined) return
    showMenu({
      anchor,
      label: words.ticket.withStatus,
      items: statusItems([ticket]),
      chosen: [ticket.status],
      onTake: ([status]) => void send(status === ticket.status ? undefined : status),
    })
  }
  return (
    <section
      ref={form}
      class={`compose${isInternal.value ? ' compose--internal' : ''}`}
      aria-label={words.ticket.addComment}
    >
      <Writing
        text={text.value}
        label={isInternal.value ? words.ticket.addNote : words.ticket.comment}
        placeholder={words.ticket.placeholder}
        describedBy="compose-readers compose-problem"
        isInvalid={problem.value !== undefined}
        field={field}
        onInput={(value) => compose.input(value)}
        onSend={() => void send()}
        onLeave={() => field.current?.blur()}
      />
      <div id="compose-problem">
        <Problem text={problem.value} />
      </div>
      <footer class="compose__foot">
        {isStaff.value && (
          <span class="seg" role="group" aria-label={words.ticket.whoReads}>
            <button
              type="button"
              aria-pressed={!isInternal.value}
              title={`${words.ticket.public} (R)`}
              onClick={() => compose.setInternal(false)}
            >
              {words.ticket.public}
            </button>
            <button
              type="button"
              aria-pressed={isInternal.value}
              title={`${words.ticket.internal} (⇧R)`}
              onClick={() => compose.setInternal(true)}
            >
              <Icon name="lock" />
              {words.ticket.internal}
            </button>
          </span>
        )}
        <span class="compose__who" id="compose-readers">
          <bdi>{readers}</bdi>
        </span>
        <span class="compose__do">
          {isStaff.value && text.value.trim() !== '' && (
            <button
              type="button"
              class="btn wide-only"
              aria-haspopup="listbox"
              onClick={({ currentTarget }) => pickStatus(currentTarget)}
            >
              {words.ticket.setStatusToo}
            </button>
          )}
          <button
            type="button"
            class="btn btn--primary"
            aria-disabled={isSending.value || text.value.trim() === '' || bytesOver(text.value) > 0}
            onClick={() => void send()}
          >
            {isSending.value ? words.ticket.sending : isInternal.value ? words.ticket.addNote : words.ticket.addComment}{' '}
            <span class="wide-only">
              <kbd>{modName}</kbd>
              <kbd>↵</kbd>
            </span>
          </button>
        </span>
      </footer>
    </section>
  )
}
