/**
 * The replica's file on its way to being open: refused where it is not ours, locked against other processes, and, where it is
 * a copy that can be made anew, set aside when it is damaged. What is refused has changed nothing.
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { StorePlan } from '../journal/open.js'
import { sqliteFailure } from '../sqlite/database.js'
import { codeOf, makePrivateFolder, reasonOf } from '../sqlite/file.js'
import { lockFile, type FileLock } from '../sqlite/lock.js'
import { refuseHalfCopied } from './copy-mark.js'
import { StoreOpenError } from './errors.js'
import { refuseBrokenHead } from './file-head.js'
import { refuseOtherKind } from './file-kind.js'
import { keepMemberId, readMemberId } from './member.js'
import { endRenewal, markForRenewal, readMark, setAside, type Renewal } from './renewal.js'
import {
  refuseForeignFile,
  refuseNoFile,
  refuseOrphanedLog,
  refuseSharedFile,
  refuseUnderAnotherName,
} from './file-refusals.js'
import { Replica } from './replica.js'
import { isOfOtherLayout, refuseForeignSchema } from './schema.js'
import { breakSeal } from './seal.js'
import { removeLeftSpools } from './spools.js'
import type { Table } from './table.js'

export interface ReplicaFileOptions {
  readonly tables: readonly Table[]
  /** How many events are kept for late watchers. */
  readonly historyEventsMax: number
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
}

/** An open replica, and what ends its use: closes the file and lets go of the lock. */
export interface ReplicaFile {
  readonly replica: Replica
  readonly release: () => void
}

const RENEWALS: Readonly<Record<Renewal, string>> = {
  damaged: 'is damaged',
  'other-layout': 'was laid out by another version of etcdesk',
}

/** Opens the replica of a store. Throws a StoreOpenError that says what to do. */
export function openReplicaFile(plan: StorePlan, options: ReplicaFileOptions): ReplicaFile {
  const { replicaPath: path, synchronous } = plan
  refuseNoFile(path)
  refuseSharedFile(path)
  refuseUnderAnotherName(path)
  const renewal = plan.isCopy ? whyRenewed(path, options.tables) : undefined
  if (renewal === undefined) {
    // Before anything is written, the lock beside it included.
    refuseForeignFile(path)
    refuseOtherKind(plan)
    if (existsSync(path)) {
      refuseForeignSchema(path, options.tables)
      refuseBrokenHead(path)
    }
    refuseHalfCopied(path)
    if (!plan.isCopy) refuseOrphanedLog(path)
  }
  const lock = takeLock(path)
  try {
    removeLeftSpools(path)
    if (renewal !== undefined) {
      setAside(path, renewal, readMark(path)?.memberId ?? readMemberId(path))
      options.onNotice(`The local copy ${path} ${RENEWALS[renewal]}: it is set aside and made anew.`)
    }
    const { tables, historyEventsMax, onNotice } = options
    const onRaised = (format: number): void =>
      onNotice(
        `${path} was raised to format ${format}. An etcdesk of before can not open it any more, nor a backup of it.`,
      )
    const replica = Replica.open({ path, tables, historyEventsMax, synchronous, onRaised, isDeriving: true })
    try {
      if (plan.isCopy) finishRenewal(replica, path)
      breakSeal(replica)
    } catch (error) {
      replica.close()
      throw error
    }
    const release = (): void => {
      replica.close()
      lock.release()
    }
    return { replica, release }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Whether an error says that a file is damaged. */
export function isDamage(error: unknown): boolean {
  return sqliteFailure(error) === 'corrupt' || (error instanceof StoreOpenError && error.code === 'corrupt')
}

/** Has the copy made anew at the next start, and says so. */
export function damagedCopy(path: string): StoreOpenError {
  markForRenewal(path)
  return new StoreOpenError('corrupt', `The local copy ${path} is damaged. Start again: it is then made anew.`)
}

/** Why a local copy is made anew: it was found damaged, by the last process or now, or another version has laid it out. */
function whyRenewed(path: string, tables: readonly Table[]): Renewal | undefined {
  const mark = readMark(path)
  const isMarked = mark?.isAside === false
  if (isMarked && mark.why !== undefined) return mark.why
  const otherwise = isMarked ? 'damaged' : undefined
  try {
    if (isOfOtherLayout(path, tables)) return 'other-layout'
    if (existsSync(path)) refuseBrokenHead(path)
    return otherwise
  } catch (error) {
    return isDamage(error) ? 'damaged' : otherwise
  }
}

/** Gives a copy that was made anew the id of the one before it: the others know this node by it. */
function finishRenewal({ database }: Replica, path: string): void {
  const mark = readMark(path)
  if (mark === undefined) return
  if (mark.memberId !== undefined) {
    keepMemberId(database, mark.memberId)
    // On the disk, before the mark that holds it goes.
    database.checkpoint()
  }
  endRenewal(path)
}

/** Makes a folder and those above it. Not by `recursive: true`: below /proc Node 20 then tries for ever, deaf to signals. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    makePrivateFolder(folder)
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(folder)) throw error
  }
}

/** Makes the folder and takes the lock beside the file. Throws a StoreOpenError that says what to do. */
function takeLock(path: string): FileLock {
  const folder = dirname(path)
  try {
    makeFolder(folder)
    const lock = lockFile(`${path}.lock`)
    if (lock !== undefined) return lock
  } catch (error) {
    if (sqliteFailure(error) === 'full' || ['ENOSPC', 'EDQUOT'].includes(codeOf(error))) {
      throw new StoreOpenError('full', `There is no room to write ${path}: make room on the disk.`, { cause: error })
    }
    throw new StoreOpenError(
      'unwritable',
      `The folder ${folder} can not be written (${reasonOf(error)}): choose another with --data, or change its permissions.`,
      { cause: error },
    )
  }
  throw new StoreOpenError(
    'in-use',
    `Another etcdesk already uses ${path}: stop that one first, or choose another folder with --data.`,
  )
}
