/** One ticket: shown at once from what the list knows, then whole and live; or as it was at a moment. */
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { DeskError } from '../../../src/client/client.js'
import { Icon } from '../../parts/icon.js'
import { goBack, type Route } from '../../state/address.js'
import { sentenceOf } from '../../state/desk.js'
import { may } from '../../state/identity.js'
import { addKeys } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import { restore, toggleWatch } from './acts.js'
import { TicketBar } from './bar.js'
import { Compose } from './compose.js'
import { ComposeState } from './compose-state.js'
import { InBin, Nothing } from './nothing.js'
import { Panel, Pills, propertyKeys } from './panel.js'
import { Past } from './past.js'
import { goBeside, wantNeighbours } from './place.js'
import { By, Skeleton } from './skeleton.js'
import { useSteady } from './steady.js'
import { TalkView } from './talk.js'
import { TextEdit } from './text-edit.js'
import { Description, Title } from './texts.js'
import { TicketState } from './ticket-state.js'

type TicketRoute = Extract<Route, { view: 'ticket' }>

export function TicketView({ route: { number, at } }: { route: TicketRoute }) {
  useLayoutEffect(() => {
    wantNeighbours(number)
    return addKeys({ J: () => goBeside(number, 1), K: () => goBeside(number, -1), Escape: goBack })
  }, [number])
  return at === null ? <Now key={number} number={number} /> : <Past key={`${number} ${at}`} number={number} at={at} />
}

function Now({ number }: { number: number }) {
  const state = useMemo(() => new TicketState(number), [number])
  const isLooking = useSignal(false)
  useEffect(() => state.show(), [state])
  useTitle(number, state.ticket.value?.title)
  const ticket = state.ticket.value
  const problem = state.problem.value
  const isGone = problem instanceof DeskError && [403, 404, 410].includes(problem.status)
  if (problem !== undefined && (isGone || ticket === undefined)) {
    return (
      <>
        <TicketBar state={state} />
        <div class="scroll">
          <Nothing number={number} problem={problem} onAgain={() => void state.read()} />
        </div>
      </>
    )
  }
  const isWhole = ticket !== undefined && state.isWhole.value
  if (isWhole && ticket.deletedAt !== null && !isLooking.value) {
    return (
      <>
        <TicketBar state={state} />
        <div class="scroll">
          <InBin state={state} ticket={ticket} onLook={() => (isLooking.value = true)} />
        </div>
      </>
    )
  }
  return (
    <>
      <TicketBar state={state} />
      {problem !== undefined && (
        <div class="strip" role="alert">
          <Icon name="warn" />
          <p>{sentenceOf(problem)}</p>
          <span class="strip__end">
            <button type="button" class="btn btn--xs" onClick={() => void state.read()}>
              {words.common.tryAgain}
            </button>
          </span>
        </div>
      )}
      {isWhole && ticket.deletedAt !== null && (
        <div class="strip" role="status">
          <Icon name="trash" />
          <p>{words.ticket.bin.strip}</p>
          <span class="strip__end">
            <button type="button" class="btn btn--xs" onClick={() => void restore(state)}>
              {words.ticket.restore}
            </button>
          </span>
        </div>
      )}
      {isWhole ? <Whole state={state} /> : <Skeleton ticket={ticket} />}
    </>
  )
}

function Whole({ state }: { state: TicketState }) {
  const title = useMemo(() => new TextEdit(state, 'title'), [state])
  const description = useMemo(() => new TextEdit(state, 'description'), [state])
  const compose = useMemo(() => new ComposeState(state), [state])
  const isPanelOpen = useSignal(false)
  const room = useRef<HTMLDivElement>(null)
  useSteady(state, room)
  useLayoutEffect(
    () =>
      addKeys({
        ...propertyKeys(state),
        W: () => state.isMine.peek() && void toggleWatch(state),
        E: () => state.isMine.peek() && description.open(),
        'Shift+E': () => state.isMine.peek() && title.open(),
      }),
    [state],
  )
  const ticket = state.ticket.value
  if (ticket === undefined) return null
  const mayWrite = ticket.deletedAt === null && may('comment.public')
  return (
    <div class="scroll" ref={room}>
      <div class="ticket">
        <div class="ticket__main">
          <Title state={state} edit={title} />
          <By ticket={ticket} />
          <Pills state={state} isOpen={isPanelOpen.value} onToggle={() => (isPanelOpen.value = !isPanelOpen.value)} />
          {isPanelOpen.value && (
            <div class="narrow-only">
              <Panel state={state} isOpen />
            </div>
          )}
          <Description state={state} edit={description} />
          <TalkView state={state} />
          {mayWrite && <Compose state={state} compose={compose} />}
        </div>
        <Panel state={state} isOpen={false} />
      </div>
    </div>
  )
}

/** What the tab of the browser is called, once more than the number is known. */
function useTitle(number: number, title: string | null | undefined): void {
  useEffect(() => {
    // After the page has named where one is.
    if (typeof title === 'string') queueMicrotask(() => (document.title = `${number} ${title} · etcdesk`))
  }, [number, title])
}
