/** What happens below a directory, as it happens; held still for as long as one wants to read. */
import { To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { isRemoval, type KeyTree } from '../../state/key-tree.js'
import { ROOT } from '../../state/tree-rows.js'
import { words } from '../../words/words.js'
import { now } from './clock.js'

const ROWS_MAX = 100
const VALUE_MAX = 200
const SETTING: ReadonlySet<string> = new Set(['create', 'set', 'update', 'delete', 'expire'])

export function Log({ tree, scope }: { tree: KeyTree; scope: string }) {
  const { log: text } = words.keys
  const start = scope === ROOT ? ROOT : `${scope}/`
  const events = tree.log.value
    .filter(({ node }) => node.key === scope || node.key.startsWith(start))
    .slice(0, ROWS_MAX)
  const isHeld = tree.isHeld.value
  return (
    <section class="log" aria-label={text.label(scope)}>
      <header>
        <h2>
          <Icon name={isHeld ? 'pause' : 'spark'} />
          {text.title} <span class="mono">{scope}</span>
        </h2>
        <span class="log__n">
          {/* How many is seen, and not said at each of them. */}
          {isHeld && tree.isLive.value !== false && `${words.common.number(tree.waiting.value)} `}
          <span role="status">
            {tree.isLive.value === false
              ? text.lost
              : isHeld
                ? text.held
                : tree.since.value === 0
                  ? ''
                  : text.since(tree.since.value)}
          </span>
        </span>
        <button type="button" class="btn btn--quiet btn--xs" aria-pressed={isHeld} onClick={() => tree.hold(!isHeld)}>
          <Icon name={isHeld ? 'play' : 'pause'} />
          {isHeld ? text.letGo : text.hold}
        </button>
      </header>
      <div class="log__scroll" tabIndex={0}>
        {events.length === 0 ? (
          <p class="keys__none">{text.none}</p>
        ) : (
          <table>
            <tbody>
              {events.map(({ index, action, node, at }) => {
                const seconds = (now.value - at) / 1000
                return (
                  <tr key={index} class={seconds < 6 ? 'is-fresh' : ''}>
                    <td class="idx">{index}</td>
                    <td>
                      <span
                        class={`act act--${SETTING.has(action) ? action : isRemoval(action) ? 'delete' : 'update'}`}
                      >
                        {action}
                      </span>
                    </td>
                    <td class="log__k">
                      <To to={{ view: 'keys', key: node.key }}>
                        <bdi>{node.key.slice(start.length) || node.key}</bdi>
                      </To>
                    </td>
                    <td class="log__v">
                      <bdi>{node.value?.slice(0, VALUE_MAX)}</bdi>
                    </td>
                    <td class="log__t">{text.ago(seconds)}</td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        )}
      </div>
    </section>
  )
}
