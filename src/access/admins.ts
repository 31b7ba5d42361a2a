/** Whether anybody can let others in: where nobody can, a start offers a link on which the first admin is made, and only then it is good. */
import type { SqlRow, SqlValue } from '../sqlite/database.js'

type Query = (sql: string, ...values: SqlValue[]) => readonly SqlRow[]

/** Whether an active admin has a password, or a token with the scope `admin` that has not ended at `now`, in milliseconds. */
export function hasAdmin(query: Query, now: number): boolean {
  const rows = query(
    `SELECT 1 FROM users WHERE role = 'admin' AND active = 1 AND (
       EXISTS (SELECT 1 FROM passwords WHERE user = users.number)
       OR EXISTS (SELECT 1 FROM tokens WHERE user = users.number AND (expires_time IS NULL OR expires_time > ?)
         AND ' ' || scopes || ' ' LIKE '% admin %')) LIMIT 1`,
    now,
  )
  return rows.length > 0
}
