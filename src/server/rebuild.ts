/** Makes a store's search index anew, in the file of a store that is in no use: with etcd in the node's local copy. */
import { existsSync, statSync } from 'node:fs'
import { desk } from '../desk.js'
import type { StorePlace } from '../journal/open.js'
import { TransferError } from '../journal/transfer.js'
import { indexedPercent } from '../search/index/progress.js'
import { openReplicaFile } from '../store/replica-file.js'
import { planPlace } from './open-state.js'

/** Parts of the work between two words about how far it is. */
const PARTS = 8

export interface RebuildOptions {
  readonly onNotice: (sentence: string) => void
  readonly onProgress: (percent: number) => void
}

/** Makes it anew. Throws a TransferError where there is no store, a StoreOpenError where it is in use or can't be opened, with what to do. */
export function rebuildIndex(place: StorePlace, { onNotice, onProgress }: RebuildOptions): void {
  const plan = planPlace(place)
  refuseNothing(plan.replicaPath)
  const { replica, release } = openReplicaFile(plan, { tables: desk.tables, historyEventsMax: Infinity, onNotice })
  try {
    replica.deriveAnew()
    for (let parts = 1; replica.hasWork; parts++) {
      replica.work(true)
      if (parts % PARTS === 0) onProgress(indexedPercent(replica.database))
    }
  } finally {
    release()
    plan.dispose()
  }
}

/** What opens a file for writing would make one where there is none. */
function refuseNothing(path: string): void {
  if (existsSync(path) && statSync(path).size > 0) return
  throw new TransferError(`There is no store at ${path}: name the data with --data or --store.`)
}
