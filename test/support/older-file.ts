/** A store's file as an older etcdesk would have it. */
import { desk } from '#src/desk.js'
import { openDatabase } from '#src/sqlite/database.js'
import { makeFormat } from '#src/store/file-format.js'
import { markAsOurs } from '#src/store/file-refusals.js'

/** Makes a file that is laid out as a format did, with as much of another one's content as that format knew. */
export function layOutAs(format: number, { from, to }: { readonly from: string; readonly to: string }): void {
  const database = openDatabase(to)
  makeFormat(format, database, desk.tables)
  database.exec(`ATTACH '${from}' AS now`)
  for (const { name } of database.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all()) {
    const columns = database.prepare(`SELECT name FROM pragma_table_info('${String(name)}', 'main')`).all()
    const names = columns.map((column) => String(column['name'])).join(', ')
    database.exec(`INSERT INTO main.${String(name)} (${names}) SELECT ${names} FROM now.${String(name)}`)
  }
  database.exec('DETACH now')
  markAsOurs(database)
  database.exec(`PRAGMA user_version = ${format}; PRAGMA journal_mode = DELETE`)
  database.close()
}
