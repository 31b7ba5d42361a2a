/** The only switch between the engines: from what `--store` says to where the replica lies and how its journal is opened. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Database } from '../sqlite/database.js'
import type { Journal } from './journal.js'
import { openSqliteJournal } from './sqlite.js'

/** What a store's address means. */
export interface StorePlan {
  /** The SQLite file that holds the replica. */
  readonly replicaPath: string
  /** `full` where the replica's file is the journal too, so that its commits must survive a loss of power. */
  readonly synchronous: 'full' | 'normal'
  /** What people are told about where the data is. */
  readonly description: string
  /** Opens the journal; `replica` is the writer's own connection to the replica. */
  openJournal(replica: Database): Promise<Journal>
  /** Removes what is not to outlive the process. */
  dispose(): void
}

/** Reads a store's address: `sqlite:PATH` or `sqlite::memory:`; undefined where it is neither. */
export function planStore(address: string): StorePlan | undefined {
  if (!address.startsWith('sqlite:') || address === 'sqlite:') return undefined
  const openJournal = (replica: Database): Promise<Journal> => Promise.resolve(openSqliteJournal(replica))
  const path = address.slice('sqlite:'.length)
  if (path === ':memory:') {
    // A private file rather than SQLite's own memory database, which two threads could not share.
    const folder = mkdtempSync(join(tmpdir(), 'etcdesk-'))
    return {
      replicaPath: join(folder, 'desk.db'),
      synchronous: 'normal',
      description: 'a temporary file, removed at the end',
      openJournal,
      dispose: () => rmSync(folder, { recursive: true, force: true }),
    }
  }
  const replicaPath = resolve(path)
  return { replicaPath, synchronous: 'full', description: replicaPath, openJournal, dispose: () => undefined }
}
