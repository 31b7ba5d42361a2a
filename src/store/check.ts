/**
 * Checks: what must hold between the records of a store, asked of its file in SQL, so that a million tickets are looked through in
 * seconds. Each room brings those of its tables. A rule finds the names of what breaks it; a look is for what SQL alone can't ask.
 */
import { LARGE_TEXT_BYTES } from '../journal/text.js'
import { decodeText, type Database } from '../sqlite/database.js'
import { TIME_MAX } from './file-head.js'

/** What is said of the names that the query finds, in its column `name`. */
export interface Rule {
  readonly broken: string
  readonly sql: string
}

/** Finds the names of what is wrong, by what is said of them. */
export type Look = (database: Database) => readonly { readonly broken: string; readonly names: readonly string[] }[]

/** What a room brings. */
export interface Checks {
  readonly rules: readonly Rule[]
  readonly looks?: readonly Look[]
}

/** How many names are told of those that break one rule. */
const NAMES_MAX = 5

/** Characters of a name that are told. */
const NAME_CHARACTERS_MAX = 200

/** In SQL: the newest index. */
export const HEAD = '(SELECT idx FROM head)'

/** In SQL: that all columns are texts. */
export function areTexts(...columns: readonly string[]): string {
  return columns.map((column) => `typeof(${column}) = 'text'`).join(' AND ')
}

/** In SQL: that a column is a text, which above some size is kept as its bytes, or of one of the other types. */
export function isTextOrLarge(column: string, ...others: readonly string[]): string {
  return `(typeof(${column}) IN (${["'text'", ...others].join(', ')}) OR (typeof(${column}) = 'blob' AND length(${column}) > ${LARGE_TEXT_BYTES}))`
}

/** In SQL: that all columns are whole numbers from 0 to `most`. */
export function areWhole(most: number, ...columns: readonly string[]): string {
  return columns.map((column) => `typeof(${column}) = 'integer' AND ${column} BETWEEN 0 AND ${most}`).join(' AND ')
}

/** In SQL: that each column is a whole number from 0 to `most`, or null. */
export function areWholeOrNull(most: number, ...columns: readonly string[]): string {
  return columns.map((column) => `(${column} IS NULL OR (${areWhole(most, column)}))`).join(' AND ')
}

/** In SQL: that all columns are 0 or 1. */
export function areFlags(...columns: readonly string[]): string {
  return areWhole(1, ...columns)
}

/** In SQL: that a column is one of these texts. */
export function isOneOf(column: string, texts: readonly string[]): string {
  return `${column} IN (${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')})`
}

/** In SQL: that a text is JSON of an object. */
export function isJsonObject(column: string): string {
  return `CASE WHEN json_valid(${column}) THEN json_type(${column}) = 'object' ELSE FALSE END`
}

export function areIndexes(...columns: readonly string[]): string {
  return areWhole(Number.MAX_SAFE_INTEGER, ...columns)
}

export function areIndexesOrNull(...columns: readonly string[]): string {
  return areWholeOrNull(Number.MAX_SAFE_INTEGER, ...columns)
}

export function areTimes(...columns: readonly string[]): string {
  return areWhole(TIME_MAX, ...columns)
}

export function areTimesOrNull(...columns: readonly string[]): string {
  return areWholeOrNull(TIME_MAX, ...columns)
}

/** In SQL: the characters of a text as it is stored, where NUL and U+0001 take two. */
export function charactersOf(column: string): string {
  return `length(replace(replace(${column}, char(1, 1), '-'), char(1, 2), '-'))`
}

/** All that the checks find, a sentence each. `guard` runs each of them: whatever one meets, the others are asked too. */
export function problemsOfChecks(
  database: Database,
  all: readonly Checks[],
  guard: (look: () => string[]) => string[],
): string[] {
  return all.flatMap(({ rules, looks = [] }) => [
    ...rules.flatMap((rule) => guard(() => problemsOfRule(database, rule))),
    ...looks.flatMap((look) => guard(() => look(database).flatMap(({ broken, names }) => say(broken, names)))),
  ])
}

function problemsOfRule(database: Database, { broken, sql }: Rule): string[] {
  const found = database.prepare(`${sql} LIMIT ${NAMES_MAX + 1}`).all()
  return say(
    broken,
    found.map(({ name }) => decodeText(String(name))),
  )
}

/** What is said of names that break a rule; nothing where there are none. */
export function say(broken: string, names: readonly string[]): string[] {
  if (names.length === 0) return []
  const more = names.length > NAMES_MAX ? ' and more' : ''
  return [`${broken}: ${names.slice(0, NAMES_MAX).map(shown).join(', ')}${more}`]
}

/** A name in one line, whatever it holds. */
function shown(name: string): string {
  const short = name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX)}…` : name
  return /[\p{Cc}\u2028\u2029]/u.test(short) ? JSON.stringify(short) : short
}
