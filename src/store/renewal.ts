/**
 * Setting aside a local copy that SQLite finds damaged, so that the next start makes it anew. It is marked while the process
 * runs, which then ends, and set aside by the next one; a process that is killed in between changes nothing about that. What
 * is set aside stays beside it, the last one only: it may tell what happened to the disk.
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** Has the copy set aside at the next start. */
export function markForRenewal(path: string): void {
  writeFileSync(markOf(path), '')
}

export function isMarkedForRenewal(path: string): boolean {
  return existsSync(markOf(path))
}

/** Moves the file, and the log that belongs to it, out of the way. May be done again where it was interrupted. */
export function setAside(path: string): void {
  markForRenewal(path)
  for (const suffix of ['-wal', '']) {
    rmSync(`${path}.damaged${suffix}`, { force: true })
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.damaged${suffix}`)
  }
  rmSync(`${path}-shm`, { force: true })
  rmSync(markOf(path), { force: true })
}

function markOf(path: string): string {
  return `${path}.renew`
}
