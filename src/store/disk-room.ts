/** Whether there is room on a disk. */
import { statfsSync } from 'node:fs'

/** Bytes that must be free before a store that found no room counts as writable again. */
const ROOM_BYTES_MIN = 1024 * 1024

/** A trial may find room in a file that has lately grown in vain, where the next commit finds none: so the disk is asked too. */
export function hasRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize >= ROOM_BYTES_MIN
  } catch {
    return true
  }
}
