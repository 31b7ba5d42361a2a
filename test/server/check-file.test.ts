/**
 * What check finds in a store's file. Of a backup it sees every change of anything that it holds, whatever it is: each run breaks
 * one thing of a good one. Of a desk in use, which has no checksum, it sees what no desk can hold.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { desk as rules, type DeskStore } from '#src/desk.js'
import { checkStore } from '#src/server/check.js'
import { backUp, copyStore } from '#src/server/keeping.js'
import { openDatabase, openPlainDatabase } from '#src/sqlite/database.js'
import { Store } from '#src/store/store.js'
import { contentOf } from '#src/store/transfer-file.js'
import { fingerprint } from '#src/store/transfer.js'
import { startKeptThread } from '../support/kept-threads.js'
import { writerEntry } from '../support/store.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-check-file-'))
const desk = join(folder, 'desk.db')
const backup = join(folder, 'backup.db')
const broken = join(folder, 'broken.db')
afterAll(() => rmSync(folder, { recursive: true }))

beforeAll(async () => {
  const store: DeskStore = await Store.open({
    address: `sqlite:${desk}`,
    historyEventsMax: 1000,
    writerEntry,
    startThread: startKeptThread,
  })
  const key = { directory: false, ttl: undefined, refresh: false }
  await store.run('lab.create', { title: 'the first' })
  await store.run('lab.create', { title: `${'\u0000'.repeat(128)}${'😀'.repeat(128)}` })
  await store.run('keys.set', { ...key, path: '/d/k', value: '1' })
  await store.run('keys.set', { ...key, path: '/d/e', value: 'é\u0000', ttl: 1000 })
  await store.run('keys.set', { ...key, path: '/a\u0000b', value: '' })
  await store.run('keys.delete', { path: '/a\u0000b', directory: false, recursive: false })
  await store.close()
  await backUp({ from: at(desk), to: at(backup) })
})

function at(file: string): { readonly address: string } {
  return { address: `sqlite:${file}` }
}

/** A copy of a file to which SQL was done. False where SQLite itself did not take it, or nothing is different. */
function breakFile(from: string, statements: readonly string[]): boolean {
  for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(broken + suffix, { force: true })
  copyFileSync(from, broken)
  const database = openPlainDatabase(broken)
  try {
    database.exec(statements.join(';\n'))
    return true
  } catch {
    return false
  } finally {
    database.close()
  }
}

/** All that the tables of a file hold, with its types. */
function textOf(file: string): string {
  const database = openDatabase(file, { readOnly: true })
  const lines = Object.entries(columns).flatMap(([table, names]) =>
    database
      .prepare(`SELECT ${names.map((name) => `quote(${name})`).join(" || ',' || ")} AS line FROM ${table}`)
      .all()
      .map(({ line }) => `${table} ${String(line)}`),
  )
  database.close()
  return lines.join('\n')
}

const columns: Readonly<Record<string, readonly string[]>> = {
  keys: ['parent', 'name', 'value', 'created', 'modified', 'expires'],
  tickets: ['number', 'title', 'created_time', 'created_index', 'updated_time', 'updated_index'],
  counters: ['name', 'value'],
  events: ['idx', 'type', 'key', 'body'],
  head: ['idx', 'guard', 'time', 'history_bytes'],
  identity: ['name', 'value'],
}

const value = fc.constantFrom(
  "''",
  "'x'",
  "'/d'",
  "'set'",
  "'c0ffee'",
  "'a' || char(13, 10) || 'b'",
  `'${'x'.repeat(300)}'`,
  "X'00ff'",
  'NULL',
  '-1',
  '0',
  '1',
  '7',
  '1.5',
  '9007199254740992',
  '9223372036854775807',
)

const damage: fc.Arbitrary<string> = fc.constantFrom(...Object.entries(columns)).chain(([table, names]) => {
  const row = fc
    .nat(5)
    .map((place) => `(SELECT ${names[0]} FROM ${table} ORDER BY 1 LIMIT 1 OFFSET ${place})`)
    .map((chosen) => `${names[0]} = ${chosen}`)
  // Of the keys of one directory the first of two.
  const one =
    table === 'keys'
      ? fc.nat(5).map((place) => `name = (SELECT name FROM keys ORDER BY 1 LIMIT 1 OFFSET ${place})`)
      : row
  const change = fc
    .tuple(fc.constantFrom(...names), value, one)
    .map(([name, to, where]) => `UPDATE OR IGNORE ${table} SET ${name} = ${to} WHERE ${where}`)
  return fc.oneof(
    { weight: 5, arbitrary: change },
    one.map((where) => `DELETE FROM ${table} WHERE ${where}`),
  )
})

