/** The key that is looked at: its value as JSON or text, its indexes, how long it lives, and what can be done with it. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { KeysError, keysErrorCodes } from '../../../src/client/client.js'
import { To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { prettyJson } from '../../parts/json-text.js'
import { Copy } from '../../parts/copy.js'
import { ticketOf } from '../../state/address.js'
import { access, base, endpoint, keysUrl } from '../../state/desk.js'
import { me } from '../../state/identity.js'
import { isRemoval, type KeyTree } from '../../state/key-tree.js'
import { nameOf, ROOT, type Found } from '../../state/tree-rows.js'
import { keyUrl, readKey, TooMuch } from '../../state/keys-door.js'
import { words } from '../../words/words.js'
import { now, secondsTo } from './clock.js'
import { DeleteKey } from './delete-key.js'
import { beginEdit, editOf, problemOf } from './editing.js'
import { Clash, Note, ValueEdit } from './value-edit.js'

/** Of a longer value the beginning is shown, until all is asked for. */
const SHOWN_MAX = 20_000
/** What a field for text can still be written in. */
const EDIT_MAX = 1_000_000

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const dayAndClock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** Whether one may write a key, as far as the desk has said. */
export function mayWrite(key: string): boolean {
  return me.value?.keys.some(({ prefix, access: granted }) => granted === 'write' && covers(prefix, key)) === true
}

function covers(prefix: string, key: string): boolean {
  return prefix === ROOT || key === prefix || key.startsWith(`${prefix}/`)
}

interface NodeProps {
  readonly tree: KeyTree
  readonly here: string
  readonly isDeleting: boolean
  readonly onDelete: (isAsked: boolean) => void
  readonly onMake: (key: string) => void
  readonly onGo: (key: string) => void
}

export function Node({ tree, here, isDeleting, onDelete, onMake, onGo }: NodeProps) {
  const found = useSignal<Found | undefined>(tree.known(here))
  const gone = useSignal<{ readonly action: string; readonly index: number } | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  const read = async (signal: AbortSignal): Promise<void> => {
    try {
      const listed = await readKey(here, signal)
      problem.value = undefined
      gone.value = undefined
      // What came meanwhile is newer than what was asked for before.
      if (found.peek()?.value === undefined || listed.node.modified >= (found.peek()?.modified ?? 0))
        found.value = listed.node
      if (listed.node.isDir) tree.take(here, listed.children, listed.index)
    } catch (error) {
      if (!signal.aborted) problem.value = error
    }
  }
  useEffect(() => {
    const stop = new AbortController()
    const known = tree.known(here)
    // A directory that its parent lists needs no reading: what lies in it may be a hundred thousand keys.
    if (known?.isDir !== true && tree.openedAt(here) === undefined) void read(stop.signal)
    const anew = (): void => void read(stop.signal)
    const onEvent: Parameters<KeyTree['onEvent']['add']>[0] = ({ node, action, index }) => {
      const isAbove = here.startsWith(`${node.key}/`)
      if (node.key !== here && !isAbove) return
      if (isRemoval(action)) gone.value = { action, index }
      else if (!isAbove) {
        found.value = node
        gone.value = undefined
        problem.value = undefined
      }
    }
    tree.onEvent.add(onEvent)
    tree.onAnew.add(anew)
    return () => {
      stop.abort()
      tree.onEvent.delete(onEvent)
      tree.onAnew.delete(anew)
    }
  }, [])
  const node = found.value
  const edit = editOf(here)
  const saved = (next: Found): void => {
    found.value = next
    gone.value = undefined
    problem.value = undefined
  }
  if (node === undefined) {
    if (problem.value === undefined) return <div class="keys__scroll" aria-busy="true" />
    return (
      <div class="keys__scroll">
        <Unseen here={here} problem={problem.value} onMake={onMake} />
      </div>
    )
  }
  const ticket = /^\/tickets\/(\d{20})$/u.exec(here)?.[1]
  const opened = tree.openedAt(here)
  const isWritable = mayWrite(here)
  return (
    <div class="keys__scroll">
      <header class="keys__head">
        <h1>
          <bdi>{nameOf(here)}</bdi>
        </h1>
        <span class="keys__tools">
          <Copy text={here} label={words.keys.copyPath} class="btn--quiet btn--xs" />
          {isWritable && here !== ROOT && gone.value === undefined && (
            <button type="button" class="btn btn--quiet btn--xs" onClick={() => onDelete(true)}>
              <Icon name="trash" />
              {words.keys.delete}
            </button>
          )}
        </span>
      </header>
      <Facts node={node} children_={opened?.state === 'read' ? opened.children.length : undefined} />
      {gone.value !== undefined && (
        <div class="note" role="status">
          <Icon name="warn" />
          <div>
            <b>{words.keys.gone}</b>
            <p>{words.keys.goneAt(gone.value.action, gone.value.index)}</p>
          </div>
        </div>
      )}
      {isDeleting && <DeleteKey node={node} close={() => onDelete(false)} onGone={() => onGo(here)} />}
      {ticket !== undefined && (
        <p>
          <To to={ticketOf(Number(ticket))} class="link">
            {words.keys.ticket(Number(ticket))}
          </To>
          . {words.keys.isTicket}
        </p>
      )}
      {opened?.state === 'failed' && (
        <Note text={opened.problem instanceof TooMuch ? words.keys.tooMuch : problemOf(opened.problem)} isBad />
      )}
      {node.isDir ? (
        <div>
          {here !== ROOT && (
            <button
              type="button"
              class="btn"
              onClick={() => (opened === undefined ? void tree.open(here) : tree.fold(here))}
            >
              <Icon name="folder" />
              {opened === undefined ? words.keys.open : words.keys.fold}
            </button>
          )}
        </div>
      ) : edit?.theirs !== undefined ? (
        <Clash edit={edit} onSaved={saved} />
      ) : edit === undefined ? (
        <Value node={node} isWritable={isWritable && gone.value === undefined} />
      ) : (
        <ValueEdit edit={edit} current={node} onSaved={saved} />
      )}
      <Same here={here} node={node} edit={edit === undefined ? undefined : edit.base.modified} />
    </div>
  )
}

