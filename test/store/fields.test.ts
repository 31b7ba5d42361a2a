/** A table from its fields: what is put is what is read, whatever stands in it, and what came later has a meaning before. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { desk } from '#src/desk.js'
import type { RecordRow } from '#src/journal/journal.js'
import { openDatabase, sqliteFailure, type SqlRow, type SqlValue } from '#src/sqlite/database.js'
import { integer, integerOrNull, largeTextOrNull, partOf, tableOf, text } from '#src/store/fields.js'
import { RecordReader } from '#src/store/records.js'
import type { Table } from '#src/store/table.js'

const noteFields = {
  number: integer('number'),
  body: text('body'),
  mood: text('mood', { or: 'calm' }),
  due: integerOrNull('due', { or: null }),
  value: largeTextOrNull('value'),
}
const notesAs = {
  name: 'notes',
  keyColumns: ['number'],
  key: (id: string) => [Number(id)],
  idOf: ({ number }: { readonly number: number }) => String(number),
}
const notes = tableOf({ ...notesAs, fields: noteFields })

describe('a table from its fields', () => {
  test('gives back every record that it was given, NUL and half characters included', () => {
    const database = openDatabase(':memory:')
    database.exec(notes.schema)
    const record = fc.record({
      number: fc.nat(),
      body: fc.string({ unit: 'binary' }),
      mood: fc.constantFrom('calm', 'angry', '\u0000', ''),
      due: fc.option(fc.maxSafeNat()),
      value: fc.option(fc.string({ unit: 'binary' })),
    })
    fc.assert(
      fc.property(record, (row) => {
        database.exec('DELETE FROM notes')
        expect(stored(database, notes, notes.encode(notes.toRecord(row)))).toEqual(row)
      }),
    )
    database.close()
  })

  test('gives back the same from a record packed as one text', () => {
    const { value: _, ...fields } = noteFields
    const short = tableOf({ ...notesAs, fields })
    const database = openDatabase(':memory:')
    database.exec(short.schema)
    const record = fc.record({
      number: fc.nat(),
      body: fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\u0000-\u0003\\"u01]*$/u)),
      mood: fc.constantFrom('calm', 'angry', '\u0000', '\u0001', String.raw`\u0001`, ''),
      due: fc.option(fc.maxSafeInteger()),
    })
    const records = new RecordReader(database)
    fc.assert(
      fc.property(record, (row) => {
        database.exec('DELETE FROM notes')
        const kept = stored(database, short, short.encode(short.toRecord(row)))
        expect(records.get(short, String(row.number))).toEqual(kept)
        expect(kept).toEqual(row)
      }),
    )
    expect(short.packed).toBeDefined()
    database.close()
  })

  test('is damaged where a packed record holds a number that nothing here writes', () => {
    const { value: _, ...fields } = noteFields
    const short = tableOf({ ...notesAs, fields })
    const database = openDatabase(':memory:')
    database.exec(short.schema)
    database.exec("INSERT INTO notes (number, body, due) VALUES (1, 'b', 9223372036854775807)")
    const reading = () => new RecordReader(database).get(short, '1')
    expect(reading).toThrow(/too large/u)
    expect(sqliteFailure(thrownBy(reading))).toBe('corrupt')
    database.close()
  })

  test('is packed where no column may hold bytes, which JSON has not', () => {
    expect(notes.packed).toBeUndefined()
    expect(() => partOf(noteFields, ['number', 'value'])).toThrow(/number, value/u)
  })

  test('gives a part of a record as it gives all of it', () => {
    const database = openDatabase(':memory:')
    database.exec(notes.schema)
    const part = partOf(noteFields, ['due', 'mood'])
    const reading = database.prepare(`SELECT ${part.packed} AS packed FROM notes`)
    const record = fc.record({ mood: fc.string({ unit: 'binary' }), due: fc.option(fc.maxSafeInteger()) })
    fc.assert(
      fc.property(record, (row) => {
        database.exec('DELETE FROM notes')
        stored(database, notes, notes.encode({ number: 1, body: 'b', value: null, ...row }))
        expect(part.unpack(String(reading.get()?.['packed']))).toEqual(row)
      }),
    )
    database.exec('UPDATE notes SET due = 9223372036854775807')
    expect(() => part.unpack(String(reading.get()?.['packed']))).toThrow(/too large/u)
    database.close()
  })

  test('writes a record without what it means to lack, and reads one of before', () => {
    const usual = { number: 1, body: 'b', mood: 'calm', due: null, value: null }
    expect(notes.toRecord(usual)).toEqual({ number: 1, body: 'b', value: null })
    const other = { ...usual, mood: 'angry', due: 7 }
    expect(notes.toRecord(other)).toEqual(other)
    expect(notes.encode({ number: 1, body: 'b', value: null })).toEqual(notes.encode(usual))
  })

  test('tells null from what is lacking', () => {
    const counted = tableOf({
      name: 'counted',
      fields: { number: integer('number'), most: integerOrNull('most', { or: 5 }) },
      keyColumns: ['number'],
      key: (id) => [Number(id)],
      idOf: ({ number }) => String(number),
    })
    expect(counted.encode(counted.toRecord({ number: 1, most: null }))).toEqual([1, null])
    expect(counted.encode({ number: 1 })).toEqual([1, 5])
  })

  test('names a member that it does not know', () => {
    expect(notes.unknownIn({ number: 1, colour: 'red' })).toBe('colour')
    expect(notes.unknownIn({ number: 1 })).toBeUndefined()
  })

  test.each([
    [{}, 'it lacks "number"'],
    [{ number: 1, value: null }, 'it lacks "body"'],
    [{ number: '1', body: 'b', value: null }, 'its "number" can not be'],
    [{ number: 1.5, body: 'b', value: null }, 'its "number" can not be'],
    [{ number: null, body: 'b', value: null }, 'its "number" can not be'],
    [{ number: 1, body: 2, value: null }, 'its "body" can not be'],
    [{ number: 1, body: 'b', value: 3 }, 'its "value" can not be'],
    [{ number: 1, body: 'b', mood: null, value: null }, 'its "mood" can not be'],
    [{ number: 1, body: 'b', value: null }, undefined],
    [{ number: 1, body: 'b', mood: 'angry', due: null, value: new Uint8Array(1), colour: 'red' }, undefined],
  ])('says of %o that %s', (row, fault) => {
    expect(notes.faultIn(row)).toBe(fault)
  })

  test('has no usual value that SQLite can not keep', () => {
    expect(() => text('mood', { or: 'half of \ud83d' })).toThrow(/half a character: "half of \\ud83d"/u)
    expect(text('mood', { or: 'whole 😀' }).or).toBe('whole 😀')
  })

  test('has in SQL, where a column is added to it, what a record of before means', () => {
    const database = openDatabase(':memory:')
    database.exec(notes.schema)
    database.exec("INSERT INTO notes (number, body) VALUES (1, 'b')")
    const row = database.prepare('SELECT * FROM notes').get()
    expect(row && notes.decode(row)).toEqual({ number: 1, body: 'b', mood: 'calm', due: null, value: null })
    database.close()
  })

  test.each(desk.tables.map((table) => [table.name, table] as const))('%s lies in SQLite as it says', (name, table) => {
    const database = openDatabase(':memory:')
    database.exec(table.schema)
    const columns = database.prepare(`PRAGMA table_info(${name})`).all()
    expect(columns.map((column) => column['name'])).toEqual(table.columns)
    const keys = columns.filter(({ pk }) => Number(pk) > 0).toSorted((a, b) => Number(a['pk']) - Number(b['pk']))
    expect(keys.map((column) => column['name'])).toEqual(table.keyColumns)
    database.close()
  })
})

function stored<Row extends RecordRow>(
  database: ReturnType<typeof openDatabase>,
  table: Table<Row>,
  values: readonly SqlValue[],
): Row | undefined {
  const places = table.columns.map(() => '?').join(', ')
  database.prepare(`INSERT INTO ${table.name} (${table.columns.join(', ')}) VALUES (${places})`).run(...values)
  const row: SqlRow | undefined = database.prepare(`SELECT ${table.columns.join(', ')} FROM ${table.name}`).get()
  return row && table.decode(row)
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}
