/**
 * Who comes to the keys API's door and what of the tree each may read and write: on an open desk everybody all of it, as in an etcd
 * without authentication, whatever credentials are sent; on a closed one what `users/key-parts.ts` says. Commands ask again when they run.
 *
 * Promises: what goes on after the request was let in (a watch, a long list) ends within a second of the end of its rights, or of a
 * change of them.
 */
import type { IncomingMessage } from 'node:http'
import { knownAs } from '../../access/credentials.js'
import type { DeskStore } from '../../desk.js'
import type { Asker } from '../../store/command.js'
import { RecordReader } from '../../store/records.js'
import { ALL_KEYS, keyRightsOf, NO_KEY, type KeyRights } from '../../users/key-parts.js'
import { userTable } from '../../users/tables.js'
import { may, viewerOf } from '../../users/viewer.js'
import { callerOf } from '../../store/caller.js'
import { isOwnOrigin } from '../origin.js'
import { ownTurn } from '../own-turn.js'
import { rateHeaders, type RateMet, type Rates } from '../rates.js'
import type { Asking, Who } from '../who.js'

/** Who sends a request, and what that one may, as of a version of the desk's access. */
export interface Entry {
  readonly asker: Asker
  readonly rights: KeyRights
  /** Whether the desk is open. */
  readonly isOpen: boolean
  readonly version: number
  /** What keeps a request from an answer for now, whoever sends it; undefined where nothing does. */
  readonly hindrance?: Hindrance
  /** Why a request with a session is refused, whatever that user may; undefined where it is not. */
  readonly refusal?: string
}

/** Why there is no answer for now, and when there may be one. */
export interface Hindrance {
  readonly status: 429 | 503
  readonly sentence: string
  /** Flat: name, value, name, value. */
  readonly headers: readonly string[]
}

/** What an admission judges by, beside who asks. */
export interface KeyAdmissionOptions {
  readonly store: DeskStore
  readonly who: Who
  readonly rates: Rates
  /** Whether this node has known nothing of the others for so long that it can't say who may still read. */
  readonly isOutOfTouch: () => boolean
}

/** Something that goes on. */
interface Held {
  readonly entry: Entry
  readonly endsTime: number
  readonly end: () => void
}

const DOOR = 'keys'

/** Whoever comes through this door, of whom nothing is known. */
const ANYBODY: Asker = { actor: null, door: DOOR }

/** How often it is looked whether something has come to its end, in milliseconds. */
const LOOK_MS = 250

/** How many are looked at in one turn of the event loop. */
const LOOKED_AT_TOGETHER = 200

const CROWDED: Hindrance = {
  status: 503,
  sentence: 'too many passwords are waiting to be looked at: try again',
  headers: [],
}

const OUT_OF_TOUCH: Hindrance = {
  status: 503,
  sentence: 'this node has heard nothing of the others for too long to say who may read: ask another node',
  headers: [],
}

const NO_ORIGIN =
  "A change by a session needs the header Origin with the door's own, as browsers send it. Programs send a token."

export class KeyAdmission {
  readonly #who: Who
  readonly #rates: Rates
  readonly #isOutOfTouch: () => boolean
  readonly #records: RecordReader
  readonly #entries = new WeakMap<Asker, Entry>()
  readonly #held = new Set<Held>()
  #open: Entry = { asker: ANYBODY, rights: ALL_KEYS, isOpen: true, version: -1 }
  #rest: () => void = () => {}

  constructor({ store, who, rates, isOutOfTouch }: KeyAdmissionOptions) {
    this.#who = who
    this.#rates = rates
    this.#isOutOfTouch = isOutOfTouch
    this.#records = new RecordReader(store.reader)
  }

  /** Judges a request as it comes in. */
  enter(request: IncomingMessage, method: string): Entry {
    const { isOpen } = this.#who.state
    const asking = isOpen ? 'nobody' : this.#who.look(request, DOOR)
    const asker = typeof asking === 'string' ? undefined : asking
    const hindrance = this.#hindrance(request, asking, isOpen)
    const entry = isOpen ? this.#openEntry() : asker === undefined ? this.#stranger() : this.#entryOf(asker)
    if (hindrance !== undefined) return { ...entry, rights: NO_KEY, hindrance }
    const isBare =
      asker?.credential?.kind === 'session' && method !== 'GET' && method !== 'HEAD' && !isOwnOrigin(request.headers)
    return isBare ? { ...entry, rights: NO_KEY, refusal: NO_ORIGIN } : entry
  }

