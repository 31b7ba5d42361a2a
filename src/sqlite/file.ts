/**
 * How a database lies in the file system: its one real name, what stands beside it, who may read it, and why it can't be
 * reached. SQLite's locks and its log go by the name that a file was opened under, so one file must have one name.
 */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { messageOf } from '../fault.js'

/** What SQLite may keep beside a database, by what it adds to the name. */
export const COMPANIONS = ['-wal', '-shm', '-journal'] as const

/** Links that one path may lead through, as on Linux. */
const LINKS_MAX = 40

/** Where the header of a database says how it is written, and what stands there with a write-ahead log (fileformat2.html, 1.3.3). */
const WRITE_VERSION_OFFSET = 18
const WRITE_VERSION_LOG = 2

/** The file that a path leads to in the end, whether it exists already or not: symbolic links are followed. */
export function realFile(path: string): string {
  let file = resolve(path)
  for (let links = 0; links < LINKS_MAX; links++) {
    const target = linkTarget(file)
    if (target === undefined) break
    file = resolve(realFolder(dirname(file)), target)
  }
  return join(realFolder(dirname(file)), basename(file))
}

/** Makes an empty file that only its owner may read and write, whatever the umask; SQLite gives log and index the same rights. */
export function makePrivateFile(path: string): void {
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    // One that exists is left as it is.
    if (codeOf(error) === 'EEXIST') return
    throw error
  }
  try {
    fchmodSync(file, 0o600)
  } finally {
    closeSync(file)
  }
}

/** Makes a folder that only its owner may look into, whatever the umask. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, 0o700)
  chmodSync(path, 0o700)
}

/** What something is that is no file, in words; undefined where it is a file, or nothing. Throws where it can't be reached. */
export function kindOfNoFile(path: string): string | undefined {
  const found = statOf(path)
  return found === undefined ? undefined : kindOf(found)
}

/** What something is that is no file, in words; undefined where it is one. */
export function kindOf(found: Stats): string | undefined {
  if (found.isFile()) return undefined
  if (found.isDirectory()) return 'a folder'
  if (found.isFIFO()) return 'a pipe (FIFO)'
  if (found.isSocket()) return 'a socket'
  return 'a device'
}

/** How many names (hard links) a file has; 0 where there is none. */
export function countNames(path: string): number {
  return statOf(path)?.nlink ?? 0
}

/** Whether two real names are those of one file. False also where that can't be found out: whoever opens them says why. */
export function areOneFile(name: string, other: string): boolean {
  if (name === other) return true
  try {
    const [one, another] = [statSync(name, { bigint: true }), statSync(other, { bigint: true })]
    return one.dev === another.dev && one.ino === another.ino
  } catch {
    return false
  }
}

/**
 * Whether a database keeps a log beside it, as its header says. Reads the file past SQLite, which takes this process's locks
 * on it away: only for a file that this process has not open.
 */
export function keepsLog(path: string): boolean {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    // Whoever opens it says why it can't be.
    return false
  }
  try {
    const byte = Buffer.alloc(1)
    return readSync(file, byte, 0, 1, WRITE_VERSION_OFFSET) === 1 && byte[0] === WRITE_VERSION_LOG
  } finally {
    closeSync(file)
  }
}

/** Why a file or folder can't be reached or made, in words that follow a bracket; the system's own words where none are known. */
export function reasonOf(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'you have no right to',
    EPERM: 'you have no right to',
    EROFS: 'that file system can only be read',
    ENOENT: 'it does not exist',
    ENOTDIR: 'a part of the path is a file',
    EISDIR: 'it is a folder',
    ENOSPC: 'there is no room left',
    EDQUOT: 'your share of the disk is used up',
    ENAMETOOLONG: 'the name is too long',
    ELOOP: 'its links lead in a circle',
    EMFILE: 'too many files are open',
    ENFILE: 'too many files are open on this machine',
    EIO: 'the disk fails',
    EBUSY: 'something else uses it',
  }
  return reasons[codeOf(error)] ?? messageOf(error)
}

/** The code of an error of the file system; empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Undefined where there is nothing, also since a part of the path is a file. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined
    throw error
  }
}

/** Where a symbolic link leads; undefined where the path is none. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** A folder by its real name, as far up as it exists. */
function realFolder(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(realFolder(above), basename(path))
  }
}
