/**
 * Where the reading thread answers: an index, the records and the names, all read on one state. Whoever asks is looked up on that state
 * too, so nobody is answered by rights that are gone. Bodies are made here, so the main thread does no more than send them.
 */
import { Directory } from '../../../../catalogue/directory.js'
import type { ErrorCode } from '../../../../contract/errors.js'
import type { Fault } from '../../../../contract/problem.js'
import { LedgerNotReady, LedgerReader } from '../../../../ledger/reader.js'
import { IndexNotReady } from '../../../../search/index/reader.js'
import { Finder, type Questions } from '../../../../search/index/finder.js'
import type { Sizes } from '../../../../search/index/bits.js'
import { SearchLookup } from '../../../../search/lookup.js'
import { readList, type Search, type SearchOptions } from '../../../../search/search.js'
import { faultOf } from '../../../../search/fault.js'
import { SearchFault } from '../../../../search/words.js'
import { Zone } from '../../../../search/zone.js'
import type { Database } from '../../../../sqlite/database.js'
import type { Asker } from '../../../../store/command.js'
import type { Patience } from '../../../../store/question.js'
import { TicketReading } from '../../../../tickets/reading.js'
import { CommandError } from '../../../../store/errors.js'
import { DeskError, deskErrorOfCommand } from '../../errors.js'
import { shortened } from '../../../repeated.js'
import { demandsOf, type Look } from '../desk.js'

/** What every search is asked with. */
export interface SearchAsked {
  readonly asker: Asker
  readonly q: string
  readonly tz: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** An answer in JSON, or why there is none. */
export type Answered =
  | {
      readonly type: 'body'
      readonly index: number
      readonly body: string
      readonly next?: string | undefined
      /** Of a ticket. */
      readonly version?: number
    }
  | {
      readonly type: 'refused'
      readonly index: number
      readonly code: ErrorCode
      readonly detail: string
      readonly faults: readonly Fault[]
    }

/** What an answer is made with. */
export interface Inquiry {
  readonly look: Look
  readonly questions: Questions
  /** What a search asks, in this state, of whoever asks. */
  readonly search: (order?: Pick<SearchOptions, 'sort' | 'isCount'>) => Search
  readonly zone: Zone
  readonly ledger: LedgerReader
}

export class DeskRoom {
  readonly #database: Database
  readonly #finder: Finder
  readonly #ledger: LedgerReader
  readonly #reading: TicketReading
  readonly #directory: Directory

  constructor(database: Database, sizes?: Sizes) {
    this.#database = database
    this.#finder = new Finder(database, sizes)
    this.#ledger = new LedgerReader(database)
    this.#reading = new TicketReading(database)
    this.#directory = new Directory(this.#reading.records)
  }

  /** Makes an answer on one state. */
  answer(
    asked: SearchAsked,
    patience: Patience,
    make: (inquiry: Inquiry) => { readonly body: object; readonly next?: string | undefined },
  ): Answered {
    return this.#onOneState((index) => {
      const look = this.#look(asked.asker, index)
      const bounds = { ...patience, isStaff: look.viewer.isStaff }
      const { body, next } = this.#finder.answer((questions) => {
        const zone = zoneOf(asked.tz)
        const lookup = new SearchLookup(this.#database, this.#reading.records, look.viewer)
        const search: Inquiry['search'] = (order = {}) => searchOf(asked, { lookup, now: asked.now, zone, ...order })
        return make({ look, questions, search, zone, ledger: this.#ledger })
      }, bounds)
      return { type: 'body', index, body: JSON.stringify(body), next }
    })
  }

  /** Reads for somebody on one state; asks nothing of the index, so it answers while that is made. */
  read(
    asker: Asker,
    patience: Patience,
    make: (look: Look) => { readonly body: string; readonly version?: number },
  ): Answered {
    return this.#onOneState((index) => ({ type: 'body', index, ...make({ ...this.#look(asker, index), patience }) }))
  }

  #onOneState(answer: (index: number) => Answered): Answered {
    return this.#database.snapshot(() => {
      const index = Number(this.#database.prepare('SELECT idx FROM head').get()?.['idx'])
      try {
        return answer(index)
      } catch (error) {
        const { code, message, faults } = refusalOf(error)
        return { type: 'refused', index, code, detail: message, faults }
      }
    })
  }

  #look(asker: Asker, index: number): Look {
    this.#directory.refresh()
    const [reading, directory] = [this.#reading, this.#directory]
    const viewer = directory.viewer(asker)
    return { viewer, directory, index, reading, reader: this.#database, ...demandsOf(reading, viewer) }
  }
}

function searchOf({ q }: Pick<SearchAsked, 'q'>, options: SearchOptions): Search {
  try {
    return readList(q, options)
  } catch (error) {
    if (!(error instanceof SearchFault)) throw error
    throw new DeskError(error.parameter === 'q' ? 'invalid_search' : 'invalid_query', error.message, [
      faultOf(q, error),
    ])
  }
}

function zoneOf(tz: string | undefined): Zone {
  const zone = tz === undefined ? Zone.utc : Zone.named(tz)
  if (zone !== undefined) return zone
  const detail = `There is no time zone '${shortened(tz ?? '')}'. Name one such as Europe/Berlin.`
  throw new DeskError('invalid_query', detail, [{ parameter: 'tz', detail }])
}

function refusalOf(error: unknown): DeskError {
  if (error instanceof DeskError) return error
  if (error instanceof IndexNotReady || error instanceof LedgerNotReady) return new DeskError('not_indexed')
  const refusal = error instanceof CommandError ? deskErrorOfCommand(error) : undefined
  if (refusal !== undefined) return refusal
  throw error
}