function Facts({ node, children_: count }: { node: Found; children_: number | undefined }) {
  const { modified, created, expires, value, isDir } = node
  const size = value === undefined ? undefined : new Blob([value]).size
  return (
    <dl class="kvs">
      {modified > 0 && (
        <div>
          <dt>{words.keys.changedAt}</dt>
          <dd>
            <span class="mono">{modified}</span>
          </dd>
        </div>
      )}
      {created > 0 && (
        <div>
          <dt>{words.keys.createdAt}</dt>
          <dd>
            <span class="mono">{created}</span>
          </dd>
        </div>
      )}
      <div>
        <dt>{words.keys.expires}</dt>
        <dd>{expires === undefined ? words.keys.never : <Expires time={expires} />}</dd>
      </div>
      {isDir && count !== undefined && (
        <div>
          <dt>{words.keys.holds}</dt>
          <dd>{words.keys.entries(count)}</dd>
        </div>
      )}
      {size !== undefined && (
        <div>
          <dt>{words.keys.size}</dt>
          <dd>{words.keys.bytes(size)}</dd>
        </div>
      )}
    </dl>
  )
}

function Expires({ time }: { time: number }) {
  const isFar = time - now.value > 43_200_000
  return <>{words.keys.expiresIn(words.keys.left(secondsTo(time)), (isFar ? dayAndClock : clock).format(time))}</>
}

function Value({ node, isWritable }: { node: Found; isWritable: boolean }) {
  const isAll = useSignal(false)
  const { value } = node
  if (value === undefined) return null
  const pretty = value.length <= EDIT_MAX ? prettyJson(value) : undefined
  const text = pretty ?? value
  const isShort = text.length <= SHOWN_MAX || isAll.value
  const isEditable = value.length <= EDIT_MAX
  return (
    <div class="val">
      <header>
        <span>{words.keys.value}</span>
        <span class="val__kind">{pretty === undefined ? words.keys.text : words.keys.json}</span>
        {isWritable && isEditable && (
          <button type="button" class="btn btn--xs" onClick={() => beginEdit(node)}>
            <Icon name="pencil" />
            {words.keys.edit} <kbd>E</kbd>
          </button>
        )}
      </header>
      {value === '' ? (
        <p class="val__t val__none">{words.keys.empty}</p>
      ) : (
        <pre class="val__t" tabIndex={0} aria-label={words.keys.value} dir="auto">
          {isShort ? text : text.slice(0, SHOWN_MAX)}
        </pre>
      )}
      {(!isShort || !isEditable) && (
        <footer>
          {!isShort && <span>{words.keys.shortened(words.keys.bytes(SHOWN_MAX), words.keys.bytes(text.length))}</span>}
          {!isEditable && <span>{words.keys.tooLongToEdit}</span>}
          {!isShort && (
            <button type="button" class="btn btn--xs" onClick={() => (isAll.value = true)}>
              {words.keys.showAll(words.keys.bytes(text.length))}
            </button>
          )}
        </footer>
      )}
    </div>
  )
}

/** Exactly what the page does, for a terminal. */
function Same({ here, node, edit }: { here: string; node: Found; edit: number | undefined }) {
  const who = access.value === 'closed' ? ' -H "Authorization: Bearer $ETCDESK_TOKEN"' : ''
  // Where the keys API has a door of its own, its clients are there.
  const door = keysUrl === '' ? endpoint : keysUrl.replace(/\/$/u, '')
  const url = `'${door}${keyUrl(here)
    .slice(base.length - 1)
    .replaceAll("'", '%27')}'`
  const isLong = (node.value?.length ?? 0) > EDIT_MAX
  const command =
    edit !== undefined || isLong
      ? `curl${who} -X PUT ${url} -d prevIndex=${edit ?? node.modified} --data-urlencode value@FILE`
      : `curl${who} ${url}`
  return (
    <section class="same">
      <h2>{words.keys.same}</h2>
      <div class="cmd">
        <code>{command}</code>
        <Copy text={command} isBare />
      </div>
    </section>
  )
}

/** Why nothing is shown: it is not there, or not to be seen. */
function Unseen({ here, problem, onMake }: { here: string; problem: unknown; onMake: (key: string) => void }) {
  const code = problem instanceof KeysError ? problem.errorCode : undefined
  if (code === keysErrorCodes.unauthorized) return <Forbidden />
  const isMissing = code === keysErrorCodes.keyNotFound
  return (
    <div class="keys__unseen">
      <h1>{isMissing ? words.keys.missing : words.keys.failed}</h1>
      <p class="mono">
        <bdi>{here}</bdi>
      </p>
      <p>{isMissing ? words.keys.missingText : problem instanceof TooMuch ? words.keys.tooMuch : problemOf(problem)}</p>
      {isMissing && mayWrite(here) && (
        <div>
          <button type="button" class="btn btn--primary" onClick={() => onMake(here)}>
            {words.keys.makeIt}
          </button>
        </div>
      )}
    </div>
  )
}

export function Forbidden() {
  const parts = me.value?.keys.map(({ prefix }) => prefix) ?? []
  return (
    <div class="keys__unseen">
      <h1>{words.keys.forbidden}</h1>
      <p>
        {parts.length === 0 ? words.keys.noParts : words.keys.yourParts(parts.join(', '))} {words.keys.forbiddenText}
      </p>
    </div>
  )
}
