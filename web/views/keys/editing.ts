/**
 * What is being written into keys: kept by key in the browser, until it is stored or given up. What is typed while it is being stored stays,
 * as a change of what is stored then.
 */
import { signal } from '@preact/signals'
import { KeysError, keysErrorCodes } from '../../../src/client/client.js'
import { bothOf } from '../../parts/both.js'
import { isJson, prettyJson } from '../../parts/json-text.js'
import { KeptForms } from '../../state/form-drafts.js'
import { readKey, writeKey } from '../../state/keys-door.js'
import { isNumber, isText, isYesOrNo, objectOf, optional } from '../../state/shapes.js'
import type { Found } from '../../state/tree-rows.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'

export interface Edit {
  /** What it was when it was begun, or what was last looked at beside it. */
  readonly base: Found
  readonly text: string
  /** Only if nobody has changed it since. */
  readonly isGuarded: boolean
  readonly keepsTtl: boolean
  readonly ttl: string
  readonly isSending: boolean
  readonly problem: string | undefined
  /** What stands there now, where that is not what it was: null where it is gone. */
  readonly theirs: Found | null | undefined
}

const edits = signal<ReadonlyMap<string, Edit>>(new Map())

/** What is kept of an edit. */
type Kept = Pick<Edit, 'base' | 'text' | 'isGuarded' | 'keepsTtl' | 'ttl'>

/** Longer values would soon fill what a browser keeps. */
const KEPT_MAX = 100_000

const isFound = objectOf<Found>({
  key: isText,
  isDir: isYesOrNo,
  value: optional(isText),
  created: isNumber,
  modified: isNumber,
  expires: optional(isNumber),
})
const forms = new KeptForms<Kept>(
  'key',
  objectOf<Kept>({ base: isFound, text: isText, isGuarded: isYesOrNo, keepsTtl: isYesOrNo, ttl: isText }),
)
forms.follow((kept) => {
  const none = { isSending: false, problem: undefined, theirs: undefined }
  edits.value = new Map([...kept].map(([key, form]) => [key, { ...form, ...none }]))
})

export const editOf = (key: string): Edit | undefined => edits.value.get(key)

export function beginEdit(found: Found): void {
  if (edits.peek().has(found.key)) return
  put(found.key, {
    base: found,
    text: found.value ?? '',
    isGuarded: true,
    keepsTtl: true,
    ttl: '',
    isSending: false,
    problem: undefined,
    theirs: undefined,
  })
}

export function changeEdit(key: string, change: Partial<Edit>): void {
  const edit = edits.peek().get(key)
  if (edit !== undefined) put(key, { ...edit, ...change })
}

export function endEdit(key: string): void {
  const left = new Map(edits.peek())
  left.delete(key)
  edits.value = left
  forms.keep(key, undefined)
}

function put(key: string, edit: Edit): void {
  edits.value = new Map(edits.peek()).set(key, edit)
  const { base, text, isGuarded, keepsTtl, ttl } = edit
  const isKept = text !== base.value && text.length + (base.value ?? '').length <= KEPT_MAX
  forms.keep(key, isKept ? { base, text, isGuarded, keepsTtl, ttl } : undefined)
}

/** Ends an edit that is stored, unless something was typed since. One that was given up meanwhile, or begun anew, is let alone. */
function endSent(key: string, sent: Edit, base: Found): void {
  const edit = edits.peek().get(key)
  if (edit?.isSending !== true) return
  const isSame = edit.text === sent.text && edit.keepsTtl === sent.keepsTtl && edit.ttl === sent.ttl
  if (isSame) endEdit(key)
  else put(key, { ...edit, base, isSending: false, theirs: undefined })
}

/** Seconds as they are typed; undefined for ever. @throws where it is no number of seconds */
export function ttlIn(text: string): number | undefined {
  if (text.trim() === '') return undefined
  const seconds = /^\d{1,10}$/u.test(text.trim()) ? Number(text.trim()) : 0
  if (seconds < 1) throw new RangeError(words.keys.ttlWrong)
  return seconds
}

