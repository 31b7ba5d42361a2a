/**
 * What is being written into keys: kept by key in the browser, until it is stored or given up. What is typed while it is being stored stays,
 * as a change of what is stored then.
 */
import { signal } from '@preact/signals'
import { bothOf } from '../../parts/both.js'
import { isJson, prettyJson } from '../../parts/json-text.js'
import { isKeysError, isUnsure } from '../../state/failures.js'
import { KeptForms } from '../../state/form-drafts.js'
import { readKey, writeKey, type Guard } from '../../state/keys-door.js'
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
  /** The text that was sent last without an answer: it may be what stands there. */
  readonly unsure: string | undefined
  /** What stands there now, where that is not what it was: null where it is gone. */
  readonly theirs: Found | null | undefined
}

const edits = signal<ReadonlyMap<string, Edit>>(new Map())

/** Whether a key was there to be changed, or was to be made again. */
type How = 'saved' | 'made'

/** What is kept of an edit. */
type Kept = Pick<Edit, 'base' | 'text' | 'isGuarded' | 'keepsTtl' | 'ttl'>

/** Longer values would soon fill what a browser keeps. */
const KEPT_MAX = 100_000

/** A time to live is told in whole seconds, and what is left of one is sent so: that may be off by as much, in milliseconds. */
const TTL_SLACK_MS = 2000

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
  const none = { isSending: false, problem: undefined, unsure: undefined, theirs: undefined }
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
    unsure: undefined,
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

const isBeingSent = (key: string): boolean => edits.peek().get(key)?.isSending === true

/** Ends an edit that is stored, unless something was typed since. One that was given up meanwhile, or begun anew, is let alone. */
function endSent(key: string, sent: Edit, base: Found): void {
  const edit = edits.peek().get(key)
  if (edit === undefined || !isBeingSent(key)) return
  const isSame = edit.text === sent.text && edit.keepsTtl === sent.keepsTtl && edit.ttl === sent.ttl
  if (isSame) endEdit(key)
  else put(key, { ...edit, base, isSending: false, unsure: undefined, theirs: undefined })
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

/** The time to live that is asked for: what is made again has none of before. */
const ttlSent = (edit: Edit, how: How, now: number): number | undefined =>
  how === 'saved' ? ttlOf(edit, now) : ttlIn(edit.ttl)

/** Stores it. What stands there then; undefined where it was not stored, and the edit says why. */
export async function saveEdit(key: string): Promise<Found | undefined> {
  const edit = edits.peek().get(key)
  if (edit === undefined || edit.isSending) return undefined
  changeEdit(key, { isSending: true, problem: undefined })
  return send(key, edit, edit.isGuarded ? { prevIndex: edit.base.modified } : {}, 'saved')
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
  return send(key, edit, { prevExist: false }, 'made')
}

/** Sends an edit as it was when that was asked for, whatever is typed meanwhile. */
async function send(key: string, sent: Edit, guard: Guard, how: How): Promise<Found | undefined> {
  try {
    return stored(key, sent, await writeKey(key, sent.text, { ttl: ttlSent(sent, how, Date.now()), ...guard }), how)
  } catch (error) {
    if (isKeysError(error, 'compareFailed') || isKeysError(error, 'nodeExists')) return look(key, sent, how)
    if (isKeysError(error, 'keyNotFound')) endSending(key, { theirs: null })
    else failed(key, sent, error)
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

/** Says why it was not stored, as far as one knows. */
function failed(key: string, sent: Edit, error: unknown): void {
  // A time to live that is none was not sent.
  const unsure = isUnsure(error) && !(error instanceof RangeError) ? sent.text : sent.unsure
  endSending(key, { problem: problemOf(error), unsure })
}

/** Says how it ended, where it was not stored. An edit that was given up meanwhile, or begun anew, is let alone. */
function endSending(key: string, change: Partial<Edit>): void {
  if (isBeingSent(key)) changeEdit(key, { isSending: false, ...change })
}

/** Ends what is stored, and says so. */
function stored(key: string, sent: Edit, found: Found, how: How): Found {
  endSent(key, sent, found)
  say(words.keys[how](key))
  return found
}

/**
 * Looks what stands there, where that is not what it was: what others wrote, or what was sent before, where its answer was lost. Then it is
 * stored, and is returned; what was sent now is stored over what was sent before.
 */
async function look(key: string, sent: Edit, how: How): Promise<Found | undefined> {
  try {
    const { node } = await readKey(key)
    if (isAsSent(node, sent, how)) return stored(key, sent, node, how)
    // Whoever gave it up meanwhile wants none of it stored.
    if (!isBeingSent(key)) return undefined
    const isOwn = !node.isDir && node.value === sent.unsure
    if (isOwn) {
      changeEdit(key, { base: node, unsure: undefined })
      return await send(key, { ...sent, unsure: undefined }, { prevIndex: node.modified }, how)
    }
    endSending(key, { unsure: undefined, theirs: node })
  } catch (error) {
    endSending(key, isKeysError(error, 'keyNotFound') ? { theirs: null } : { problem: problemOf(error) })
  }
  return undefined
}

/** Whether a key has the text and the time to live that were asked for. When that time began is known by nobody. */
function isAsSent({ isDir, value, expires }: Found, sent: Edit, how: How): boolean {
  if (isDir || value !== sent.text) return false
  const now = Date.now()
  const ttl = ttlSent(sent, how, now)
  if (ttl === undefined || expires === undefined) return ttl === undefined && expires === undefined
  const laterMs = expires - (now + ttl * 1000)
  const isKept = how === 'saved' && sent.keepsTtl && sent.base.expires !== undefined
  return laterMs <= TTL_SLACK_MS && (!isKept || laterMs >= -TTL_SLACK_MS)
}

/** What went wrong with a key, as a sentence. */
export function problemOf(error: unknown): string {
  if (isKeysError(error, 'unauthorized')) return words.keys.forbidden
  return error instanceof Error ? error.message : String(error)
}
