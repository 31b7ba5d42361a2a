/** A comment: read, and changed or deleted by who may, with a trace. */
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { NotCurrent, type Comment } from '../../../src/client/client.js'
import { copied } from '../../parts/clipboard.js'
import { IconButton, To } from '../../parts/clickable.js'
import { Problem } from '../../parts/problem.js'
import { Icon } from '../../parts/icon.js'
import { Markdown } from '../../parts/markdown.js'
import { PersonMark } from '../../parts/marks.js'
import { showMenu } from '../../parts/menu.js'
import { bytesOver } from '../../parts/text-size.js'
import { exactly, when } from '../../parts/times.js'
import { hrefOf, ticketOf } from '../../state/address.js'
import { desk, sentenceOf } from '../../state/desk.js'
import { OwnDraft, readDraft, type Draft, type DraftPlace } from '../../state/drafts.js'
import { isUnsure } from '../../state/failures.js'
import { isStaff, may, myHandle, noteRefusal } from '../../state/identity.js'
import { modName } from '../../state/keyboard.js'
import { noteDone, noteFailed, say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { ofComment } from './erasable.js'
import { mayErase } from './erase.js'
import type { TicketState } from './ticket-state.js'
import { Writing } from './writing.js'

interface SayProps {
  readonly state: TicketState
  readonly comment: Comment
  readonly isFresh: boolean
}

export function Say({ state, comment, isFresh }: SayProps) {
  const { id, author, createdAt, editedAt, internal, text } = comment
  const place: DraftPlace = { user: myHandle.value, ticket: state.number, form: `comment-${id}` }
  const isEditing = useSignal(readDraft(place) !== undefined)
  const { requester = null, deletedAt = null } = state.ticket.value ?? {}
  const isMine =
    deletedAt === null && (isStaff.value || (may('comment.public') && author !== null && author === myHandle.value))
  const name = author ?? words.line.somebody
  const choose = (anchor: Element): void =>
    showMenu({
      anchor,
      label: words.ticket.commentActions(name),
      items: [
        ...(isMine
          ? [
              { value: 'edit', name: words.ticket.editComment, mark: <Icon name="pencil" /> },
              { value: 'delete', name: words.ticket.deleteComment, mark: <Icon name="trash" /> },
            ]
          : []),
        { value: 'link', name: words.ticket.copyCommentLink, mark: <Icon name="link" /> },
        ...(mayErase() && text !== null
          ? [{ value: 'erase', name: words.ticket.erase.menu, mark: <Icon name="cut" /> }]
          : []),
      ],
      onTake([what]) {
        if (what === 'edit') isEditing.value = true
        else if (what === 'delete') void remove(state, id)
        else if (what === 'erase') state.erasing.value = ofComment(id)
        else void copyLink(state.number, id)
      },
    })
  return (
    <li class={`say${internal ? ' say--internal' : ''}${isFresh ? ' is-fresh' : ''}`} id={`c${id}`}>
      {author === null ? <Icon name="me" class="say__nobody" /> : <PersonMark handle={author} isMedium />}
      <div class="say__box">
        <header class="say__head">
          <b>
            <bdi>{name}</bdi>
          </b>
          {author !== null && author === requester && <span class="say__role">{words.ticket.requester}</span>}
          <time dateTime={createdAt} title={exactly(createdAt)}>
            {isFresh ? words.ticket.now : when(createdAt)}
          </time>
          {internal && (
            <span class="say__lock">
              <Icon name="lock" />
              {words.ticket.internal}
            </span>
          )}
          {editedAt !== null && (
            <span class="say__edited" title={words.ticket.editedOn(exactly(editedAt))}>
              {words.ticket.edited}
            </span>
          )}
          <IconButton
            icon="more"
            label={words.ticket.commentActions(name)}
            class="btn--quiet btn--xs say__more"
            hasMenu
            onClick={({ currentTarget }) => currentTarget instanceof Element && choose(currentTarget)}
          />
          <To to={ticketOf(state.number, String(id))} class="idx" title={words.ticket.asItWas(id)}>
            {id}
          </To>
        </header>
        {text === null ? <p class="ph">{words.ticket.erased}</p> : isEditing.value ? null : <Markdown text={text} />}
        {isEditing.value && (
          <CommentEdit state={state} comment={comment} place={place} onEnd={() => (isEditing.value = false)} />
        )}
      </div>
    </li>
  )
}

async function copyLink(number: number, id: number): Promise<void> {
  const link = `${location.origin}${hrefOf(ticketOf(number))}#c${id}`
  say((await copied(link)) ? words.ticket.linkCopied : words.ticket.notCopied)
}

async function remove(state: TicketState, id: number): Promise<void> {
  const event = `comment.deleted ${id}`
  state.expect(event, words.ticket.deletedComment(state.number))
  try {
    await desk().tickets.comments(state.number).delete(id)
    state.talk.drop(id)
  } catch (error) {
    state.unexpect(event)
    noteFailed(error)
  }
}

interface CommentEditProps {
  readonly state: TicketState
  readonly comment: Comment
  readonly place: DraftPlace
  readonly onEnd: () => void
}

function CommentEdit({ state, comment, place, onEnd }: CommentEditProps) {
  const kept = useMemo(() => {
    const own = new OwnDraft(place)
    return { own, draft: own.read() }
  }, [])
  const { own, draft } = kept
  const start = useRef({ from: draft?.from ?? comment.text ?? '', version: draft?.version ?? comment.version })
  const text = useSignal(draft?.text ?? comment.text ?? '')
  const problem = useSignal<string | undefined>(undefined)
  const isSaving = useSignal(false)
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    if (draft === undefined) field.current?.focus()
  }, [])
  const toKeep = (): Draft | undefined =>
    text.peek() === start.current.from ? undefined : { text: text.peek(), ...start.current }
  const end = (): void => {
    own.settle(undefined)
    onEnd()
  }
  const discard = (): void => {
    if (!isSaving.peek()) end()
  }
  const save = async (): Promise<void> => {
    if (isSaving.peek() || text.peek().trim() === '' || bytesOver(text.peek()) > 0) return
    isSaving.value = true
    problem.value = undefined
    const comments = desk().tickets.comments(state.number)
    const sent = text.peek()
    try {
      const { version } = start.current
      const now = await comments.change(comment.id, { text: sent, version })
      // What was typed since is a change of what is stored now.
      start.current = { from: now.text ?? '', version: now.version }
      state.talk.replace(now)
      if (now.version > version) noteDone(now.version, words.ticket.changedComment(state.number))
      if (text.peek() === sent) end()
      else own.settle(toKeep())
    } catch (error) {
      noteRefusal(error)
      const { unsureSaved, notSaved } = words.ticket
      problem.value = (isUnsure(error) ? unsureSaved : notSaved)(sentenceOf(error))
      if (error instanceof NotCurrent) await meetTheirs(sent)
    } finally {
      isSaving.value = false
    }
  }
  /** Shows what stands there now; who saves again knows it. Where that is what was sent, as after an answer that was lost, it is saved. */
  const meetTheirs = async (sent: string): Promise<void> => {
    try {
      const now = await desk().tickets.comments(state.number).get(comment.id)
      state.talk.replace(now)
      start.current = { from: now.text ?? '', version: now.version }
      problem.value = now.text === sent ? undefined : words.ticket.commentChanged
      if (now.text === sent && text.peek() === sent) end()
      else own.settle(toKeep())
    } catch (error) {
      problem.value = words.ticket.notSaved(sentenceOf(error))
    }
  }
  const isOvertaken = comment.version !== start.current.version || problem.value === words.ticket.commentChanged
  return (
    <>
      {isOvertaken && comment.text !== null && <Markdown text={comment.text} />}
      <div class="compose compose--text">
        <Writing
          text={text.value}
          label={words.ticket.editComment}
          describedBy={`comment-problem-${comment.id}`}
          isInvalid={problem.value !== undefined}
          field={field}
          onInput={(value) => {
            text.value = value
            own.write(toKeep())
          }}
          onSend={() => void save()}
          onLeave={() => {
            if (text.peek() === start.current.from && !isSaving.peek()) end()
            else field.current?.blur()
          }}
        />
        <div id={`comment-problem-${comment.id}`}>
          <Problem text={problem.value} />
        </div>
        <footer class="compose__foot">
          <span class="compose__do">
            <button type="button" class="btn" aria-disabled={isSaving.value} onClick={discard}>
              {words.ticket.discard}
            </button>
            <button
              type="button"
              class="btn btn--primary"
              aria-disabled={isSaving.value || bytesOver(text.value) > 0}
              onClick={() => void save()}
            >
              {words.common.save}{' '}
              <span class="wide-only">
                <kbd>{modName}</kbd>
                <kbd>↵</kbd>
              </span>
            </button>
          </span>
        </footer>
      </div>
    </>
  )
}
