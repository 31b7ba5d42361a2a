/**
 * Looks whether a store is what it should be: each sentence that comes back is something wrong. A store's file is read in
 * one read transaction; what lies in etcd is listed at one revision, into a file that is gone afterwards, and a node's local
 * copy is compared with what etcd held when the copy stood there.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { desk } from '../desk.js'
import { plainRow } from '../journal/journal.js'
import type { StorePlace } from '../journal/open.js'
import {
  TransferError,
  type Put,
  type RemoteTransfer,
  type StoredState,
  type TransferTarget,
} from '../journal/transfer.js'
import { unindexedSentence } from '../search/index/progress.js'
import { openDatabase, sqliteFailure, type Database } from '../sqlite/database.js'
import { say } from '../store/check.js'
import { StoreOpenError } from '../store/errors.js'
import { readFileHead } from '../store/file-head.js'
import { raisedCopyOf } from '../store/raised-copy.js'
import { isDamage } from '../store/replica-file.js'
import { formatOf, isOlderFormat } from '../store/file-format.js'
import { isEmpty, openError, refuseForeignFile } from '../store/file-refusals.js'
import { makeScratch } from '../store/scratch.js'
import { differenceOf, type SchemaDifference } from '../store/schema.js'
import type { Table } from '../store/table.js'
import { contentOf, openFileTarget, readFileState } from '../store/transfer-file.js'
import { fingerprint, hasWholeSeal } from '../store/transfer.js'
import { problemsOf } from './check-file.js'
import { planPlace, type OpenState } from './open-state.js'
import { messageOf } from '../fault.js'

const tables: readonly Table[] = desk.tables

/** What a check found. */
export interface CheckResult {
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[]
  /** What is not wrong, and could not be looked at: a sentence each. */
  readonly notices: readonly string[]
  readonly records: number
  /** The newest index. */
  readonly index: number
}

/** Checks a store that may be in use. Rejects with a sentence where it can't be read at all. */
export async function checkStore(place: StorePlace): Promise<CheckResult> {
  const plan = planPlace(place)
  if (plan.openTransfer === undefined) return checkFile(plan.replicaPath)
  const remote = await plan.openTransfer()
  try {
    const unreadable: string[] = []
    const state = await remote.openState({ onUnreadable: (sentence) => void unreadable.push(sentence) })
    const listed = await problemsOfListing(state)
    const problems = [
      ...say('in etcd lies what can not be read', unreadable),
      ...listed,
      ...(await problemsOfReplica(plan.replicaPath, remote)),
    ]
    const notices = noticesOfReplica(plan.replicaPath)
    return { problems, notices, records: state.recordCount, index: state.origin.index }
  } finally {
    await remote.close()
  }
}

/** What is wrong with a state that is to be copied; a sentence each. */
export async function problemsOfState(state: OpenState): Promise<string[]> {
  if (state.database === undefined) return problemsOfListing(state)
  return [...problemsOf(state.database), ...(await problemsOfSeal(state))]
}

/** Checks a store's file, whatever else it holds. */
export async function checkFile(path: string): Promise<CheckResult> {
  refuseForeignFile(path)
  const { foreign, changed, missing, isOlder } = schemaOfFile(path)
  const problems = [
    ...say('the file holds what etcdesk never made', foreign),
    ...say('the file holds what etcdesk makes otherwise', changed),
    ...say('the file lacks what every store has', missing),
  ]
  // What a table is that is none of ours can't be asked; and SQLite would run what is not ours to raise a copy of the file.
  const isReadable = changed.length === 0 && !missing.some((name) => name.startsWith('table'))
  if (!isReadable || (isOlder && foreign.length > 0)) return { problems, notices: [], records: 0, index: 0 }
  const state = readFileState(path, desk.tables)
  try {
    problems.push(...(await problemsOfState(state)))
    const notices = [unindexedSentence(state.database) ?? []].flat()
    return { problems, notices, records: state.recordCount, index: state.origin.index }
  } finally {
    await state.close()
  }
}

function schemaOfFile(path: string): SchemaDifference & { readonly isOlder: boolean } {
  if (!existsSync(path)) return { foreign: [], changed: [], missing: [], isOlder: false }
  let database
  try {
    database = openDatabase(path, { readOnly: true })
    // A file in which nothing was made is no store, and whoever opens it says so.
    const isNothing = isEmpty(database)
    const difference = { ...differenceOf(database, desk.tables), isOlder: isOlderFormat(formatOf(database)) }
    return isNothing ? { ...difference, missing: [] } : difference
  } catch (error) {
    throw openError(path, error)
  } finally {
    database?.close()
  }
}

/** A backup says what it was when it was made. */
async function problemsOfSeal(state: StoredState): Promise<string[]> {
  const isWhole = await hasWholeSeal(state).catch((error: unknown) => {
    if (sqliteFailure(error) === 'corrupt') return false
    throw error
  })
  return isWhole ? [] : ['the content is not what it was when this file was made: something has damaged it since']
}

