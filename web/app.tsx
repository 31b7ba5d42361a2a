/** What is shown: the view of the address within the frame, and over it the dialog and the menu that are open. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { MenuRoom } from './parts/menu.js'
import { focusFind } from './parts/find.js'
import { lazily } from './parts/lazily.js'
import { go, goBack, listOf, OPEN, route, type Route } from './state/address.js'
import { begin, startProblem } from './state/begin.js'
import { sentenceOf } from './state/desk.js'
import { closeDialog, dialog, newTicket } from './state/dialogs.js'
import { hasSignedOut, me } from './state/identity.js'
import { addKeys } from './state/keyboard.js'
import { redoLast, undoLast } from './state/undo.js'
import { words } from './words/words.js'
import { Frame } from './views/frame/frame.js'
import { ListView } from './views/list/list-view.js'
import { titleOf } from './views/list/titles.js'
import { linkSecret, SignIn } from './views/sign-in.js'
import { To } from './parts/clickable.js'

const views = {
  board: lazily(() => import('./views/board/board.js').then(({ Board }) => Board)),
  ticket: lazily(() => import('./views/ticket/ticket-view.js').then(({ TicketView }) => TicketView)),
  dashboard: lazily(() => import('./views/dashboard/dashboard.js').then(({ Dashboard }) => Dashboard)),
  keys: lazily(() => import('./views/keys/key-tree.js').then(({ KeyTree }) => KeyTree)),
  settings: lazily(() => import('./views/settings/settings.js').then(({ Settings }) => Settings)),
}
const dialogs = {
  new: lazily(() => import('./views/new-ticket.js').then(({ NewTicket }) => NewTicket), closeDialog),
  palette: lazily(() => import('./views/palette/palette.js').then(({ Palette }) => Palette), closeDialog),
  shortcuts: lazily(() => import('./views/shortcuts.js').then(({ Shortcuts }) => Shortcuts), closeDialog),
}

const soon = [
  () => import('./views/ticket/ticket-view.js'),
  () => import('./views/palette/palette.js'),
  () => import('./views/new-ticket.js'),
]

/** How long the page is left alone before it loads what is needed next. */
const PRELOAD_MS = 1500

export function App() {
  useLayoutEffect(
    () =>
      addKeys({
        'Mod+K': () => (dialog.value = 'palette'),
        '/': search,
        C: newTicket,
        '?': () => (dialog.value = 'shortcuts'),
        Z: () => void undoLast(),
        'Shift+Z': () => void redoLast(),
        U: goBack,
        'G M': () => go(listOf('is:open assignee:@me')),
        'G A': () => go(listOf(OPEN)),
        'G B': () => go({ view: 'board', q: OPEN, sort: null, group: null }),
        'G D': () => go({ view: 'dashboard' }),
        'G K': () => go({ view: 'keys', key: '/' }),
        'G S': () => go({ view: 'settings', part: 'queues' }),
      }),
    [],
  )
  // What is a key away is to be there in the frame after it.
  useEffect(() => {
    const timer = setTimeout(() => void Promise.allSettled(soon.map((load) => load())), PRELOAD_MS)
    return () => clearTimeout(timer)
  }, [])
  const here = route.value
  useEffect(() => {
    document.title = `${documentTitleOf(here)} · etcdesk`
  }, [here])
  const wasSignedIn = useRef(false)
  const who = me.value
  if (startProblem.value !== undefined) return <NoDesk problem={startProblem.value} />
  // Whoever comes by a link came to use it, also where the desk is open.
  if (who === null || linkSecret.value !== undefined)
    return <SignIn wasSignedIn={wasSignedIn.current && !hasSignedOut.value} />
  if (who !== undefined) wasSignedIn.current = true
  const Open = dialog.value === undefined ? undefined : dialogs[dialog.value]
  return (
    <>
      <Frame>{who === undefined ? null : <View route={route.value} />}</Frame>
      {Open !== undefined && <Open />}
      <MenuRoom />
    </>
  )
}

/** Begins a search where nothing can be searched in: among all tickets. The field is there by the next letter. */
function search(): void {
  go(listOf(' '))
  queueMicrotask(focusFind)
}

/** What the tab and the history of the browser call where one is. */
function documentTitleOf(here: Route): string {
  switch (here.view) {
    case 'list':
    case 'board':
      return titleOf(here.q)
    case 'ticket':
      return `#${here.number}`
    case 'keys':
      return here.key
    case 'dashboard':
      return words.frame.dashboard
    case 'settings':
      return words.frame.settings
    case 'missing':
      return words.frame.missing.title
    default:
      return here satisfies never
  }
}

function View({ route: here }: { route: Route }): ComponentChildren {
  switch (here.view) {
    case 'list':
      return <ListView route={here} />
    case 'board':
      return <views.board route={here} />
    case 'ticket':
      return <views.ticket key={here.number} route={here} />
    case 'dashboard':
      return <views.dashboard />
    case 'keys':
      return <views.keys route={here} />
    case 'settings':
      return <views.settings route={here} />
    case 'missing':
      return <Missing />
    default:
      return here satisfies never
  }
}

function Missing() {
  return (
    <div class="nil">
      <h1>{words.frame.missing.title}</h1>
      <p>{words.frame.missing.text}</p>
      <div class="nil__do">
        <To to={listOf(OPEN)} class="btn btn--primary">
          {words.frame.missing.home}
        </To>
      </div>
    </div>
  )
}

function NoDesk({ problem }: { problem: unknown }) {
  return (
    <main class="nil" id="main">
      <div role="alert">
        <h1>{words.frame.failed.title}</h1>
        <p>{sentenceOf(problem)}</p>
      </div>
      <div class="nil__do">
        <button type="button" class="btn btn--primary" onClick={() => void begin()}>
          {words.frame.failed.again}
        </button>
      </div>
    </main>
  )
}
