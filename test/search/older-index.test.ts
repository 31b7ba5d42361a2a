/** A file whose search index was made by other rules: those of before are gone, and the desk makes it anew. What could act is refused. */
import { expect, test } from 'vitest'
import { openPlainDatabase } from '#src/sqlite/database.js'
import { checkStore } from '#src/server/check.js'
import { deskFile, openAt } from '../support/ticket-desk.js'

/** A desk's file with one ticket, whose index is of before; `sql` says what else is there. */
async function olderFile(sql: string): Promise<string> {
  const path = await deskFile()
  const store = await openAt(path)
  await store.run('ticket.create', { ticket: { title: 'Disk full', labels: ['bug'] } })
  await store.close()
  const database = openPlainDatabase(path)
  database.exec(`UPDATE find_state SET stamp = 'of before';
    CREATE TABLE find_older (number INTEGER PRIMARY KEY, kept TEXT); CREATE INDEX find_older_by_kept ON find_older (kept);
    INSERT INTO find_older VALUES (1, 'x'); ${sql}`)
  database.close()
  return path
}

const isThere = "SELECT name FROM sqlite_schema WHERE name GLOB 'find_older*'"

test('is opened; its tables go, with all that stood in them, and the index is whole again', async () => {
  const path = await olderFile('')
  const store = await openAt(path)
  await expect.poll(() => store.reader.prepare('SELECT built FROM find_state').get()?.['built']).toBeNull()
  expect(store.reader.prepare(isThere).all()).toEqual([])
  await store.close()
  expect((await checkStore({ address: `sqlite:${path}` })).problems).toEqual([])
})

test.each([
  ['a trigger', 'CREATE TRIGGER find_spy AFTER INSERT ON find_older BEGIN DELETE FROM keys; END', 'trigger "find_spy"'],
  ['a view', 'CREATE VIEW find_view AS SELECT * FROM keys', 'view "find_view"'],
  ['an index of a table that is not derived', 'CREATE UNIQUE INDEX find_keys ON tickets (title)', 'index "find_keys"'],
])('is refused with %s, whatever that is called', async (_, sql, name) => {
  const path = await olderFile(sql)
  await expect(openAt(path)).rejects.toMatchObject({ code: 'foreign-schema', message: expect.stringContaining(name) })
})