/** What is wrong with what was listed: with its names, and with what it says. */
async function problemsOfListing(state: StoredState): Promise<string[]> {
  const scratch = makeScratch()
  try {
    const path = join(scratch.folder, 'desk.db')
    const target = openFileTarget(path, desk.tables, state.origin)
    let problems: string[]
    try {
      problems = [...(await loadRecords(state, target)), ...(await loadEvents(state, target))]
      await target.finish()
    } catch (error) {
      // Something that is no record or commit of ours, met by a copy: what else there is 'etcdesk check' tells.
      if (error instanceof Error && error.name === 'LayoutError') return [error.message]
      throw error
    } finally {
      await target.close()
    }
    const inside = readFileState(path, desk.tables)
    scratch.remove()
    try {
      return [...problems, ...problemsOf(inside.database)]
    } finally {
      await inside.close()
    }
  } finally {
    scratch.remove()
  }
}

/** Loads the records; tells those that stand under a name that is not theirs. */
async function loadRecords(state: StoredState, target: TransferTarget): Promise<string[]> {
  const [strange, misplaced, wrong]: [string[], string[], string[]] = [[], [], []]
  const isInPlace = ({ table: name, id, row }: Put): boolean => {
    const table = tables.find((known) => known.name === name)
    const kept = table && keptRow(table, row)
    if (table === undefined) strange.push(`${name}/${id}`)
    else if (kept === undefined) wrong.push(`${name}/${id}`)
    else if (table.idOf(kept) !== id) misplaced.push(`${name}/${id}`)
    else return true
    return false
  }
  for await (const records of state.records()) await target.putRecords(records.filter(isInPlace))
  return [
    ...say('records are of no kind that is known', strange),
    ...say("records stand under another's name", misplaced),
    ...say('records have not the fields of their kind', wrong),
  ]
}

/** What would be kept of a record, as it would come back; undefined where that is not the record: it has not the fields of its kind. */
function keptRow(table: Table, row: Put['row']): Put['row'] | undefined {
  let kept: Put['row']
  try {
    const values = table.encode(row)
    kept = table.decode(Object.fromEntries(table.columns.map((column, place) => [column, values[place] ?? null])))
  } catch {
    // A number where a text belongs, say.
    return undefined
  }
  // Large texts are kept as bytes.
  const record = plainRow(table.toRecord(kept))
  const names = Object.keys(row)
  const isSame = names.length === Object.keys(record).length && names.every((name) => record[name] === row[name])
  return isSame ? kept : undefined
}

/** Loads the events; tells those whose index was there before. Gaps are found in the file. */
async function loadEvents(state: StoredState, target: TransferTarget): Promise<string[]> {
  const repeated: string[] = []
  let newest = 0
  for await (const events of state.events()) {
    const fresh = events.filter(({ index }) => {
      const isFresh = index > newest
      if (isFresh) newest = index
      else repeated.push(String(index))
      return isFresh
    })
    await target.putEvents(fresh)
  }
  return say('events stand there twice, or out of order', repeated)
}

/** What of the local copy, where there is one, could not be looked at. */
function noticesOfReplica(path: string): string[] {
  if (!existsSync(path)) return []
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    return [unindexedSentence(database) ?? []].flat()
  } catch {
    // What is wrong with the copy is told as a problem.
    return []
  } finally {
    database?.close()
  }
}

/** Compares the local copy, where there is one that etcd still has the state of. */
async function problemsOfReplica(path: string, remote: RemoteTransfer): Promise<string[]> {
  if (!existsSync(path)) return []
  try {
    refuseForeignFile(path)
    const { foreign, changed, missing } = schemaOfFile(path)
    if ([foreign, changed, missing].flat().length === 0) return await compareReplica(path, remote)
    return [`the local copy ${path} is laid out otherwise than here: its node makes it anew when it starts`]
  } catch (error) {
    if (error instanceof StoreOpenError && error.code !== 'corrupt') return [error.message]
    if (!isDamage(error)) throw error
    return [
      `the local copy ${path} is damaged (${messageOf(error)}): stop its node and start it again, then it is made anew`,
    ]
  }
}

async function compareReplica(path: string, remote: RemoteTransfer): Promise<string[]> {
  const raised = raisedCopyOf(path, desk.tables)
  let database: Database | undefined
  try {
    database = openDatabase(raised?.path ?? path, { readOnly: true })
    database.beginRead()
    const { guard } = readFileHead(database)
    raised?.remove()
    // One that stands at no head, such as one that was just made, says nothing.
    if (guard === '') return []
    const then = await remote.openState({ guard }).catch((error: unknown) => {
      if (error instanceof TransferError) return undefined
      throw error
    })
    if (then === undefined) return []
    const [here, there] = [await fingerprint(contentOf(database, desk.tables)), await fingerprint(then)]
    if (here.records.sum === there.records.sum) return []
    return [
      `the local copy ${path} is not what etcd held at index ${then.origin.index} (${here.records.count} records here, ` +
        `${there.records.count} there): stop its node and remove the file, then it is made anew`,
    ]
  } finally {
    database?.rollback()
    database?.close()
    raised?.remove()
  }
}
