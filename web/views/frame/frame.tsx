/** What stands around every view: side bar or tabs, and the line at the bottom that says how the desk is. */
import type { ComponentChildren } from 'preact'
import type { TicketSort } from '../../../src/client/client.js'
import { IconButton, To } from '../../parts/clickable.js'
import { Icon, type IconName } from '../../parts/icon.js'
import { showMenu } from '../../parts/menu.js'
import { PersonMark } from '../../parts/marks.js'
import { forNobody, userItems } from '../../parts/pickers.js'
import { quoted } from '../../parts/terms.js'
import { go, hrefOf, listOf, OPEN, route, sortOf, type Route } from '../../state/address.js'
import { counts, myCount } from '../../state/counts.js'
import { access, actingAs } from '../../state/desk.js'
import { dialog, newTicket } from '../../state/dialogs.js'
import { isStaff, maySeeKeys, me, myHandle, signOut } from '../../state/identity.js'
import { modName } from '../../state/keyboard.js'
import { queues, views } from '../../state/names.js'
import { noteFailed } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { standing } from '../list/titles.js'
import { Line } from './line.js'

export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        {words.frame.skip}
      </a>
      <div class="app">
        <Side />
        <main class="main" id="main" tabIndex={-1}>
          {children}
        </main>
        <Line />
        <Tabs />
      </div>
    </>
  )
}

function Side() {
  const here = route.value
  const isList = here.view === 'list' || here.view === 'board'
  const q = isList ? here.q.trim() : undefined
  const { tickets } = words.frame
  return (
    <nav class="side" aria-label={words.frame.desk}>
      <div class="side__top">
        <a class="desk" href={hrefOf(listOf(OPEN))}>
          <Icon name="desk" class="mark" />
          <span class="desk__name">etcdesk</span>
        </a>
        <IconButton icon="plus" label={words.frame.newTicket} shortcut="C" onClick={newTicket} />
      </div>
      <button type="button" class="jump" onClick={() => (dialog.value = 'palette')}>
        <Icon name="search" />
        <span>{words.frame.goTo}</span>
        <kbd>{modName}</kbd>
        <kbd>K</kbd>
      </button>
      <div class="side__scroll">
        <div class="nav-set" role="group" aria-label={tickets}>
          {standing
            .filter(
              ({ isMine, isForStaff }) =>
                (!isMine || myHandle.value !== null) && (!isForStaff || me.value === undefined || isStaff.value),
            )
            .map(({ q: query, name, icon }) => (
              <To key={query} to={listOf(query)} class={`nav${q === query ? ' is-here' : ''}`} isHere={q === query}>
                <Icon name={icon} />
                <span class="nav__name">{name}</span>
                <Count value={countOf(query)} />
              </To>
            ))}
        </div>
        {views.value.length > 0 && (
          <div class="nav-set">
            <h2 class="nav-head">{words.frame.views}</h2>
            {views.value.map(({ id, name, query, sort }) => (
              <To
                key={id}
                to={listOf(query, viewSort(sort))}
                class={`nav${q === query ? ' is-here' : ''}`}
                isHere={q === query}
              >
                <Icon name="list" />
                <span class="nav__name">
                  <bdi>{name}</bdi>
                </span>
              </To>
            ))}
          </div>
        )}
        <div class="nav-set">
          <h2 class="nav-head">{words.frame.queues}</h2>
          {queues.value
            .filter(({ archived }) => !archived)
            .slice(0, 30)
            .map(({ name }) => {
              const query = `is:open queue:${quoted(name)}`
              return (
                <To key={name} to={listOf(query)} class={`nav${q === query ? ' is-here' : ''}`} isHere={q === query}>
                  <Icon name="queue" />
                  <span class="nav__name">
                    <bdi>{name}</bdi>
                  </span>
                  <Count value={counts.value.queues?.get(name)} />
                </To>
              )
            })}
        </div>
        <div class="nav-set">
          <h2 class="nav-head">{words.frame.desk}</h2>
          <To
            to={{ view: 'dashboard' }}
            class={`nav${here.view === 'dashboard' ? ' is-here' : ''}`}
            isHere={here.view === 'dashboard'}
          >
            <Icon name="chart" />
            <span class="nav__name">{words.frame.dashboard}</span>
          </To>
          {maySeeKeys.value && (
            <To
              to={{ view: 'keys', key: '/' }}
              class={`nav${here.view === 'keys' ? ' is-here' : ''}`}
              isHere={here.view === 'keys'}
            >
              <Icon name="tree" />
              <span class="nav__name">{words.frame.keyTree}</span>
            </To>
          )}
          <To
            to={{ view: 'settings', part: 'queues' }}
            class={`nav${here.view === 'settings' ? ' is-here' : ''}`}
            isHere={here.view === 'settings'}
          >
            <Icon name="sliders" />
            <span class="nav__name">{words.frame.settings}</span>
          </To>
        </div>
      </div>
      <div class="side__foot">
        <Me />
        <IconButton
          icon="help"
          label={words.frame.shortcuts}
          shortcut="?"
          onClick={() => (dialog.value = 'shortcuts')}
        />
      </div>
    </nav>
  )
}

