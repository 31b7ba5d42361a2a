/**
 * What the journal in a file says of a commit that failed, held against what a crash at that moment would leave: a commit that it
 * calls refused, or says never happened, is not brought to light by the next start, and one of which the disk does not tell stays unknown.
 */
import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { JournalUnavailable, type AppendOutcome, type Commit, type Head, type Journal } from '#src/journal/journal.js'
import { openSqliteJournal } from '#src/journal/sqlite.js'
import { keyTable } from '#src/keytree/tables.js'
import { openDatabase } from '#src/sqlite/database.js'
import type { Answer } from '#src/store/batch.js'
import { NOBODY, type Transaction } from '#src/store/command.js'
import type { Replica } from '#src/store/replica.js'
import { Writer } from '#src/store/writer.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'
import { missing } from '../support/requirements.js'
import { smallDisk } from '../support/small-disk.js'
import { copyStore } from './copies.js'

const PAGE_BYTES = 4096

/** A page in SQLite's log, and how many of them the first piece of the memory beside it can hold (https://sqlite.org/walformat.html). */
const FRAME_BYTES = PAGE_BYTES + 24
const FRAMES_OF_FIRST_PIECE = 4062

describe.skipIf(missing('tmpfs'))('a commit for which the disk has no room', () => {
  test('is refused only where a crash does not bring it to light; else it is looked into, and written over', async () => {
    const disk = smallDisk({ megabytes: 28, ballastMegabytes: 1 })
    const file = openFile(disk.folder)
    // As long as others read, the log grows beyond what the shared memory beside it holds.
    file.replica.database.keepLog({ bytes: 64 * 1024 * 1024, byCommits: false })
    while (framesOf(disk.folder) < FRAMES_OF_FIRST_PIECE - 150) await file.append('long'.repeat(100_000))
    while (framesOf(disk.folder) < FRAMES_OF_FIRST_PIECE - 3) await file.append('short')
    disk.fill()
    const rest = join(disk.folder, 'rest')
    const outcomes: string[] = []
    for (let free = 0; outcomes.at(-1) !== 'unknown' && outcomes.at(-1) !== 'accepted'; free++) {
      if (free > 0) truncateSync(rest, statSync(rest).size - PAGE_BYTES)
      const { index } = await file.journal.head()
      const { outcome, commit, before } = await file.append('short')
      outcomes.push(outcome.type)
      if (outcome.type === 'refused') expect(indexAfterCrash(disk.folder)).toBe(index)
      if (outcome.type !== 'unknown') continue
      expect(indexAfterCrash(disk.folder)).toBe(index + 1)
      expect((await file.journal.settle(commit, before)).fate).toBe('never')
      expect(indexAfterCrash(disk.folder)).toBe(index)
    }
    // Both happened: no room for the log, and none for the memory beside it.
    expect([...new Set(outcomes)]).toEqual(['refused', 'unknown'])
    disk.makeRoom()
    expect((await file.append('short')).outcome.type).toBe('accepted')
  })
})

describe('a commit that failed on a disk that can not be read either', () => {
  test('is not said never to have been, until the file can be read again', async () => {
    const file = openFile(temporaryFolder())
    const { database } = file.replica
    const failing = vi.spyOn(database, 'commit').mockImplementationOnce(() => {
      throw diskError(10)
    })
    const { outcome, commit, before } = await file.append('lost')
    expect(outcome).toEqual({ type: 'unknown' })
    failing.mockRestore()
    // SQLite calls a page that can not be read damaged.
    const unreadable = vi.spyOn(database, 'prepare').mockImplementation(() => {
      throw diskError(11)
    })
    await expect(file.journal.settle(commit, before)).rejects.toBeInstanceOf(JournalUnavailable)
    unreadable.mockRestore()
    expect((await file.journal.settle(commit, before)).fate).toBe('never')
  })
})

test.each([true, false])(
  'a writer whose commit failed, made: %s, looks into it however long the file can not be read, and answers once',
  async (isMade) => {
    const replica = openReplica(temporaryFolder())
    const { database } = replica
    const writer = new Writer({ journal: openSqliteJournal(database), replica })
    await writer.start()
    const commit = database.commit.bind(database)
    vi.spyOn(database, 'commit').mockImplementationOnce(() => {
      if (isMade) commit()
      // From here on the next reads fail too, as those of the replica that gives the commit up do.
      let failures = 5
      const prepare = database.prepare.bind(database)
      vi.spyOn(database, 'prepare').mockImplementation((sql) => {
        if (failures-- > 0) throw diskError(11)
        return prepare(sql)
      })
      throw diskError(10)
    })
    const answers: Answer[] = []
    const run = (transaction: Transaction): void => {
      transaction.emit('set', '/a', '{}')
    }
    await new Promise<void>((resolve) => {
      const answer = (one: Answer): void => {
        answers.push(one)
        resolve()
      }
      writer.enqueue({ asker: NOBODY, run, deadline: Infinity, answer })
    })
    expect(answers).toEqual([{ type: 'done', result: undefined, index: 1 }])
    expect(replica.head.index).toBe(1)
    await writer.close()
    vi.restoreAllMocks()
    replica.close()
  },
)

/** A journal in a file below a folder. */
interface File {
  readonly journal: Journal
  readonly replica: Replica
  append(value: string): Promise<{ readonly outcome: AppendOutcome; readonly commit: Commit; readonly before: Head }>
}

function openFile(folder: string): File {
  const replica = openReplica(folder)
  onTestFinished(() => replica.close())
  const journal = openSqliteJournal(replica.database)
  return {
    journal,
    replica,
    async append(value) {
      const before = await journal.head()
      const commit = commitAfter(before, value)
      replica.begin()
      replica.apply(commit)
      const outcome = await journal.append(commit, before)
      if (outcome.type === 'accepted') replica.commit()
      else replica.rollback()
      return { outcome, commit, before }
    },
  }
}

function commitAfter(after: Head, value: string): Commit {
  const index = after.index + 1
  const row = { path: '/a', value, createdIndex: index, modifiedIndex: index, expiration: null }
  return {
    id: `commit-${index}-${Math.random()}`,
    first: index,
    last: index,
    time: after.time + 1,
    changes: [{ type: 'put', table: keyTable.name, id: row.path, row }],
    events: [{ index, type: 'set', key: '/a', body: '{}' }],
  }
}

/** Pages in the log beside the file. */
function framesOf(folder: string): number {
  return Math.floor(statSync(join(folder, 'replica.db-wal')).size / FRAME_BYTES)
}

/** Where the head would stand if the process were killed now, and started again. */
function indexAfterCrash(folder: string): number {
  const copy = copyStore(folder, join(temporaryFolder(), 'copy'), 'replica.db')
  const database = openDatabase(copy)
  try {
    return Number(database.prepare('SELECT idx FROM head').get()?.['idx'])
  } finally {
    database.close()
  }
}

function diskError(errcode: number): Error {
  return Object.assign(new Error('disk I/O error'), { errcode })
}
