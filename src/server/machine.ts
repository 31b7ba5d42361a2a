/**
 * What `etcdesk users`, `tokens` and `desk` do on the machine: they ask the desk that runs on this store, by its socket; where none does,
 * they open the data for the moment that it takes. What only lists opens a file for reading: a backup stays what it was.
 */
import { statSync } from 'node:fs'
import { desk } from '../desk.js'
import type { StorePlace } from '../journal/open.js'
import { reasonOf } from '../sqlite/file.js'
import { CommandError } from '../store/errors.js'
import { Store } from '../store/store.js'
import { openFileState } from '../store/transfer-file.js'
import { askMachine, socketOf } from './machine-door.js'
import type { MachineRequest } from '../contract/machine.js'
import { isListRequest, MachineLists, type ListRequest } from './machine-lists.js'
import { MachineRefusal, MachineRequests, type MachineAnswer } from './machine-requests.js'
import { planPlace } from './open-state.js'

/** More events than there are: whoever opens the data for a moment trims none. */
const KEEP_ALL_EVENTS = 1_000_000_000

/** What a desk that is not running can't know: where it will listen. */
const CLOSED_AGAIN = 'A start that lets other machines reach it closes it again, unless it is given --insecure.'

/** Asks. Rejects with a MachineRefusal, a StoreOpenError or a TransferError, each with a sentence. */
export async function askDesk(place: StorePlace, request: MachineRequest): Promise<MachineAnswer> {
  const plan = planPlace(place)
  const socket = socketOf(plan.replicaPath)
  const answer = socket === undefined ? undefined : await askMachine(socket, { store: place.address, request })
  if (answer !== undefined) return answer
  // What lies in an etcd is read from the local copy, which is brought up to date first.
  if (plan.openTransfer === undefined && isListRequest(request)) return readData(plan.replicaPath, request)
  return askData(place, request)
}

async function readData(path: string, request: ListRequest): Promise<MachineAnswer> {
  demandFile(path)
  const state = openFileState(path, desk.tables)
  try {
    return { lines: new MachineLists(state.database, Date.now).lines(request) }
  } finally {
    await state.close()
  }
}

async function askData(place: StorePlace, request: MachineRequest): Promise<MachineAnswer> {
  const { address } = place
  if (address.startsWith('sqlite:')) demandFile(address.slice('sqlite:'.length))
  const store = await Store.open<typeof desk.handlers>({
    ...place,
    historyEventsMax: KEEP_ALL_EVENTS,
    writerEntry: new URL('./writer-thread.js', import.meta.url),
  })
  try {
    const answer = await new MachineRequests(store).answer(request)
    return request.do === 'open' ? { ...answer, lines: [...answer.lines, CLOSED_AGAIN] } : answer
  } catch (error) {
    if (error instanceof CommandError) throw new MachineRefusal(error.message, { cause: error })
    throw error
  } finally {
    await store.close()
  }
}

function demandFile(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return
  } catch (error) {
    throw new MachineRefusal(
      `${path} can not be looked at (${reasonOf(error)}): run this as the user who runs the desk, or as root.`,
      { cause: error },
    )
  }
  throw new MachineRefusal(
    `There is no data at ${path}: start 'etcdesk serve' once, or name the data with --data or --store.`,
  )
}

export { MachineRefusal }