/** The order of a saved view, where it has one that lists know. */
function viewSort(sort: string | null): { sort?: TicketSort } {
  const known = sortOf(sort)
  return known === null ? {} : { sort: known }
}

function countOf(query: string): number | undefined {
  const now = counts.value
  const known: Readonly<Record<string, number | undefined>> = {
    'is:open': now.open,
    'is:open assignee:@me': myCount.value,
    'is:open is:unassigned': now.assignees?.get(null),
    'is:overdue': now.overdue,
  }
  return known[query]
}

function Count({ value }: { value: number | undefined }) {
  return value === undefined || value === 0 ? null : <span class="nav__n">{words.common.number(value)}</span>
}

/** Who one is; on an open desk who one says that one is, on a closed one the way out. */
function Me() {
  const handle = myHandle.value
  const isOpen = access.value === 'open'
  const choose = (anchor: Element): void => {
    if (isOpen) {
      showMenu({
        anchor,
        label: words.frame.actAs,
        items: [{ value: '', name: words.common.nobody }, ...userItems()],
        ...forNobody(),
        chosen: [handle ?? ''],
        onTake: ([value]) => (actingAs.value = value === undefined || value === '' ? null : value),
      })
      return
    }
    showMenu({
      anchor,
      label: handle ?? words.common.nobody,
      items: [
        { value: 'preferences', name: words.frame.preferences },
        { value: 'out', name: words.frame.signOut },
      ],
      onTake([value]) {
        if (value === 'out') signOut().catch(noteFailed)
        else go({ view: 'settings', part: 'preferences' })
      },
    })
  }
  return (
    <button type="button" class="me" aria-haspopup="listbox" onClick={({ currentTarget }) => choose(currentTarget)}>
      {handle === null ? <Icon name="me" /> : <PersonMark handle={handle} />}
      <span>{handle ?? words.frame.nobodyYet}</span>
    </button>
  )
}

interface Tab {
  readonly to: Route
  readonly icon: IconName
  readonly name: string
  readonly isHere: boolean
}

function Tabs() {
  const { view } = route.value
  const tabs: readonly Tab[] = [
    { to: listOf(OPEN), icon: 'list', name: words.frame.tickets, isHere: view === 'list' || view === 'ticket' },
    { to: { ...listOf(OPEN), view: 'board' }, icon: 'board', name: words.frame.board, isHere: view === 'board' },
    { to: { view: 'dashboard' }, icon: 'chart', name: words.frame.dashboard, isHere: view === 'dashboard' },
    { to: { view: 'keys', key: '/' }, icon: 'tree', name: words.frame.keyTree, isHere: view === 'keys' },
    { to: { view: 'settings', part: 'preferences' }, icon: 'me', name: words.frame.you, isHere: view === 'settings' },
  ]
  return (
    <nav class="tabs" aria-label={words.frame.desk}>
      {tabs
        .filter(({ to }) => to.view !== 'keys' || maySeeKeys.value)
        .map(({ to, icon, name, isHere }) => (
          <a
            key={name}
            class={`tab${isHere ? ' is-here' : ''}`}
            href={hrefOf(to)}
            aria-current={isHere ? 'page' : undefined}
          >
            <Icon name={icon} />
            <span>{name}</span>
          </a>
        ))}
    </nav>
  )
}
