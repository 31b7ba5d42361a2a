/** A full-text table keeps few segments by small pieces, whatever is written, and holds all that was. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TextSegments } from '#src/search/index/text-segments.js'
import { TextTable } from '#src/search/index/text-table.js'
import { openDatabase, type Database } from '#src/sqlite/database.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-text-table-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** From so many on SQLite would merge all at once, with everybody waiting. */
const SEGMENTS_MAX = 64

/** Words that no other row has, which are what takes most room: of those that all rows have, a segment keeps one. */
const rareWords = (row: number, count: number): string =>
  Array.from({ length: count }, (_, place) => `w${(row * 7919 + place * 104_729).toString(36)}`).join(' ')

/** Words of which each is in many rows. */
const usualWords = (row: number, count: number): string =>
  Array.from({ length: count }, (_, place) => `w${(row * 7919 + place * 104_729) % 3001}`).join(' ')

describe('a full-text table', () => {
  let database: Database
  let table: TextTable
  let segments: TextSegments
  let files = 0
  beforeEach(() => {
    database = openDatabase(join(folder, `${(files += 1)}.db`))
    database.exec("CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='ascii')")
    table = new TextTable(database, 'words', ['text'])
    table.clear()
    segments = new TextSegments(database, 'words')
  })
  afterEach(() => database.close())

  const commit = (change: () => void): void => {
    database.begin()
    change()
    table.applied()
    database.commit()
  }
  const rowsWith = (word: string): readonly number[] =>
    database
      .prepare('SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid')
      .all(word)
      .map((row) => Number(row['rowid']))

  test('tells the segments that it has: one for each commit that was not merged yet', () => {
    expect(segments.most()).toBe(0)
    for (let count = 1; count <= 12; count++) {
      commit(() => table.add(count, 'disk full'))
      expect(segments.most()).toBe(count)
    }
  })

  test('finds the level that has most, as the record has it', () => {
    const number = (value: number): number[] =>
      value < 128 ? [value] : value < 16_384 ? [0x80 | (value >> 7), value & 0x7f] : [0x81, 0x80, value & 0x7f]
    database.exec('CREATE TABLE record_data (id INTEGER PRIMARY KEY, block BLOB)')
    const put = (bytes: readonly number[]): void =>
      void database.prepare('INSERT OR REPLACE INTO record_data VALUES (10, ?)').run(Uint8Array.from(bytes))
    const record = new TextSegments(database, 'record')
    const write = (...levels: readonly number[]): void => {
      const inLevel = (count: number): number[] => [0, ...number(count), ...Array<number>(3 * count).fill(5)]
      put([0, 0, 0, 1, ...number(levels.length), 9, ...number(16_385), ...levels.flatMap(inLevel)])
    }
    write(3, 17, 2)
    expect(record.most()).toBe(17)
    write(0, 0, 200)
    expect(record.most()).toBe(200)
    write(...Array<number>(130).fill(1))
    expect(record.most()).toBe(1)
    // More than there can be is damage, and so is a record that ends early: neither is taken for few.
    write(2001)
    expect(record.most()).toBe(Infinity)
    put([0, 0, 0, 1, 2, 9, 9, 0, 1])
    expect(record.most()).toBe(Infinity)
  })

  test('is merged by what is written, so that there are seldom so many that it must be', () => {
    let times = 0
    for (let row = 0; row < 1500; row++) {
      commit(() => table.add(row, usualWords(row, 60)))
      if (segments.most() >= 24) times += 1
    }
    // Some 12; were it merged only then, 60.
    expect(times).toBeLessThan(30)
  })

  test.each([
    { commits: 2000, rows: 1, words: 3 },
    { commits: 1000, rows: 1, words: 300 },
    { commits: 300, rows: 64, words: 60 },
  ])('never has so many that all were merged at once: $commits commits of $rows rows of $words words', (size) => {
    let most = 0
    for (let at = 0; at < size.commits; at++) {
      commit(() => {
        for (let row = at * size.rows; row < (at + 1) * size.rows; row++) table.add(row, rareWords(row, size.words))
      })
      most = Math.max(most, segments.most())
    }
    expect(most).toBeLessThan(SEGMENTS_MAX - 8)
    database.exec("INSERT INTO words (words) VALUES ('integrity-check')")
    for (const row of [0, 17, size.commits * size.rows - 1]) {
      expect(rowsWith(rareWords(row, 1))).toContain(row)
    }
  })

  test('has few again after many that nothing merged', () => {
    for (let row = 0; row < 60; row++) {
      database.begin()
      table.add(row, rareWords(row, 500))
      database.commit()
    }
    expect(segments.most()).toBe(60)
    for (let row = 60; row < 90; row++) commit(() => table.add(row, 'disk'))
    expect(segments.most()).toBeLessThanOrEqual(25)
    expect(rowsWith('disk')).toHaveLength(30)
  })

  test('loses nothing by a transaction that was given up, and merges as before after it', () => {
    let most = 0
    for (let row = 0; row < 600; row++) {
      database.begin()
      table.add(10_000 + row, 'lost')
      table.applied()
      database.rollback()
      table.forget()
      commit(() => table.add(row, rareWords(row, 40)))
      most = Math.max(most, segments.most())
    }
    expect(rowsWith('lost')).toEqual([])
    expect(rowsWith(rareWords(599, 1))).toContain(599)
    expect(most).toBeLessThan(SEGMENTS_MAX - 8)
  })

  test('takes a row out by what it holds, merged or not', () => {
    for (let row = 0; row < 200; row++) commit(() => table.add(row, `both ${rareWords(row, 20)}`))
    for (let row = 0; row < 200; row += 2) commit(() => table.remove(row, `both ${rareWords(row, 20)}`))
    expect(rowsWith('both')).toEqual(Array.from({ length: 100 }, (_, place) => 2 * place + 1))
    expect(rowsWith(rareWords(4, 1))).toEqual([])
  })
})
