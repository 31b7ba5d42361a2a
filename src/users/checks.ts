/** What must hold of users, their handles, and what the desk is set to. */
import { decodeText, type Database } from '../sqlite/database.js'
import { areIndexes, areTexts, areTimes, areWhole, HEAD, type Checks, type Look } from '../store/check.js'
import { folded } from '../names/name.js'
import { roles } from './role.js'

const NAME = 'CAST(number AS TEXT) AS name'

export const userChecks: Checks = {
  rules: [
    {
      broken: 'users hold what can not be',
      sql: `SELECT ${NAME} FROM users WHERE NOT (${areTexts('handle', 'name', 'email', 'role')}
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
  looks: [lostUsers],
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
