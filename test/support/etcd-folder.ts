/**
 * Where the etcd of a test keeps its data: in memory where the machine has a file system for that with room enough, else on the disk.
 * etcd syncs every write, so on a disk most of a test's time would be waiting for that disk; tests end processes, never the power, and
 * what a process has written outlives it on either. Tests of etcd's disk itself get a slow, broken or full one by other means.
 */
import { existsSync, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Linux's file system in memory; containers often have 64 MB of it. */
const MEMORY = '/dev/shm'

/** More than all tests that run at a time take: a member's log has 128 MB from its start. */
const ROOM_BYTES = 6e9

/** Makes a folder that nobody else has; whoever asks removes it. */
export function makeEtcdFolder(prefix: string): string {
  return mkdtempSync(join(hasRoom() ? MEMORY : tmpdir(), prefix))
}

function hasRoom(): boolean {
  if (!existsSync(MEMORY)) return false
  const { bavail, bsize } = statfsSync(MEMORY)
  return bavail * bsize > ROOM_BYTES
}
