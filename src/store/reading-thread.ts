/**
 * The reading thread's side: opens the replica for reading and answers one question after another. `server/reading-thread.ts` calls it
 * with the desk's questions, tests with others.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase, type Database } from '../sqlite/database.js'
import type { Question } from './question.js'
import { isCancelled, type AnswerOfThread, type QuestionMessage, type ReadingThreadData } from './reading-messages.js'

/** Page cache of the thread's connection, in KiB. */
const CACHE_KIBIBYTES = 64 * 1024

/** Serves the thread's parent port until it says `close`. Call it from the entry of a worker thread. */
export function serveReadingThread<Room>(
  openRoom: (database: Database) => Room,
  questions: readonly Question<Room, unknown, unknown>[],
): void {
  if (parentPort === null) throw new Error('questions are answered in a worker thread')
  const port = parentPort
  const answering = new Answering(workerData, openRoom, questions)
  port.on('message', (message: QuestionMessage | 'close') => {
    if (message === 'close') {
      answering.close()
      port.close()
    } else port.postMessage(answering.answer(message))
  })
}

/** A replica that is open for questions. */
export class Answering<Room> {
  readonly #places: Int32Array
  readonly #database: Database
  readonly #room: Room
  readonly #questions: ReadonlyMap<string, Question<Room, unknown, unknown>>

  constructor(
    { replicaPath, cancelled }: ReadingThreadData,
    openRoom: (database: Database) => Room,
    questions: readonly Question<Room, unknown, unknown>[],
  ) {
    this.#places = new Int32Array(cancelled)
    this.#database = openDatabase(replicaPath, { readOnly: true, cacheKibibytes: CACHE_KIBIBYTES })
    this.#room = openRoom(this.#database)
    this.#questions = new Map(questions.map((question) => [question.name, question]))
  }

  answer({ id, name, args, ms }: QuestionMessage): AnswerOfThread {
    const isGone = (): boolean => isCancelled(this.#places, id)
    if (isGone()) return { id, type: 'cancelled' }
    try {
      const question = this.#questions.get(name)
      if (question === undefined) throw new Error(`no question is called ${name}`)
      const patience = { until: performance.now() + ms, isCancelled: isGone }
      const result = question.answer(this.#room, args, patience)
      return isGone() ? { id, type: 'cancelled' } : { id, type: 'done', result }
    } catch (error) {
      return { id, type: 'fault', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }

  close(): void {
    this.#database.close()
  }
}
