/**
 * Whether the index is what follows from the records: each ticket's terms and values one by one, and of its texts how many words there
 * are, and the sets of frequent words one by one. What is not made yet is not wrong: the next start goes on with it.
 */
import type { Database } from '../../sqlite/database.js'
import { decodeLargeText } from '../../store/fields.js'
import type { Checks } from '../../store/check.js'
import { plainText } from '../../journal/text.js'
import { LIVE } from '../terms.js'
import { preparedText } from '../text.js'
import { newBits, placesOf, SIZES, type Sizes } from './bits.js'
import { EntryReader, type Entry } from './entry.js'
import { differingFrequent } from './frequent-checks.js'
import { IndexNotReady, IndexReader, type Chunk } from './reader.js'
import { columns, isOfThisStamp } from './tables.js'
import { COMMENTS_FACTOR } from './texts.js'

/** Tickets that are told at most are few: once so many differ, no other is looked for. */
const DIFFERING_MAX = 20

const BROKEN = "the search index differs from the records of tickets ('etcdesk check --rebuild' makes it anew)"

export const indexChecks: Checks = { rules: [], looks: [(database) => look(database, SIZES)] }

/** The look; tests say how large the chunks are. */
export function look(
  database: Database,
  sizes: Sizes,
): { readonly broken: string; readonly names: readonly string[] }[] {
  // A copy that is carried away has no index, and one of other rules is made anew.
  if (!isOfThisStamp(database)) return []
  const reader = new IndexReader(database, sizes)
  try {
    reader.catchUp()
  } catch (error) {
    if (error instanceof IndexNotReady) return []
    throw error
  }
  const differing = new Set<number>()
  for (const chunk of chunksOf(database, reader)) {
    if (differing.size >= DIFFERING_MAX) break
    const base = chunk.chunk * 2 ** sizes.chunkBits
    const { entries, broken } = entriesOf(database, base, 2 ** sizes.chunkBits)
    for (const number of [
      ...differingTerms(database, reader, chunk, base, entries),
      ...differingValues(reader, chunk, base, entries),
      ...differingTexts(database, chunk, base, 2 ** sizes.chunkBits),
    ])
      if (!broken.has(number)) differing.add(number)
  }
  for (const number of differingFrequent(database, sizes, DIFFERING_MAX)) differing.add(number)
  const names = [...differing].toSorted((one, other) => one - other).map(String)
  return [{ broken: BROKEN, names }]
}

/** Those that the index knows, and those that hold tickets all the same. */
function chunksOf(database: Database, reader: IndexReader): Chunk[] {
  const known = new Map(reader.chunks.map((chunk) => [chunk.chunk, chunk]))
  const size = 2 ** reader.sizes.chunkBits
  for (const row of database.prepare(`SELECT DISTINCT number / ${size} AS chunk FROM tickets`).all()) {
    const chunk = Number(row['chunk'])
    if (!known.has(chunk)) known.set(chunk, { chunk, place: 0 })
  }
  return [...known.values()]
}

/** The tickets as they should be indexed; those whose records say what can't be are for other checks to tell. */
function entriesOf(
  database: Database,
  from: number,
  size: number,
): { readonly entries: ReadonlyMap<number, Entry>; readonly broken: ReadonlySet<number> } {
  const reader = new EntryReader(database)
  const entries = new Map<number, Entry>()
  const broken = new Set<number>()
  for (const row of database
    .prepare('SELECT number FROM tickets WHERE number >= ? AND number < ?')
    .all(from, from + size)) {
    const number = Number(row['number'])
    try {
      const entry = reader.read(number)
      if (entry !== undefined) entries.set(number, entry)
    } catch {
      broken.add(number)
    }
  }
  return { entries, broken }
}

function* differingTerms(
  database: Database,
  reader: IndexReader,
  chunk: Chunk,
  base: number,
  entries: ReadonlyMap<number, Entry>,
): Iterable<number> {
  const expected = new Map<string, Set<number>>()
  for (const [number, { terms, isLive }] of entries) {
    for (const term of isLive ? [...terms, LIVE] : terms) {
      const numbers = expected.get(term)
      if (numbers === undefined) expected.set(term, new Set([number]))
      else numbers.add(number)
    }
  }
  const bits = newBits(reader.sizes)
  for (const row of database.prepare('SELECT id, term FROM find_terms').all()) {
    bits.fill(0)
    reader.addTerms(chunk, [Number(row['id'])], bits)
    const numbers = expected.get(String(row['term']))
    for (const place of placesOf(bits)) if (numbers?.delete(base + place) !== true) yield base + place
  }
  // What is left no set holds.
  for (const numbers of expected.values()) yield* numbers
}

