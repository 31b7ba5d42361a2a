/** What a check finds of names, users and what has a name: nothing on a desk that commands have made, and each thing that none can make. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogueChecks } from '#src/catalogue/checks.js'
import type { DeskStore } from '#src/desk.js'
import { nameChecks } from '#src/names/checks.js'
import { openDatabase, openPlainDatabase } from '#src/sqlite/database.js'
import { problemsOfChecks } from '#src/store/check.js'
import { Store } from '#src/store/store.js'
import { userChecks } from '#src/users/checks.js'
import { startKeptThread } from '../support/kept-threads.js'
import { writerEntry } from '../support/store.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-check-names-'))
const good = join(folder, 'desk.db')
const broken = join(folder, 'broken.db')
afterAll(() => rmSync(folder, { recursive: true }))

/** Of each kind some, changed in each way. */
beforeAll(async () => {
  const store: DeskStore = await Store.open({
    address: `sqlite:${good}`,
    historyEventsMax: 1000,
    writerEntry,
    startThread: startKeptThread,
  })
  await store.run('user.create', { user: { handle: 'ann' } })
  await store.run('user.change', { number: 1, change: { handle: 'Änn' } })
  for (const name of ['Öl', 'fire', 'disk', 'gone'])
    await store.run('label.create', { label: { name, color: '#d73a4a' } })
  await store.run('label.merge', { name: 'fire', into: 'disk', once: { key: 'k', hash: 'h' } })
  await store.run('label.delete', { name: 'gone' })
  await store.run('status.create', {
    status: { name: 'triage', category: 'new', position: 0, moves: ['open', 'closed'] },
  })
  await store.run('status.merge', { name: 'closed', into: 'resolved' })
  await store.run('status.change', { name: 'waiting', change: { archived: true } })
  await store.run('field.create', { field: { name: 'site', type: 'choice', choices: ['fra', 'ber'] } })
  await store.run('field.create', { field: { name: 'cost', type: 'number' } })
  await store.run('queue.create', {
    queue: { name: 'storage', assignee: 'änn', fields: [{ name: 'site' }, { name: 'cost' }] },
  })
  await store.run('queue.create', { queue: { name: 'empty' } })
  await store.run('queue.delete', { name: 'empty' })
  await store.run('field.delete', { name: 'cost' })
  const view = { name: 'all', columns: ['number'], query: 'label:disk status:open,triage no:field.site', sort: 'due' }
  await store.run('view.create', { view }, { actor: 1, door: 'api' })
  await store.close()
})

/** What is found after SQL has changed a copy. */
function problemsAfter(sql: string): string {
  for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(broken + suffix, { force: true })
  copyFileSync(good, broken)
  const writer = openPlainDatabase(broken)
  writer.exec(`PRAGMA ignore_check_constraints = 1; ${sql}`)
  writer.close()
  const database = openDatabase(broken, { readOnly: true })
  try {
    return problemsOfChecks(database, [nameChecks, userChecks, catalogueChecks], (look) => look()).join('\n')
  } finally {
    database.close()
  }
}

test('nothing is wrong with what commands have made', () => {
  expect(problemsAfter('SELECT 1')).toBe('')
})

