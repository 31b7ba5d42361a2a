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
import { isOwnOrigin } from '../origin.js'
import { ownTurn } from '../own-turn.js'
import type { Who } from '../who.js'

/** Who sends a request, and what that one may, as of a version of the desk's access. */
export interface Entry {
  readonly asker: Asker
  readonly rights: KeyRights
  /** Whether the desk is open. */
  readonly isOpen: boolean
  readonly version: number
  /** Too many passwords wait to be looked at: it can't be said who this is. */
  readonly isCrowded: boolean
  /** Why a request with a session is refused, whatever that user may; undefined where it is not. */
  readonly refusal?: string
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

const NO_ORIGIN =
  "A change by a session needs the header Origin with the door's own, as browsers send it. Programs send a token."

export class KeyAdmission {
  readonly #who: Who
  readonly #records: RecordReader
  readonly #entries = new WeakMap<Asker, Entry>()
  readonly #held = new Set<Held>()
  #open: Entry = { asker: ANYBODY, rights: ALL_KEYS, isOpen: true, version: -1, isCrowded: false }
  #rest: () => void = () => {}

  constructor(store: DeskStore, who: Who) {
    this.#who = who
    this.#records = new RecordReader(store.reader)
  }

  /** Judges a request as it comes in. */
  enter(request: IncomingMessage, method: string): Entry {
    if (this.#who.state.isOpen) return this.#openEntry()
    const asking = this.#who.look(request, DOOR)
    if (typeof asking === 'string') return this.#stranger(asking === 'crowded')
    const { credential } = asking
    const isBare =
      credential?.kind === 'session' && method !== 'GET' && method !== 'HEAD' && !isOwnOrigin(request.headers)
    const entry = this.#entryOf(asking)
    return isBare ? { ...entry, rights: NO_KEY, refusal: NO_ORIGIN } : entry
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
    return asker === undefined ? this.#stranger(false) : this.#entryOf(asker)
  }

  /** Whether somebody may know which servers there are, and how they do. */
  mayLookAtServers({ asker, isOpen, rights }: Entry): boolean {
    return isOpen || rights.read.length > 0 || may(viewerOf(this.#records, asker), 'desk.read')
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

  #stranger(isCrowded: boolean): Entry {
    return { asker: ANYBODY, rights: NO_KEY, isOpen: false, version: this.#who.state.version, isCrowded }
  }

  #entryOf(asker: Asker): Entry {
    const { version } = this.#who.state
    const before = this.#entries.get(asker)
    if (before?.version === version) return before
    const user = asker.actor === null ? undefined : this.#records.get(userTable, String(asker.actor))
    const rights = keyRightsOf(viewerOf(this.#records, asker), user)
    const entry = { asker, rights, isOpen: false, version, isCrowded: false }
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
