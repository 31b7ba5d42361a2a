/**
 * Copies a whole store: records, then history, then, once what arrived was read back and is the same, the head. A copy that
 * ends before that leaves a target that no node serves, and is begun anew when it is run again.
 */
import { Checksum, TransferError, type Content, type StoredState, type TransferTarget } from '../journal/transfer.js'

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
  /** 64 hexadecimal digits over all records and events. */
  readonly checksum: string
}

/** Counts and checksums of some content. */
export interface Fingerprint {
  readonly records: Checksum
  readonly events: Checksum
}

/** Copies a state into an open target. Rejects with a TransferError where what arrived is not what was sent. */
export async function transfer(
  state: StoredState,
  target: TransferTarget,
  onProgress: (progress: TransferProgress) => void = () => undefined,
): Promise<TransferResult> {
  const sent: Fingerprint = { records: new Checksum(), events: new Checksum() }
  for await (const records of state.records()) {
    await target.putRecords(records)
    for (const record of records) sent.records.addRecord(record)
    onProgress({ phase: 'records', done: sent.records.count, total: state.recordCount })
  }
  let index: number | undefined
  for await (const events of state.events()) {
    for (const event of events) {
      if (index !== undefined && event.index !== index + 1) {
        throw new TransferError(`The history has a gap: event ${event.index} follows ${index}. Run 'etcdesk check'.`)
      }
      ;({ index } = event)
      sent.events.addEvent(event)
    }
    await target.putEvents(events)
    onProgress({ phase: 'events', done: sent.events.count, total: undefined })
  }
  if ((index ?? 0) !== state.origin.index) {
    throw new TransferError(
      `The history ends at ${index ?? 0}, not at the head ${state.origin.index}. Run 'etcdesk check'.`,
    )
  }
  if (state.checksum !== undefined && state.checksum !== sumOf(sent)) {
    throw new TransferError('The source is not what it was when it was made: it is damaged. Use another backup.')
  }
  state.release?.()
  const total = sent.records.count + sent.events.count
  const found = await fingerprint(await target.readBack(), (done) => onProgress({ phase: 'comparing', done, total }))
  if (!areEqual(sent, found)) {
    throw new TransferError(
      `What arrived is not what was sent (${describe(sent)} became ${describe(found)}): run the copy again.`,
    )
  }
  await target.finish(sumOf(sent))
  return {
    records: sent.records.count,
    events: sent.events.count,
    index: state.origin.index,
    checksum: sumOf(sent),
  }
}

/** Counts and adds up all there is. */
export async function fingerprint(
  content: Content,
  onProgress: (done: number) => void = () => undefined,
): Promise<Fingerprint> {
  const [records, events] = [new Checksum(), new Checksum()]
  for await (const portion of content.records()) {
    for (const record of portion) records.addRecord(record)
    onProgress(records.count)
  }
  for await (const portion of content.events()) {
    for (const event of portion) events.addEvent(event)
    onProgress(records.count + events.count)
  }
  return { records, events }
}

function areEqual(one: Fingerprint, other: Fingerprint): boolean {
  return (
    one.records.count === other.records.count && one.events.count === other.events.count && sumOf(one) === sumOf(other)
  )
}

/** The checksum of all: 64 hexadecimal digits. */
export function sumOf({ records, events }: Fingerprint): string {
  return BigInt.asUintN(256, BigInt(`0x${records.sum}`) + 3n * BigInt(`0x${events.sum}`))
    .toString(16)
    .padStart(64, '0')
}

function describe({ records, events }: Fingerprint): string {
  return `${records.count} records and ${events.count} events`
}
