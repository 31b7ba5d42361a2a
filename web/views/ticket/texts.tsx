/** The title and the description, read and changed where they stand. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import { NotCurrent } from '../../../src/client/client.js'
import { Announce } from '../../parts/announce.js'
import { Icon } from '../../parts/icon.js'
import { Markdown } from '../../parts/markdown.js'
import { desk } from '../../state/desk.js'
import { modName } from '../../state/keyboard.js'
import { noteDone, noteFailed, say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { ClashView, type Saved } from './clash.js'
import { merged } from './merge.js'
import { boxesOf, ticked } from './tasks.js'
import type { TextEdit, TextMember } from './text-edit.js'
import type { TicketState } from './ticket-state.js'
import { nameOf } from './told.js'
import { TextField, Writing } from './writing.js'

interface TextProps {
  readonly state: TicketState
  readonly edit: TextEdit
}

/** Who saved a text last. */
function savedBy({ talk }: TicketState, member: TextMember): Saved {
  const entry = talk.entries.value.findLast(({ changes }) => member in changes)
  return {
    who: entry === undefined ? words.line.somebody : nameOf(entry),
    handle: entry?.actor ?? null,
    time: entry?.time,
  }
}

export function Title({ state, edit }: TextProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const isOpen = edit.isOpen.value
  useFocus(isOpen && edit.clash.value === undefined, field, button)
  const { title, redacted } = state.ticket.value ?? { title: null }
  const clash = edit.clash.value
  if (clash !== undefined) {
    return (
      <>
        <h1 class="sr">{title}</h1>
        <ClashView edit={edit} clash={clash} saved={savedBy(state, 'title')} />
      </>
    )
  }
  if (isOpen) {
    return (
      <>
        <h1 class="sr">{title}</h1>
        <TextField
          class="ticket__title ticket__title--field"
          text={edit.text.value}
          label={words.ticket.title}
          describedBy="title-says"
          isInvalid={edit.problem.value !== undefined}
          isLine
          field={field}
          onInput={(text) => edit.input(text)}
          onSend={() => void edit.save()}
          onLeave={() => edit.leave()}
        />
        <Says state={state} edit={edit} id="title-says" />
        <Buttons edit={edit} isLine />
      </>
    )
  }
  return (
    <>
      <h1
        class="ticket__title"
        // Words can be selected, too.
        onDblClick={() => state.isMine.peek() && edit.open()}
      >
        {title === null && redacted?.includes('title') === true ? <i>{words.ticket.erased}</i> : <bdi>{title}</bdi>}
        {state.isMine.value && (
          <button
            ref={button}
            type="button"
            class="btn btn--icon btn--quiet btn--xs ticket__edit"
            aria-label={words.ticket.editTitle}
            title={`${words.ticket.editTitle} (⇧E)`}
            onClick={() => edit.open()}
          >
            <Icon name="pencil" />
          </button>
        )}
      </h1>
      <Kept edit={edit} isShown={state.isMine.value} />
    </>
  )
}

export function Description({ state, edit }: TextProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useFocus(edit.isOpen.value && edit.clash.value === undefined, field, button)
  const { description, redacted } = state.ticket.value ?? { description: null }
  const clash = edit.clash.value
  if (clash !== undefined) return <ClashView edit={edit} clash={clash} saved={savedBy(state, 'description')} />
  if (edit.isOpen.value) {
    return (
      <section class="compose compose--text" aria-label={words.ticket.editDescription}>
        <Writing
          text={edit.text.value}
          label={words.ticket.description}
          describedBy="description-says"
          isInvalid={edit.problem.value !== undefined}
          field={field}
          onInput={(text) => edit.input(text)}
          onSend={() => void edit.save()}
          onLeave={() => edit.leave()}
        />
        <Says state={state} edit={edit} id="description-says" />
        <Buttons edit={edit} />
      </section>
    )
  }
  const isErased = description === null && redacted?.includes('description') === true
  if (description === null || description === '') {
    return (
      <>
        {isErased && <p class="ph">{words.ticket.erased}</p>}
        {state.isMine.value ? (
          <p>
            <button ref={button} type="button" class="btn btn--quiet ticket__add" onClick={() => edit.open()}>
              <Icon name="pencil" />
              {words.ticket.addDescription} <kbd>E</kbd>
            </button>
          </p>
        ) : (
          !isErased && <p class="ph">{words.ticket.noDescription}</p>
        )}
        <Kept edit={edit} isShown={state.isMine.value} />
      </>
    )
  }
  return (
    <section class="ticket__desc" aria-label={words.ticket.description}>
      <Markdown
        text={description}
        boxes={boxesOf(description).length}
        onTick={state.isMine.value ? (box, is) => void tick(state, description, box, is) : undefined}
      />
      {state.isMine.value && (
        <button
          ref={button}
          type="button"
          class="btn btn--icon btn--quiet btn--xs ticket__edit"
          aria-label={words.ticket.editDescription}
          title={`${words.ticket.editDescription} (E)`}
          onClick={() => edit.open()}
        >
          <Icon name="pencil" />
          <span class="ticket__edit-word">{words.ticket.editDescription}</span>
        </button>
      )}
      <Kept edit={edit} isShown={state.isMine.value} />
    </section>
  )
}

