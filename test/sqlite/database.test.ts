/** What the rest of the program relies on SQLite for. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeText, encodeText, openDatabase, sqliteFailure } from '#src/sqlite/database.js'
import { lockFile } from '#src/sqlite/lock.js'
import { temporaryFolder } from '../support/folder.js'

const text = fc.string({ unit: fc.constantFrom('\u0000', '\u0001', '\u0002', 'a', '/', '0', 'é', '🎫') })

describe('text in a database', () => {
  test('comes back as it was, NUL included, and sorts as its bytes do', () => {
    const database = openDatabase(join(temporaryFolder(), 'text.db'))
    database.exec('CREATE TABLE texts (text TEXT PRIMARY KEY) WITHOUT ROWID')
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 20 }), (texts) => {
        database.exec('DELETE FROM texts')
        for (const each of texts) database.prepare('INSERT INTO texts VALUES (?)').run(encodeText(each))
        const stored = database
          .prepare('SELECT text FROM texts ORDER BY text')
          .all()
          .map((row) => decodeText(String(row['text'])))
        expect(stored).toEqual(texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      }),
    )
    database.close()
  })
})

describe('a transaction', () => {
  test('is gone after rollback, and there after commit', () => {
    const database = openDatabase(join(temporaryFolder(), 'transaction.db'))
    database.exec('CREATE TABLE numbers (number INTEGER)')
    const insert = database.prepare('INSERT INTO numbers VALUES (?)')
    database.begin()
    insert.run(1)
    database.rollback()
    database.begin()
    insert.run(2)
    database.commit()
    expect(database.prepare('SELECT number FROM numbers').all()).toEqual([{ number: 2 }])
    database.close()
  })

  test('for reading sees one state, whatever is committed meanwhile', () => {
    const path = join(temporaryFolder(), 'snapshot.db')
    const writer = openDatabase(path)
    writer.exec('CREATE TABLE numbers (number INTEGER)')
    const reader = openDatabase(path, { readOnly: true })
    const count = reader.prepare('SELECT count(*) AS count FROM numbers')
    reader.snapshot(() => {
      expect(count.get()).toEqual({ count: 0 })
      writer.exec('INSERT INTO numbers VALUES (1)')
      expect(count.get()).toEqual({ count: 0 })
    })
    expect(count.get()).toEqual({ count: 1 })
    reader.close()
    writer.close()
  })
})

describe('an error of SQLite', () => {
  test('is told from other errors, and one kind from another', () => {
    const path = join(temporaryFolder(), 'broken.db')
    writeFileSync(path, 'no database '.repeat(1000))
    expect(sqliteFailure(thrownBy(() => openDatabase(path)))).toBe('corrupt')
    expect(sqliteFailure(thrownBy(() => openDatabase(join(path, 'below.db'))))).toBe('cannot-open')
    expect(sqliteFailure(new Error('something else'))).toBeUndefined()
  })
})

describe('a lock file', () => {
  test('is held by one at a time, and free again when released', () => {
    const path = join(temporaryFolder(), 'desk.db.lock')
    const lock = lockFile(path)
    expect(lock).toBeDefined()
    expect(lockFile(path)).toBeUndefined()
    lock?.release()
    const next = lockFile(path)
    expect(next).toBeDefined()
    next?.release()
  })
})

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
