/** What check finds in tickets and in what is kept beside them: each run breaks one rule in a desk that holds every kind of record. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { checkStore } from '#src/server/check.js'
import { openPlainDatabase } from '#src/sqlite/database.js'
import { Store } from '#src/store/store.js'
import { fillDesk, recordCounts } from '../support/full-desk.js'
import { startKeptThread } from '../support/kept-threads.js'
import { writerEntry } from '../support/store.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-check-tickets-'))
const desk = join(folder, 'desk.db')
const broken = join(folder, 'broken.db')
afterAll(() => rmSync(folder, { recursive: true }))

let counts: Readonly<Record<string, number>> = {}
beforeAll(async () => {
  const store: DeskStore = await Store.open({
    address: `sqlite:${desk}`,
    historyEventsMax: 1000,
    writerEntry,
    startThread: startKeptThread,
  })
  await fillDesk(store)
  counts = recordCounts(store)
  await store.close()
})

/** What check says of the desk to which SQL was done. */
async function problemsAfter(sql: string): Promise<string> {
  return (await checkAfter(sql)).problems.join('\n')
}

async function checkAfter(sql: string): ReturnType<typeof checkStore> {
  for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(broken + suffix, { force: true })
  copyFileSync(desk, broken)
  const database = openPlainDatabase(broken)
  database.exec(sql)
  database.close()
  return checkStore({ address: `sqlite:${broken}` })
}

