/** Users by their handles. */
import { folded } from '../names/name.js'
import { numberNamed } from '../names/numbers.js'
import type { Records } from '../store/records.js'
import { userTable, type UserRecord } from './tables.js'

/** The user with this handle, also one who is not active. A handle of before finds nobody: it stays taken all the same. */
export function findUser(records: Records, handle: string): UserRecord | undefined {
  const number = numberNamed(records, 'user', handle)
  const user = number === undefined ? undefined : records.get(userTable, String(number))
  return user !== undefined && folded(user.handle) === folded(handle) ? user : undefined
}
