/**
 * What all routes of `/v1` share: who asks, on which state a request is read, what it waits for, and the headers that say so. A route
 * reads inside `look`, so all of its answer is one state, whose index it tells as `Desk-Index`.
 */
import { isUtf8 } from 'node:buffer'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Directory } from '../../../catalogue/directory.js'
import type { DeskStore } from '../../../desk.js'
import type { Database } from '../../../sqlite/database.js'
import type { Asker } from '../../../store/command.js'
import { callerOfAsker } from '../../../store/caller.js'
import { StoreError } from '../../../store/errors.js'
import type { Patience } from '../../../store/question.js'
import { TicketReading, type Missing, type TicketState } from '../../../tickets/reading.js'
import { findUser } from '../../../users/finding.js'
import type { Action } from '../../../users/role.js'
import { may, type Viewer } from '../../../users/viewer.js'
import { AnswerTurns } from '../../answer-turns.js'
import { indexIn } from '../../../names/moment.js'
import { shortened } from '../../repeated.js'
import { byTurns } from '../../turns.js'
import { DeskError } from '../errors.js'
import type { Looking } from './ticket-json.js'
import { errorOf } from '../../../fault.js'

/** Says who sends a request where credentials say so; undefined where nobody has any. Throws where they ended since it was let in. */
export type WhoAsks = (request: FastifyRequest['raw']) => Asker | undefined

/** What a desk has to be told of whoever asks. */
export interface Asked {
  readonly whoAsks: WhoAsks
  /** Whence a request comes. */
  readonly addressOf?: (request: FastifyRequest['raw']) => string
  /** When what it came with ends by itself, in milliseconds since 1970. */
  readonly until?: (request: FastifyRequest['raw']) => number
  /** The index at which anything that has a name last changed, as of the state that is read. */
  readonly namesAsOf?: () => number
}

/** The state that a request is answered from, as whoever asks may see it. */
export interface Look extends Looking {
  /** The newest index in it. */
  readonly index: number
  readonly reading: TicketReading
  readonly reader: Database
  /** How long it may take, where others wait behind it. */
  readonly patience?: Patience | undefined
  /** The ticket, where there is one that the viewer may know of; else throws: 404, or 410 where it was purged. */
  demandTicket(number: number): TicketState
  /** The same where nothing of the ticket is to be told: it is not read, however large it is. */
  demandKnown(number: number): void
}

/** How a look demands tickets. */
export function demandsOf(reading: TicketReading, viewer: Viewer): Pick<Look, 'demandTicket' | 'demandKnown'> {
  const refuse = (missing: Missing): never => {
    throw new DeskError(missing === 'purged' ? 'purged' : 'not_found')
  }
  return {
    demandTicket: (number) => {
      const found = reading.ticket(viewer, number)
      return typeof found === 'string' ? refuse(found) : found
    },
    demandKnown: (number) => {
      const missing = reading.missing(viewer, number)
      if (missing !== undefined) refuse(missing)
    },
  }
}

export const INDEX_HEADER = 'Desk-Index'
export const AS_HEADER = 'Desk-As'
export const DOOR_HEADER = 'Desk-Door'

/** How long answers are read in one turn of the event loop after commands, in milliseconds: but one at least. */
const TOGETHER_MS = 5

/** How long a read waits for its turn among large ones, in milliseconds, as long as searches wait for theirs. */
const TURN_COMES_MS_MAX = 4000

/** As Node has them. */
const [indexHeader, asHeader, doorHeader] = [
  INDEX_HEADER.toLowerCase(),
  AS_HEADER.toLowerCase(),
  DOOR_HEADER.toLowerCase(),
]

