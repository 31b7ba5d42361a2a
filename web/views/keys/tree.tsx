/**
 * The tree at the left: any number of keys in a directory, of which only those in sight are drawn. It has the focus as a whole; arrows
 * walk, → opens, ← folds or goes up.
 */
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from '../../parts/icon.js'
import { Virtual, type VirtualHandle } from '../../parts/virtual.js'
import { parentOf, ROOT, type KeyTree, type TreeRow } from '../../state/key-tree.js'
import { words } from '../../words/words.js'
import { now, secondsTo } from './clock.js'

interface TreeProps {
  readonly tree: KeyTree
  readonly here: string
  /** Shows a key; `isStep` where one only walks past it. */
  readonly onShow: (key: string, isStep: boolean) => void
}

/** How long what happened last is marked. */
const FRESH_MS = 6000

const idOf = (index: number): string => `key-${index}`

export function Tree({ tree, here, onShow }: TreeProps) {
  const virtual = useRef<VirtualHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const rows = tree.rows.value
  const [last] = tree.log.value
  const fresh = last !== undefined && now.value - last.at < FRESH_MS ? last.node.key : undefined
  const at = rows.findIndex(({ found }) => found.key === here)
  // Wherever one goes, it comes into sight; what others do moves nothing.
  useEffect(() => {
    if (at !== -1) virtual.current?.reveal(at)
  }, [here, at !== -1])
  const step = (to: number): void => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))]
    if (row !== undefined) onShow(row.found.key, true)
  }
  const toggle = (row: TreeRow): void => {
    if (!row.found.isDir) return
    if (row.opened === undefined) void tree.open(row.found.key)
    else tree.fold(row.found.key)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const row = rows[at]
    switch (event.key) {
      case 'ArrowDown':
        step(at + 1)
        break
      case 'ArrowUp':
        step(at - 1)
        break
      case 'Home':
        step(0)
        break
      case 'End':
        step(rows.length - 1)
        break
      case 'PageDown':
        step(at + 15)
        break
      case 'PageUp':
        step(at - 15)
        break
      case 'ArrowRight':
        if (row?.found.isDir !== true) return
        if (row.opened === undefined) toggle(row)
        else step(at + 1)
        break
      case 'ArrowLeft':
        if (row?.opened !== undefined) toggle(row)
        else if (parentOf(here) !== ROOT) onShow(parentOf(here), true)
        break
      case 'Enter':
        if (row === undefined) return
        toggle(row)
        break
      default:
        return
    }
    event.preventDefault()
    event.stopPropagation()
  }
  const root = tree.openedAt(ROOT)
  if (root?.state === 'read' && rows.length === 0) return <p class="keys__none">{words.keys.emptyTree}</p>
  return (
    <div ref={box} class="tree">
      <Virtual
        count={rows.length}
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
          const row = rows[index]
          return row === undefined ? null : (
            <Node
              key={row.found.key}
              row={row}
              index={index}
              top={top}
              isHere={row.found.key === here}
              isFresh={row.found.key === fresh}
              onShow={() => onShow(row.found.key, false)}
              onToggle={() => toggle(row)}
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
      style={{ transform: `translateY(${top}px)`, '--depth': String(level - 1) }}
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