/** The field has the focus when it opens, and gives it back. */
function useFocus(
  isOpen: boolean,
  field: { readonly current: HTMLElement | null },
  button: { readonly current: HTMLElement | null },
): void {
  const was = useRef(isOpen)
  useLayoutEffect(() => {
    if (isOpen) {
      const area = field.current
      area?.focus()
      if (area instanceof HTMLTextAreaElement && !was.current)
        area.setSelectionRange(area.value.length, area.value.length)
    } else if (was.current && (document.activeElement === document.body || document.activeElement === null))
      button.current?.focus()
    was.current = isOpen
  }, [isOpen])
}

/** What went wrong, and what others did meanwhile: quietly. */
function Says({ state, edit, id }: TextProps & { id: string }) {
  const problem = edit.problem.value
  const overtaken = edit.isOvertaken.value ? words.ticket.overtaken[edit.member](savedBy(state, edit.member).who) : ''
  return (
    <div id={id} class="ticket__says">
      {problem !== undefined && (
        <p class="note note--bad" role="alert">
          <Icon name="warn" />
          {problem}
        </p>
      )}
      {overtaken !== '' && (
        <p class="note">
          <Icon name="warn" />
          {overtaken}
        </p>
      )}
      <Announce text={overtaken} />
    </div>
  )
}

function Buttons({ edit, isLine = false }: { edit: TextEdit; isLine?: boolean }) {
  return (
    <footer class="compose__foot">
      <button type="button" class="btn btn--quiet" aria-disabled={edit.isSaving.value} onClick={() => edit.discard()}>
        {words.ticket.discard}
      </button>
      <span class="compose__do">
        <button type="button" class="btn" aria-disabled={edit.isSaving.value} onClick={() => edit.leave()}>
          {words.common.close} <kbd class="wide-only">Esc</kbd>
        </button>
        <button
          type="button"
          class="btn btn--primary"
          aria-disabled={edit.isSaving.value || edit.isTooLong.value}
          onClick={() => void edit.save()}
        >
          {edit.isSaving.value ? words.ticket.saving : words.common.save}{' '}
          <span class="wide-only">
            {!isLine && <kbd>{modName}</kbd>}
            <kbd>↵</kbd>
          </span>
        </button>
      </span>
    </footer>
  )
}

/** Something was begun and left: it is there to go on with. */
function Kept({ edit, isShown }: { edit: TextEdit; isShown: boolean }) {
  if (!isShown || !edit.isKept.value) return null
  return (
    <p class="note note--info ticket__kept">
      <Icon name="pencil" />
      <span>{words.ticket.kept[edit.member]}</span>
      <span class="ticket__kept-do">
        <button type="button" class="btn btn--xs" onClick={() => edit.open()}>
          {words.ticket.goOn}
        </button>
        <button type="button" class="btn btn--xs btn--quiet" onClick={() => edit.discard()}>
          {words.ticket.discard}
        </button>
      </span>
    </p>
  )
}

/** Ticks a box: shown at once. What others changed of the text elsewhere stays. */
async function tick(state: TicketState, before: string, box: number, isTicked: boolean): Promise<void> {
  const ticket = state.ticket.peek()
  const after = ticked(before, box, isTicked)
  if (ticket === undefined || after === undefined) return
  state.replace({ ...ticket, description: after })
  let { version } = ticket
  let description: string | undefined = after
  for (let tries = 0; tries < 3 && description !== undefined; tries++) {
    try {
      const now = await desk().tickets.change(ticket.number, { description, version })
      state.replace({ ...now, ...(ticket.activity !== undefined && { activity: ticket.activity }) })
      noteDone(now.version, words.ticket.ticked(ticket.number))
      return
    } catch (error) {
      const now = error instanceof NotCurrent ? error.ticket : undefined
      if (now === undefined) {
        state.replace(ticket)
        noteFailed(error)
        return
      }
      ;({ version } = now)
      description = merged(before, now.description ?? '', after)
      state.replace({ ...now, description: description ?? now.description })
    }
  }
  say(words.ticket.boxMoved, true)
}