/** A header's text. Node reads each byte as a character of Latin-1; who sends others sends UTF-8. */
function utf8In(header: string): string {
  const bytes = Buffer.from(header, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : header
}

/** The doors that a program may say that it is. */
const doors = ['api', 'page', 'cli'] as const

export class Desk {
  readonly store: DeskStore
  readonly reading: TicketReading
  readonly directory: Directory
  readonly whoAsks: WhoAsks
  readonly addressOf: (request: FastifyRequest['raw']) => string
  readonly until: (request: FastifyRequest['raw']) => number
  readonly #lookTogether = byTurns<() => void>((looks) => this.#lookAll(looks))
  /** What was to be read in turns that are over and did not fit into them, the oldest first. */
  #looks: readonly (() => void)[] = []
  readonly #largeTurns = new AnswerTurns()
  readonly #namesAsOf: (() => number) | undefined
  /** Who was found to send a request that is to change something. */
  readonly #changers = new WeakMap<FastifyRequest['raw'], Asker>()
  #seen: { readonly transaction: number | undefined; readonly index: number } = { transaction: undefined, index: 0 }

  constructor(store: DeskStore, { whoAsks, addressOf = () => '', until = () => Infinity, namesAsOf }: Asked) {
    this.store = store
    this.reading = new TicketReading(store.reader)
    this.directory = new Directory(this.reading.records)
    this.whoAsks = whoAsks
    this.addressOf = addressOf
    this.until = until
    this.#namesAsOf = namesAsOf
  }

  /** Reads on one state; tells its index. What `read` throws is told too. */
  look<T>(request: FastifyRequest, reply: FastifyReply, read: (look: Look) => T): T {
    return this.#lookAs(() => this.asker(request), reply, read)
  }

  /**
   * The same after a command: those whose commands were answered in this turn of the event loop read on one state, which has them all, as many
   * as there is time for. To begin and end one, and to learn what it says of names, costs as much as to read a ticket. What is sent when it has
   * resolved is sent when all of these are read, which is quicker: see `quick-get.ts`.
   */
  lookAfter<T>(request: FastifyRequest, reply: FastifyReply, read: (look: Look) => T): Promise<T> {
    return this.#lookWhen((look) => this.#lookTogether(look), request, reply, read)
  }

  /**
   * Reads what may be large, on a later state than the request came at, so it has to ask again what may be seen: in a turn of the event loop of
   * its own where it takes long, so that what others asked for is done in between, however many large things are asked for at once. Callers take
   * turns. Throws `overloaded` where the turn comes too late, or nobody waits any more.
   */
  lookInTurn<T>(request: FastifyRequest, reply: FastifyReply, read: (look: Look) => T): Promise<T> {
    const until = performance.now() + TURN_COMES_MS_MAX
    return this.#lookAtLarge(request, reply, read, () => {
      if (reply.raw.destroyed || performance.now() > until) throw new DeskError('overloaded')
    })
  }

  /** The same of what a command left, or was refused for, which is told whenever the turn comes. */
  lookAtLarge<T>(request: FastifyRequest, reply: FastifyReply, read: (look: Look) => T): Promise<T> {
    return this.#lookAtLarge(request, reply, read, () => undefined)
  }

  #lookAtLarge<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    read: (look: Look) => T,
    demandInTime: () => void,
  ): Promise<T> {
    const caller = callerOfAsker(this.#askerOfDone(request)())
    return this.#lookWhen((look) => this.#largeTurns.add(caller, look), request, reply, read, demandInTime)
  }

  #lookAll(looks: readonly (() => void)[]): void {
    const isGoing = this.#looks.length > 0
    this.#looks = [...this.#looks, ...looks]
    if (!isGoing) this.#lookOn()
  }

  /** As many as there is time for in one turn, on one state, and the others in the next. */
  #lookOn(): void {
    let looked = 0
    const lookNext = (): void => {
      for (const until = performance.now() + TOGETHER_MS; looked < this.#looks.length;) {
        this.#looks[looked++]?.()
        if (performance.now() > until) break
      }
    }
    try {
      this.store.reader.snapshot(lookNext)
    } catch {
      // Only its beginning fails, such as on a disk that can't be read: each of them meets the same and tells its request.
      lookNext()
    }
    this.#looks = this.#looks.slice(looked)
    if (this.#looks.length > 0) setImmediate(() => this.#lookOn())
  }

  /** Of a ticket after a command. Whether it is large is asked on the state that it is read from: that costs least where it is not. */
  async lookAtTicket<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    number: number,
    read: (look: Look) => T,
  ): Promise<T> {
    const whereShort = (look: Look) => (look.reading.isLarge(number) ? undefined : { found: read(look) })
    const short = await this.lookAfter(request, reply, whereShort)
    return short === undefined ? this.lookAtLarge(request, reply, read) : short.found
  }

  #lookWhen<T>(
    whenever: (look: () => void) => void,
    request: FastifyRequest,
    reply: FastifyReply,
    read: (look: Look) => T,
    demandInTime: () => void = () => undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      whenever(() => {
        try {
          demandInTime()
          resolve(this.#lookAs(this.#askerOfDone(request), reply, read))
        } catch (error) {
          reject(errorOf(error))
        }
      })
    })
  }

  /** The same inside a snapshot that is open, where nothing is told before it is answered. */
  lookNow(request: Pick<FastifyRequest, 'raw'>): Look {
    const index = this.refresh()
    return this.#lookOf(this.asker(request), index)
  }

  /** Tells the index of a change that has nothing to show. */
  sayIndex(reply: FastifyReply): void {
    this.store.reader.snapshot(() => reply.header(INDEX_HEADER, this.refresh()))
  }

  #lookAs<T>(asker: () => Asker, reply: FastifyReply, read: (look: Look) => T): T {
    return this.store.reader.snapshot(() => {
      const index = this.refresh()
      reply.header(INDEX_HEADER, index)
      return read(this.#lookOf(asker(), index))
    })
  }

  /** Whoever sent a request that was carried out: who ended a credential of one's own by it is told so all the same. */
  #askerOfDone(request: Pick<FastifyRequest, 'raw'>): () => Asker {
    return () => {
      try {
        return this.asker(request)
      } catch (error) {
        const before = this.#changers.get(request.raw)
        if (before === undefined) throw error
        return before
      }
    }
  }

  #lookOf(asker: Asker, index: number): Look {
    const viewer = this.directory.viewer(asker)
    const { reading, directory } = this
    return { viewer, directory, index, reading, reader: this.store.reader, ...demandsOf(reading, viewer) }
  }

  /** Learns what the snapshot that is open says of names, once for all requests of a turn. Returns its newest index. */
  refresh(): number {
    const { transaction } = this.store.reader
    if (transaction === undefined || transaction !== this.#seen.transaction) {
      this.directory.refresh(this.#namesAsOf?.())
      this.#seen = { transaction, index: this.store.history.head() }
    }
    return this.#seen.index
  }

  /** Who asks, and through which door. On an open desk a request says so itself, and nobody checks. */
  asker({ raw }: Pick<FastifyRequest, 'raw'>): Asker {
    const asker = this.#askerNow(raw)
    if (raw.method !== 'GET') this.#changers.set(raw, asker)
    return asker
  }

  #askerNow(raw: FastifyRequest['raw']): Asker {
    const known = this.whoAsks(raw)
    const { [asHeader]: handle, [doorHeader]: said = 'api' } = raw.headers
    const door = doors.find((one) => one === said)
    if (door === undefined) {
      throw new DeskError(
        'invalid_header',
        `${DOOR_HEADER} is none of ${doors.join(', ')}. Send one of these, or none.`,
      )
    }
    if (known !== undefined || !this.directory.isOpen) {
      if (handle !== undefined)
        throw new DeskError(
          'invalid_header',
          `${AS_HEADER} is for a desk on which nobody has to sign in. Leave it out.`,
        )
      if (known !== undefined) return known.door === door ? known : { ...known, door }
    }
    const address = this.addressOf(raw)
    if (handle === undefined) return { actor: null, door, address }
    return { actor: this.#userNumber(utf8In(String(handle))), door, address, isClaimed: true }
  }

  /** Whether whoever is known by a credential may do something; everybody may on an open desk. */
  may({ raw }: Pick<FastifyRequest, 'raw'>, action: Action): boolean {
    return this.store.reader.snapshot(() => {
      this.refresh()
      if (this.directory.isOpen) return true
      const known = this.#whoStill(raw)
      return known !== undefined && may(this.directory.viewer(known), action)
    })
  }

  #whoStill(raw: FastifyRequest['raw']): Asker | undefined {
    try {
      return this.whoAsks(raw)
    } catch {
      return undefined
    }
  }

  /** The number of the user whom a request is sent for. */
  #userNumber(handle: string): number {
    const user = findUser(this.reading.records, handle)
    if (user?.active === 1) return user.number
    const detail =
      user === undefined
        ? `there is no user called '${shortened(handle)}'. Make one, or leave it out.`
        : `the user '${user.handle}' is not active any more. Name another one, or leave it out.`
    throw new DeskError('invalid_header', `${AS_HEADER}: ${detail}`)
  }

  /**
   * What a request has to wait for before it is read: the index that it has seen, or, with `consistency=strong`, all that was
   * accepted before it; and the index that it wants a ticket as of, which another node may have. Undefined where there is nothing to wait for.
   */
  waitFor(request: FastifyRequest): Promise<void> | undefined {
    const asked = indexAsked(request)
    if (isStrong(request)) return this.store.strong().then(() => this.#demandIndex(asked))
    const head = this.store.history.head()
    if (asked > head) return this.#waitFor(asked)
    return pastIndexIn(request) > head ? this.#catchUp() : undefined
  }

  /** Until this node has the index; what no node has is mistaken, or of a store that was brought back from a backup. */
  async #waitFor(index: number): Promise<void> {
    await this.#catchUp()
    this.#demandIndex(index)
  }

  /** Resolves once this node has an index, or no node does; 503 where that can't be found out. */
  async reach(index: number): Promise<void> {
    if (index > this.store.history.head()) await this.#catchUp()
  }

  async #catchUp(): Promise<void> {
    try {
      await this.store.strong()
    } catch (error) {
      // A node that can't ask what was accepted before knows no more of an index than that it does not have it.
      if (error instanceof StoreError && error.code === 'unavailable') throw new DeskError('not_yet')
      throw error
    }
  }

  #demandIndex(index: number): void {
    const head = this.store.history.head()
    if (index > head) {
      const detail = `The newest index is ${head}, and the request says that it has seen ${shortened(String(index))}. Either the number is mistaken, or the desk was brought back from a backup since. Read anew, and send the index of that.`
      throw new DeskError('history_gone', detail)
    }
  }
}

/** The index that a request says that it has seen; 0 where it says none. */
/** The index that a request wants a ticket as of; 0 where it names none. */
function pastIndexIn({ query }: FastifyRequest): number {
  const at: unknown = typeof query === 'object' && query !== null && 'at' in query ? query.at : undefined
  return typeof at === 'string' ? (indexIn(at) ?? 0) : 0
}

function indexAsked({ headers }: FastifyRequest): number {
  const text = headers[indexHeader]
  if (text === undefined) return 0
  if (typeof text === 'string' && /^\d{1,15}$/u.test(text)) return Number(text)
  throw new DeskError('invalid_header', `${INDEX_HEADER} is no index. Send the number that an answer had.`)
}

function isStrong({ query }: FastifyRequest): boolean {
  return typeof query === 'object' && query !== null && 'consistency' in query && query.consistency === 'strong'
}
