/**
 * Moving and keeping: a store copied whole to another place, a copy of a running desk in a file, and that file brought back, which
 * begins anew above all indexes that were given since (`restart.ts`).
 * Source and target are opened, and closed whatever happens. What is copied to be served is looked at first, as `check` does.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { desk } from '../desk.js'
import type { StorePlace, StorePlan } from '../journal/open.js'
import {
  TransferError,
  type Origin,
  type Restart,
  type StoredState,
  type TransferPurpose,
  type TransferTarget,
} from '../journal/transfer.js'
import { sqliteFailure } from '../sqlite/database.js'
import { areOneFile } from '../sqlite/file.js'
import { isHalfCopied } from '../store/copy-mark.js'
import { StoreOpenError } from '../store/errors.js'
import { refuseForeignFile, refuseNoFile, refuseOrphanedLog } from '../store/file-refusals.js'
import { openFileTarget } from '../store/transfer-file.js'
import { transfer, type TransferProgress, type TransferResult } from '../store/transfer.js'
import { checkFile, problemsOfState } from './check.js'
import { makeDataFolder, refuseFolder, refuseUnwritable } from './data-folder.js'
import { openState, planPlace, type OpenState } from './open-state.js'
import { finishPart, lockPart, partOf, refuseLog, refuseNoFolder, releasePart, removePart } from './part-file.js'
import { restartOf } from './restart.js'
import { messageOf } from '../fault.js'

/** How many of a source's faults a sentence names. */
const PROBLEMS_TOLD = 3

/** How sentences call what is done, and the flag that names its target. */
const WORDS = {
  copy: { done: 'copied', toFlag: '--to' },
  restore: { done: 'restored', toFlag: '--data or --store' },
} as const

export interface CopyOptions {
  readonly from: StorePlace
  readonly to: StorePlace
  /** Carries only the newest events; all unless given. */
  readonly historyEventsMax?: number | undefined
  readonly onProgress?: (progress: TransferProgress) => void
  /** Ends it between two portions. */
  readonly signal?: AbortSignal | undefined
}

/** A restore carries no history. */
export interface RestoreOptions extends Omit<CopyOptions, 'historyEventsMax'> {
  /** An index that is known to have been given since the backup was made. */
  readonly given?: number | undefined
}

/** What a backup holds, and what is wrong with it, a sentence each: it is kept all the same. */
export interface BackupResult extends TransferResult {
  readonly problems: readonly string[]
}

/**
 * Copies a store whole. Rejects with a sentence where it can't, or where something is wrong with it; then the target is served
 * by nobody.
 */
export function copyStore(options: CopyOptions): Promise<TransferResult> {
  return carry(options, 'copy')
}

/**
 * Brings a backup back to a place where nothing is. Rejects like `copyStore`, and where no index is left above the backup's.
 */
export function restoreStore({ given, ...options }: RestoreOptions): Promise<TransferResult> {
  return carry(options, 'restore', (origin) => restartOf(origin, given))
}

async function carry(
  options: CopyOptions,
  purpose: TransferPurpose,
  begin: (origin: Origin) => Restart | undefined = () => undefined,
): Promise<TransferResult> {
  const [from, to] = [planPlace(options.from), planPlace(options.to)]
  refuseItself(from, to, purpose)
  // Before the source is looked through, which may take minutes.
  if (to.openTransfer === undefined) refuseUnwritable(dirname(to.replicaPath), WORDS[purpose].toFlag)
  const state = await openState(from)
  try {
    await refuseUnwell(state, options.from, purpose)
    const restart = begin(state.origin)
    return await fill(state, await openTarget(to, restart?.origin ?? state.origin, purpose), options, restart)
  } finally {
    await state.close()
  }
}

/**
 * Copies a store, which may be in use, to one file with nothing beside it: first to a file of another name, which becomes it
 * when it is whole. Where it can't, nothing is left.
 */
