/**
 * Some events that follow each other, and what of them each kind of viewer is told, encoded once however many listen: the JSON for all
 * who see as much, and the blocks of a stream for all who asked for the same.
 */
import type { Directory } from '../../../../catalogue/directory.js'
import type { Condition } from '../../../../search/condition.js'
import { JudgedFacts } from '../../../../search/facts.js'
import { judge } from '../../../../search/judge.js'
import type { DeskEvent } from '../../../../tickets/events/detail.js'
import type { Standings } from '../../../../tickets/events/sight.js'
import { tell } from '../../../../tickets/events/tell.js'
import type { Told, ToldTicket } from '../../../../tickets/events/told.js'
import type { Viewer } from '../../../../users/viewer.js'

/** What a listener asked for. */
export interface Wish {
  /** Undefined for all. */
  readonly types: ReadonlySet<string> | undefined
  readonly condition: Condition | undefined
}

/** An event as it is told, ready to be sent. */
interface Entry {
  readonly index: number
  readonly type: string
  readonly json: string
  readonly only?: number
}

/** One event as a kind of viewer is told it. */
interface Encoded {
  readonly told: Told
  /** Its data in JSON. */
  readonly json: string
  /** Its ticket, as searches judge it. */
  readonly ticket: { readonly before: JudgedFacts | undefined; readonly after: JudgedFacts | undefined } | undefined
}

export class Batch {
  /** The last index that it covers. */
  readonly until: number
  readonly #events: readonly DeskEvent[]
  readonly #standings: Standings
  readonly #directory: Directory
  readonly #byKind = new Map<string, readonly Encoded[]>()

  constructor(until: number, events: readonly DeskEvent[], standings: Standings, directory: Directory) {
    this.until = until
    this.#events = events
    this.#standings = standings
    this.#directory = directory
  }

  /** What is told to those who see what `viewer` sees, which `kind` names, and asked for this. */
  portion(kind: string, viewer: Viewer, { types, condition }: Wish): Portion {
    const entries: Entry[] = []
    for (const { told, json, ticket } of this.#encoded(kind, viewer)) {
      const { index, type, only } = told
      if (types !== undefined && !types.has(type)) continue
      const shown = condition === undefined ? json : this.#judged(condition, type, ticket, json)
      if (shown !== undefined) entries.push({ index, type, json: shown, ...(only !== undefined && { only }) })
    }
    return new Portion(this.until, entries)
  }

  #encoded(kind: string, viewer: Viewer): readonly Encoded[] {
    let encoded = this.#byKind.get(kind)
    if (encoded === undefined) {
      const telling = { viewer, directory: this.#directory, standings: this.#standings }
      encoded = this.#events.flatMap((event) => {
        const told = tell(telling, event)
        return told === undefined ? [] : [{ told, json: JSON.stringify(told.data), ticket: this.#toJudge(told.ticket) }]
      })
      this.#byKind.set(kind, encoded)
    }
    return encoded
  }

  /** The JSON with what a search makes of the ticket; undefined where it is in the search neither before nor after. */
  #judged(condition: Condition, type: string, ticket: Encoded['ticket'], json: string): string | undefined {
    // Whatever a search found before is gone then.
    if (ticket === undefined) return type === 'tickets.removed' ? json : undefined
    const [before, after] = [ticket.before, ticket.after].map((facts) => facts !== undefined && judge(condition, facts))
    if (before !== true && after !== true) return undefined
    return `${json.slice(0, -1)},"matches":${JSON.stringify({ before, after })}}`
  }

  #toJudge(ticket: ToldTicket | undefined): Encoded['ticket'] {
    if (ticket === undefined) return undefined
    const [before, after] = [ticket.before, ticket.after].map((facts) =>
      facts === undefined
        ? undefined
        : new JudgedFacts(ticket.number, facts, (status) => this.#directory.status(status).category),
    )
    return { before, after }
  }
}

/** What of a batch is told to all who asked for the same. */
export class Portion {
  readonly until: number
  readonly #entries: readonly Entry[]
  readonly #isForAll: boolean
  #blocks: Buffer | undefined

  constructor(until: number, entries: readonly Entry[]) {
    this.until = until
    this.#entries = entries
    this.#isForAll = entries.every(({ only }) => only === undefined)
  }

  /** What a user who has all up to the index `at` is told. */
  entries(user: number | null, at: number): readonly Entry[] {
    const isNew = (this.#entries[0]?.index ?? at + 1) > at
    if (isNew && this.#isForAll) return this.#entries
    return this.#entries.filter(({ index, only }) => index > at && (only === undefined || only === user))
  }

  /** Entries as the blocks of a stream: the same bytes for all who get the same. */
  blocks(entries: readonly Entry[]): Buffer {
    if (entries !== this.#entries) return encodeBlocks(entries)
    this.#blocks ??= encodeBlocks(entries)
    return this.#blocks
  }
}

function encodeBlocks(entries: readonly Entry[]): Buffer {
  return Buffer.from(entries.map(({ index, type, json }) => `id: ${index}\nevent: ${type}\ndata: ${json}\n\n`).join(''))
}
