/**
 * Copies a whole store: records, then history, then, once what arrived was read back and is the same, the head. A copy that
 * ends before that leaves a target that no node serves, and is begun anew when it is run again. Where a store begins anew its
 * source's history is read, to see that it is whole, and stays behind.
 */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  Checksum,
  TransferError,
  type Content,
  type Origin,
  type Restart,
  type StoredState,
  type TransferTarget,
} from '../journal/transfer.js'

/** How far a copy is. */
export interface TransferProgress {
  readonly phase: 'records' | 'events' | 'comparing'
  /** What is done of this phase. */
  readonly done: number
  /** What there is to do; undefined where nobody knows yet. */
  readonly total: number | undefined
}

/** What a copy holds. */
export interface TransferResult {
  readonly records: number
  readonly events: number
  /** The newest index. */
  readonly index: number
  /** 64 hexadecimal digits over all: identity, head, records and events. */
  readonly checksum: string
}

/** Counts and checksums of some content. */
export interface Fingerprint {
  readonly records: Checksum
  readonly events: Checksum
}

export interface TransferOptions {
  /** Where the copy begins anew; it has the head and the history of its source unless given. */
  readonly restart?: Restart | undefined
  /** Told of each portion, and at the end of each phase with all of it done. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined
  /** Ends the copy between two portions. */
  readonly signal?: AbortSignal | undefined
}

/** Copies a state into an open target. Rejects with a TransferError where what arrived is not what was sent. */
export async function transfer(
  state: StoredState,
  target: TransferTarget,
  { restart, onProgress = () => undefined, signal }: TransferOptions = {},
): Promise<TransferResult> {
  const source: Fingerprint = { records: new Checksum(), events: new Checksum() }
  for await (const records of state.records()) {
    await target.putRecords(records)
    for (const record of records) source.records.addRecord(record)
    onProgress({ phase: 'records', done: source.records.count, total: state.recordCount })
    await pause(signal)
  }
  onProgress({ phase: 'records', done: source.records.count, total: source.records.count })
  let index: number | undefined
  for await (const events of state.events()) {
    for (const event of events) {
      if (index !== undefined && event.index !== index + 1) {
        throw new TransferError(`The history has a gap: event ${event.index} follows ${index}. Run 'etcdesk check'.`)
      }
      ;({ index } = event)
      source.events.addEvent(event)
    }
    if (restart === undefined) {
      await target.putEvents(events)
      onProgress({ phase: 'events', done: source.events.count, total: undefined })
    }
    await pause(signal)
  }
  if ((index ?? 0) !== state.origin.index) {
    throw new TransferError(
      `The history ends at ${index ?? 0}, not at the head ${state.origin.index}. Run 'etcdesk check'.`,
    )
  }
  if (!isAsSealed(state, source)) {
    throw new TransferError('The source is not what it was when it was made: it is damaged. Use another backup.')
  }
  state.release?.()
  const sent = restart === undefined ? source : { records: source.records, events: await begin(target, restart) }
  onProgress({ phase: 'events', done: sent.events.count, total: sent.events.count })
  const total = sent.records.count + sent.events.count
  const found = await fingerprint(await target.readBack(), (done) => {
    onProgress({ phase: 'comparing', done, total })
    return pause(signal)
  })
  if (!areEqual(sent, found)) {
    throw new TransferError(
      `What arrived is not what was sent (${describe(sent)} became ${describe(found)}): run this again.`,
    )
  }
  onProgress({ phase: 'comparing', done: total, total })
  const origin = restart?.origin ?? state.origin
  const checksum = sumOf(sent, origin)
  await target.finish(checksum)
  return { records: sent.records.count, events: sent.events.count, index: origin.index, checksum }
}

/** Puts the history with which a store begins anew; answers its checksum. */
async function begin(target: TransferTarget, { events }: Restart): Promise<Checksum> {
  await target.putEvents(events)
  const sum = new Checksum()
  for (const event of events) sum.addEvent(event)
  return sum
}

/** Whether a state is what its seal says, where it has one. */
export async function hasWholeSeal(state: StoredState): Promise<boolean> {
  if (state.seal === undefined || state.seal.type === 'broken') return state.seal === undefined
  return isAsSealed(state, await fingerprint(state))
}

function isAsSealed({ seal, origin }: StoredState, found: Fingerprint): boolean {
  if (seal === undefined || seal.type === 'broken') return seal === undefined
  return seal.checksum === (seal.type === 'all' ? sumOf(found, origin) : sumOfContent(found))
}

/** Lets signals be heard between two portions; a file is read and written without a turn of the event loop. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn()
  if (signal?.aborted === true) throw new TransferError('Interrupted before the copy was whole.')
}

/** Counts and adds up all there is. */
export async function fingerprint(
  content: Content,
  onPortion: (done: number) => Promise<void> | void = () => undefined,
): Promise<Fingerprint> {
  const [records, events] = [new Checksum(), new Checksum()]
  for await (const portion of content.records()) {
    for (const record of portion) records.addRecord(record)
    await onPortion(records.count)
  }
  for await (const portion of content.events()) {
    for (const event of portion) events.addEvent(event)
    await onPortion(records.count + events.count)
  }
  return { records, events }
}

function areEqual(one: Fingerprint, other: Fingerprint): boolean {
  return (
    one.records.count === other.records.count &&
    one.events.count === other.events.count &&
    sumOfContent(one) === sumOfContent(other)
  )
}

/** The checksum of all, identity and head included: 64 hexadecimal digits. */
function sumOf({ records, events }: Fingerprint, { clusterId, index, time }: Origin): string {
  const all = [clusterId, index, time, records.count, records.sum, events.count, events.sum]
  return createHash('sha256').update(JSON.stringify(all)).digest('hex')
}

/** The checksum of records and events, as an older etcdesk has noted it: 64 hexadecimal digits. */
function sumOfContent({ records, events }: Fingerprint): string {
  return BigInt.asUintN(256, BigInt(`0x${records.sum}`) + 3n * BigInt(`0x${events.sum}`))
    .toString(16)
    .padStart(64, '0')
}

function describe({ records, events }: Fingerprint): string {
  return `${records.count} records and ${events.count} events`
}
