/**
 * Setting aside a local copy that is to be made anew, since SQLite finds it damaged or another version of this program laid it
 * out otherwise. Damage shows while the process runs: the copy is marked, the process ends, and the next one sets it aside; a
 * process that is killed in between changes nothing about that. What is set aside stays beside it, the last one only: it may
 * tell what happened to the disk.
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** Why a copy is made anew. */
export type Renewal = 'damaged' | 'other-layout'

/** Has the copy set aside at the next start. */
export function markForRenewal(path: string): void {
  writeFileSync(markOf(path), '')
}

export function isMarkedForRenewal(path: string): boolean {
  return existsSync(markOf(path))
}

/**
 * Moves the file, and the log that belongs to it, out of the way, under a name that says why. May be done again where it was
 * interrupted.
 */
export function setAside(path: string, why: Renewal): void {
  markForRenewal(path)
  for (const suffix of ['-wal', '']) {
    rmSync(`${path}.${why}${suffix}`, { force: true })
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.${why}${suffix}`)
  }
  rmSync(`${path}-shm`, { force: true })
  rmSync(markOf(path), { force: true })
}

function markOf(path: string): string {
  return `${path}.renew`
}