  #hindrance(request: IncomingMessage, asking: Asking, isOpen: boolean): Hindrance | undefined {
    const who = this.#who
    const met = this.#rates.isOn ? this.#take(who.addressOf(request), isOpen || typeof asking === 'object') : undefined
    if (met !== undefined) return tooMany('too many requests', rateHeaders(met))
    if (asking === 'crowded') return CROWDED
    if (asking === 'slowed')
      return tooMany('too many passwords were tried', ['Retry-After', String(who.waitOf(request))])
    return !isOpen && this.#isOutOfTouch() ? OUT_OF_TOUCH : undefined
  }

  /** etcd's clients know no limits, so whoever may come in has that of the node alone: who is known, and on an open desk everybody. */
  #take(address: string, isWelcome: boolean): RateMet | undefined {
    return isWelcome ? this.#rates.takeOfNode(address) : this.#rates.take(address, null)
  }

  /** The same request as of now. */
  again(entry: Entry): Entry {
    const { state } = this.#who
    const { credential } = entry.asker
    // Tokens and sessions end by themselves.
    const isLasting = credential === undefined || credential.kind === 'password'
    if (isLasting && state.version === entry.version) return entry
    if (state.isOpen) return this.#openEntry()
    const asker = this.#still(entry.asker)?.asker
    return asker === undefined ? this.#stranger() : this.#entryOf(asker)
  }

  /** Whether somebody may know which servers there are, and how they do. */
  mayLookAtServers({ asker, isOpen, rights }: Entry): boolean {
    return isOpen || rights.read.length > 0 || may(viewerOf(this.#records, asker), 'desk.read')
  }

  /** As whose what stays open counts. */
  callerOf({ asker: { actor } }: Entry, request: IncomingMessage): string {
    return callerOf(this.#who.addressOf(request), actor)
  }

  /** Calls `end` when these rights have ended or changed, unless what is returned is called before. */
  hold(entry: Entry, end: () => void): () => void {
    const { asker } = entry
    const held = {
      entry,
      endsTime: asker.credential === undefined ? Infinity : (this.#still(asker)?.endsTime ?? 0),
      end,
    }
    if (this.#held.size === 0) this.#begin()
    this.#held.add(held)
    return () => {
      this.#held.delete(held)
      if (this.#held.size === 0) this.#rest()
    }
  }

  #openEntry(): Entry {
    const { version } = this.#who.state
    if (this.#open.version !== version) this.#open = { ...this.#open, version }
    return this.#open
  }

  #stranger(): Entry {
    return { asker: ANYBODY, rights: NO_KEY, isOpen: false, version: this.#who.state.version }
  }

  #entryOf(asker: Asker): Entry {
    const { version } = this.#who.state
    const before = this.#entries.get(asker)
    if (before?.version === version) return before
    const user = asker.actor === null ? undefined : this.#records.get(userTable, String(asker.actor))
    const rights = keyRightsOf(viewerOf(this.#records, asker), user)
    const entry = { asker, rights, isOpen: false, version }
    this.#entries.set(asker, entry)
    return entry
  }

  /** Whom a credential that was shown stands for by now. */
  #still({ credential, door, address = '' }: Asker): { readonly asker: Asker; readonly endsTime: number } | undefined {
    const known = credential && knownAs(this.#records, credential, { door, address }, this.#who.now())
    return known && { asker: known.asker, endsTime: known.until }
  }

  #begin(): void {
    const stop = this.#who.state.attend(() => void this.#lookAtAll())
    const timer = setInterval(() => this.#endLate(), LOOK_MS)
    timer.unref()
    this.#rest = () => {
      stop()
      clearInterval(timer)
    }
  }

  #endLate(): void {
    const now = this.#who.now()
    for (const held of this.#held) if (now >= held.endsTime) this.#look(held)
  }

  async #lookAtAll(): Promise<void> {
    let looked = 0
    for (const held of this.#held) {
      this.#look(held)
      if (++looked % LOOKED_AT_TOGETHER === 0) await ownTurn()
    }
  }

  #look(held: Held): void {
    if (this.#stands(held.entry)) return
    this.#held.delete(held)
    held.end()
  }

  /** Where that can't be read nobody goes on. */
  #stands(entry: Entry): boolean {
    try {
      const now = this.again(entry)
      return now.isOpen === entry.isOpen && JSON.stringify(now.rights) === JSON.stringify(entry.rights)
    } catch {
      return false
    }
  }
}

function tooMany(sentence: string, headers: readonly string[]): Hindrance {
  return { status: 429, sentence: `${sentence}: wait as long as Retry-After says`, headers }
}
