/**
 * What is being written and not yet stored: kept in this browser at each key press, for each user, ticket and form, so that a reload, a
 * session that ends, a refused or a failed send lose nothing. Drafts that nobody came back to for long go, and the oldest where there are
 * too many.
 */
import { keep, keptNames, readKept } from './keep.js'
import { isTries, type Tries } from './sent-once.js'

export interface DraftPlace {
  /** Whose it is; null for nobody in particular. */
  readonly user: string | null
  /** Of which ticket; `form` for what belongs to none. */
  readonly ticket: number | 'form'
  /** In which form of it: `comment`, `description`, `comment-840`. */
  readonly form: string
}

export interface Draft {
  readonly text: string
  /** What stood there when the writing began, and which version that was. */
  readonly from?: string
  readonly version?: number
  readonly isInternal?: boolean
  /** What was sent of it, where nobody knows whether it arrived. */
  readonly tries?: Tries
}

interface KeptDraft extends Draft {
  /** When it was written, in milliseconds since 1970. */
  readonly at: number
}

export const DRAFTS_MAX = 100
export const DRAFT_AGE_MAX_MS = 90 * 86_400_000

const START = 'draft.'

function nameOf({ user, ticket, form }: DraftPlace): string {
  return startOf({ user, ticket }) + encodeURIComponent(form)
}

function startOf({ user, ticket }: Omit<DraftPlace, 'form'>): string {
  return `${START}${encodeURIComponent(user ?? '')}.${ticket}.`
}

function isDraft(value: unknown): value is KeptDraft {
  if (typeof value !== 'object' || value === null) return false
  const is = (member: string, type: string, isOptional = true): boolean => {
    const held: unknown = Reflect.get(value, member)
    return (isOptional && held === undefined) || typeof held === type
  }
  return (
    is('text', 'string', false) &&
    is('at', 'number', false) &&
    is('from', 'string') &&
    is('version', 'number') &&
    is('isInternal', 'boolean') &&
    (!('tries' in value) || isTries(value.tries))
  )
}

function read(name: string): KeptDraft | undefined {
  const value = readKept(name)
  return isDraft(value) ? value : undefined
}

/** What was being written there; undefined where there is nothing. */
export function readDraft(place: DraftPlace): Draft | undefined {
  return read(nameOf(place))
}

/** All that is being written there, by its form. */
export function draftsOf(place: Omit<DraftPlace, 'form'>): ReadonlyMap<string, Draft> {
  const start = startOf(place)
  const found = new Map<string, Draft>()
  for (const name of keptNames(start)) {
    const draft = read(name)
    if (draft !== undefined) found.set(decodeURIComponent(name.slice(start.length)), draft)
  }
  return found
}

/**
 * Forgets what anybody was writing over texts of a ticket, with what stood there: some of it was erased for good. In some forms alone, where
 * these are known. What is new stays, and what was begun where nothing stood.
 */
export function forgetEdits(ticket: number, forms?: readonly string[]): void {
  for (const name of keptNames(START)) {
    const [, of, form = ''] = /\.(\d+)\.([^.]*)$/u.exec(name) ?? []
    const isMeant = of === String(ticket) && (forms === undefined || forms.includes(decodeURIComponent(form)))
    if (isMeant && (read(name)?.from ?? '') !== '') keep(name, undefined)
  }
}

/** Keeps what is being written, or forgets it. Whether it could: a browser may keep nothing. */
export function writeDraft(place: DraftPlace, draft: Draft | undefined): boolean {
  const name = nameOf(place)
  if (draft === undefined) return keep(name, undefined)
  const held = { ...draft, at: Date.now() } satisfies KeptDraft
  const isNew = readKept(name) === undefined
  if (isNew) dropOld(DRAFTS_MAX - 1, name)
  // A full store has room again once others have gone.
  return keep(name, held) || (dropOld(Math.floor(DRAFTS_MAX / 4), name) && keep(name, held))
}

/**
 * A draft as one form writes it. What is kept there may be another's by then: who came back and wrote on, or writes in another tab. What
 * becomes of a send concerns only what was kept here.
 */
export class OwnDraft {
  readonly #place: DraftPlace
  /** The text that is kept, as far as it was read or written here. */
  #kept: string | undefined

  constructor(place: DraftPlace) {
    this.#place = place
  }

  /** What is kept, to go on with it. */
  read(): Draft | undefined {
    const draft = readDraft(this.#place)
    this.#kept = draft?.text
    return draft
  }

  /** Whether something is kept there, by whomever. */
  get isThere(): boolean {
    return readDraft(this.#place) !== undefined
  }

  /** Keeps what is written here now. */
  write(draft: Draft | undefined): void {
    if (writeDraft(this.#place, draft)) this.#kept = draft?.text
  }

  /** Keeps or forgets it, unless something else is kept by now: that stays. */
  settle(draft: Draft | undefined): void {
    if (readDraft(this.#place)?.text === this.#kept) this.write(draft)
  }
}

/** Leaves at most so many drafts beside one, and none that is too old. */
function dropOld(most: number, but: string): true {
  const oldest = Date.now() - DRAFT_AGE_MAX_MS
  keptNames(START)
    .filter((name) => name !== but)
    .map((name) => ({ name, at: read(name)?.at ?? 0 }))
    .toSorted((one, other) => other.at - one.at)
    .forEach(({ name, at }, place) => {
      if (place >= most || at < oldest) keep(name, undefined)
    })
  return true
}
