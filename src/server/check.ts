/**
 * Looks whether a store is what it should be: each sentence that comes back is something wrong. A store's file is read in
 * one read transaction; what lies in etcd is listed at one revision, into a file that is gone afterwards, and a node's local
 * copy is compared with what etcd held when the copy stood there.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { desk } from '../commands.js'
import type { StorePlace } from '../journal/open.js'
import {
  TransferError,
  type Put,
  type RemoteTransfer,
  type StoredState,
  type TransferTarget,
} from '../journal/transfer.js'
import { openDatabase, sqliteFailure } from '../sqlite/database.js'
import { contentOf, openFileState, openFileTarget } from '../store/transfer-file.js'
import { fingerprint, sumOf } from '../store/transfer.js'
import { ticketId } from '../tickets/ticket.js'
import { problemsOf, say } from './check-file.js'
import { planPlace } from './keeping.js'

/** What a check found. */
export interface CheckResult {
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[]
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
    const state = await remote.openState()
    const problems = [...(await problemsOfListing(state)), ...(await problemsOfReplica(plan.replicaPath, remote))]
    return { problems, records: state.recordCount, index: state.origin.index }
  } finally {
    await remote.close()
  }
}

async function checkFile(path: string): Promise<CheckResult> {
  const state = openFileState(path, desk.tables)
  try {
    const problems = [...problemsOf(state.database), ...(await problemsOfChecksum(state))]
    return { problems, records: state.recordCount, index: state.origin.index }
  } catch (error) {
    if (sqliteFailure(error) !== 'corrupt') throw error
    return { problems: [`the file is damaged: ${describe(error)}`], records: 0, index: state.origin.index }
  } finally {
    await state.close()
  }
}

/** A backup says what it was when it was made. */
async function problemsOfChecksum(state: StoredState): Promise<string[]> {
  if (state.checksum === undefined || state.checksum === sumOf(await fingerprint(state))) return []
  return ['the content is not what it was when this file was made: something has damaged it since']
}

/** What is wrong with what was listed: with its names, and with what it says. */
async function problemsOfListing(state: StoredState): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-check-'))
  try {
    const path = join(folder, 'desk.db')
    const target = openFileTarget(path, desk.tables, state.origin)
    let problems: string[]
    try {
      problems = [...(await loadRecords(state, target)), ...(await loadEvents(state, target))]
      await target.finish()
    } catch (error) {
      // Something that is no record or commit of ours: what else there is can not be told.
      if (error instanceof Error && error.name === 'LayoutError') return [error.message]
      throw error
    } finally {
      await target.close()
    }
    const inside = await checkFile(path)
    return [...problems, ...inside.problems]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Loads the records; tells those that stand under a name that is not theirs. */
async function loadRecords(state: StoredState, target: TransferTarget): Promise<string[]> {
  const [strange, misplaced]: [string[], string[]] = [[], []]
  const isInPlace = ({ table: name, id, row }: Put): boolean => {
    const table = desk.tables.find((known) => known.name === name)
    if (table === undefined) strange.push(`${name}/${id}`)
    else if (ownId(row, name) !== id) misplaced.push(`${name}/${id}`)
    else return true
    return false
  }
  for await (const records of state.records()) await target.putRecords(records.filter(isInPlace))
  return [
    ...say('records are of no kind that is known', strange),
    ...say("records stand under another's name", misplaced),
  ]
}

/** The id that a record's own row says. */
function ownId(row: Put['row'], table: string): string | undefined {
  const { path, number, name } = row
  if (table === 'keys') return typeof path === 'string' ? path : undefined
  if (table === 'tickets') return typeof number === 'number' ? ticketId(number) : undefined
  return typeof name === 'string' ? name : undefined
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

/** Compares the local copy, where there is one that etcd still has the state of. */
async function problemsOfReplica(path: string, remote: RemoteTransfer): Promise<string[]> {
  if (!existsSync(path)) return []
  try {
    return await compareReplica(path, remote)
  } catch (error) {
    if (sqliteFailure(error) !== 'corrupt') throw error
    return [
      `the local copy ${path} is damaged (${describe(error)}): stop its node and start it again, then it is made anew`,
    ]
  }
}

async function compareReplica(path: string, remote: RemoteTransfer): Promise<string[]> {
  const database = openDatabase(path, { readOnly: true })
  try {
    database.beginRead()
    const guard = String(database.prepare('SELECT guard FROM head').get()?.['guard'])
    const then = await remote.openState(guard).catch((error: unknown) => {
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
    database.rollback()
    database.close()
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
