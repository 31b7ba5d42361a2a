/**
 * The tree at the left: any number of keys in a directory, of which only those in sight are drawn. It has the focus as a whole; arrows
 * walk, → opens, ← folds or goes up.
 */
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../../parts/icon.js'
import { Virtual, type VirtualHandle } from '../../parts/virtual.js'
import type { KeyTree } from '../../state/key-tree.js'
import { parentOf, ROOT, type TreeRow } from '../../state/tree-rows.js'
import { words } from '../../words/words.js'
import { now, secondsTo } from './clock.js'

interface TreeProps {
  readonly tree: KeyTree
  readonly here: string
  /** Where one is at this moment, drawn or not. */
  readonly hereNow: () => string
  /** Shows a key; `isStep` where one only walks past it. */
  readonly onShow: (key: string, isStep: boolean) => void
}

/** How long what happened last is marked. */
const FRESH_MS = 6000

const idOf = (index: number): string => `key-${index}`

/** How far each key goes. */
const steps: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 15,
  PageUp: -15,
  Home: -Infinity,
  End: Infinity,
}
const walking: ReadonlySet<string> = new Set([...Object.keys(steps), 'ArrowLeft', 'ArrowRight', 'Enter'])

export function Tree({ tree, here, hereNow, onShow }: TreeProps) {
  const virtual = useRef<VirtualHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const rows = tree.rows.value
  const [last] = tree.log.value
  const fresh = last !== undefined && now.value - last.at < FRESH_MS ? last.node.key : undefined
  const at = rows.placeOf(here)
  // Wherever one goes, it comes into sight; what others do moves nothing.
  useEffect(() => {
    if (at !== -1) virtual.current?.reveal(at)
  }, [here, at !== -1])
  const toggle = (row: TreeRow): Promise<void> => {
    if (!row.found.isDir) return Promise.resolve()
    if (row.opened === undefined) return tree.open(row.found.key)
    tree.fold(row.found.key)
    return Promise.resolve()
  }
  /** What was pressed while a directory was being read counts once it is read, and from where one is then. */
  const queue = useRef(Promise.resolve())
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey || !walking.has(event.key)) return
    event.preventDefault()
    event.stopPropagation()
    queue.current = queue.current.then(() => walk(event.key))
  }
  const walk = async (key: string): Promise<void> => {
    const now = hereNow()
    const all = tree.rows.peek()
    const place = all.placeOf(now)
    const row = all.at(place)
    const step = (to: number): void => {
      const next = all.at(Math.min(all.count - 1, Math.max(0, to)))
      if (next !== undefined) onShow(next.found.key, true)
    }
    if (key === 'ArrowRight' && row?.opened !== undefined) step(place + 1)
    else if ((key === 'ArrowRight' || key === 'Enter') && row !== undefined) await toggle(row)
    else if (key === 'ArrowLeft' && row?.opened !== undefined) await toggle(row)
    else if (key === 'ArrowLeft') onShow(parentOf(now), true)
    else step(place + (steps[key] ?? 0))
  }
  const root = tree.openedAt(ROOT)
  if (root?.state === 'read' && rows.count === 0) return <p class="keys__none">{words.keys.emptyTree}</p>
  return (
    <div ref={box} class="tree">
      <Virtual
        count={rows.count}
        label={words.keys.tree}
        handle={virtual}
        inner={{
          role: 'tree',
          tabIndex: 0,
          id: 'key-tree',
          onKeyDown,
          ...(at !== -1 && { 'aria-activedescendant': idOf(at) }),
        }}
        onRange={() => undefined}
        row={(index, top) => {
          const row = rows.at(index)
          return row === undefined ? null : (
            <Node
              key={row.found.key}
              row={row}
              index={index}
              top={top}
              isHere={row.found.key === here}
              isFresh={row.found.key === fresh}
              onShow={() => onShow(row.found.key, false)}
              onToggle={() => void toggle(row)}
            />
          )
        }}
      />
    </div>
  )
}

interface NodeProps {
  readonly row: TreeRow
  readonly index: number
  readonly top: number
  readonly isHere: boolean
  readonly isFresh: boolean
  readonly onShow: () => void
  readonly onToggle: () => void
}

function Node({ row, index, top, isHere, isFresh, onShow, onToggle }: NodeProps) {
  const { found, name, level, opened, place, of } = row
  const isOpen = opened !== undefined
  return (
    <div
      id={idOf(index)}
      class={`node${isHere ? ' is-on' : ''}${isFresh ? ' is-fresh' : ''}`}
      style={{ top: `${top}px`, '--depth': String(level - 1) }}
      role="treeitem"
      aria-level={level}
      aria-posinset={place}
      aria-setsize={of}
      aria-selected={isHere}
      aria-expanded={found.isDir ? isOpen : undefined}
      onClick={() => {
        if (isHere || !isOpen) onToggle()
        onShow()
      }}
    >
      {found.isDir ? <Icon name={isOpen ? 'down' : 'right'} isSmall class="node__fold" /> : <span class="node__fold" />}
      <Icon name={found.isDir ? 'folder' : 'file'} />
      <span class="node__n" title={name}>
        <bdi>{name}</bdi>
      </span>
      {found.expires !== undefined && <Ttl time={found.expires} />}
      {opened?.state === 'read' && <span class="node__c">{words.common.number(opened.children.length)}</span>}
      {opened?.state === 'reading' && <span class="node__c">…</span>}
      {opened?.state === 'failed' && <Icon name="warn" />}
    </div>
  )
}

function Ttl({ time }: { time: number }) {
  return <span class="node__ttl">{words.keys.left(secondsTo(time))}</span>
}
