/**
 * A table from one list of its fields: from that list follow the statement that makes it, its columns in their order, and how a
 * record becomes a row and a row a record. So a field is said once, and none can be stored in another way than it is read.
 *
 * A field that came later says with `or` what a record has that was written before: such a record lacks it, is never rewritten,
 * and is read as if it stood there. A record that has just that value is written without it too, so a node that does not know
 * the field yet meets it only where somebody has used it, and can refuse it in a sentence (`unknownIn`).
 */
import type { RecordRow } from '../journal/journal.js'
import { toText, type Text } from '../journal/text.js'
import { decodeText, encodeText, TOO_LARGE_NUMBER, type SqlRow, type SqlValue } from '../sqlite/database.js'
import type { Condition, FormatStep, Table } from './table.js'

type RecordValue = RecordRow[string]

/** SQLite's functions take a hundred arguments. */
const PACKED_MEMBERS_MAX = 50

/** How one member of a record lies in SQLite. */
export interface Field<Value extends RecordValue = RecordValue> {
  /** Each column's name and its definition in SQL. */
  readonly columns: readonly (readonly [name: string, definition: string])[]
  /** What a record without the member has; undefined where each has it. */
  readonly or?: Value | undefined
  /** Whether its value is what its one column holds: a number, null, or a text as SQLite keeps it. */
  readonly isPlain?: boolean
  /** Adds the value of each column. */
  encode(value: Value, into: SqlValue[]): void
  decode(row: SqlRow): Value
}

export type Fields = Readonly<Record<string, Field>>

/** The records of a table with these fields. */
export type RowOf<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never
}

interface Later<Value extends RecordValue> {
  /** For a field that came later: what a record without it has. */
  readonly or?: Value | undefined
}

/** A whole number. */
export function integer(column: string, { or }: Later<number> = {}): Field<number> {
  return {
    columns: [[column, `INTEGER NOT NULL${otherwise(or)}`]],
    or,
    isPlain: true,
    encode: (value, into) => void into.push(value),
    decode: (row) => Number(row[column]),
  }
}

/** A whole number, or null. */
export function integerOrNull(column: string, { or }: Later<number | null> = {}): Field<number | null> {
  return {
    columns: [[column, `INTEGER${otherwise(or)}`]],
    or,
    isPlain: true,
    encode: (value, into) => void into.push(value),
    decode: (row) => (typeof row[column] === 'number' ? row[column] : null),
  }
}

/** A text of any characters, NUL included. */
export function text(column: string, { or }: Later<string> = {}): Field<string> {
  return {
    columns: [[column, `TEXT NOT NULL${otherwise(or)}`]],
    or,
    isPlain: true,
    encode: (value, into) => void into.push(encodeText(value)),
    decode: (row) => decodeText(String(row[column])),
  }
}

/** A text of any size, or null. A large one is carried and kept as its bytes; older files have it as text. */
export function largeTextOrNull(column: string): Field<Text | null> {
  return {
    columns: [[column, 'TEXT']],
    encode: (value, into) => void into.push(value === null ? null : encodeLargeText(value)),
    decode: (row) => decodeLargeText(row[column]),
  }
}

function encodeLargeText(value: Text): SqlValue {
  const carried = typeof value === 'string' ? toText(value) : value
  return typeof carried === 'string' ? encodeText(carried) : carried
}

/** What a column of `largeTextOrNull` stands for. */
export function decodeLargeText(value: SqlValue | undefined): Text | null {
  if (typeof value === 'string') return toText(decodeText(value))
  return value instanceof Uint8Array ? value : null
}

/** What SQL puts where a row is made without the column. Throws where that can't be kept: SQLite's texts are UTF-8. */
function otherwise(value: number | string | null | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) {
    throw new Error(`a field's usual value holds half a character: ${JSON.stringify(value)}`)
  }
  return ` DEFAULT ${typeof value === 'number' ? value : `'${encodeText(value).replaceAll("'", "''")}'`}`
}

