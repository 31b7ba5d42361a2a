/**
 * Tickets from elsewhere, with their own times and authors, as one batch. A ref says which ticket a row is: what was imported before
 * is left as it stands, and only comments that it lacks are added, so an import may be run again, or twice at once.
 */
import type { KeyCommands } from '../keytree/commands.js'
import { plainText } from '../journal/text.js'
import { DeskRefusal, Faults } from '../names/refusal.js'
import { shortName } from '../names/name.js'
import type { Transaction } from '../store/command.js'
import { findUser } from '../users/finding.js'
import { demand, viewerOf } from '../users/viewer.js'
import { at, demandRoom, keepBatch, within } from './batch.js'
import { addComment } from './comments.js'
import { createTicket } from './create.js'
import { isThere } from './finding.js'
import type { TicketInput } from './input.js'
import { changeTable, commentTable, refTable, type CommentRecord } from './tables.js'
import { refProblem } from './rules.js'
import { ticketId } from './ticket.js'

export interface ImportedComment {
  readonly text: string
  readonly internal?: boolean | undefined
  /** Milliseconds since 1970. */
  readonly time: number
  /** A handle; null for nobody. */
  readonly author: string | null
}

export interface ImportedTicket {
  readonly ticket: TicketInput & { readonly ref: string }
  /** Milliseconds since 1970. */
  readonly createdTime?: number | undefined
  readonly createdBy?: string | null | undefined
  readonly comments: readonly ImportedComment[]
}

export interface ImportResult {
  readonly number: number
  /** Whether it was made now, was there before, or was and lies in the bin now. */
  readonly outcome: 'created' | 'present' | 'deleted'
  /** Comments that were added now. */
  readonly comments: number
}

/** Imports tickets, all or none. */
export function importTickets(
  keys: KeyCommands,
  transaction: Transaction,
  tickets: readonly ImportedTicket[],
): readonly ImportResult[] {
  demand(viewerOf(transaction, transaction.asker), 'import')
  const first = transaction.nextIndex
  const results = tickets.map((row, place) =>
    at(`/tickets/${place}`, () => {
      const result = importTicket(keys, transaction, row)
      demandRoom(transaction)
      return result
    }),
  )
  keepBatch(transaction, first)
  return results
}

function importTicket(keys: KeyCommands, transaction: Transaction, row: ImportedTicket): ImportResult {
  demandPast(transaction, row)
  const problem = refProblem(row.ticket.ref)
  const known = problem === undefined ? transaction.get(refTable, row.ticket.ref)?.ticket : undefined
  if (known !== undefined && !isThere(transaction, known)) return { number: known, outcome: 'deleted', comments: 0 }
  const number = known ?? makeTicket(keys, transaction, row)
  const before = known === undefined ? undefined : new CommentsBefore(transaction, number)
  let comments = 0
  for (const [place, comment] of row.comments.entries()) {
    at(`/comments/${place}`, () => {
      const author = userOf(transaction, comment.author, '/author')
      if (before?.take(comment, author) === true) return
      addComment(transaction, number, comment, { time: comment.time, author })
      comments += 1
    })
    demandRoom(transaction)
  }
  return { number, outcome: known === undefined ? 'created' : 'present', comments }
}

/** What is told of elsewhere has happened: a time that is still to come would stand before all that is done here. */
function demandPast({ time }: Transaction, { createdTime, comments }: ImportedTicket): void {
  const faults = new Faults()
  const check = (told: number | undefined, pointer: string): void => {
    if (told !== undefined && told > time)
      faults.add('invalid_value', pointer, 'The time is still to come. Send when it was.')
  }
  check(createdTime, '/createdAt')
  for (const [place, comment] of comments.entries()) check(comment.time, `/comments/${place}/createdAt`)
  faults.refuse()
}

function makeTicket(
  keys: KeyCommands,
  transaction: Transaction,
  { ticket, createdTime, createdBy }: ImportedTicket,
): number {
  const by = createdBy === undefined ? undefined : userOf(transaction, createdBy, '/createdBy')
  return within('/ticket', () => createTicket(keys, transaction, ticket, { createdTime, createdBy: by }))
}

function userOf(transaction: Transaction, handle: string | null, pointer: string): number | null {
  if (handle === null) return null
  const user = findUser(transaction, handle)
  if (user !== undefined) return user.number
  const faults = new Faults()
  faults.add('unknown_name', pointer, `There is no user called '${shortName(handle)}'. Make one first.`)
  faults.refuse()
  throw new DeskRefusal('unknown_name')
}

/** What the comments of one time and author said when they came. */
interface Said {
  /** How many of them said it, less those that were found again. */
  readonly texts: Map<string, number>
  readonly isErased: boolean
}

/** The comments that a ticket had before a row of an import: each is one that the row has, and none is two. Those of one time and author are read once. */
class CommentsBefore {
  readonly #transaction: Transaction
  readonly #number: number
  readonly #said = new Map<string, Said>()

  constructor(transaction: Transaction, number: number) {
    this.#transaction = transaction
    this.#number = number
  }

  /**
   * Whether a comment came before: one of that time and author that said the same when it came, and was not taken yet. What one said that was
   * erased since nobody knows; it counts as said, however often, since an import must never bring back what was erased.
   */
  take({ time, text }: ImportedComment, author: number | null): boolean {
    const key = `${time} ${author ?? ''}`
    const said = this.#said.get(key) ?? this.#read(time, author)
    this.#said.set(key, said)
    const count = said.texts.get(text) ?? 0
    if (count > 0) said.texts.set(text, count - 1)
    return count > 0 || said.isErased
  }

  #read(time: number, author: number | null): Said {
    const texts = new Map<string, number>()
    let isErased = false
    const rows = this.#transaction.query(
      'SELECT idx FROM comments WHERE ticket = ? AND time = ? AND author IS ?',
      this.#number,
      time,
      author,
    )
    for (const { idx } of rows) {
      const first = firstText(this.#transaction, this.#number, Number(idx))
      demandRoom(this.#transaction)
      const text = plainText(first.text ?? '')
      if (first.redacted === 1) isErased = true
      else texts.set(text, (texts.get(text) ?? 0) + 1)
    }
    return { texts, isErased }
  }
}

/** What a comment said when it was made: what its first edit kept, else what it says. */
function firstText(
  transaction: Transaction,
  number: number,
  comment: number,
): Pick<CommentRecord, 'text' | 'redacted'> {
  const id = ticketId(number)
  const [edit] = transaction.query(
    'SELECT idx FROM changes WHERE ticket = ? AND comment = ? AND text IS NOT NULL ORDER BY idx LIMIT 1',
    number,
    comment,
  )
  const kept = edit && transaction.get(changeTable, `${id}/${String(edit['idx'])}`)
  return kept ?? transaction.get(commentTable, `${id}/${comment}`) ?? { text: null, redacted: 1 }
}
