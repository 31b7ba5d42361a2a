/**
 * Moving and keeping: a store copied whole to another place, a copy of a running desk in a file, and that file brought back.
 * Source and target are opened, and closed whatever happens.
 */
import { existsSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { desk } from '../commands.js'
import { planStore, type StorePlace, type StorePlan } from '../journal/open.js'
import { TransferError, type Origin, type StoredState, type TransferTarget } from '../journal/transfer.js'
import { sqliteFailure } from '../sqlite/database.js'
import { isHalfCopied } from '../store/copy-mark.js'
import { refuseForeignFile } from '../store/own-file.js'
import { openFileState, openFileTarget } from '../store/transfer-file.js'
import { transfer, type TransferProgress, type TransferResult } from '../store/transfer.js'
import { makeDataFolder, refuseFolder } from './data-folder.js'

export interface CopyOptions {
  readonly from: StorePlace
  readonly to: StorePlace
  /** Carries only the newest events; all unless given. */
  readonly historyEventsMax?: number | undefined
  readonly onProgress?: (progress: TransferProgress) => void
}

/** Copies a store whole. Rejects with a sentence where it can't; then the target is served by nobody. */
export async function copyStore({ from, to, historyEventsMax, onProgress }: CopyOptions): Promise<TransferResult> {
  const [source, destination] = [planPlace(from), planPlace(to)]
  const state = await openState(source)
  try {
    const carried = historyEventsMax === undefined ? state : withHistory(state, historyEventsMax)
    const target = await openTarget(destination, state.origin)
    try {
      return await transfer(carried, target, onProgress)
    } catch (error) {
      if (sqliteFailure(error) !== 'corrupt') throw error
      throw new TransferError(`A file of the copy is damaged (${describe(error)}): run 'etcdesk check' on the source.`)
    } finally {
      await target.close()
    }
  } finally {
    await state.close()
  }
}

/** Copies a store, which may be in use, to one file with nothing beside it. */
export async function backUp(options: CopyOptions): Promise<TransferResult> {
  const { replicaPath } = planPlace(options.to)
  refuseFolder(replicaPath, 'FILE')
  refuseForeignFile(replicaPath)
  // One without content was left by an attempt that found no room.
  if (existsSync(replicaPath) && statSync(replicaPath).size > 0 && !isHalfCopied(replicaPath)) {
    throw new TransferError(`${replicaPath} exists already: name a file that does not.`)
  }
  const result = await copyStore(options)
  rmSync(`${replicaPath}.lock`, { force: true })
  return result
}

/** What a store's address means. @throws TransferError where it is none that outlives this process */
export function planPlace(place: StorePlace): StorePlan {
  const plan = place.address === 'sqlite::memory:' ? undefined : planStore(place)
  if (plan !== undefined) return plan
  throw new TransferError(`"${place.address}" can not be kept or moved: name sqlite:PATH or etcd://HOST:PORT/PREFIX.`)
}

/** The state of a store, wherever it lies, as it is now. */
export async function openState(plan: StorePlan): Promise<StoredState> {
  if (plan.openTransfer === undefined) return openFileState(plan.replicaPath, desk.tables)
  const remote = await plan.openTransfer()
  try {
    const state = await remote.openState()
    return { ...withoutStrangers(state), close: () => remote.close() }
  } catch (error) {
    await remote.close()
    throw error
  }
}

async function openTarget(plan: StorePlan, origin: Origin): Promise<TransferTarget> {
  if (plan.openTransfer === undefined) {
    const folder = makeDataFolder(dirname(plan.replicaPath), '--to')
    try {
      refuseFolder(plan.replicaPath, '--to')
      return openFileTarget(plan.replicaPath, desk.tables, origin)
    } catch (error) {
      folder.takeBack()
      throw error
    }
  }
  const remote = await plan.openTransfer()
  try {
    const target = await remote.openTarget(origin)
    return closingToo(target, () => remote.close())
  } catch (error) {
    await remote.close()
    throw error
  }
}

/** The target with its `close` followed by another. */
function closingToo(target: TransferTarget, close: () => Promise<void>): TransferTarget {
  return {
    putRecords: (records) => target.putRecords(records),
    putEvents: (events) => target.putEvents(events),
    readBack: () => target.readBack(),
    finish: (checksum) => target.finish(checksum),
    close: async () => {
      await target.close()
      await close()
    },
  }
}

/** Another program's keys among the records: nodes do not see them either. */
function withoutStrangers(state: StoredState): StoredState {
  const names = new Set(desk.tables.map(({ name }) => name))
  return {
    ...state,
    async *records() {
      for await (const records of state.records()) yield records.filter(({ table }) => names.has(table))
    },
  }
}

function withHistory(state: StoredState, eventsMax: number): StoredState {
  return {
    ...state,
    checksum: undefined,
    async *events() {
      for await (const events of state.events()) {
        yield events.filter(({ index }) => index > state.origin.index - eventsMax)
      }
    },
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
