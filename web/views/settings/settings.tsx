/** The settings: what has a name on the desk, who may come in, and how this browser shows it. */
import type { FunctionComponent } from 'preact'
import { To } from '../../parts/clickable.js'
import { Icon, type IconName } from '../../parts/icon.js'
import { showMenu } from '../../parts/menu.js'
import { go, type Route, type SettingsPart } from '../../state/address.js'
import { may } from '../../state/identity.js'
import { words } from '../../words/words.js'
import { Fields } from './fields.js'
import { Labels } from './labels.js'
import { Preferences } from './preferences.js'
import { Queues } from './queues.js'
import { Sessions } from './sessions.js'
import { Statuses } from './statuses.js'
import { Tokens } from './tokens.js'
import { Users } from './users.js'

interface Part {
  readonly part: SettingsPart
  readonly icon: IconName
  readonly View: FunctionComponent
  /** Whether there is anything to see for whom it is. */
  readonly isShown: () => boolean
}

const always = (): boolean => true
const reads = (): boolean => may('catalogue.read')

const groups: readonly { readonly name: string; readonly parts: readonly Part[] }[] = [
  {
    name: words.settings.you,
    parts: [
      { part: 'preferences', icon: 'sliders', View: Preferences, isShown: always },
      { part: 'tokens', icon: 'key', View: Tokens, isShown: always },
      { part: 'sessions', icon: 'lock', View: Sessions, isShown: always },
    ],
  },
  {
    name: words.settings.desk,
    parts: [
      { part: 'users', icon: 'users', View: Users, isShown: () => may('user.read') || may('user.handles') },
      { part: 'statuses', icon: 's-active', View: Statuses, isShown: reads },
      { part: 'queues', icon: 'queue', View: Queues, isShown: reads },
      { part: 'labels', icon: 'tag', View: Labels, isShown: reads },
      { part: 'fields', icon: 'list', View: Fields, isShown: reads },
    ],
  },
]

const parts = groups.flatMap((group) => group.parts)

export function Settings({ route }: { route: Extract<Route, { view: 'settings' }> }) {
  const shown = parts.filter(({ isShown }) => isShown())
  const here = shown.find(({ part }) => part === route.part)
  const { title, parts: names } = words.settings
  const choose = (anchor: Element): void =>
    showMenu({
      anchor,
      label: words.settings.choosePart,
      items: shown.map(({ part, icon }) => ({ value: part, name: names[part], mark: <Icon name={icon} /> })),
      chosen: [route.part],
      onTake([value]) {
        const to = shown.find(({ part }) => part === value)
        if (to !== undefined) go({ view: 'settings', part: to.part })
      },
    })
  return (
    <>
      <header class="bar">
        <h1 class="narrow-only">
          <button
            type="button"
            class="bar__views"
            aria-haspopup="listbox"
            onClick={({ currentTarget }) => choose(currentTarget)}
          >
            {names[route.part]}
            <Icon name="down" isSmall />
          </button>
        </h1>
        <nav class="crumbs wide-only" aria-label={words.settings.where}>
          <span>{title}</span>
          <Icon name="right" />
          <b>{names[route.part]}</b>
        </nav>
      </header>
      <div class="scroll">
        <div class="set">
          <nav class="set__nav wide-only" aria-label={title}>
            {groups.map((group) => (
              <div key={group.name} class="nav-set">
                <h2 class="nav-head">{group.name}</h2>
                {group.parts
                  .filter((part) => shown.includes(part))
                  .map(({ part, icon }) => (
                    <To
                      key={part}
                      to={{ view: 'settings', part }}
                      class={`nav${part === route.part ? ' is-here' : ''}`}
                      isHere={part === route.part}
                    >
                      <Icon name={icon} />
                      <span class="nav__name">{names[part]}</span>
                    </To>
                  ))}
              </div>
            ))}
          </nav>
          <div class="set__body">{here === undefined ? <MayNot /> : <here.View key={here.part} />}</div>
        </div>
      </div>
    </>
  )
}

function MayNot() {
  return (
    <div class="nil">
      <h1>{words.settings.mayNotTitle}</h1>
      <p>{words.settings.mayNotSee}</p>
    </div>
  )
}
