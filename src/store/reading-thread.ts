/**
 * The reading thread's side: opens the replica for reading and answers one question after another. `server/reading-thread.ts` calls it
 * with the desk's questions, tests with others.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase, type Database } from '../sqlite/database.js'
import { isCancelled, type AnswerOfThread, type QuestionMessage, type ReadingThreadData } from './reading-messages.js'

/** Page cache of the thread's connection, in KiB. */
const CACHE_KIBIBYTES = 64 * 1024

/** How long an answer may take. */
export interface Patience {
  /** Until when, by `performance.now()`. */
  readonly until: number
  /** Whether nobody waits for it any more. */
  isCancelled(): boolean
}

/** Answers a question, with plain data. What it throws is a fault of the program. */
export type Answerer = (args: unknown, patience: Patience) => unknown

/** Serves the thread's parent port until it says `close`. Call it from the entry of a worker thread. */
export function serveReadingThread(open: (database: Database) => ReadonlyMap<string, Answerer>): void {
  if (parentPort === null) throw new Error('questions are answered in a worker thread')
  const port = parentPort
  const data: ReadingThreadData = workerData
  const places = new Int32Array(data.cancelled)
  const database = openDatabase(data.replicaPath, { readOnly: true, cacheKibibytes: CACHE_KIBIBYTES })
  const answerers = open(database)
  port.on('message', (message: QuestionMessage | 'close') => {
    if (message === 'close') {
      database.close()
      port.close()
    } else port.postMessage(answerOf(answerers, message, places))
  })
}

function answerOf(
  answerers: ReadonlyMap<string, Answerer>,
  { id, name, args, ms }: QuestionMessage,
  places: Int32Array,
): AnswerOfThread {
  const isGone = (): boolean => isCancelled(places, id)
  if (isGone()) return { id, type: 'cancelled' }
  try {
    const answerer = answerers.get(name)
    if (answerer === undefined) throw new Error(`no question is called ${name}`)
    const result = answerer(args, { until: performance.now() + ms, isCancelled: isGone })
    return isGone() ? { id, type: 'cancelled' } : { id, type: 'done', result }
  } catch (error) {
    return { id, type: 'fault', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