describe('a backup', () => {
  test('of which anything was changed is told by check, and not restored', async () => {
    const before = textOf(backup)
    await fc.assert(
      fc.asyncProperty(damage, async (sql) => {
        fc.pre(breakFile(backup, [sql]) && textOf(broken) !== before)
        await expectRefusal()
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['a trigger', 'CREATE TRIGGER evil AFTER INSERT ON events BEGIN DELETE FROM keys; END'],
    ['a view', 'CREATE VIEW evil AS SELECT * FROM keys'],
    ['an index', 'CREATE INDEX evil ON keys (value)'],
    ['a table', 'CREATE TABLE evil (x)'],
    ['a virtual table', 'CREATE VIRTUAL TABLE evil USING rtree(id, a, b)'],
    ['a generated column', 'ALTER TABLE counters ADD COLUMN evil AS (upper(name))'],
    ['a column', 'ALTER TABLE events ADD COLUMN evil TEXT'],
    ['a view in the place of a table', 'ALTER TABLE counters RENAME TO c; CREATE VIEW counters AS SELECT * FROM c'],
    ['no table', 'DROP TABLE counters'],
    ['another format', 'PRAGMA user_version = 0'],
    ["another program's mark", 'PRAGMA application_id = 7'],
  ])('that holds %s is told by check, not restored and not copied', async (_, sql) => {
    expect(breakFile(backup, [sql])).toBe(true)
    await expectRefusal()
  })

  test('without its index is told by check; it is restored all the same, with one', async () => {
    expect(breakFile(backup, ['DROP INDEX keys_by_expiry'])).toBe(true)
    expect((await checkStore(at(broken))).problems).toEqual([expect.stringMatching(/lacks .*index "keys_by_expiry"/u)])
    await copyStore({ from: at(broken), to: at(join(folder, 'whole.db')) })
    expect((await checkStore(at(join(folder, 'whole.db')))).problems).toEqual([])
  })

  test('of an older etcdesk, whose checksum covers records and history alone, is judged by that', async () => {
    const sum = await sumOfContent(backup)
    const older = (checksum: string) =>
      `UPDATE identity SET value = (SELECT guard FROM head) || ' ${checksum}' WHERE name = 'checksum'`
    expect(breakFile(backup, [older(sum)])).toBe(true)
    expect((await checkStore(at(broken))).problems).toEqual([])
    await copyStore({ from: at(broken), to: at(join(folder, 'older.db')) })
    breakFile(backup, [older('0'.repeat(64))])
    await expectRefusal()
  })

  test('that was served is a desk, and no backup any more', async () => {
    breakFile(backup, [])
    const store: DeskStore = await Store.open({
      address: `sqlite:${broken}`,
      historyEventsMax: 1000,
      writerEntry,
      startThread: startKeptThread,
    })
    await store.run('lab.create', { title: 'more' })
    await store.close()
    expect((await checkStore(at(broken))).problems).toEqual([])
  })

  async function expectRefusal(): Promise<void> {
    const found = await checkStore(at(broken)).then(
      ({ problems }) => problems.join('\n'),
      (error: unknown) => String(error),
    )
    expect(found).not.toBe('')
    expect(found).not.toMatch(/Error: .*(?:SQLITE|constraint|no such|undefined)/u)
    await expect(copyStore({ from: at(broken), to: at(join(folder, 'never.db')) })).rejects.toThrow(/\.$/u)
  }
})

/** The checksum that an older etcdesk notes: of records and events, without identity and head. */
async function sumOfContent(file: string): Promise<string> {
  const database = openDatabase(file, { readOnly: true })
  const { records, events } = await fingerprint(contentOf(database, rules.tables))
  database.close()
  const sum = BigInt(`0x${records.sum}`) + 3n * BigInt(`0x${events.sum}`)
  return BigInt.asUintN(256, sum).toString(16).padStart(64, '0')
}

describe('a desk', () => {
  test('with all that it may hold is well', async () => {
    expect((await checkStore(at(desk))).problems).toEqual([])
  })

  test.each([
    [
      'a title that is too long',
      `UPDATE tickets SET title = '${'x'.repeat(257)}' WHERE number = 1`,
      /of more than 256 characters: 0{19}1/u,
    ],
    ['an empty title', "UPDATE tickets SET title = '' WHERE number = 1", /have no title.*: 0{19}1/u],
    [
      'a counter that is out of range',
      'UPDATE counters SET value = 9223372036854775807',
      /counters are .* no whole number/u,
    ],
    ['a counter that is no number', "UPDATE counters SET value = 'many'", /counters are .* no whole number/u],
    ['an unknown counter', "INSERT INTO counters VALUES ('other', 1)", /counters are unknown.*other/u],
    [
      'an identity that would break a header',
      "UPDATE identity SET value = 'a' || char(13, 10) || 'b'",
      /not 1 to 16 hexadecimal digits: "cluster a\\r\\nb"/u,
    ],
    [
      'an event that is no JSON',
      "UPDATE events SET body = '{' || body WHERE idx = 2",
      /not what stands under their index: 2/u,
    ],
    [
      'an event of another key',
      "UPDATE events SET key = '/other' WHERE idx = 3",
      /not what stands under their index: 3/u,
    ],
    [
      'an event of another kind',
      "UPDATE events SET type = 'delete' WHERE idx = 3",
      /not what stands under their index: 3/u,
    ],
    [
      'an unknown event',
      "UPDATE events SET type = 'other' WHERE idx = 3",
      /events are of a kind that is not known: 3/u,
    ],
    [
      'a key that expires in no year that there is',
      "UPDATE keys SET expires = 9e17 WHERE name = 'e'",
      /keys hold what can not be: \/d\/e/u,
    ],
    [
      'a key whose value is no text',
      "UPDATE keys SET value = X'00' WHERE name = 'k'",
      /keys hold what can not be: \/d\/k/u,
    ],
    ['a key below no path', "UPDATE keys SET parent = 'd/' WHERE name = 'k'", /name that can not be/u],
    ['a head that is no index', 'UPDATE head SET idx = -1', /the head holds what can not be/u],
    [
      'a head that no number can say',
      'UPDATE head SET idx = 9007199254740993',
      /the head holds what can not be: 9007199254740993/u,
    ],
    [
      'a time that no number can say',
      'UPDATE head SET time = 9223372036854775807',
      /the head holds what can not be: 6/u,
    ],
    [
      'tickets that lie in a file',
      "UPDATE keys SET value = '' WHERE name = 'tickets'",
      /what holds the tickets is no directory/u,
    ],
  ])('with %s is not', async (_, sql, sentence) => {
    expect(breakFile(desk, [sql])).toBe(true)
    expect((await checkStore(at(broken))).problems.join('\n')).toMatch(sentence)
  })

  test('with several faults has each of them told', async () => {
    breakFile(desk, [
      "UPDATE events SET body = '{' || body WHERE idx = 2",
      "UPDATE tickets SET title = '' WHERE number = 1",
      'CREATE VIEW evil AS SELECT 1',
      'UPDATE counters SET value = -1',
    ])
    const { problems } = await checkStore(at(broken))
    expect(problems.join('\n')).toMatch(/view "evil"[^]*not what stands[^]*counters[^]*have no title/u)
  })

  test.each([
    [
      'a trigger',
      'CREATE TRIGGER evil AFTER INSERT ON events BEGIN DELETE FROM keys; END',
      /never made \(trigger "evil"\)/u,
    ],
    [
      'a head that no number can say',
      'UPDATE head SET idx = 9007199254740993',
      /^The head of .*broken\.db holds what can not be \(index 9007199254740993\): it is damaged, so restore a backup\.$/u,
    ],
    ['a head that is no index', 'UPDATE head SET idx = -1', /holds what can not be \(index -1\)/u],
    ['an identity that is none', "UPDATE identity SET value = 'x y'", /identity that can not be/u],
  ])('with %s is not served', async (_, sql, sentence) => {
    breakFile(desk, [sql])
    await expect(Store.open({ address: `sqlite:${broken}`, historyEventsMax: 1, writerEntry })).rejects.toThrow(
      sentence,
    )
  })

  test('that says how often it was replaced says nothing unknown', async () => {
    breakFile(desk, ["INSERT INTO identity VALUES ('replaced', '2')"])
    expect((await checkStore(at(broken))).problems).toEqual([])
  })

  test('that somebody let SQLite analyse is served', async () => {
    breakFile(desk, ['ANALYZE'])
    const store = await Store.open({
      address: `sqlite:${broken}`,
      historyEventsMax: 1000,
      writerEntry,
      startThread: startKeptThread,
    })
    await store.close()
    expect((await checkStore(at(broken))).problems).toEqual([])
  })
})