/** What is left of its time to live, where that is to stay. */
function ttlOf({ base, keepsTtl, ttl }: Edit, now: number): number | undefined {
  if (base.expires === undefined || !keepsTtl) return ttlIn(ttl)
  return Math.max(1, Math.round((base.expires - now) / 1000))
}

/** Stores it. What stands there then; undefined where it was not stored, and the edit says why. */
export async function saveEdit(key: string): Promise<Found | undefined> {
  const edit = edits.peek().get(key)
  if (edit === undefined || edit.isSending) return undefined
  changeEdit(key, { isSending: true, problem: undefined })
  try {
    const guard = edit.isGuarded ? { prevIndex: edit.base.modified } : {}
    const found = await writeKey(key, edit.text, { ttl: ttlOf(edit, Date.now()), ...guard })
    endSent(key, edit, found)
    say(words.keys.saved(key))
    return found
  } catch (error) {
    changeEdit(key, { isSending: false })
    const isOther = error instanceof KeysError && error.errorCode === keysErrorCodes.compareFailed
    const isGone = error instanceof KeysError && error.errorCode === keysErrorCodes.keyNotFound
    if (isOther) await look(key)
    else if (isGone) changeEdit(key, { theirs: null })
    else changeEdit(key, { problem: problemOf(error) })
    return undefined
  }
}

/** Writes what was typed over what others wrote; or makes the key again, where they deleted it. */
export async function writeOver(key: string): Promise<Found | undefined> {
  const edit = edits.peek().get(key)
  if (edit?.theirs === undefined || edit.isSending) return undefined
  if (edit.theirs !== null) {
    changeEdit(key, { base: edit.theirs, theirs: undefined, isGuarded: true })
    return saveEdit(key)
  }
  changeEdit(key, { isSending: true, problem: undefined })
  try {
    const found = await writeKey(key, edit.text, { prevExist: false, ttl: ttlIn(edit.ttl) })
    endSent(key, edit, found)
    say(words.keys.made(key))
    return found
  } catch (error) {
    changeEdit(key, { isSending: false })
    if (error instanceof KeysError && error.errorCode === keysErrorCodes.nodeExists) await look(key)
    else changeEdit(key, { problem: problemOf(error) })
    return undefined
  }
}

/** Both changes in one text, to be looked at before it is stored; undefined where they touch the same lines. */
export function joined({ base, text, theirs }: Edit): string | undefined {
  if (theirs === undefined || theirs === null) return undefined
  const all = [base.value ?? '', text, theirs.value ?? ''] as const
  const [was, mine, other] = all
  const plain = bothOf(was, mine, other)
  if (plain !== undefined) return plain
  // JSON on one line is one line to whoever compares lines: set on lines, its members are.
  const [prettyWas, prettyMine, prettyOther] = all.map((one) => prettyJson(one))
  if (prettyWas === undefined || prettyMine === undefined || prettyOther === undefined) return undefined
  const both = bothOf(prettyWas, prettyMine, prettyOther)
  return both !== undefined && isJson(both) ? both : undefined
}

export function takeJoined(key: string): void {
  const edit = edits.peek().get(key)
  const text = edit === undefined ? undefined : joined(edit)
  if (edit?.theirs === undefined || edit.theirs === null || text === undefined) return
  changeEdit(key, { base: edit.theirs, text, theirs: undefined })
}

async function look(key: string): Promise<void> {
  try {
    const { node } = await readKey(key)
    changeEdit(key, { theirs: node })
  } catch (error) {
    if (error instanceof KeysError && error.errorCode === keysErrorCodes.keyNotFound) changeEdit(key, { theirs: null })
    else changeEdit(key, { problem: problemOf(error) })
  }
}

/** What went wrong with a key, as a sentence. */
export function problemOf(error: unknown): string {
  if (error instanceof KeysError && error.errorCode === keysErrorCodes.unauthorized) return words.keys.forbidden
  return error instanceof Error ? error.message : String(error)
}
