/**
 * A directory as JSON, in pieces: its nodes in byte order of their names, hidden ones left out, all levels of it where
 * asked. Reads pages of one connection as it goes, so that neither a directory of a million keys nor a tree of a million
 * directories is ever in memory as a whole; whoever takes the pieces decides how fast.
 */
import { type Database, decodeText, encodeText, type SqlRow, type Statement } from '../sqlite/database.js'
import { piecesOf } from '../journal/json.js'
import { LARGE_TEXT_BYTES } from '../journal/text.js'
import { encodeExpiry, encodeNode, escapeJson } from './node.js'
import { unlessLarge } from './queries.js'
import { covers, namesOnTheWay, WHOLE_TREE, type Reach } from './reach.js'
import { decodeLargeText } from '../store/fields.js'
import type { KeyNode } from './tables.js'
import { isHiddenName, join, ROOT } from './tree.js'

/** A piece ends when this many rows were read for it … */
export const PIECE_ROWS = 250
/** … or its text has this many characters. */
const PIECE_CHARACTERS = 256 * 1024
/** Rows read in one query. */
const PAGE_ROWS = 250
/** Rows held for all directories that are begun; beyond that those of the upper ones are let go and read again later. */
const HELD_ROWS_MAX = 5000
/** What says that a large value comes next. */
export const LARGE_VALUE_NEXT = ''
/** Larger values are not read with their page but one by one, so that a page stays small. */
const INLINE_VALUE_BYTES = 2048

/** A directory whose nodes are being written. */
interface Frame {
  readonly path: string
  /** What ends its JSON. */
  readonly tail: string
  /** Whether a node was written. */
  hasNodes: boolean
  rows: readonly SqlRow[]
  at: number
  /** The encoded name of the last row read; undefined before the first. */
  lastName: string | undefined
  isComplete: boolean
}

/**
 * Yields the JSON of a directory in pieces of bounded size. All of it is one state only if `reader` is inside one
 * transaction from the first piece to the last. An empty piece stands before each large value: the next one takes some
 * milliseconds to be read. `now`: see `encodeNode`. With a reach, of directories above its prefixes only the way there is shown.
 */
export function* listDirectory(
  reader: Database,
  directory: KeyNode,
  recursive: boolean,
  now: number,
  reach: Reach = WHOLE_TREE,
): Generator<string, void, undefined> {
  const queries = new PageQueries(reader)
  const frames = [openFrame(directory)]
  let text = openingOf(directory, now)
  let rows = 0
  let held = 0
  /** The uppermost directory whose rows are held. */
  let uppermost = 0
  for (;;) {
    const frame = frames.at(-1)
    if (frame === undefined) break
    if (frame.at === frame.rows.length) {
      if (frame.isComplete) {
        text += frame.hasNodes ? `]${frame.tail}` : frame.tail
        held -= frame.rows.length
        frames.pop()
        uppermost = Math.min(uppermost, Math.max(0, frames.length - 1))
        if (text.length >= PIECE_CHARACTERS) {
          yield text
          text = ''
          rows = 0
        }
        continue
      }
      if (rows >= PIECE_ROWS || text.length >= PIECE_CHARACTERS) {
        yield text
        text = ''
        rows = 0
      }
      held -= frame.rows.length
      readPage(queries, frame, reach)
      rows += frame.rows.length + 1
      held += frame.rows.length
      for (; held > HELD_ROWS_MAX && uppermost < frames.length - 1; uppermost++) held -= letGo(frames[uppermost])
      continue
    }
    const row = frame.rows[frame.at++]
    if (row === undefined) break
    const name = decodeText(String(row['name']))
    if (isHiddenName(name)) continue
    text += frame.hasNodes ? ',' : ',"nodes":['
    frame.hasNodes = true
    if (isLarge(row)) {
      yield text
      yield LARGE_VALUE_NEXT
      text = ''
      rows = 0
    }
    const node = nodeOf(queries, frame.path, name, row)
    if (node.value === null && recursive) {
      text += openingOf(node, now)
      frames.push(openFrame(node))
    } else {
      const json = encodeNode(node, now)
      if (typeof json === 'string') text += json
      else for (const piece of piecesOf(json)) yield piece.toString()
    }
    if (text.length >= PIECE_CHARACTERS) {
      yield text
      text = ''
      rows = 0
    }
  }
  yield text
}

/** A directory's JSON up to its nodes. The root shows neither key nor indexes. */
function openingOf(directory: KeyNode, now: number): string {
  if (directory.path === ROOT) return '{"dir":true'
  const expiry = directory.expiration === null ? '' : encodeExpiry(directory.expiration, now)
  return `{"key":${escapeJson(directory.path)},"dir":true${expiry}`
}

