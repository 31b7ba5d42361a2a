/**
 * Setting aside a local copy that is to be made anew, since SQLite finds it damaged or another version of this program laid it
 * out otherwise. Damage shows while the process runs: the copy is marked, the process ends, and the next one sets it aside. What is
 * set aside stays beside it, the last one only: it may tell what happened to the disk.
 *
 * The mark stands from before the copy is touched until the new one keeps the id that the node is known by, and holds that id
 * meanwhile. So a process that is killed in between, at whatever moment, changes nothing but who goes on.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isIdentity } from '../journal/identity.js'

/** Why a copy is made anew. */
export type Renewal = 'damaged' | 'other-layout'

/** What is known of a renewal that has not ended. */
export interface RenewalMark {
  /** Undefined where an older etcdesk has left the mark: it did not say. */
  readonly why: Renewal | undefined
  /** The id that the copy had, where it could be read. */
  readonly memberId: string | undefined
  /** Whether the copy was set aside already, so that what stands in its place is the new one. */
  readonly isAside: boolean
}

/** Has the copy set aside at the next start. */
export function markForRenewal(path: string): void {
  writeMark(path, { why: 'damaged', memberId: readMark(path)?.memberId, isAside: false })
}

/** The mark beside a copy; undefined where there is none. */
export function readMark(path: string): RenewalMark | undefined {
  let text: string
  try {
    text = readFileSync(markOf(path), 'utf8')
  } catch {
    return undefined
  }
  const { why, memberId, isAside } = fieldsOf(text)
  return {
    why: why === 'damaged' || why === 'other-layout' ? why : undefined,
    memberId: isIdentity(memberId) ? memberId : undefined,
    isAside: isAside === true,
  }
}

/**
 * Moves the file, and the log that belongs to it, out of the way, under a name that says why. May be done again where it was
 * interrupted; `endRenewal` is to follow.
 */
export function setAside(path: string, why: Renewal, memberId: string | undefined): void {
  writeMark(path, { why, memberId, isAside: false })
  const aside = `${path}.${why}`
  // The file goes before its log: as long as it stands there, what is called like its log once it is aside is an older one's.
  if (existsSync(path)) {
    rmSync(`${aside}-wal`, { force: true })
    renameSync(path, aside)
  }
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`)
  rmSync(`${path}-shm`, { force: true })
  writeMark(path, { why, memberId, isAside: true })
}

/** The new copy has all that it is to keep. */
export function endRenewal(path: string): void {
  for (const suffix of ['.part', '']) rmSync(markOf(path) + suffix, { force: true })
}

/** Whole or not at all. */
function writeMark(path: string, mark: RenewalMark): void {
  const mine = markOf(path)
  writeFileSync(`${mine}.part`, JSON.stringify(mark))
  renameSync(`${mine}.part`, mine)
}

function markOf(path: string): string {
  return `${path}.renew`
}

/** The members of an object in JSON; none where the text is no such thing. */
function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
