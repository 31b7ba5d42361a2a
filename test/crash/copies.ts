/** Copies of a store's files as a crash would leave them: taken from a dead or a halted process, and with the unsynced end torn. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of the headers of SQLite's write-ahead log and of each frame in it (https://sqlite.org/fileformat2.html#walformat). */
const LOG_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

/** Copies database and log, but not the shared memory: that is gone with the power. Returns the path of the copied database. */
export function copyStore(dataDirectory: string, folder: string, name = 'desk.db'): string {
  mkdirSync(folder)
  for (const file of [name, `${name}-wal`]) {
    if (existsSync(join(dataDirectory, file))) copyFileSync(join(dataDirectory, file), join(folder, file))
  }
  return join(folder, name)
}

/**
 * How many bytes of the log beside a running store's database are surely on the disk: those that were taken over into the
 * database, before which SQLite syncs the log (https://sqlite.org/walformat.html#the_wal_index_file_format).
 */
export function syncedBytes(database: string): number {
  const shared = readFileSync(`${database}-shm`)
  const [pageBytes, frames] = [shared.readUInt16LE(14), shared.readUInt32LE(96)]
  return LOG_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + pageBytes)
}

/** Copies a copy, with another log. */
export function withLog(database: string, log: Buffer, folder: string, name = 'desk.db'): string {
  mkdirSync(folder)
  copyFileSync(database, join(folder, name))
  writeFileSync(join(folder, `${name}-wal`), log)
  return join(folder, name)
}

/** The bytes with rubbish in place of the last, from `from` on. */
export function scrambled(bytes: Buffer, from: number, random: () => number): Buffer {
  const torn = Buffer.from(bytes)
  for (let at = from; at < torn.length; at++) torn[at] = Math.floor(random() * 256)
  return torn
}

/** The log beside a database, and where its commits end, in bytes; those of earlier rounds through the file do not count. */
export function readLog(database: string): { readonly log: Buffer; readonly ends: readonly number[] } {
  const log = existsSync(`${database}-wal`) ? readFileSync(`${database}-wal`) : Buffer.alloc(0)
  const ends = [Math.min(LOG_HEADER_BYTES, log.length)]
  if (log.length < LOG_HEADER_BYTES) return { log, ends }
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8)
  const salt = log.subarray(16, 24)
  for (let at = LOG_HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    if (!log.subarray(at + 8, at + 16).equals(salt)) break
    // The last frame of a commit says how many pages the database has then.
    if (log.readUInt32BE(at + 4) !== 0) ends.push(at + frameBytes)
  }
  return { log, ends }
}

/** Numbers between 0 and 1, the same for a seed: so a run can be repeated (Mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
