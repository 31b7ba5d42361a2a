/** Makes a store's search index anew, in the file of a store that is in no use: with etcd in the node's local copy. */
import { desk } from '../desk.js'
import type { StorePlace } from '../journal/open.js'
import { indexedPercent } from '../search/index/progress.js'
import { openReplicaFile } from '../store/replica-file.js'
import { planPlace } from './open-state.js'

/** Parts of the work between two words about how far it is. */
const PARTS = 250

export interface RebuildOptions {
  readonly onNotice: (sentence: string) => void
  readonly onProgress: (percent: number) => void
}

/** Makes it anew. Throws a StoreOpenError with what to do where the store is in use or can't be opened. */
export function rebuildIndex(place: StorePlace, { onNotice, onProgress }: RebuildOptions): void {
  const plan = planPlace(place)
  const { replica, release } = openReplicaFile(plan, { tables: desk.tables, historyEventsMax: Infinity, onNotice })
  try {
    replica.deriveAnew()
    for (let parts = 1; replica.hasWork; parts++) {
      replica.work()
      if (parts % PARTS === 0) onProgress(indexedPercent(replica.database))
    }
  } finally {
    release()
    plan.dispose()
  }
}
