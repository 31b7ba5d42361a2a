/** Starts the writer's thread and waits until its store is open, or can't be opened. */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { StoreOpenError } from './errors.js'
import type { FromWriter, ToWriter, WriterThreadData } from './messages.js'
import type { StoreOptions, WriterHandle } from './options.js'

/** What the thread says when its store is open. */
export type OpenMessage = Extract<FromWriter, { type: 'open' }>

/** For how long a thread that is to end may take its next step, in milliseconds. */
const STAND_STILL_MS = 2000

const STOPPED: FromWriter = { type: 'open-failed', code: 'stopped', message: 'The start was ended.' }

/** Rejects with a StoreOpenError whose message says what to do; the thread has ended then. */
export async function startWriter(
  options: StoreOptions,
): Promise<{ readonly worker: WriterHandle; readonly open: OpenMessage }> {
  const { address, dataDirectory, etcd, historyEventsMax } = options
  const workerData: WriterThreadData = { place: { address, dataDirectory, etcd }, historyEventsMax }
  const worker = options.startThread?.(workerData) ?? new Worker(options.writerEntry, { workerData })
  const first = await new Promise<FromWriter>((resolve, reject) => {
    worker.on('message', (message: FromWriter) => {
      if (message.type === 'notice') options.onNotice?.(message.sentence)
      else resolve(message)
    })
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the writer thread ended before it was ready')))
    options.stop?.addEventListener('abort', () => resolve(STOPPED))
  })
  // Only these: the worker listens to itself too.
  worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit')
  if (first.type === 'open') return { worker, open: first }
  await endThread(worker)
  if (first.type === 'open-failed') throw new StoreOpenError(first.code, first.message)
  throw new Error(`the writer thread began with "${first.type}"`)
}

/**
 * Has the thread end by itself, between two steps of its own: to be ended from outside in the middle of one of SQLite's can end
 * the process. One that stands still, as on a disk that hangs, is.
 */
async function endThread(worker: WriterHandle): Promise<void> {
  const ended = once(worker, 'exit')
  worker.postMessage({ type: 'close', patienceMs: 0 } satisfies ToWriter)
  await Promise.race([ended, delay(STAND_STILL_MS, undefined, { ref: false })])
  await worker.terminate()
}
