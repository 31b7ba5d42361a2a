/**
 * What a batch of commands reads and writes through. Writes are kept in memory, the last one of each record, until the
 * batch is whole: so a command that fails is undone by forgetting, neighbours see each other's writes, and what the batch
 * changed is plain data for the journal. Only a question in SQL makes them be written early.
 *
 * Worked example, two commands in a batch: `a` puts record x (pending: x=a), `b` puts x and y and then throws. Undo walks
 * b's log backwards: y was absent, x was a. The commit holds x=a alone.
 */
import { encodeOnce } from '../journal/encoded.js'
import { plainRow, type Change, type Event, type JournalLimits, type RecordRow } from '../journal/journal.js'
import { plainJson, weightOf, type Json } from '../journal/json.js'
import type { SqlRow, SqlValue } from '../sqlite/database.js'
import { NOBODY, type Asker, type Transaction } from './command.js'
import { CommandError } from './errors.js'
import type { Replica } from './replica.js'
import type { Table } from './table.js'
import { CommandIsHeavy, Weight, weightOfRow } from './weight.js'

/** What a record, a removal or an event takes in a commit beside its own text: names of fields, prefix, lengths. */
const OVERHEAD_BYTES = 80

/** Thrown through a command that this commit has no more room for: the batch ends before it, and it runs in the next. */
export class BatchIsFull extends Error {
  override readonly name = 'BatchIsFull'
}

/** Records of one change set between two range deletions, by table and id. */
type Segment = Map<string, Change>

/** A record as it was read, and how large it is. */
interface ReadRecord {
  readonly row: RecordRow
  readonly weight: number
}

/** How to take back one write: what the segment held under that key before. */
interface Undo {
  readonly segment: Segment
  readonly key: string
  readonly before: Change | undefined
}

export class BatchTransaction implements Transaction {
  readonly #replica: Replica
  readonly #limits: JournalLimits
  /** Whether what the commit weighs matters: it costs the time to encode everything once more. */
  readonly #isLimited: boolean
  readonly #firstIndex: number
  readonly #mayWrite: boolean
  readonly #events: Event[] = []
  /** Ranges deleted so far, in order; `#segments[i]` holds the writes before the i-th of them, the last those after all. */
  readonly #ranges: Change[] = []
  readonly #segments: Segment[] = [new Map()]
  /** Tables of which something was written, or may have been: what is read of any other is as it was before. */
  readonly #written = new Set<string>()
  /** What was read as it was before this batch, as records, by table and id: most commands of a batch look at the same few. */
  readonly #read = new Map<string, Map<string, ReadRecord | undefined>>()
  /** What was written since SQLite was last brought up to date, in order; `#logBefore` of them by the commands before this one. */
  #log: Change[] = []
  #logBefore = 0
  /** Whether SQLite holds a part of the batch, so that what is left to be written is the log and no longer all changes. */
  #isSpilled = false
  #undo: Undo[] = []
  #eventsBefore = 0
  #rangesBefore = 0
  #savepoint = false
  #characters = 0
  #charactersBefore = 0
  readonly #weight = new Weight()
  #forgets = 0
  #forgetsBefore = 0
  /** What the commit weighs, encoded. */
  #bytes = 0
  #bytesBefore = 0
  #time: number
  #asker: Asker = NOBODY

  /**
   * `underWay` is the index of the newest event of a commit that the replica has applied but not kept yet: the batch is run
   * on top of that one, and may not write to the replica before its own time. No command sees a time before `time`.
   */
  constructor(replica: Replica, limits: JournalLimits, time: number, underWay?: number) {
    this.#replica = replica
    this.#limits = limits
    this.#isLimited = limits.changes !== Infinity || limits.bytes !== Infinity || limits.recordBytes !== Infinity
    this.#firstIndex = (underWay ?? replica.head.index) + 1
    this.#mayWrite = underWay === undefined
    this.#time = time
  }

  get time(): number {
    return this.#time
  }