function openFrame({ path, modifiedIndex, createdIndex }: KeyNode): Frame {
  const tail = path === ROOT ? '}' : `,"modifiedIndex":${modifiedIndex},"createdIndex":${createdIndex}}`
  return { path, tail, hasNodes: false, rows: [], at: 0, lastName: undefined, isComplete: false }
}

function readPage(queries: PageQueries, frame: Frame, reach: Reach): void {
  if (!covers(reach, frame.path)) {
    readWay(queries, frame, reach)
    return
  }
  const rows = queries.page(frame.path, frame.lastName)
  const last = rows.at(-1)
  if (last !== undefined) frame.lastName = String(last['name'])
  frame.rows = rows
  frame.at = 0
  frame.isComplete = rows.length < PAGE_ROWS
}

/** The few names in a directory that lead to prefixes are asked for one by one, however many others there are. */
function readWay(queries: PageQueries, frame: Frame, reach: Reach): void {
  const { path, lastName } = frame
  const names = namesOnTheWay(reach, path).filter((name) => lastName === undefined || isBehind(name, lastName))
  frame.rows = names.flatMap((name) => {
    const row = queries.one(path, name)
    return row !== undefined && isOnTheWay(path, row, reach) ? [row] : []
  })
  frame.at = 0
  frame.isComplete = true
}

/** A file above a prefix leads nowhere. */
function isOnTheWay(directory: string, row: SqlRow, reach: Reach): boolean {
  return row['bytes'] === null || covers(reach, join(directory, decodeText(String(row['name']))))
}

function isBehind(name: string, other: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(other)) > 0
}

/** Forgets the rows of a directory that are still to come, so that they are read again; returns how many were held. */
function letGo(frame: Frame | undefined): number {
  if (frame === undefined || frame.rows.length === 0) return 0
  const held = frame.rows.length
  const last = frame.rows[frame.at - 1]
  if (last !== undefined) frame.lastName = String(last['name'])
  frame.isComplete &&= frame.at === held
  frame.rows = []
  frame.at = 0
  return held
}

function isLarge({ bytes }: SqlRow): boolean {
  return Number(bytes) > LARGE_TEXT_BYTES
}

function nodeOf(queries: PageQueries, parent: string, name: string, row: SqlRow): KeyNode {
  const isInline = row['bytes'] === null || row['value'] !== null
  const { value, created, modified, expires } = isInline ? row : queries.withValue(parent, String(row['name']))
  return {
    path: join(parent, name),
    value: decodeLargeText(value),
    createdIndex: Number(created),
    modifiedIndex: Number(modified),
    expiration: typeof expires === 'number' ? expires : null,
  }
}

class PageQueries {
  readonly #first: Statement
  readonly #next: Statement
  readonly #one: Statement
  readonly #withValue: Statement

  constructor(reader: Database) {
    // What lies behind a large value is read with it: see `NodeQueries`.
    const others = ['created', 'modified', 'expires'].map((column) => `${unlessLarge(column)} AS ${column}`)
    const columns = `name, ${others.join(', ')}, octet_length(value) AS bytes,
      CASE WHEN octet_length(value) <= ${INLINE_VALUE_BYTES} THEN value END AS value`
    this.#first = reader.prepare(`SELECT ${columns} FROM keys WHERE parent = ? ORDER BY name LIMIT ${PAGE_ROWS}`)
    this.#next = reader.prepare(
      `SELECT ${columns} FROM keys WHERE parent = ? AND name > ? ORDER BY name LIMIT ${PAGE_ROWS}`,
    )
    this.#one = reader.prepare(`SELECT ${columns} FROM keys WHERE parent = ? AND name = ?`)
    this.#withValue = reader.prepare('SELECT value, created, modified, expires FROM keys WHERE parent = ? AND name = ?')
  }

  page(parent: string, lastName: string | undefined): readonly SqlRow[] {
    const encoded = encodeText(parent)
    return lastName === undefined ? this.#first.all(encoded) : this.#next.all(encoded, lastName)
  }

  /** A single row of a page, by its encoded name. */
  one(parent: string, name: string): SqlRow | undefined {
    return this.#one.get(encodeText(parent), name)
  }

  /** A file whose value is not read with its page, by its encoded name. */
  withValue(parent: string, name: string): SqlRow {
    return this.#withValue.get(encodeText(parent), name) ?? {}
  }
}