function* differingValues(
  reader: IndexReader,
  chunk: Chunk,
  base: number,
  entries: ReadonlyMap<number, Entry>,
): Iterable<number> {
  const { chunkBits, partBits } = reader.sizes
  for (const [place, column] of columns.entries()) {
    const held = new Uint32Array(2 ** chunkBits)
    for (let part = 0; part < 2 ** (chunkBits - partBits); part++) {
      held.set(reader.partOf(chunk, part, column)?.values() ?? [], part * 2 ** partBits)
    }
    for (const [inChunk, value] of reader.pendingValues(chunk, column)) held[inChunk] = value
    for (const [inChunk, value] of held.entries()) {
      if (value !== (entries.get(base + inChunk)?.values[place] ?? 0)) yield base + inChunk
    }
  }
}

function* differingTexts(database: Database, { place }: Chunk, base: number, size: number): Iterable<number> {
  const rows = new Map<number, string>()
  for (const row of database
    .prepare(
      `SELECT tickets.number AS number, tickets.title AS title, descriptions.text AS text, descriptions.redacted AS redacted FROM tickets
       LEFT JOIN descriptions ON descriptions.ticket = tickets.number WHERE tickets.number >= ? AND tickets.number < ?`,
    )
    .iterate(base, base + size)) {
    const description = row['redacted'] === 1 ? '' : plainText(decodeLargeText(row['text']) ?? '')
    rows.set(Number(row['number']) - base, `${wordsIn(String(row['title']))} ${wordsIn(description)}`)
  }
  for (const inChunk of differingRows(database, 'find_tickets', place * size, (place + 1) * size, rows))
    yield base + inChunk
  const [comments, internal] = [new Map<number, string>(), new Map<number, string>()]
  let [ticket, ordinal] = [-1, 0]
  for (const row of database
    .prepare(
      'SELECT ticket, internal, deleted_time, text FROM comments WHERE ticket >= ? AND ticket < ? ORDER BY ticket, idx',
    )
    .iterate(base, base + size)) {
    const number = Number(row['ticket'])
    ordinal = number === ticket ? ordinal + 1 : 0
    ticket = number
    const text = decodeLargeText(row['text'])
    if (row['deleted_time'] !== null || text === null) continue
    const words = String(wordsIn(plainText(text)))
    ;(row['internal'] === 1 ? internal : comments).set((number - base) * COMMENTS_FACTOR + ordinal, words)
  }
  const [from, until] = [place * size * COMMENTS_FACTOR, (place + 1) * size * COMMENTS_FACTOR]
  for (const [table, expected] of [
    ['find_comments', comments],
    ['find_internal_comments', internal],
  ] as const) {
    for (const row of differingRows(database, table, from, until, expected))
      yield base + Math.floor(row / COMMENTS_FACTOR)
  }
}

/** The rows of a full-text table that are not as many words long as they should be, counted from the first. */
function* differingRows(
  database: Database,
  table: string,
  from: number,
  until: number,
  expected: Map<number, string>,
): Iterable<number> {
  for (const row of database
    .prepare(`SELECT id, sz FROM ${table}_docsize WHERE id >= ? AND id < ?`)
    .iterate(from, until)) {
    const at = Number(row['id']) - from
    const { sz } = row
    if (expected.get(at) !== (sz instanceof Uint8Array ? numbersIn(sz).join(' ') : '')) yield at
    expected.delete(at)
  }
  yield* expected.keys()
}

/** How many words a full-text table makes of a text: it splits at all of ASCII that is no letter or digit. */
function wordsIn(text: string): number {
  let [count, isInWord] = [0, false]
  const prepared = preparedText(text)
  for (let at = 0; at < prepared.length; at++) {
    const code = prepared.charCodeAt(at)
    const isOfWord =
      code > 127 || (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
    if (isOfWord && !isInWord) count += 1
    isInWord = isOfWord
  }
  return count
}

/** Numbers as SQLite packs them: seven bits a byte, the highest first. */
function numbersIn(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let number = 0
  for (const byte of bytes) {
    number = number * 128 + (byte & 127)
    if ((byte & 128) !== 0) continue
    numbers.push(number)
    number = 0
  }
  return numbers
}
