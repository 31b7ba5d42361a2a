/** The key tree: directories and keys at the left, the key that is looked at beside them, and what happens there below it. */
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { go, route as routeNow, type Route } from '../../state/address.js'
import { me } from '../../state/identity.js'
import { addKeys } from '../../state/keyboard.js'
import { KeyTree as Tree_, wayTo } from '../../state/key-tree.js'
import { ROOT } from '../../state/tree-rows.js'
import { words } from '../../words/words.js'
import { Log } from './log.js'
import { beginNewKey, cleanPath, endNewKey, newKey, NewKey } from './new-key.js'
import { Forbidden, mayWrite, Node } from './node.js'
import { Tree } from './tree.js'

type KeysRoute = Extract<Route, { view: 'keys' }>

/** One for the page: what was opened stays open while one looks elsewhere. */
const tree = new Tree_()

export function KeyTree({ route }: { route: KeysRoute }) {
  const here = cleanPath(route.key)
  const isTree = useSignal(here === ROOT)
  const isDeleting = useSignal<string | undefined>(undefined)
  const jump = useRef<HTMLInputElement>(null)
  const hereNow = (): string => {
    const now = routeNow.peek()
    return now.view === 'keys' ? cleanPath(now.key) : here
  }
  const show = (key: string, isStep = false): void => {
    isDeleting.value = undefined
    if (!isStep) isTree.value = tree.known(key)?.isDir === true && isTree.peek()
    if (key !== hereNow()) go({ view: 'keys', key }, { replace: isStep })
  }
  useEffect(() => tree.start(), [])
  useEffect(() => void tree.reveal(here), [here])
  useLayoutEffect(() => {
    if (document.activeElement === document.body) document.getElementById('key-tree')?.focus({ preventScroll: true })
  }, [tree.rows.value.count > 0])
  // A space presses what has the focus; elsewhere it holds what happens.
  useEffect(() => {
    const onSpace = (event: KeyboardEvent): void => {
      const { target } = event
      if (event.key !== ' ' || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return
      if (
        target instanceof Element &&
        target.closest('a, button, input, textarea, select, summary, dialog, [popover]') !== null
      )
        return
      event.preventDefault()
      tree.hold(!tree.isHeld.peek())
    }
    addEventListener('keydown', onSpace)
    return () => removeEventListener('keydown', onSpace)
  }, [])
  useLayoutEffect(
    () =>
      addKeys({
        E: () => document.querySelector<HTMLElement>('.val:not(.val--edit) > header .btn')?.click(),
        N: begin,
        '/': () => {
          isTree.value = true
          // Where the tree was hidden it is drawn first; letters that follow are meant for the field.
          queueMicrotask(() => jump.current?.focus())
        },
        Delete: () => {
          if (here !== ROOT && mayWrite(here)) isDeleting.value = here
        },
      }),
    [here],
  )
  const begin = (): void => {
    if (!mayMake) return
    const known = tree.known(here)
    const directory = here === ROOT || known?.isDir === true ? here : (wayTo(here).at(-1) ?? ROOT)
    beginNewKey(directory === ROOT ? ROOT : `${directory}/`)
    isTree.value = false
  }
  const mayMake = me.value?.keys.some(({ access }) => access === 'write') === true
  const [, top = ''] = here.split('/')
  const scope = tree.known(`/${top}`)?.isDir === true ? `/${top}` : ROOT
  if (me.value?.keys.length === 0) {
    return (
      <>
        <header class="bar">
          <h1>{words.keys.title}</h1>
        </header>
        <div class="keys__scroll">
          <Forbidden />
        </div>
      </>
    )
  }
  return (
    <>
      <header class="bar">
        <button
          type="button"
          class="btn btn--icon btn--quiet narrow-only"
          aria-label={words.keys.showTree}
          aria-pressed={isTree.value}
          onClick={() => (isTree.value = !isTree.value)}
        >
          <Icon name="tree" />
        </button>
        <Path here={here} />
        <div class="bar__end">
          {mayMake && (
            <button type="button" class="btn btn--primary" onClick={begin}>
              {words.keys.newKey}{' '}
              <span class="wide-only">
                <kbd>N</kbd>
              </span>
            </button>
          )}
        </div>
      </header>
      <div class={`keys${isTree.value ? ' keys--tree' : ''}`}>
        <div class="keys__tree">
          <form
            onSubmit={(event) => {
              event.preventDefault()
              const to = cleanPath(jump.current?.value ?? '')
              if (jump.current !== null) jump.current.value = ''
              isTree.value = false
              show(to)
            }}
          >
            <label class="find find--s">
              <Icon name="search" />
              <input
                ref={jump}
                class="find__input"
                placeholder={words.keys.jump}
                aria-label={words.keys.jump}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                onKeyDown={(event) => {
                  if (event.key === 'Escape') document.getElementById('key-tree')?.focus()
                }}
              />
              <kbd>/</kbd>
            </label>
          </form>
          <Tree tree={tree} here={here} hereNow={hereNow} onShow={show} />
        </div>
        <section class="keys__node" aria-label={words.keys.value}>
          {newKey.value === undefined ? (
            <Node
              key={here}
              tree={tree}
              here={here}
              isDeleting={isDeleting.value === here}
              onDelete={(isAsked) => (isDeleting.value = isAsked ? here : undefined)}
              onMake={(key) => beginNewKey(key)}
              onGo={show}
            />
          ) : (
            <div class="keys__scroll">
              <NewKey
                draft={newKey.value}
                onMade={({ key }) => {
                  show(key)
                  void tree.reveal(key)
                }}
                onShow={(key) => {
                  endNewKey()
                  show(key)
                }}
              />
            </div>
          )}
          <Log tree={tree} scope={scope} />
        </section>
      </div>
    </>
  )
}

function Path({ here }: { here: string }) {
  const parts = here.split('/').filter((part) => part !== '')
  return (
    <nav class="path" aria-label={words.keys.path}>
      <To to={{ view: 'keys', key: ROOT }} label={words.keys.root}>
        /
      </To>
      {parts.map((part, at) =>
        at === parts.length - 1 ? (
          <b key={at}>
            <bdi>{part}</bdi>
          </b>
        ) : (
          <>
            <To to={{ view: 'keys', key: `/${parts.slice(0, at + 1).join('/')}` }}>
              <bdi>{part}</bdi>
            </To>
            <span>/</span>
          </>
        ),
      )}
    </nav>
  )
}
