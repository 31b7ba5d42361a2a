/** What a store's address means, and the state that lies there opened for reading: for whatever copies or looks at a whole store. */
import { desk } from '../desk.js'
import { planStore, type StorePlace, type StorePlan } from '../journal/open.js'
import { TransferError, type StoredState } from '../journal/transfer.js'
import { openFileState, type FileState } from '../store/transfer-file.js'

/** A state, and the connection that reads it where it lies in a file. */
export type OpenState = StoredState & Partial<Pick<FileState, 'database'>>

/** What a store's address means. @throws TransferError where it is none that outlives this process */
export function planPlace(place: StorePlace): StorePlan {
  const plan = place.address === 'sqlite::memory:' ? undefined : planStore(place)
  if (plan !== undefined) return plan
  throw new TransferError(`"${place.address}" can not be kept or moved: name sqlite:PATH or etcd://HOST:PORT/PREFIX.`)
}

/** The state of a store, wherever it lies, as it is now. */
export async function openState(plan: StorePlan): Promise<OpenState> {
  if (plan.openTransfer === undefined) return openFileState(plan.replicaPath, desk.tables)
  const remote = await plan.openTransfer()
  try {
    const state = await remote.openState()
    return { ...withoutStrangers(state), close: () => remote.close() }
  } catch (error) {
    await remote.close()
    throw error
  }
}

/** Another program's keys among the records: nodes do not see them either. */
function withoutStrangers(state: StoredState): StoredState {
  const names = new Set(desk.tables.map(({ name }) => name))
  return {
    ...state,
    async *records() {
      for await (const records of state.records()) yield records.filter(({ table }) => names.has(table))
    },
  }
}
