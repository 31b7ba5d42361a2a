/** A local copy that is made anew: whenever the process is killed meanwhile, the next one ends it, and the node keeps its id. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { desk } from '#src/desk.js'
import { planStore, type StorePlan } from '#src/journal/open.js'
import { counterTable, nameTable } from '#src/names/tables.js'
import { openDatabase, type Database } from '#src/sqlite/database.js'
import { markForRenewal, type Renewal } from '#src/store/renewal.js'
import { openReplicaFile, type ReplicaFile } from '#src/store/replica-file.js'
import type { Table } from '#src/store/table.js'
import { temporaryFolder } from '../support/folder.js'

const opener = fileURLToPath(new URL('../support/dying-opener.mjs', import.meta.url))

/**
 * The new copy is made in the same way, whyever: once with few tables, killed before every step, and once with all of the desk's, whose
 * steps are many of a kind, before every third.
 */
const tablesOf = {
  damaged: { which: 'all', tables: desk.tables, stride: 3 },
  'other-layout': { which: 'few', tables: [counterTable, nameTable], stride: 1 },
} as const

const begin: Readonly<Record<Renewal, (path: string) => void>> = {
  damaged: markForRenewal,
  'other-layout': (path) => {
    const database = openDatabase(path)
    database.exec('PRAGMA user_version = 1')
    database.close()
  },
}

describe.each(['damaged', 'other-layout'] as const)('a copy that is %s', (why) => {
  test('is set aside, and its id kept, whenever the process is killed', () => {
    const { which, tables, stride } = tablesOf[why]
    let step = 0
    for (let isThrough = false; !isThrough; step += stride) {
      const plan = copyOf('f00d', tables)
      const { replicaPath: path } = plan
      begin[why](path)
      const { signal, status, stderr } = spawnSync(process.execPath, [opener, dirname(path), String(step), which])
      isThrough = status === 0
      if (!isThrough) expect([signal, stderr.toString()]).toEqual(['SIGKILL', ''])
      const { file } = open(plan, tables)
      expect(membersIn(file.replica.database), `killed at step ${step}`).toEqual(['f00d'])
      expect(file.replica.database.prepare('SELECT 1 FROM counters').all()).toEqual([])
      file.release()
      const beside = readdirSync(dirname(path)).filter((name) => /(?:damaged|other-layout|renew|part)$/u.test(name))
      expect(beside, `killed at step ${step}`).toEqual([`replica.db.${why}`])
      const aside = openDatabase(`${path}.${why}`, { readOnly: true })
      expect(aside.prepare('SELECT name FROM counters').all()).toEqual([{ name: 'of the first' }])
      aside.close()
    }
    expect(step).toBeGreaterThan(10)
  })
})

test('a mark of an older etcdesk, which does not say why, calls no copy of another layout damaged', () => {
  const plan = copyOf('f00d')
  begin['other-layout'](plan.replicaPath)
  writeFileSync(`${plan.replicaPath}.renew`, '')
  const { file, notices } = open(plan)
  expect(notices).toEqual([expect.stringContaining('laid out by another version')])
  expect(existsSync(`${plan.replicaPath}.damaged`)).toBe(false)
  file.release()
  writeFileSync(`${plan.replicaPath}.renew`, '')
  const again = open(plan)
  expect(again.notices).toEqual([expect.stringContaining('is damaged')])
  expect(membersIn(again.file.replica.database)).toEqual(['f00d'])
  again.file.release()
})

/** A copy that keeps an id, and holds something. */
function copyOf(memberId: string, tables: readonly Table[] = desk.tables): StorePlan {
  const plan = planStore({ address: 'etcd://127.0.0.1:1/desk', dataDirectory: temporaryFolder() })
  if (plan === undefined) throw new Error('that is an address')
  const { file } = open(plan, tables)
  file.replica.database.prepare("INSERT INTO identity VALUES ('member', ?)").run(memberId)
  file.replica.database.exec("INSERT INTO counters VALUES ('of the first', 1)")
  file.release()
  return plan
}

function open(
  plan: StorePlan,
  tables: readonly Table[] = desk.tables,
): { readonly file: ReplicaFile; readonly notices: readonly string[] } {
  const notices: string[] = []
  const onNotice = (sentence: string): void => void notices.push(sentence)
  return { file: openReplicaFile(plan, { tables, historyEventsMax: 1000, onNotice }), notices }
}

function membersIn(database: Database): unknown[] {
  return database
    .prepare("SELECT value FROM identity WHERE name = 'member'")
    .all()
    .map(({ value }) => value)
}