export interface TableDescription<F extends Fields> {
  /** Name of the table in SQL and of the records' folder in a journal. */
  readonly name: string
  /** In the order of their columns. What is large stands last: SQLite reads through it to reach what stands behind. */
  readonly fields: F
  /** The columns of the primary key. One alone that is an integer is SQLite's own row number. */
  readonly keyColumns: readonly string[]
  /** The statements that make the table's indexes, each with IF NOT EXISTS. */
  readonly indexes?: string
  /** See `Table`. */
  readonly since?: number
  readonly steps?: readonly FormatStep[]
  readonly firstSchema?: string
  /** The primary key of the record with this id. */
  readonly key: (id: string) => readonly SqlValue[]
  /** The id of a record, the reverse of `key`. */
  readonly idOf: (row: RowOf<F>) => string
  /** See `Table`. */
  readonly isRemembered?: boolean
  /** See `Table.below`. */
  readonly below?: (id: string) => Condition
  /** See `Table.beside`. */
  readonly beside?: (id: string) => Condition
}

/** Makes the table that a list of fields describes. */
export function tableOf<F extends Fields>(description: TableDescription<F>): Table<RowOf<F>> {
  const { name, fields, keyColumns, indexes, since, steps, firstSchema, key, idOf, below, beside, isRemembered } =
    description
  const entries = Object.entries(fields)
  const names: ReadonlySet<string> = new Set(entries.map(([field]) => field))
  const members = entries.map(([member]) => member)
  const encoders = entries.map(([, field]) => field)
  // Objects whose members are added one by one, by computed names, become slow beyond a dozen; copies of a whole one do not.
  const shape: Record<string, RecordValue> = JSON.parse(
    JSON.stringify(Object.fromEntries(members.map((member) => [member, null]))),
  )
  const columns = entries.flatMap(([, field]) => field.columns)
  const later = entries.filter(([, { or }]) => or !== undefined)
  // Made with all its members, as the field's types say: what TypeScript can't follow through a loop. Nearly every record has them in
  // their order, and so is walked through: to look up each member by its name takes several times as long.
  const isRow = (row: RecordRow): row is RowOf<F> => {
    let place = 0
    for (const member in row) {
      if (member !== members[place] || row[member] === undefined) break
      place += 1
    }
    for (; place < members.length; place++) if (row[members[place] ?? ''] === undefined) return false
    return true
  }
  const lastMember = members.at(-1) ?? ''
  const isMade = (row: RecordRow): row is RowOf<F> => row[lastMember] !== undefined
  return {
    name,
    schema: `${createStatement(name, columns, keyColumns)}${indexes === undefined ? '' : `\n${indexes}`}`,
    since,
    steps,
    firstSchema,
    columns: columns.map(([column]) => column),
    keyColumns,
    key,
    idOf,
    isRemembered,
    below,
    beside,
    encode: (row: RecordRow) => {
      const values: SqlValue[] = []
      let place = 0
      for (const member in row) {
        if (member !== members[place]) break
        encodeMember(encoders[place], row[member], values)
        place += 1
      }
      for (; place < members.length; place++) encodeMember(encoders[place], row[members[place] ?? ''], values)
      return values
    },
    decode: (row) => {
      const record: Record<string, RecordValue> = { ...shape }
      for (let place = 0; place < members.length; place++) {
        record[members[place] ?? ''] = encoders[place]?.decode(row) ?? null
      }
      if (!isRow(record)) throw new Error(`unreachable: a record of ${name} lacks a member`)
      return record
    },
    packed: canBePacked(entries) ? packedInSql(entries) : undefined,
    unpack: (text) => {
      const record = unpacked(text)
      if (!isRow(record)) throw new Error(`unreachable: a record of ${name} lacks a member`)
      return record
    },
    complete: (written) => {
      // Records are never changed, so a whole one may be handed out as often as it is asked for.
      if (isRow(written)) return written
      const record: Record<string, RecordValue> = { ...shape }
      for (let place = 0; place < members.length; place++) {
        const member = members[place] ?? ''
        const value = written[member]
        record[member] = value === undefined ? (encoders[place]?.or ?? null) : value
      }
      if (!isRow(record)) throw new Error(`unreachable: a record of ${name} lacks a member`)
      return record
    },
    whole: (record) => {
      if (!isMade(record)) throw new Error(`unreachable: no whole record of ${name}`)
      return record
    },
    toRecord: (row) => {
      if (later.length === 0) return row
      const usual = later.filter(([member, { or }]) => row[member] === or)
      if (usual.length === 0) return row
      const leftOut = new Set(usual.map(([member]) => member))
      return Object.fromEntries(Object.entries(row).filter(([member]) => !leftOut.has(member)))
    },
    faultIn: (row) => {
      for (const [member, field] of entries) {
        const value = row[member]
        if (value === undefined && field.or === undefined) return `it lacks "${member}"`
        if (value !== undefined && !mayHold(field, value)) return `its "${member}" can not be`
      }
      return undefined
    },
    unknownIn: (row) => Object.keys(row).find((member) => !names.has(member)),
  }
}

