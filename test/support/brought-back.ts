/** A file whose data is replaced under an open store, as a node's local copy is when its journal was brought back from a backup. */
import { openDatabase, type Database } from '#src/sqlite/database.js'
import { noteReplaced } from '#src/store/replaced.js'

/** Brings the data back to the index `kept`. */
export function bringBack(path: string, kept: number): void {
  change(path, (database) => {
    noteReplaced(database)
    database.exec(`DELETE FROM events WHERE idx > ${kept}`)
    database.exec(`UPDATE head SET idx = ${kept}`)
  })
}

/** Has other events come behind that, up to the index `head`. */
export function bringOn(path: string, head: number): void {
  change(path, (database) => {
    const other = database.prepare("INSERT INTO events (idx, type, key, body) VALUES (?, 'set', '/other', '{}')")
    const before = Number(database.prepare('SELECT idx FROM head').get()?.['idx'])
    for (let index = before + 1; index <= head; index++) other.run(index)
    database.exec(`UPDATE head SET idx = ${head}`)
  })
}

function change(path: string, how: (database: Database) => void): void {
  const database = openDatabase(path)
  database.begin()
  how(database)
  database.commit()
  database.close()
}