describe('a desk with every kind of record', () => {
  test('has some of each', () => {
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([])
  })

  test('is well', async () => {
    expect((await checkStore({ address: `sqlite:${desk}` })).problems).toEqual([])
  })

  test('whose search index is still being made is told how far it is, and is not compared with it', async () => {
    const whole = await checkAfter('SELECT 1')
    expect([whole.problems, whole.notices]).toEqual([[], []])
    for (const [sql, percent] of [
      ['UPDATE find_state SET built = 0', 0],
      ['UPDATE find_state SET built = (SELECT max(number) / 2 FROM tickets)', 50],
      ["UPDATE find_state SET stamp = 'of before'", 0],
    ] as const) {
      const { problems, notices } = await checkAfter(`${sql}; DELETE FROM find_sets; DELETE FROM find_pending`)
      expect([sql, problems]).toEqual([sql, []])
      const [notice = '', ...others] = notices
      const [, told] =
        /^the search index is being made and has (\d+) % of the tickets: it is not compared/u.exec(notice) ?? []
      expect([sql, others, Math.abs(Number(told) - percent) <= 25]).toEqual([sql, [], true])
    }
    expect((await checkAfter('DELETE FROM find_sets; DELETE FROM find_pending')).problems).not.toEqual([])
  })

  const key = "parent = '/tickets' AND name GLOB '*0001'"
  test.each([
    [
      'a key older than its ticket',
      `UPDATE keys SET created = 1 WHERE ${key}`,
      /keys are older than their ticket: .*01$/mu,
    ],
    [
      'a key of a ticket that was deleted',
      'UPDATE tickets SET deleted = updated_index, deleted_time = updated_time WHERE number = 1',
      /are there, though their ticket was deleted: .*01$/mu,
    ],
    [
      'a key that a removal should have taken',
      'UPDATE tickets SET placed = NULL WHERE number = 1',
      /are there, though their ticket was deleted: .*01$/mu,
    ],
    ['a key that is gone without a word', `DELETE FROM keys WHERE ${key}`, /have lost their key.*: 0{19}1$/mu],
    ['a status below all', 'UPDATE tickets SET status = 0 WHERE number = 1', /records hold what can not be: 0{19}1$/mu],
    ['a priority above all', 'UPDATE tickets SET priority = 4 WHERE number = 1', /records hold what can not be/u],
    ['a day after all', 'UPDATE tickets SET due = 100000 WHERE number = 1', /records hold what can not be/u],
    ['a requester that is no number', "UPDATE tickets SET requester = 'ann' WHERE number = 1", /records hold what/u],
    ['a flag that is none', 'UPDATE tickets SET internal = 2 WHERE number = 1', /records hold what can not be/u],
    ['a count below zero', 'UPDATE tickets SET links = -1 WHERE number = 1', /records hold what can not be/u],
    ['no title', "UPDATE tickets SET title = '' WHERE number = 2", /have no title.*: 0{19}2$/mu],
    ['a number that was not given', 'UPDATE counters SET value = 3', /above the last that was given/u],
    [
      'an activity above the head',
      'UPDATE tickets SET activity = 1000 WHERE number = 1',
      /an index or a time that can not/u,
    ],
    [
      'an activity before the version',
      'UPDATE tickets SET activity = 1 WHERE number = 1',
      /an index or a time that can not/u,
    ],
    [
      'a public activity above all activity',
      'UPDATE tickets SET public_activity = 900, public_activity_time = 1 WHERE number = 1',
      /an index or a time that can not/u,
    ],
    ['a version before it was made', 'UPDATE tickets SET updated_index = 1 WHERE number = 9', /an index or a time/u],
    ['a version of later', 'UPDATE tickets SET updated_index = 1000 WHERE number = 9', /an index or a time/u],
    [
      'an internal version above all',
      'UPDATE tickets SET internal_version = 999 WHERE number = 1',
      /an index or a time/u,
    ],
    [
      'a place above the version',
      'UPDATE tickets SET placed = 1000 WHERE number = 1',
      /an index or a time that can not/u,
    ],
    ['a deletion above the version', 'UPDATE tickets SET deleted = 1000 WHERE number = 7', /an index or a time/u],
    ['a time after the head', 'UPDATE tickets SET updated_time = 8e15 WHERE number = 9', /an index or a time/u],
    [
      'an index without its time',
      'UPDATE tickets SET deleted_time = NULL WHERE number = 7',
      /an index without its time/u,
    ],
    ['a time without its index', 'UPDATE tickets SET activity_time = 1 WHERE number = 9', /an index without its time/u],
    ['a set that is no list', "UPDATE tickets SET assignees = '1  2' WHERE number = 1", /sets that can not be read/u],
    ['a set of words', "UPDATE tickets SET labels = 'disk' WHERE number = 1", /sets that can not be read/u],
    [
      'a set that holds too much',
      "UPDATE tickets SET assignees = '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21' WHERE number = 1",
      /sets .*hold too much: 0{19}1$/mu,
    ],
    [
      'fields that are no JSON',
      "UPDATE tickets SET fields = '{' WHERE number = 1",
      /fields that can not be read: 0{19}1$/mu,
    ],
    ['fields that are a list', "UPDATE tickets SET fields = '[]' WHERE number = 1", /fields that can not be read/u],
    [
      'a ref that is too long',
      `UPDATE tickets SET ref = '${'x'.repeat(256)}' WHERE number = 2`,
      /a ref of more than 255 characters: 0{19}2$/mu,
    ],
    ['too many comments counted', 'UPDATE tickets SET comments = 9 WHERE number = 1', /count other comments than/u],
    [
      'too few public ones counted',
      'UPDATE tickets SET public_comments = 0 WHERE number = 1',
      /other public comments/u,
    ],
    [
      'a comment too much',
      'UPDATE comments SET deleted_time = NULL WHERE deleted_time > 0 AND ticket = 1',
      /other comments/u,
    ],
    ['watchers that are not there', 'UPDATE tickets SET watchers = 0 WHERE number = 1', /count other watchers than/u],
    [
      'a link too little',
      'UPDATE tickets SET links = 7 WHERE number = 2',
      /count other links than they have: 0{19}2$/mu,
    ],
    [
      'a description of no ticket',
      'UPDATE descriptions SET ticket = 3 WHERE ticket = 1',
      /descriptions belong to no.*: 3$/mu,
    ],
    [
      'a comment of no ticket',
      'UPDATE comments SET ticket = 3 WHERE ticket = 2',
      /comments belong to no ticket.*: 3\/\d+/u,
    ],
    [
      'a change of no ticket',
      'UPDATE changes SET ticket = 3 WHERE ticket = 2',
      /changes belong to no ticket.*: 3\/\d+/u,
    ],
    [
      'a link of no ticket',
      'UPDATE links SET ticket = 3 WHERE ticket = 2',
      /links belong to no ticket.*: 3\/blocked-by\/1/u,
    ],
    [
      'a watcher of no ticket',
      'UPDATE watchers SET ticket = 3 WHERE ticket = 1',
      /watchers belong to no ticket.*: 3\/1$/mu,
    ],
    [
      'a comment of before its ticket',
      'UPDATE comments SET idx = 1 WHERE ticket = 10',
      /comments have an index that can/u,
    ],
    [
      'a comment of later',
      'UPDATE comments SET version = 999 WHERE ticket = 10',
      /comments have an index.*: 10\/\d+$/mu,
    ],
    [
      'a change of later',
      'UPDATE changes SET idx = 999 WHERE ticket = 9',
      /changes have an index that can.*: 9\/999$/mu,
    ],
    ['a link of before its ticket', 'UPDATE links SET idx = 1', /links have an index that can/u],
    ['a watcher of later', 'UPDATE watchers SET idx = 999', /watchers have an index that can/u],
    ['an empty description', "UPDATE descriptions SET text = ''", /descriptions hold what can not be: 1$/mu],
    [
      'an erased text that stands',
      'UPDATE comments SET redacted = 1 WHERE ticket = 10',
      /comments hold what can not be: 10\//u,
    ],
    [
      'a comment of before itself',
      'UPDATE comments SET version = idx - 1 WHERE ticket = 10',
      /comments hold what can not/u,
    ],
    [
      'a change of no kind',
      "UPDATE changes SET kind = 'moved' WHERE ticket = 9",
      /changes hold what can not be: 9\/\d+$/mu,
    ],
    [
      'a change of no JSON',
      "UPDATE changes SET before = 'x' WHERE ticket = 9",
      /changes hold what can not be: 9\/\d+$/mu,
    ],
    [
      'a change of custom fields that are none',
      `UPDATE changes SET before = '{"fields":"x"}' WHERE ticket = 9`,
      /changes hold what can not be: 9\/\d+$/mu,
    ],
    [
      'a change of a comment that there is not',
      "UPDATE changes SET comment = 1 WHERE kind = 'comment.changed'",
      /changes are about a comment that there is not: 1\//u,
    ],
    [
      'a change of a comment that names none',
      "UPDATE changes SET comment = NULL WHERE kind GLOB 'comment.*'",
      /about a comment/u,
    ],
    [
      'a link of no kind',
      "UPDATE links SET kind = 'likes' WHERE ticket = 1",
      /links hold what can not be: 1\/likes\/2/u,
    ],
    ['a ticket linked to itself', 'UPDATE links SET other = ticket', /links hold what can not be: 1\/blocks\/1/u],
    [
      'a link with one end',
      'DELETE FROM links WHERE ticket = 2',
      /links are not what their other end says: 1\/blocks\/2/u,
    ],
    [
      'a link that is of another index at its other end',
      'UPDATE links SET idx = idx - 1 WHERE ticket = 2',
      /links are not what their other end says: 1\/blocks\/2, 2\/blocked-by\/1/u,
    ],
    ['a watcher who is no user', 'UPDATE watchers SET user = 9', /watchers are no users: 1\/9$/mu],
    [
      'an agent who was given a part of the key tree',
      `UPDATE users SET role = 'agent', keys = '[{"prefix":"/app","access":"read"}]' WHERE number = 1`,
      /users hold parts of the key tree that can not be given: 1$/mu,
    ],
    [
      'a service that was given tickets',
      `UPDATE users SET role = 'service', keys = '[{"prefix":"/tickets","access":"read"}]' WHERE number = 1`,
      /users hold parts of the key tree that can not be given: 1$/mu,
    ],
    [
      'a service that was given what is no list',
      "UPDATE users SET role = 'service', keys = '{' WHERE number = 1",
      /users hold parts of the key tree that can not be given: 1$/mu,
    ],
    [
      'a ref that names a ticket with another',
      "UPDATE refs SET ticket = 1 WHERE ref = 'last'",
      /refs name a ticket.*: last$/mu,
    ],
    ['a ref of no ticket', "INSERT INTO refs VALUES ('x', 3)", /refs name a ticket.*: x$/mu],
    [
      'a ticket that its ref does not find',
      "DELETE FROM refs WHERE ref = 'last'",
      /not found by their ref: 0{18}11$/mu,
    ],
    ['a purged number that has a ticket', 'UPDATE purged SET number = 1', /purged numbers have a ticket.*: 0{19}1$/mu],
    [
      'a purged number that has a key',
      `UPDATE keys SET name = '${'3'.padStart(20, '0')}' WHERE ${key}`,
      /purged numbers have a ticket or a key, or can not be: 0{19}3$/mu,
    ],
    ['a purged number of later', 'UPDATE purged SET idx = 999', /purged numbers have .*: 0{19}3$/mu],
    ['a removal above the head', 'UPDATE removals SET idx = 999', /removals can not be.*: 999$/mu],
    ['a removal of numbers not given', 'UPDATE removals SET last = 99', /removals can not be/u],
    [
      'a removal that went less far than one before',
      "INSERT INTO removals (idx, time, door, last) VALUES (3, 1, 'api', 11)",
      /removals .*went less far/u,
    ],
    ['a batch of one', 'UPDATE batches SET last = first', /batches can not be, or overlap/u],
    [
      'batches that overlap',
      'INSERT INTO batches SELECT first + 1, last FROM batches LIMIT 1',
      /batches can not be, or overlap/u,
    ],
    ['a batch above the head', 'UPDATE batches SET last = 999', /batches can not be/u],
    ['an answer of later', 'UPDATE once SET idx = 999', /answers that are kept can not be: 1\/batch, 1\/made once$/mu],
    ['an answer that is no JSON', "UPDATE once SET result = '{'", /answers that are kept can not be/u],
    [
      'an answer with no key',
      "UPDATE once SET key = '' WHERE key = 'batch'",
      /answers that are kept can not be: 1\/$/mu,
    ],
    ['an event that says nothing', "UPDATE events SET detail = NULL WHERE type = 'desk'", /do not say what they are/u],
    ['an event of no kind', "UPDATE events SET type = 'other' WHERE type = 'desk'", /do not say what they are/u],
    [
      'a counter of no room',
      "UPDATE counters SET name = 'other' WHERE name = 'users'",
      /counters are unknown.*: other$/mu,
    ],
  ])('but with %s is not', async (_, sql, sentence) => {
    expect(await problemsAfter(sql)).toMatch(sentence)
  })
})