export async function backUp(options: CopyOptions): Promise<BackupResult> {
  const { replicaPath } = planPlace(options.to)
  refuseNoFolder(replicaPath)
  refuseFolder(replicaPath, 'FILE')
  refuseNoFile(replicaPath)
  if (isTaken(replicaPath)) throw new TransferError(`${replicaPath} exists already: name a file that does not.`)
  refuseOrphanedLog(replicaPath)
  const state = await openState(planPlace(options.from))
  try {
    return await fillPart(state, options, replicaPath)
  } finally {
    await state.close()
  }
}

/** Else what is read here would seem, to whoever opens the target, to be in use by another process. */
function refuseItself(from: StorePlan, to: StorePlan, purpose: TransferPurpose): void {
  const isFile = from.openTransfer === undefined && to.openTransfer === undefined
  if (!isFile || !areOneFile(from.replicaPath, to.replicaPath)) return
  const { done, toFlag } = WORDS[purpose]
  throw new TransferError(
    `Source and target are the same file (${to.replicaPath}), so nothing is ${done}: name another target with ${toFlag}.`,
  )
}

/** One without content, or with the half of a copy, was left by an attempt of an older etcdesk: it is replaced. */
function isTaken(path: string): boolean {
  if (!existsSync(path) || statSync(path).size === 0) return false
  try {
    refuseForeignFile(path)
  } catch (error) {
    if (error instanceof StoreOpenError) return true
    throw error
  }
  return !isHalfCopied(path)
}

async function fillPart(state: OpenState, options: CopyOptions, path: string): Promise<BackupResult> {
  const part = partOf(path)
  const lock = lockPart(part)
  try {
    removePart(part)
    const result = await fill(state, openFileTarget(part, desk.tables, state.origin, { release: () => {} }), options)
    refuseLog(part)
    const { problems } = await checkFile(part)
    finishPart(part, path)
    return { ...result, problems }
  } finally {
    removePart(part)
    releasePart(part, lock)
  }
}

async function fill(
  state: OpenState,
  target: TransferTarget,
  options: CopyOptions,
  restart?: Restart,
): Promise<TransferResult> {
  const { historyEventsMax, onProgress, signal } = options
  const carried = historyEventsMax === undefined ? state : withHistory(state, historyEventsMax)
  try {
    return await transfer(carried, target, { restart, onProgress, signal })
  } catch (error) {
    if (sqliteFailure(error) !== 'corrupt') throw error
    throw new TransferError(`A file of the copy is damaged (${messageOf(error)}): run 'etcdesk check' on the source.`)
  } finally {
    await target.close()
  }
}

async function refuseUnwell(state: OpenState, { address }: StorePlace, purpose: TransferPurpose): Promise<void> {
  const problems = await problemsOfState(state)
  if (problems.length === 0) return
  const more = problems.length > PROBLEMS_TOLD ? '; and more' : ''
  const told = problems.slice(0, PROBLEMS_TOLD).join('; ')
  throw new TransferError(
    `Something is wrong with ${address}, so it is not ${WORDS[purpose].done}: ${told}${more}. 'etcdesk check' tells all; use a backup that is well.`,
  )
}

async function openTarget(plan: StorePlan, origin: Origin, purpose: TransferPurpose): Promise<TransferTarget> {
  if (plan.openTransfer === undefined) {
    const { toFlag: flag } = WORDS[purpose]
    const folder = makeDataFolder(dirname(plan.replicaPath), flag)
    try {
      refuseFolder(plan.replicaPath, flag)
      return openFileTarget(plan.replicaPath, desk.tables, origin)
    } catch (error) {
      folder.takeBack()
      throw error
    }
  }
  const remote = await plan.openTransfer()
  try {
    const target = await remote.openTarget(origin, purpose)
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

function withHistory(state: StoredState, eventsMax: number): StoredState {
  return {
    ...state,
    seal: undefined,
    async *events() {
      for await (const events of state.events()) {
        yield events.filter(({ index }) => index > state.origin.index - eventsMax)
      }
    },
  }
}
