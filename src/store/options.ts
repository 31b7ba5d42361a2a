/** What a store is opened with. */
import type { EventEmitter } from 'node:events'
import type { Worker } from 'node:worker_threads'
import type { StorePlace } from '../journal/open.js'
import type { Database } from '../sqlite/database.js'
import type { WriterThreadData } from './messages.js'
import type { ReadingThreadData } from './reading-messages.js'

/** What the store needs of the thread in which its writer runs: of a worker its messages and its end. */
export type WriterHandle = EventEmitter & Pick<Worker, 'postMessage' | 'terminate'>

/** The same of the thread that reads. */
export type ReadingHandle = EventEmitter & Pick<Worker, 'postMessage' | 'terminate' | 'unref'>

export interface StoreOptions extends StorePlace {
  /** How many events are kept for late watchers. */
  readonly historyEventsMax: number
  /** How long a caller waits for a command before it is told that the outcome is unknown, in milliseconds; 4500 if not given. */
  readonly deadlineMs?: number
  /**
   * Whether a command may hold up the writer for long though its texts are short: such commands go one at a time, as those with
   * large texts do. It may look at what there is.
   */
  readonly isHeavy?: (name: string, args: unknown, reader: Database) => boolean
  /** The module that the writer thread runs: it calls `serveWriterThread` with the rules. */
  readonly writerEntry: URL
  /** The module that the reading thread runs: it calls `serveReadingThread` with the questions. Without it nothing can be asked. */
  readonly readingEntry?: URL
  /** Gives the store a thread; a new one at `writerEntry` if not given. Tests keep threads: to load the rules takes ten times as long as to open a store. */
  readonly startThread?: (data: WriterThreadData) => WriterHandle
  /** Gives the store a thread that reads; a new one at `readingEntry` if not given. */
  readonly startReading?: (data: ReadingThreadData) => ReadingHandle
  /** Ends an opening that lasts, since it waits for its journal. */
  readonly stop?: AbortSignal
  /** Called with what the timer's command returned. */
  readonly onTimer?: (result: unknown) => void
  /** Called with faults of the program or the machine, as sentences for a log. */
  readonly onFault?: (message: string) => void
  /** Called with what an operator should know, in sentences. */
  readonly onNotice?: (sentence: string) => void
  /** Called when the writer thread has ended though nobody closed the store: it answers reads alone from then on. */
  readonly onWriterEnd?: (message: string) => void
}
