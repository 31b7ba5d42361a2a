/** Starts the writer's thread and waits until its store is open, or can't be opened. */
import { Worker } from 'node:worker_threads'
import { StoreOpenError } from './errors.js'
import type { FromWriter, WriterThreadData } from './messages.js'
import type { StoreOptions } from './options.js'

/** What the thread says when its store is open. */
export type OpenMessage = Extract<FromWriter, { type: 'open' }>

const STOPPED: FromWriter = { type: 'open-failed', code: 'stopped', message: 'The start was ended.' }

/** Rejects with a StoreOpenError whose message says what to do; the thread has ended then. */
export async function startWriter(
  options: StoreOptions,
): Promise<{ readonly worker: Worker; readonly open: OpenMessage }> {
  const { address, dataDirectory, etcd, historyEventsMax } = options
  const workerData: WriterThreadData = { place: { address, dataDirectory, etcd }, historyEventsMax }
  const worker = new Worker(options.writerEntry, { workerData })
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
  await worker.terminate()
  if (first.type === 'open-failed') throw new StoreOpenError(first.code, first.message)
  throw new Error(`the writer thread began with "${first.type}"`)
}
