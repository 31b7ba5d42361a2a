/**
 * Makes the folder that the data will lie in, one level at a time, and can take back what it made: a server that fails to start
 * leaves no stray folder. (Node's own recursive mkdir also never returns where a file system such as /proc refuses with ENOENT.)
 */
import { accessSync, constants, rmdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { codeOf, makePrivateFolder, reasonOf } from '../sqlite/file.js'

/** The data folder can not be made or used. The message is one sentence that says what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}

/** What was made for the data. */
export interface DataFolder {
  /** Removes the folders that were made, as far as they are still empty. */
  takeBack(): void
}

/** Makes the folder and those above it where they are missing. @throws DataFolderError where that fails */
export function makeDataFolder(path: string, flag: string): DataFolder {
  const made: string[] = []
  const takeBack = (): void => {
    for (const folder of made.toReversed()) {
      try {
        rmdirSync(folder)
      } catch {
        // Something lies in it by now: it stays.
        return
      }
    }
  }
  try {
    for (const folder of missingFolders(resolve(path))) {
      if (makeFolder(folder)) made.push(folder)
    }
  } catch (error) {
    takeBack()
    const sentence = `The folder ${path} can not be made (${whyNotMade(error)}): choose another with ${flag}, or change who may write there.`
    throw new DataFolderError(sentence, { cause: error })
  }
  return { takeBack }
}

/**
 * Looks at the path of the store's file, in a folder that exists. SQLite would call a folder there a broken disk.
 * @throws DataFolderError where the path can be no file
 */
export function refuseFolder(file: string, flag: string): void {
  let isFolder: boolean
  try {
    isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true
  } catch (error) {
    const sentence = `${file} can not be reached (${reasonOf(error)}): choose another place with ${flag}, or change who may go there.`
    throw new DataFolderError(sentence, { cause: error })
  }
  if (!isFolder) return
  throw new DataFolderError(
    `${file} is a folder, not a file: name the file, such as --store sqlite:${join(file, 'desk.db')}.`,
  )
}

/** Finds out whether a folder can be made and written, without making it. @throws DataFolderError where it can not */
export function refuseUnwritable(path: string, flag: string): void {
  try {
    const missing = missingFolders(resolve(path))
    accessSync(dirname(missing[0] ?? join(resolve(path), 'file')), constants.W_OK | constants.X_OK)
  } catch (error) {
    const sentence = `The folder ${path} can not be made or written (${reasonOf(error)}): choose another with ${flag}, or change who may write there.`
    throw new DataFolderError(sentence, { cause: error })
  }
}

/** The folders on the way that do not exist, the topmost first. */
function missingFolders(path: string): string[] {
  const missing: string[] = []
  for (let folder = path; ; folder = dirname(folder)) {
    const found = statSync(folder, { throwIfNoEntry: false })
    if (found?.isDirectory() === true) return missing
    if (found !== undefined) throw new Error(`${folder} is no folder`)
    missing.unshift(folder)
  }
}

/** False where another process made it at the same moment. */
function makeFolder(folder: string): boolean {
  try {
    makePrivateFolder(folder)
    return true
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return false
    throw error
  }
}

/** Its folders above are there by then, so that one that is missing still is one that the file system does not take. */
function whyNotMade(error: unknown): string {
  return codeOf(error) === 'ENOENT' ? 'that file system takes no folders' : reasonOf(error)
}
