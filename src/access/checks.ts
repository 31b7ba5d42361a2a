/** What must hold of credentials: each is of a user who is there, has a number that was given, and is kept by a hash. */
import { areIndexes, areTexts, areTimes, HEAD, type Checks } from '../store/check.js'

const NAME = 'CAST(number AS TEXT) AS name'
const lastOf = (counter: string): string =>
  `coalesce((SELECT value FROM counters WHERE counters.name = '${counter}'), 0)`
const isOfNobody = 'user NOT IN (SELECT number FROM users)'

export const accessChecks: Checks = {
  rules: [
    {
      broken: 'tokens hold what can not be, or are of nobody',
      sql: `SELECT ${NAME} FROM tokens WHERE NOT (${areTexts('hash', 'name', 'scopes')} AND ${areIndexes('number')}
        AND ${areTimes('created_time')}) OR number > ${lastOf('tokens')} OR ${isOfNobody}`,
    },
    {
      broken: 'sessions hold what can not be, or are of nobody',
      sql: `SELECT ${NAME} FROM sessions WHERE NOT (${areTexts('hash', 'address', 'agent')} AND ${areIndexes('number')}
        AND ${areTimes('created_time', 'used_time')}) OR number > ${lastOf('sessions')} OR ${isOfNobody}`,
    },
    {
      broken: 'passwords hold what can not be, or are of nobody',
      sql: `SELECT CAST(user AS TEXT) AS name FROM passwords WHERE NOT (${areTexts('kept')} AND ${areIndexes('version')})
        OR version > ${HEAD} OR ${isOfNobody}`,
    },
    {
      broken: 'links that are good once hold what can not be, or are of nobody',
      sql: `SELECT substr(hash, 1, 8) AS name FROM links_once WHERE NOT (${areTexts('hash')} AND ${areTimes('expires_time')} AND is_of_machine IN (0, 1))
        OR (user IS NOT NULL AND ${isOfNobody})`,
    },
    {
      broken: 'entries of the audit hold what can not be',
      sql: `SELECT CAST(idx AS TEXT) AS name FROM audit WHERE NOT (${areTexts('kind', 'door', 'address', 'about')}
        AND ${areIndexes('idx')} AND ${areTimes('time')} AND json_valid(about)) OR idx > ${HEAD}`,
    },
  ],
}
