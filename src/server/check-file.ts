/** Looks through everything that a store's file holds: the file itself, and what each room says must hold of its records. */
import { desk } from '../desk.js'
import { sqliteFailure, type Database } from '../sqlite/database.js'
import { problemsOfChecks } from '../store/check.js'
import { problemsOfHead, storeChecks } from '../store/checks.js'
import { messageOf } from '../fault.js'

/** One sentence for each thing that is wrong with what the connection sees. */
export function problemsOf(database: Database): string[] {
  const problems = [
    ...unlessDamaged(() => problemsOfFile(database)),
    ...unlessDamaged(() => problemsOfHead(database)),
    ...problemsOfChecks(database, [storeChecks, ...desk.checks], unlessDamaged),
  ]
  // Whatever stands on a damaged page fails with the same words.
  return [...new Set(problems)]
}

/** What a look found; that the file is damaged, where it met a page or a number that can't be. */
function unlessDamaged(look: () => string[]): string[] {
  try {
    return look()
  } catch (error) {
    if (sqliteFailure(error) !== 'corrupt') throw error
    return [`the file is damaged: ${messageOf(error)}`]
  }
}

function problemsOfFile(database: Database): string[] {
  const found = database.prepare('PRAGMA integrity_check(5)').all()
  return found.map((row) => String(Object.values(row)[0])).filter((text) => text !== 'ok')
}
