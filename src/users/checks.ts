/** What must hold of users, their handles, and what the desk is set to. */
import { decodeText, type Database } from '../sqlite/database.js'
import { areIndexes, areTexts, areTimes, areWhole, HEAD, type Checks, type Look } from '../store/check.js'
import { folded } from '../names/name.js'
import { prefixProblem } from './key-parts.js'
import { roles } from './role.js'

const NAME = 'CAST(number AS TEXT) AS name'

export const userChecks: Checks = {
  rules: [
    {
      broken: 'users hold what can not be',
      sql: `SELECT ${NAME} FROM users WHERE NOT (${areTexts('handle', 'name', 'email', 'role', 'keys')}
        AND ${areIndexes('number', 'version')} AND ${areTimes('created_time')} AND ${areWhole(1, 'active')})
        OR number < 1 OR version > ${HEAD} OR role NOT IN (${roles.map((role) => `'${role}'`).join(', ')})`,
    },
    {
      broken: 'users have a number above the last that was given',
      sql: `SELECT ${NAME} FROM users
        WHERE number > coalesce((SELECT value FROM counters WHERE counters.name = 'users'), 0)`,
    },
    {
      broken: 'handles are those of users that are not there',
      sql: "SELECT folded AS name FROM names WHERE kind = 'user' AND number NOT IN (SELECT number FROM users)",
    },
    {
      broken: 'settings hold what can not be',
      sql: `SELECT name FROM settings WHERE NOT (${areTexts('name', 'value')} AND ${areIndexes('version')})
        OR version > ${HEAD} OR NOT (by_user IS NULL OR ${areIndexes('by_user')})`,
    },
  ],
  looks: [lostUsers, strangeKeys],
}

/** Each user is found by the handle of today; those of before stay taken. */
function lostUsers(database: Database): ReturnType<Look> {
  const find = database.prepare("SELECT number FROM names WHERE kind = 'user' AND folded = ?")
  const names = database
    .prepare('SELECT number, handle FROM users ORDER BY number')
    .all()
    .filter(({ number, handle }) => find.get(folded(decodeText(String(handle))))?.['number'] !== number)
    .map(({ handle }) => decodeText(String(handle)))
  return [{ broken: 'users are not found by their handle', names }]
}

/** What a service was given of the key tree can be given, and nobody else has any. */
function strangeKeys(database: Database): ReturnType<Look> {
  const names = database
    .prepare("SELECT number, role, keys FROM users WHERE keys <> '' ORDER BY number")
    .all()
    .filter(({ role, keys }) => role !== 'service' || !areKeyParts(decodeText(String(keys))))
    .map(({ number }) => String(number))
  return [{ broken: 'users hold parts of the key tree that can not be given', names }]
}

function areKeyParts(text: string): boolean {
  let parts: unknown
  try {
    parts = JSON.parse(text)
  } catch {
    return false
  }
  return Array.isArray(parts) && parts.length > 0 && parts.every(isKeyPart)
}

function isKeyPart(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || !('prefix' in part) || !('access' in part)) return false
  const { prefix, access } = part
  return typeof prefix === 'string' && prefixProblem(prefix) === undefined && (access === 'read' || access === 'write')
}