  get asker(): Asker {
    return this.#asker
  }

  get isRaised(): boolean {
    return this.#limits.isRaised
  }

  get nextIndex(): number {
    return this.#firstIndex + this.#events.length
  }

  /** The last index whose event is forgotten with the batch; 0 where none is. */
  get forgets(): number {
    return this.#forgets
  }

  get events(): readonly Event[] {
    return this.#events
  }

  /** What its commands come to. */
  get weight(): Weight {
    return this.#weight
  }

  get read(): number {
    return this.#weight.read
  }

  get written(): number {
    return this.#characters - this.#charactersBefore
  }

  get<Row extends RecordRow>(table: Table<Row>, id: string): Row | undefined {
    const written = this.#written.has(table.name) ? this.#find(table.name, id) : undefined
    if (written === undefined) return this.#before(table, id)
    if (written.type !== 'put') return undefined
    // As it is handed out, so that it comes to the same as one of before this batch.
    const row = this.#isLimited ? table.complete(written.row) : table.whole(written.row)
    this.#weight.addRead(written, weightOfRow(row))
    return row
  }

  /** A record as it was before this batch. */
  #before<Row extends RecordRow>(table: Table<Row>, id: string): Row | undefined {
    let known = this.#read.get(table.name)
    if (known === undefined) this.#read.set(table.name, (known = new Map()))
    const read = known.get(id)
    if (read !== undefined) {
      this.#weight.addRead(read, read.weight)
      return table.whole(read.row)
    }
    if (known.has(id)) return undefined
    const { records } = this.#replica
    if (this.#weight.isLight && records.isLarge(table, id, this.#weight.isWary)) throw new CommandIsHeavy()
    const row = records.get(table, id)
    const weight = row === undefined ? 0 : weightOfRow(row)
    const first = row && { row, weight }
    records.large.note(table.name, id, weight)
    // Not kept where it is too large for this command: many may follow that read others.
    if (first !== undefined) this.#weight.addRead(first, weight)
    known.set(id, first)
    return row
  }

