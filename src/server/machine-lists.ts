/**
 * What whoever sits at the machine may look at: the users, their tokens, the audit, and whether the desk is open. It is read from any
 * connection and changes nothing, so a file that no desk runs on, such as a backup, stays as it is.
 */
import { AccessReading } from '../access/reading.js'
import type { MachineRequest } from '../contract/machine.js'
import type { Database } from '../sqlite/database.js'
import { RecordReader } from '../store/records.js'
import { keyPartsOf, type KeyPart } from '../users/key-parts.js'
import { userTable } from '../users/tables.js'
import { isOpen } from '../users/viewer.js'

/** Lines that one answer has at most. */
const AUDIT_LINES_MAX = 1000

/** What only asks. */
export type ListRequest = Extract<MachineRequest, { readonly do: 'users' | 'tokens' | 'access' | 'audit' }>

/** Whether a request only asks, and changes nothing. */
export function isListRequest(request: MachineRequest): request is ListRequest {
  return request.do === 'users' || request.do === 'tokens' || request.do === 'access' || request.do === 'audit'
}

/** A part of the key tree that somebody has, in words. */
export function lineOf({ prefix, access }: KeyPart): string {
  return `${access === 'write' ? 'reads and writes' : 'reads'} ${prefix}`
}

export class MachineLists {
  readonly #reader: Database
  readonly #now: () => number
  readonly #reading: AccessReading
  readonly #records: RecordReader

  /** `now`: milliseconds since 1970, by the clock of the store where it runs. */
  constructor(reader: Database, now: () => number) {
    this.#now = now
    this.#reader = reader
    this.#reading = new AccessReading(reader)
    this.#records = new RecordReader(reader)
  }

  /** A line for each that is asked for. */
  lines(request: ListRequest): readonly string[] {
    switch (request.do) {
      case 'users':
        return this.#users()
      case 'tokens':
        return this.#tokens()
      case 'audit':
        return this.#audit(request.kind ?? undefined, request.limit)
      case 'access':
        return [`The desk is ${isOpen(this.#records) ? 'open' : 'closed'}.`]
    }
  }

  /** The newest last, as in a log. */
  #audit(kind: string | undefined, limit: number): string[] {
    const handleOf = (number: number): string => this.#records.get(userTable, String(number))?.handle ?? String(number)
    return this.#reading
      .audit(Number.MAX_SAFE_INTEGER, Math.min(limit, AUDIT_LINES_MAX), kind)
      .toReversed()
      .map(({ time, kind: done, actor, door, address, about }) => {
        const told: Record<string, unknown> = JSON.parse(about)
        if (typeof told['user'] === 'number') told['user'] = handleOf(told['user'])
        const by = actor === null ? '' : `by ${handleOf(actor)}`
        const from = [door === 'none' ? '' : door, address].filter((part) => part !== '').join(' ')
        return [new Date(time).toISOString(), done, by, from, JSON.stringify(told)]
          .filter((part) => part !== '')
          .join('  ')
      })
  }

  #users(): string[] {
    return this.#reader
      .prepare(`SELECT ${userTable.columns.join(', ')} FROM users ORDER BY number`)
      .all()
      .map((row) => userTable.decode(row))
      .map((user) => {
        const { handle, role, active, name } = user
        const keys = keyPartsOf(user).map(lineOf).join(', ')
        return [handle, role, ...(active === 1 ? [] : ['not active']), name, keys].join('  ').trim()
      })
  }

  #tokens(): string[] {
    return [...this.#reading.tokens(undefined, this.#now())].map((token) => {
      const user = this.#records.get(userTable, String(token.user))?.handle ?? ''
      const until = token.expiresTime === null ? '' : `until ${new Date(token.expiresTime).toISOString()}`
      const used =
        token.usedTime === null ? 'never used' : `used ${new Date(token.usedTime).toISOString().slice(0, 13)}h`
      return [token.number, user, token.scopes, until, used, token.name].filter((part) => part !== '').join('  ')
    })
  }
}
