/** Credentials as their users, and admins, see them: never a secret, nor what is kept of one. */
import type { Database, SqlRow, SqlValue, Statement } from '../sqlite/database.js'
import { RecordReader } from '../store/records.js'
import { auditTable, type AuditRecord } from '../users/tables.js'
import { hasAdmin } from './admins.js'
import { sessionTable, tokenTable, type SessionRecord, type TokenRecord } from './tables.js'
import { isSessionValid, isTokenValid } from './credentials.js'

/** A link that can be used. */
export interface UsableLink {
  /** Whose password it sets; null where it makes the first admin. */
  readonly user: string | null
  readonly expiresTime: number
}

export class AccessReading {
  readonly #records: RecordReader
  readonly #tokensOf: Statement
  readonly #tokens: Statement
  readonly #sessionsOf: Statement
  readonly #sessions: Statement
  readonly #audit: Statement
  readonly #auditOfKind: Statement
  readonly #link: Statement
  readonly #query: (sql: string, ...values: SqlValue[]) => readonly SqlRow[]

  constructor(reader: Database) {
    this.#records = new RecordReader(reader)
    const all = (table: { readonly name: string; readonly columns: readonly string[] }, where: string): Statement =>
      reader.prepare(`SELECT ${table.columns.join(', ')} FROM ${table.name} ${where}`)
    this.#tokensOf = all(tokenTable, 'WHERE number > ? AND user = ? ORDER BY number')
    this.#tokens = all(tokenTable, 'WHERE number > ? ORDER BY number')
    this.#sessionsOf = all(sessionTable, 'WHERE number > ? AND user = ? ORDER BY number')
    this.#sessions = all(sessionTable, 'WHERE number > ? ORDER BY number')
    this.#audit = all(auditTable, 'WHERE idx < ? ORDER BY idx DESC LIMIT ?')
    this.#link = reader.prepare(
      `SELECT user, handle, active, expires_time FROM links_once LEFT JOIN users ON users.number = links_once.user
       WHERE hash = ? AND expires_time > ?`,
    )
    this.#query = (sql, ...values) => reader.prepare(sql).all(...values)
    this.#auditOfKind = all(auditTable, 'WHERE kind = ? AND idx < ? ORDER BY idx DESC LIMIT ?')
  }

  /** The tokens behind a number that have not ended, of one user or of all: read as far as they are asked for. */
  *tokens(user: number | undefined, now: number, behind = 0): Generator<TokenRecord, void, undefined> {
    for (const row of rowsOf(this.#tokensOf, this.#tokens, behind, user)) {
      const token = tokenTable.decode(row)
      if (isTokenValid(token, now)) yield token
    }
  }

  /** The same of sessions. */
  *sessions(user: number | undefined, now: number, behind = 0): Generator<SessionRecord, void, undefined> {
    for (const row of rowsOf(this.#sessionsOf, this.#sessions, behind, user)) {
      const session = sessionTable.decode(row)
      if (isSessionValid(session, now)) yield session
    }
  }

  /** The token with this hash, and the session, whether or not it has ended. */
  tokenWith(hash: string): TokenRecord | undefined {
    return this.#records.get(tokenTable, hash)
  }

  sessionWith(hash: string): SessionRecord | undefined {
    return this.#records.get(sessionTable, hash)
  }

  /** The link with this hash, as long as it can be used. */
  link(hash: string, now: number): UsableLink | undefined {
    const row = this.#link.get(hash, now)
    if (row === undefined) return undefined
    const expiresTime = Number(row['expires_time'])
    if (row['user'] === null) return hasAdmin(this.#query, now) ? undefined : { user: null, expiresTime }
    return row['active'] === 1 ? { user: String(row['handle']), expiresTime } : undefined
  }

  /** What was done with rights before an index, the newest first; of one kind, or of all. */
  audit(before: number, limit: number, kind?: string): AuditRecord[] {
    const rows = kind === undefined ? this.#audit.all(before, limit) : this.#auditOfKind.all(kind, before, limit)
    return rows.map((row) => auditTable.decode(row))
  }
}

function rowsOf(ofOne: Statement, ofAll: Statement, behind: number, user: number | undefined): Iterable<SqlRow> {
  return user === undefined ? ofAll.iterate(behind) : ofOne.iterate(behind, user)
}
