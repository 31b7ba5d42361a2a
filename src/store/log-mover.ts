/**
 * A thread that moves what the write-ahead log holds into the file, each time it is told to, on a connection of its own:
 * writers go on meanwhile, so it may take its time. `log-keeper.ts` starts it while the log is large.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase, type Checkpoint } from '../sqlite/database.js'

const path: string = workerData
const database = openDatabase(path)
parentPort?.on('message', (order: 'move' | 'end') => {
  if (order === 'move') parentPort?.postMessage(move())
  else {
    database.close()
    parentPort?.close()
  }
})

/** Undefined where the disk is full or fails. */
function move(): Checkpoint | undefined {
  try {
    return database.checkpoint()
  } catch {
    return undefined
  }
}
