/**
 * Reading a file that a setting names. Whatever stands under the name, this returns at once: a pipe that nobody writes to, or
 * a device without an end, is told apart before anything is read from it.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { kindOf, reasonOf } from '../sqlite/file.js'

/** Bytes that such a file has at most; a bundle of all authorities of the web has a quarter of that. */
const BYTES_MAX = 1024 * 1024

/** The file can't be read. The message says why, in words that follow "can not be read: " or stand in brackets. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile'
}

/** A file's text, and whether others than its owner and group may read it. */
export interface GivenFile {
  readonly text: string
  readonly isOpenToOthers: boolean
}

/** Reads a file. @throws UnreadableFile */
export function readGivenFile(path: string): GivenFile {
  let file: number | undefined
  try {
    // Without waiting for a writer, where it is a pipe.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const found = fstatSync(file)
    const kind = kindOf(found)
    if (kind !== undefined) throw new UnreadableFile(`it is ${kind}`)
    if (found.size > BYTES_MAX) throw new UnreadableFile('it is larger than 1 MiB')
    return {
      text: readFileSync(file, 'utf8'),
      isOpenToOthers: process.platform !== 'win32' && (found.mode & 0o004) !== 0,
    }
  } catch (error) {
    if (error instanceof UnreadableFile) throw error
    throw new UnreadableFile(reasonOf(error), { cause: error })
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
