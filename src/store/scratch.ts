/**
 * A private folder in the place for temporary files, for a copy of data. Whoever made it takes it away as soon as what lies in it is
 * open, where the system lets go of names in use: so whatever ends the process ends the copy too. What one that was killed before
 * that has left, the next one removes; a lock inside tells what is in use.
 */
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockFile } from '../sqlite/lock.js'

const PREFIX = 'etcdesk-scratch-'
const LOCK = 'lock'

export interface Scratch {
  readonly folder: string
  /** Does nothing where the system keeps what is in use: to be called again at the end. */
  remove(): void
}

/** Makes a folder. Throws the system's error where that fails. */
export function makeScratch(): Scratch {
  removeLeft()
  const folder = mkdtempSync(join(tmpdir(), PREFIX))
  const lock = lockFile(join(folder, LOCK))
  // Somebody who cleans up was quicker than the lock.
  if (lock === undefined) return makeScratch()
  let isLocked = true
  const remove = (): void => {
    if (isLocked) lock.release()
    isLocked = false
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // It is in use, or not ours any more.
    }
  }
  return { folder, remove }
}

/** Removes what processes that were killed have left. */
function removeLeft(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    try {
      removeUnused(join(tmpdir(), name))
    } catch {
      // It went meanwhile, or can't go: it is not needed in any case.
    }
  }
}

function removeUnused(folder: string): void {
  const { uid } = lstatSync(folder)
  // Without the lock it is just being made.
  if (uid !== (process.getuid?.() ?? uid) || !existsSync(join(folder, LOCK))) return
  const lock = lockFile(join(folder, LOCK))
  if (lock === undefined) return
  lock.release()
  rmSync(folder, { recursive: true, force: true })
}
