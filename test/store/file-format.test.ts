/**
 * Formats: a file of every older one, kept among the fixtures as that program left it, is raised when it is served, whatever
 * interrupts that, and read as it is where it is only read. A local copy of another layout is made anew.
 *
 * Each fixture was made by a program of that format, by the same ten commands: three tickets, of which one is retitled and one
 * deleted, keys with NUL, with a large value and with a time to live, and one that is deleted; then a backup of it.
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { desk } from '#src/desk.js'
import { planStore, type StorePlan } from '#src/journal/open.js'
import { checkStore } from '#src/server/check.js'
import { backUp, copyStore } from '#src/server/keeping.js'
import { openDatabase, openPlainDatabase, type Database } from '#src/sqlite/database.js'
import { integer, tableOf, text } from '#src/store/fields.js'
import { FORMAT_VERSION, formatOf, makeFormat, raiseFormat } from '#src/store/file-format.js'
import { openReplicaFile, type ReplicaFile } from '#src/store/replica-file.js'
import { differenceOf } from '#src/store/schema.js'
import type { Table } from '#src/store/table.js'
import { openFileState } from '#src/store/transfer-file.js'
import { fingerprint } from '#src/store/transfer.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'
import { openStore } from '../support/store.js'

const NO_SPACE = `DROP TABLE counters; CREATE TABLE counters (name TEXT PRIMARY KEY, value\u00a0INTEGER NOT NULL) WITHOUT ROWID`

const fixtures = new URL('../fixtures/', import.meta.url)
const formats = readdirSync(fixtures)
  .map((name) => Number(/^format-(\d+)$/u.exec(name)?.[1]))
  .filter(Number.isInteger)

test('there is a fixture of every older format', () => {
  expect(formats.toSorted((a, b) => a - b)).toEqual(Array.from({ length: FORMAT_VERSION - 1 }, (_, place) => place + 1))
})

describe.each(formats)("a desk's file of format %i", (format) => {
  test('is raised, said in the log, and holds what it held', async () => {
    const file = fixture(format, 'desk.db')
    const notices: string[] = []
    const store = await openStore({ address: `sqlite:${file}`, onNotice: (sentence) => void notices.push(sentence) })
    const raises = Array.from({ length: FORMAT_VERSION - format }, (_, place) => format + 1 + place)
    expect(notices).toEqual(raises.map((reached) => expect.stringContaining(`raised to format ${reached}.`)))
    expect(formatOf(store.reader)).toBe(FORMAT_VERSION)
    expect(store.reader.prepare('SELECT number, title FROM tickets').all()).toEqual([
      { number: 1, title: 'Disk full on node 4' },
      { number: 2, title: 'Backup überfällig' },
      { number: 3, title: 'gone soon' },
    ])
    expect(store.history.read(0, 100).map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(await store.run('lab.create', { title: 'the next' })).toEqual({
      result: { id: '00000000000000000004' },
      index: 11,
    })
    await store.close()
    expect(await checkStore(at(file))).toMatchObject({ problems: [], index: 11 })
    // Once and for all.
    const again = await openStore({ address: `sqlite:${file}`, onNotice: (sentence) => void notices.push(sentence) })
    expect(notices).toHaveLength(raises.length)
    await again.close()
  })

  test('has in the bin what was deleted: the tickets whose keys are gone', async () => {
    const store = await openStore({ address: `sqlite:${fixture(format, 'desk.db')}` })
    const bin = "SELECT number FROM tickets WHERE printf('%020d', number) NOT IN (SELECT name FROM keys) ORDER BY 1"
    expect(store.reader.prepare(bin).all()).toEqual([{ number: 3 }])
    await expect(store.run('ticket.change', { number: 3, change: { priority: 'high' } })).rejects.toMatchObject({
      code: 'in_bin',
    })
    await store.run('ticket.restore', { number: 3 })
    expect(store.reader.prepare(bin).all()).toEqual([])
  })

  test('has the same content raised as it had, to the checksum', async () => {
    const file = fixture(format, 'backup.db')
    const state = openFileState(file, desk.tables)
    const before = state.seal
    const content = await fingerprint(state)
    await state.close()
    expect(before?.type).toBe('all')
    expect(await checkStore(at(file))).toMatchObject({ problems: [] })
    const copy = join(temporaryFolder(), 'copy.db')
    await copyStore({ from: at(file), to: at(copy) })
    const copied = openFileState(copy, desk.tables)
    expect(await fingerprint(copied)).toEqual(content)
    await copied.close()
  })

  test('stays as it is, byte for byte, where it is only read', async () => {
    const file = fixture(format, 'desk.db')
    const bytes = readFileSync(file)
    // From the third format on there are entries of history: of the ticket that was retitled, and of the one that was deleted.
    const records = format < 3 ? 12 : 14
    expect(await checkStore(at(file))).toMatchObject({ problems: [], records, index: 10 })
    const backup = join(temporaryFolder(), 'backup.db')
    expect(await backUp({ from: at(file), to: at(backup) })).toMatchObject({ problems: [], records, events: 10 })
    expect(readFileSync(file).equals(bytes)).toBe(true)
    const made = openDatabase(backup, { readOnly: true })
    expect(formatOf(made)).toBe(FORMAT_VERSION)
    made.close()
  })

  test('that holds a trigger is refused, and stays as it is', async () => {
    const file = fixture(format, 'desk.db')
    change(file, 'CREATE TRIGGER spy AFTER INSERT ON keys BEGIN DELETE FROM tickets; END')
    const bytes = readFileSync(file)
    await expect(openStore({ address: `sqlite:${file}` })).rejects.toThrow(/never made \(trigger "spy"\)/u)
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })

  test('whose definitions go on behind their end is refused, and nothing of that is run', async () => {
    const [file, other] = [fixture(format, 'desk.db'), fixture(format, 'backup.db')]
    const counters = 'CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID'
    const evil = `${counters}; ATTACH '${other}' AS o; DROP TABLE o.tickets; DETACH o`
    const longer = counters.replace('(', `(/*${'-'.repeat(evil.length - counters.length - 4)}*/`)
    change(
      file,
      `CREATE TABLE c AS SELECT * FROM counters; DROP TABLE counters; ${longer}; INSERT INTO counters
      SELECT * FROM c; DROP TABLE c; VACUUM`,
    )
    rewrite(file, longer, evil)
    const [bytes, bystander] = [readFileSync(file), readFileSync(other)]
    await expect(openStore({ address: `sqlite:${file}` })).rejects.toThrow(/never made \(table "counters"\)/u)
    expect((await checkStore(at(file))).problems).toEqual([expect.stringMatching(/otherwise: table "counters"/u)])
    const target = join(temporaryFolder(), 'copy.db')
    await expect(copyStore({ from: at(file), to: at(target) })).rejects.toThrow(/holds what etcdesk never made/u)
    await expect(backUp({ from: at(file), to: at(target) })).rejects.toThrow(/holds what etcdesk never made/u)
    expect([readFileSync(file).equals(bytes), readFileSync(other).equals(bystander)]).toEqual([true, true])
  })

  test.each([
    ['a table for searching text', 'CREATE VIRTUAL TABLE notes USING fts5(body)', /never made \(table "notes/u],
    ['a virtual table', 'CREATE VIRTUAL TABLE places USING rtree(id, a, b)', /never made \(table "places/u],
    [
      'a sequence',
      'CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT)',
      /never made \(table "s(?:qlite_sequence)?"/u,
    ],
    ['a space that is none', NO_SPACE, /never made \(table "counters"/u],
    ['a column too many', 'ALTER TABLE events ADD COLUMN other TEXT', /never made \(table "events"/u],
  ])('that holds %s is refused in a sentence, and check says it', async (_, sql, sentence) => {
    const file = fixture(format, 'desk.db')
    change(file, sql)
    await expect(openStore({ address: `sqlite:${file}` })).rejects.toThrow(sentence)
    const { problems } = await checkStore(at(file))
    expect(problems.join('\n')).toMatch(/holds what etcdesk/u)
  })

  test.each([
    ["a node's local copy", "UPDATE identity SET name = 'member'", /is a node's local copy/u],
    ['known by what can be no identity', "UPDATE identity SET value = 'x y'", /an identity that can not be/u],
  ])('that is %s is refused, and not raised before that', async (_, sql, sentence) => {
    const file = fixture(format, 'desk.db')
    change(file, sql)
    const bytes = readFileSync(file)
    await expect(openStore({ address: `sqlite:${file}` })).rejects.toThrow(sentence)
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })

  test('is not raised where a copy, or a node over etcd, would write over it', async () => {
    const plan = copyPlan()
    const file = plan.replicaPath
    copyFileSync(fixture(format, 'desk.db'), file)
    const bytes = readFileSync(file)
    const source = fixture(format, 'backup.db')
    await expect(copyStore({ from: at(source), to: at(file) })).rejects.toThrow(/is not empty/u)
    expect(() => openCopy(plan)).toThrow(/a desk of its own/u)
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })

  test('that is damaged is found out', async () => {
    const file = fixture(format, 'desk.db')
    change(file, "UPDATE tickets SET title = 'another' WHERE number = 1")
    expect((await checkStore(at(file))).problems).toEqual([expect.stringContaining('another title')])
  })
})

describe("a desk's own file", () => {
  /** A file of today's format, with something in it. */
  async function made(): Promise<string> {
    const file = join(temporaryFolder(), 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('lab.create', { title: 'kept' })
    await store.close()
    return file
  }

  describe.each([
    ['this format', made],
    ['format 1', () => Promise.resolve(fixture(1, 'desk.db'))],
  ])('of %s', (_format, make) => {
    test.each([
      ...['keys', 'tickets', 'counters', 'events', 'identity', 'head'].map((table) => [
        `the table ${table}`,
        `DROP TABLE ${table}`,
        `lacks what every store has (table "${table}"): use a backup that is whole.`,
      ]),
      ['its head', 'DELETE FROM head', 'has lost its head, which every store has: use a backup that is whole.'],
    ])('that lost %s is neither served, filled nor copied, and check says it', async (_what, sql, sentence) => {
      const file = await make()
      change(file, sql)
      const bytes = readFileSync(file)
      await expect(openStore({ address: `sqlite:${file}` })).rejects.toThrow(`${file} ${sentence}`)
      const source = fixture(1, 'backup.db')
      await expect(copyStore({ from: at(source), to: at(file) })).rejects.toThrow(`${file} ${sentence}`)
      const target = join(temporaryFolder(), 'copy.db')
      await expect(copyStore({ from: at(file), to: at(target) })).rejects.toThrow(`${file} ${sentence}`)
      await expect(backUp({ from: at(file), to: at(target) })).rejects.toThrow(`${file} ${sentence}`)
      const { problems, index } = await checkStore(at(file))
      expect(problems.join('\n')).toMatch(/lacks what every store has: table|there is no head/u)
      expect(index).toBe(0)
      expect(readFileSync(file).equals(bytes)).toBe(true)
    })
  })

  test.each([
    ['does not exist', () => undefined],
    ['is empty', (file: string) => writeFileSync(file, '')],
    ['was opened and no more', (file: string) => openDatabase(file).close()],
    ['was made and got no identity', (file: string) => openReplica(dirname(file), 'desk').close()],
  ])('is made where it %s, as after a kill during its first start', async (_, begin) => {
    const file = join(temporaryFolder(), 'desk.db')
    begin(file)
    const store = await openStore({ address: `sqlite:${file}` })
    await store.run('lab.create', { title: 'kept' })
    await store.close()
    expect(await checkStore(at(file))).toMatchObject({ problems: [], index: 1 })
  })
})

describe('a step', () => {
  const noted: Table = tableOf({
    name: 'noted',
    fields: { number: integer('number'), note: text('note', { or: '' }) },
    keyColumns: ['number'],
    since: FORMAT_VERSION,
    key: (id) => [Number(id)],
    idOf: ({ number }) => String(number),
  })

  test.each(
    formats.flatMap((format) =>
      Array.from({ length: FORMAT_VERSION - format }, (_, place) => format + 1 + place).flatMap((to) => [
        { format, to, place: 'first' },
        { format, to, place: 'last' },
      ]),
    ),
  )('from format $format that is interrupted on the way to $to, as its $place part, is run again', (way) => {
    const { format, to, place } = way
    const file = fixture(format, 'desk.db')
    const { table: failing, fail } = failingTable(to)
    const all = place === 'first' ? [failing, ...desk.tables] : [...desk.tables, failing]
    const database = openDatabase(file)
    const content = (): unknown => [
      database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all(),
      database.prepare('SELECT * FROM tickets').all(),
    ]
    // What it is where the last format before is reached.
    const reached: number[] = []
    fail(true)
    expect(() => raiseFormat(database, all, (at) => reached.push(at))).toThrow('no power')
    expect(formatOf(database)).toBe(to - 1)
    const before = content()
    expect(JSON.stringify(before)).not.toContain('half')
    expect(() => raiseFormat(database, all, (at) => reached.push(at))).toThrow('no power')
    expect([formatOf(database), content()]).toEqual([to - 1, before])
    fail(false)
    raiseFormat(database, all, (at) => reached.push(at))
    expect(reached).toEqual(Array.from({ length: FORMAT_VERSION - format }, (_, step) => format + 1 + step))
    expect(JSON.stringify(content())).toContain('noted')
    database.close()
  })

  /** A table that came with the newest format, and whose step to one format fails while it is told to. */
  function failingTable(to: number): { readonly table: Table; readonly fail: (does: boolean) => void } {
    let isFailing = false
    const raise = (database: Database): void => {
      database.exec('CREATE TABLE half (a)')
      if (isFailing) throw new Error('no power')
      database.exec('DROP TABLE half')
    }
    return { table: { ...noted, steps: [{ to, raise }] }, fail: (does) => void (isFailing = does) }
  }

  test('leads from what a table was in its first format to what it is', () => {
    const addNote = "ALTER TABLE noted ADD COLUMN note TEXT NOT NULL DEFAULT ''"
    const grown: Table = {
      ...noted,
      since: undefined,
      firstSchema: 'CREATE TABLE noted (number INTEGER PRIMARY KEY);',
      steps: [{ to: 2, raise: (database) => database.exec(addNote) }],
    }
    const tables = [...desk.tables, grown]
    const database = openDatabase(':memory:')
    makeFormat(1, database, tables)
    database.exec('PRAGMA user_version = 1')
    expect(differenceOf(database, tables)).toEqual({ foreign: [], changed: [], missing: [] })
    database.exec(addNote)
    expect(differenceOf(database, tables)).toMatchObject({ changed: ['table "noted"'] })
    database.exec('ALTER TABLE noted DROP COLUMN note')
    raiseFormat(database, tables)
    expect(differenceOf(database, tables)).toEqual({ foreign: [], changed: [], missing: [] })
    database.close()
  })
})

describe("a node's local copy", () => {
  test.each([
    ['format 1', 'PRAGMA user_version = 1'],
    ['format 2', 'PRAGMA user_version = 2'],
    ['a newer format', 'PRAGMA user_version = 4242'],
    ['a version that did not know a table', 'DROP TABLE tickets'],
    ['a version that knew one more', 'CREATE TABLE others (id INTEGER PRIMARY KEY)'],
    ['a version that knew one more column', 'ALTER TABLE tickets ADD COLUMN colour TEXT'],
  ])('of %s is set aside and made anew, under the id that the node is known by', (_, sql) => {
    const plan = copyPlan()
    const first = openCopy(plan).file
    first.replica.database.exec("INSERT INTO identity VALUES ('member', 'f00d')")
    first.release()
    change(plan.replicaPath, sql)
    const { file, notices } = openCopy(plan)
    expect(notices).toEqual([expect.stringContaining('laid out by another version')])
    expect(existsSync(`${plan.replicaPath}.other-layout`)).toBe(true)
    expect(file.replica.head.index).toBe(0)
    expect(file.replica.database.prepare('SELECT name, value FROM identity').all()).toEqual([
      { name: 'member', value: 'f00d' },
    ])
    file.release()
    const again = openCopy(plan)
    expect(again.notices).toEqual([])
    again.file.release()
  })

  test('that lost its head counts as damaged', () => {
    const plan = copyPlan()
    openCopy(plan).file.release()
    change(plan.replicaPath, 'DELETE FROM head')
    const { file, notices } = openCopy(plan)
    expect(notices).toEqual([expect.stringContaining('is damaged')])
    file.release()
  })

  test('with a trigger is refused', () => {
    const plan = copyPlan()
    openCopy(plan).file.release()
    change(plan.replicaPath, 'CREATE TRIGGER spy AFTER INSERT ON keys BEGIN DELETE FROM tickets; END')
    expect(() => openCopy(plan)).toThrow(/never made \(trigger "spy"\)/u)
  })

  test("that is a desk's own file is not set aside", () => {
    const plan = copyPlan()
    const { file } = openCopy(plan)
    file.replica.database.exec("INSERT INTO identity VALUES ('cluster', 'f00d')")
    file.release()
    change(plan.replicaPath, 'DROP TABLE tickets')
    expect(() => openCopy(plan)).toThrow(/a desk of its own/u)
    expect(existsSync(`${plan.replicaPath}.other-layout`)).toBe(false)
  })
})

function at(file: string): { readonly address: string } {
  return { address: `sqlite:${file}` }
}

/** A copy of a fixture in a folder of its own. */
function fixture(format: number, name: string): string {
  const file = join(temporaryFolder(), name)
  copyFileSync(new URL(`format-${format}/${name}`, fixtures), file)
  return file
}

function change(file: string, sql: string): void {
  const database = openPlainDatabase(file)
  database.exec(sql)
  // All of it in the file itself.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

/** Changes bytes of a file, as SQLite itself never would. */
function rewrite(file: string, from: string, to: string): void {
  expect(to).toHaveLength(from.length)
  const text = readFileSync(file, 'latin1')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to), 'latin1')
}

function copyPlan(): StorePlan {
  const plan = planStore({ address: 'etcd://127.0.0.1:1/desk', dataDirectory: temporaryFolder() })
  if (plan === undefined) throw new Error('that is an address')
  return plan
}

function openCopy(plan: StorePlan): { readonly file: ReplicaFile; readonly notices: readonly string[] } {
  const notices: string[] = []
  const onNotice = (sentence: string): void => void notices.push(sentence)
  return { file: openReplicaFile(plan, { tables: desk.tables, historyEventsMax: 1000, onNotice }), notices }
}