/** The step that adds the columns of fields that came with a format. */
export function addColumns(to: number, table: string, fields: Fields, ...more: readonly string[]): FormatStep {
  const columns = Object.values(fields).flatMap((field: Field) => field.columns)
  const statements = columns.map(([name, definition]) => `ALTER TABLE ${table} ADD COLUMN ${name} ${definition}`)
  return { to, raise: (database) => database.exec([...statements, ...more].join(';\n')) }
}

/** Adds the values of a member's columns; undefined is what a record has that was written before the field was there. */
function encodeMember(field: Field | undefined, value: RecordValue | undefined, into: SqlValue[]): void {
  if (field === undefined) return
  // What is null is there: only a record without the member means the other.
  const kept = value === undefined ? (field.or ?? null) : value
  if (field.isPlain !== true) field.encode(kept, into)
  else into.push(typeof kept === 'string' ? encodeText(kept) : kept)
}

/** Some members of a table's records, read by themselves. */
export interface Part<Row> {
  /** In SQL: them as one JSON text, which `unpack` reads. See `Table.packed`. */
  readonly packed: string
  unpack(text: string): Row
}

/** The part of a table's records that has these members, none of which may be a large text. */
export function partOf<F extends Fields, Member extends keyof F & string>(
  fields: F,
  members: readonly Member[],
): Part<Pick<RowOf<F>, Member>> {
  const entries = Object.entries<Field>(fields).filter(([member]) => members.some((one) => one === member))
  if (!canBePacked(entries)) throw new Error(`no part of a record can be read at once that has ${members.join(', ')}`)
  const isPart = (row: RecordRow): row is Pick<RowOf<F>, Member> => members.every((member) => row[member] !== undefined)
  return {
    packed: packedInSql(entries),
    unpack: (text) => {
      const part = unpacked(text)
      if (!isPart(part)) throw new Error(`unreachable: a part lacks one of ${members.join(', ')}`)
      return part
    },
  }
}

/** What `packedInSql` has made. Throws where a number was stored that none of ours is. */
function unpacked(text: string): Record<string, RecordValue> {
  const record: Record<string, RecordValue> = JSON.parse(text)
  for (const member in record) {
    const value = record[member]
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(TOO_LARGE_NUMBER)
  }
  // So U+0001 stands in JSON. A text of just these six letters holds them too; decoding leaves it as it is.
  if (text.includes(String.raw`\u0001`)) {
    for (const [member, value] of Object.entries(record)) {
      if (typeof value === 'string') record[member] = decodeText(value)
    }
  }
  return record
}

function canBePacked(entries: readonly (readonly [string, Field])[]): boolean {
  return entries.length <= PACKED_MEMBERS_MAX && entries.every(([, { isPlain }]) => isPlain === true)
}

/** Members and their columns in turn. */
function packedInSql(entries: readonly (readonly [string, Field])[]): string {
  return `json_object(${entries.map(([member, { columns }]) => `'${member}', ${columns[0]?.[0] ?? 'NULL'}`).join(', ')})`
}

/** Whether a field may hold a value. What its columns are in SQL says so: SQLite itself would take a text for a number. */
function mayHold({ columns }: Field, value: RecordValue): boolean {
  if (value === null) return columns.every(([, sql]) => !sql.includes('NOT NULL'))
  return columns.every(([, sql]) =>
    sql.startsWith('INTEGER') ? Number.isSafeInteger(value) : typeof value !== 'number',
  )
}

function createStatement(
  name: string,
  columns: TableDescription<Fields>['fields'][string]['columns'],
  keyColumns: readonly string[],
): string {
  const [first, ...others] = keyColumns
  const isOne = others.length === 0
  const isRowNumber = isOne && columns.some(([column, sql]) => column === first && sql.startsWith('INTEGER'))
  const lines = columns.map(([column, sql]) => {
    const isKey = isOne && column === first
    return isKey ? `${column} ${sql.split(' ')[0]} PRIMARY KEY` : `${column} ${sql}`
  })
  if (!isOne) lines.push(`PRIMARY KEY (${keyColumns.join(', ')})`)
  return `CREATE TABLE IF NOT EXISTS ${name} (${lines.join(', ')})${isRowNumber ? '' : ' WITHOUT ROWID'};`
}