test.each([
  ["INSERT INTO counters VALUES ('others', 1)", /^counters are unknown, .*: others$/u],
  ["UPDATE counters SET value = 'many' WHERE name = 'labels'", /counters are .* no whole number/u],
  ["UPDATE counters SET value = 999999 WHERE name = 'names-changed'", /^counters are above the head: names-changed$/u],
  ["UPDATE counters SET value = 3 WHERE name = 'labels'", /^labels have a number .* number 4$/u],
  ["DELETE FROM counters WHERE name = 'statuses'", /^statuses have a number .* number 6$/u],
  ["UPDATE counters SET value = 0 WHERE name = 'users'", /^users have a number above/u],
  ["UPDATE counters SET value = 0 WHERE name = 'views'", /^views hold what can not be: number 1$/u],
  ["INSERT INTO names VALUES ('color', 'red', 1)", /^names hold what can not be: color\/red$/u],
  [
    "UPDATE names SET folded = 'DISK' WHERE folded = 'disk'",
    /not in the form[^]*labels are not found by their name: disk/u,
  ],
  ["DELETE FROM names WHERE folded = 'öl'", /^labels are not found by their name: öl$/u],
  ["INSERT INTO names VALUES ('label', 'fire', 2)", /^names of labels stand for what is not called so: fire$/u],
  ["INSERT INTO names VALUES ('label', 'gone', 4)", /^names of labels stand for what is not called so: gone$/u],
  ["UPDATE names SET number = 1 WHERE folded = 'disk'", /not found by their name: disk[^]*not called so: disk/u],
  ["UPDATE labels SET name = 'OPEN' WHERE number = 1", /labels are not found/u],
  ["UPDATE statuses SET name = 'OPEN' WHERE number = 6", /^statuses have the same name: open/u],
  ["INSERT INTO names VALUES ('user', 'ben', 2)", /^handles are those of users that are not there: ben$/u],
  ["UPDATE users SET handle = 'ben'", /^users are not found by their handle: ben$/u],
  ["UPDATE users SET role = 'king'", /^users hold what can not be: 1$/u],
  ['UPDATE users SET active = 2', /^users hold what can not be/u],
  ['UPDATE settings SET version = 999999', /^settings hold what can not be: first-status$/u],
  ["UPDATE settings SET value = '1'", /^the status that tickets begin in is not the first one: number 6$/u],
  [
    'UPDATE statuses SET position = 9 WHERE number = 6',
    /^the status that tickets begin in is not the first one: number 1$/u,
  ],
  ["UPDATE once SET result = '{'", /^answers that are kept can not be: 0\/k$/u],
  ["UPDATE labels SET color = 'red' WHERE number = 1", /^labels hold what can not be: number 1$/u],
  ['UPDATE labels SET archived = 2 WHERE number = 1', /^labels hold what can not be/u],
  ['UPDATE labels SET version = 999999 WHERE number = 1', /^labels have a number or an index/u],
  ['UPDATE labels SET gone = version WHERE number = 2', /^labels have a number or an index/u],
  ['UPDATE labels SET merged_into = 9 WHERE number = 2', /^labels were merged into what is not there.*number 2$/u],
  ['UPDATE labels SET merged_into = 2 WHERE number = 2', /^labels were merged into what is not there.*number 2$/u],
  [
    'UPDATE statuses SET merged_into = 1 WHERE number = 5',
    /^statuses were merged .* not of their category: number 5$/u,
  ],
  ["UPDATE statuses SET category = 'old' WHERE number = 3", /^statuses hold what can not be: number 3$/u],
  ["UPDATE statuses SET moves = '[1,99]' WHERE number = 6", /^statuses have moves that can not be: number 6$/u],
  ["UPDATE statuses SET moves = '[1' WHERE number = 6", /^statuses have moves that can not be/u],
  ["UPDATE statuses SET moves = '[1,1]' WHERE number = 6", /^statuses have moves that can not be/u],
  [
    'UPDATE queues SET fields = \'[{"field":2,"required":true,"public":true}]\' WHERE number = 2',
    /^queues have fields that can not be: number 2$/u,
  ],
  ['UPDATE queues SET fields = \'[{"field":1}]\' WHERE number = 2', /^queues have fields that can not be/u],
  ['UPDATE queues SET assignee = 9 WHERE number = 2', /^queues hold what can not be: number 2$/u],
  ['UPDATE queues SET is_public = 2 WHERE number = 2', /^queues hold what can not be: number 2$/u],
  [
    'UPDATE queues SET number = 1 WHERE number = 3',
    /^the queue for tickets of which nothing is said is archived or gone/u,
  ],
  ["UPDATE fields SET type = 'color' WHERE number = 1", /^fields hold what can not be: number 1/u],
  ["UPDATE fields SET choices = '' WHERE number = 1", /^fields have choices that can not be: number 1$/u],
  ['UPDATE fields SET choices = \'["a"]\' WHERE number = 2', /^fields have choices that can not be: number 2$/u],
  ["UPDATE views SET columns = '[1]'", /^views have columns that can not be: number 1$/u],
  ['UPDATE views SET owner = 9', /^views hold what can not be: number 1$/u],
  ["UPDATE views SET names = '{}'", /^views have names that can not be: number 1$/u],
  ["UPDATE views SET names = '[{'", /^views have names that can not be: number 1$/u],
  ["UPDATE views SET query = 'label:disk'", /^views have names that can not be: number 1$/u],
])('after %s', (sql, found) => {
  expect(problemsAfter(sql)).toMatch(found)
})

test.each([
  '{"at":6,"end":10,"kind":"label","number":5}',
  '{"at":6,"end":10,"kind":"color","number":1}',
  '{"at":6,"end":6,"kind":"label","number":1}',
  '{"at":6,"end":10,"kind":"field","number":1,"before":"x"}',
  '{"at":11,"end":17,"kind":"status","number":1},{"at":6,"end":10,"kind":"label","number":1}',
  '{"at":6,"end":10,"kind":"label","number":1},{"at":9,"end":12,"kind":"label","number":3}',
])('after a view names %s', (names) => {
  expect(problemsAfter(`UPDATE views SET names = '[${names}]'`)).toBe('views have names that can not be: number 1')
})

test('after all statuses of done are archived', () => {
  const sql = `INSERT INTO statuses (number, name, category, position, moves, archived, version) VALUES (4, 'resolved', 'done', 4, '', 1, 1);
    INSERT INTO names VALUES ('status', 'resolved', 4)`
  expect(problemsAfter(sql)).toBe('no status is left of a category: done')
})