  put<Row extends RecordRow>(table: Table<Row>, id: string, row: Row): void {
    // Where the journal writes no records of its own it is all the same whether they are short.
    const record: RecordRow = this.#isLimited ? plainRow(table.toRecord(row)) : row
    const change = { type: 'put', table: table.name, id, row: record } as const
    if (this.#isLimited) this.#limitRecord(change)
    this.#addWritten(id.length + weightOfRow(record))
    this.#write(change)
  }

  delete(table: Table, id: string): void {
    this.#write({ type: 'delete', table: table.name, id })
  }

  deleteBelow(table: Table, id: string): void {
    const range: Change = { type: 'delete-below', table: table.name, id }
    this.#written.add(table.name)
    this.#ranges.push(range)
    this.#segments.push(new Map())
    this.#log.push(range)
    if (this.#isLimited) this.#count(weightOfRemoval(range))
  }

  query(sql: string, ...parameters: SqlValue[]): readonly SqlRow[] {
    this.#spill()
    return this.#replica.query(sql, parameters)
  }

  emit(type: string, key: string, body: Json, detail?: string): number {
    const index = this.nextIndex
    const event: Event = {
      index,
      type,
      key,
      body: this.#isLimited ? plainJson(body) : body,
      detail: this.#kept(detail),
    }
    this.#events.push(event)
    this.#addWritten(weightOf(body) + (detail?.length ?? 0))
    // A body is JSON inside JSON: its quotes and backslashes weigh more there.
    if (this.#isLimited) this.#count(Buffer.byteLength(encodeOnce(event)))
    return index
  }

  forgetEvents(index: number): void {
    if (index >= this.#firstIndex + this.#eventsBefore)
      throw new Error('a command forgets what was before it, not its own events')
    // Those of commands in the same commit have to be there once, to be followed: this one waits for the next commit.
    if (index >= this.#firstIndex) throw new BatchIsFull()
    this.#forgets = Math.max(this.#forgets, index)
  }

  /**
   * Marks where a command begins, who asked for it, and when: `now` is in milliseconds since 1970. Its time is never before the
   * last one's. One that is not known as heavy, and is, is ended by CommandIsHeavy.
   */
  beginCommand(asker: Asker, now = this.#time, isHeavy = true): void {
    this.#weight.begin(isHeavy)
    this.#asker = asker
    this.#time = Math.max(this.#time, now)
    this.#undo = []
    this.#eventsBefore = this.#events.length
    this.#rangesBefore = this.#ranges.length
    this.#bytesBefore = this.#bytes
    this.#charactersBefore = this.#characters
    this.#forgetsBefore = this.#forgets
    this.#logBefore = this.#log.length
  }

  /** The command succeeded: what it wrote stays. Throws where it changed records without making an event. */
  keepCommand(): void {
    if (
      (this.#undo.length > 0 || this.#ranges.length > this.#rangesBefore) &&
      this.#events.length === this.#eventsBefore
    ) {
      throw new Error('a command that changes something makes at least one event')
    }
    if (this.#savepoint) this.#replica.database.exec('RELEASE command')
    this.#savepoint = false
  }

  /** The command failed: everything is as it was when it began. */
  undoCommand(): void {
    // What the commands before it wrote is in SQLite then, before the savepoint.
    if (this.#savepoint) this.#replica.undoTo('command')
    this.#log.length = this.#savepoint ? 0 : this.#logBefore
    this.#savepoint = false
    this.#ranges.length = this.#rangesBefore
    this.#segments.length = this.#rangesBefore + 1
    for (const { segment, key, before } of this.#undo.toReversed()) {
      if (before === undefined) segment.delete(key)
      else segment.set(key, before)
    }
    this.#events.length = this.#eventsBefore
    this.#bytes = this.#bytesBefore
    this.#characters = this.#charactersBefore
    this.#forgets = this.#forgetsBefore
  }

  /**
   * All changes of the batch in order, each record and each range once: without writes that were written over, without what a range
   * deleted later takes away again, and without deletes that a range does anyway. A journal that allows no put below a deleted
   * range (`#refuseBelowDeleted`) may so apply them in any order.
   */
  changes(): Change[] {
    const [first] = this.#segments
    if (first !== undefined && this.#ranges.length === 0) return [...first.values()]
    const last = new Map<string, Change>()
    for (const segment of this.#segments) for (const [key, change] of segment) last.set(key, change)
    return this.#segments.flatMap((segment, place) => {
      const isKept = ([key, change]: [string, Change]): boolean => {
        if (last.get(key) !== change) return false
        // Whatever stood there before the range is gone with it, and what was put behind it was written over.
        const ranges = change.type === 'put' ? this.#ranges.slice(place) : this.#ranges
        return !ranges.some((range) => covers(range, change))
      }
      const kept = [...segment].filter(isKept).map(([, change]) => change)
      const range = this.#ranges[place]
      return range === undefined || this.#isRepeated(range) ? kept : [...kept, range]
    })
  }

  /** Whether another range takes away all that this one does; of two that are the same it is the last one that counts. */
  #isRepeated(range: Change): boolean {
    const place = this.#ranges.indexOf(range)
    return this.#ranges.some(
      (other, at) => covers(other, range) || (at > place && other.table === range.table && other.id === range.id),
    )
  }

  /** What SQLite lacks of `changes`, which are all of the batch. */
  unapplied(changes: readonly Change[]): readonly Change[] {
    return this.#isSpilled ? this.#log : changes
  }

  #addWritten(characters: number): void {
    this.#characters += characters
    this.#weight.add(characters)
  }

  #kept(detail: string | undefined): string | undefined {
    return this.#limits.eventDetails ? detail : undefined
  }

  #write(change: Change): void {
    const segment = this.#segments[this.#segments.length - 1]
    if (segment === undefined) throw new Error('unreachable: there is always a last segment')
    if (change.type === 'put' && this.#ranges.length > 0) this.#refuseBelowDeleted(change)
    this.#written.add(change.table)
    const key = recordKey(change.table, change.id)
    const before = segment.get(key)
    this.#undo.push({ segment, key, before })
    segment.set(key, change)
    this.#log.push(change)
    this.#weight.noteWritten(change)
    if (this.#isLimited && change.type !== 'put') this.#count(weightOfRemoval(change))
  }

  /** The newest write of a record in this batch; a range deleted later hides it. */
  #find(table: string, id: string): Change | undefined {
    const key = recordKey(table, id)
    for (let place = this.#segments.length - 1; place >= 0; place--) {
      const written = this.#segments[place]?.get(key)
      if (written !== undefined) return written
      const range = this.#ranges[place - 1]
      if (range !== undefined && covers(range, { table, id })) return { type: 'delete', table, id }
    }
    return undefined
  }

  /**
   * Not every journal can put below a range that the same commit deletes: there such a put has to wait for the next commit. Of a
   * command that did both it would wait for ever, so none may, whatever the journal: "replace all" is to delete what goes and to
   * put what differs.
   */
  #refuseBelowDeleted(change: Change): void {
    const place = this.#ranges.findLastIndex((range) => covers(range, change))
    if (place === -1) return
    if (place >= this.#rangesBefore)
      throw new Error('a command may not put a record below a range that it deletes itself')
    if (!this.#limits.putBelowDeletedRange) throw new BatchIsFull()
  }

  /**
   * Brings SQLite up to date, so that SQL sees what was written: what this command wrote under a savepoint, so that it can still
   * be undone, and what earlier ones wrote before it, since that stays whatever becomes of this one. Costs what was written since
   * the last time. Where nothing may be written yet the batch ends before this command.
   */
  #spill(): void {
    if (this.#log.length === 0) return
    if (!this.#mayWrite) throw new BatchIsFull()
    this.#isSpilled = true
    if (!this.#savepoint) {
      this.#replica.applyChanges(this.#log.slice(0, this.#logBefore))
      this.#log = this.#log.slice(this.#logBefore)
      this.#logBefore = 0
      this.#replica.database.exec('SAVEPOINT command')
      this.#savepoint = true
    }
    this.#replica.applyChanges(this.#log)
    this.#log = []
  }

  #limitRecord({ table, id, row }: Change & { readonly type: 'put' }): void {
    const bytes = Buffer.byteLength(encodeOnce(row)) + Buffer.byteLength(id) + table.length
    if (bytes > this.#limits.recordBytes) {
      throw new CommandError(
        'too_large',
        `The value is too large for this store: ${bytes} bytes encoded, at most ${this.#limits.recordBytes}. Store less in one place.`,
      )
    }
    this.#count(bytes + OVERHEAD_BYTES)
  }

  /** Ends the batch before this command where the commit would grow past the journal's limits. */
  #count(bytes: number): void {
    this.#bytes += bytes
    let changes = this.#ranges.length
    for (const segment of this.#segments) changes += segment.size
    if (changes <= this.#limits.changes && this.#bytes <= this.#limits.bytes) return
    if (this.#eventsBefore > 0) throw new BatchIsFull()
    throw new CommandError(
      'too_large',
      `The change is too large for this store: at most ${this.#limits.changes} records and ${this.#limits.bytes} bytes at once. Change less at a time.`,
    )
  }
}

/** A removal stands in a commit twice: as an operation, and in words. */
function weightOfRemoval({ id }: Change): number {
  return 2 * Buffer.byteLength(JSON.stringify(id)) + OVERHEAD_BYTES
}

/** Whether a deleted range takes a record along. */
function covers(range: Change, record: { readonly table: string; readonly id: string }): boolean {
  return range.table === record.table && record.id.startsWith(`${range.id}/`)
}

function recordKey(table: string, id: string): string {
  return `${table}\u0000${id}`
}
