/**
 * The file that a backup is written to until it is whole: beside the one that it becomes, under that name and `.part`. So a file
 * of the wanted name is always a whole backup, and what a kill leaves is told apart, and begun anew by the next attempt.
 */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { TransferError } from '../journal/transfer.js'
import { codeOf, COMPANIONS, kindOfNoFile, reasonOf } from '../sqlite/file.js'
import { lockFile, type FileLock } from '../sqlite/lock.js'
import { openError } from '../store/file-refusals.js'

/** The name under which the file is written. */
export function partOf(path: string): string {
  return `${path}.part`
}

/** Throws a TransferError where the folder of a file is not there: a backup makes none, since a slip would go unseen. */
export function refuseNoFolder(path: string): void {
  const folder = dirname(path)
  let kind: string | undefined
  try {
    kind = kindOfNoFile(folder) ?? (statSync(folder).isFile() ? 'a file' : 'nothing')
  } catch (error) {
    throw new TransferError(
      `The folder ${folder} can not be used (${reasonOf(error)}): make it first, or name another FILE.`,
    )
  }
  if (kind !== 'a folder') throw new TransferError(`${folder} is ${kind}, not a folder: name another FILE.`)
}

/** Takes the lock of an attempt; it is held until the end. Throws a TransferError where another is going on. */
export function lockPart(part: string): FileLock {
  for (const each of ['', '.lock']) {
    const kind = kindOfNoFile(part + each)
    if (kind !== undefined)
      throw new TransferError(`${part}${each} is ${kind}, not a file: move it away, or name another FILE.`)
  }
  let lock: FileLock | undefined
  try {
    lock = lockFile(`${part}.lock`)
  } catch (error) {
    throw openError(dirname(part), error)
  }
  if (lock === undefined) {
    throw new TransferError('Another backup to the same FILE is being made: wait for it, or name another.')
  }
  return lock
}

/** Throws a TransferError where what was written is not all in the file: its log could not be brought into it, and would not go with it. */
export function refuseLog(part: string): void {
  const log = ['-wal', '-journal'].find((suffix) => (statSync(part + suffix, { throwIfNoEntry: false })?.size ?? 0) > 0)
  if (log === undefined) return
  throw new TransferError(
    `${part} could not be finished: there is no room left on the disk, or somebody else reads it. Make room, then run this again.`,
  )
}

/** Removes what this attempt or one before has written. */
export function removePart(part: string): void {
  for (const suffix of ['', ...COMPANIONS]) rmSync(part + suffix, { force: true })
}

/** Lets the next attempt begin, and leaves no lock behind. */
export function releasePart(part: string, lock: FileLock): void {
  rmSync(`${part}.lock`, { force: true })
  lock.release()
}

/** Gives a whole file its name, and sees to it that the name is on the disk. Throws a TransferError where that is taken by now. */
export function finishPart(part: string, path: string): void {
  try {
    takeName(part, path)
    sync(dirname(path))
  } catch (error) {
    if (error instanceof TransferError) throw error
    throw new TransferError(`${path} can not be made (${reasonOf(error)}): name another FILE.`, { cause: error })
  }
}

function takeName(part: string, path: string): void {
  // What is replaced was looked at before: it is empty, or the half of a copy.
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) {
    replace(part, path)
    return
  }
  try {
    // Unlike renaming it never replaces what somebody made meanwhile.
    linkSync(part, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new TransferError(`${path} exists by now: name a file that does not.`)
    renameSync(part, path)
    return
  }
  rmSync(part)
}

/** The log of the half of a copy would be taken for that of what comes in its place. */
function replace(part: string, path: string): void {
  const lock = lockFile(`${path}.lock`)
  if (lock === undefined) throw new TransferError(`Another etcdesk uses ${path}: name another FILE.`)
  try {
    for (const suffix of COMPANIONS) rmSync(path + suffix, { force: true })
    renameSync(part, path)
  } finally {
    // A backup is one file: nobody waits for this lock, and whoever opens the file makes one.
    rmSync(`${path}.lock`, { force: true })
    lock.release()
  }
}

function sync(folder: string): void {
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } catch {
    // Some file systems, and Windows, know no such thing for a folder.
  } finally {
    closeSync(file)
  }
}
