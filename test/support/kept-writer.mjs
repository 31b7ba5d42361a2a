// @ts-check
/** A thread that has the desk's rules loaded and is the writer of one store after another: see `kept-threads.ts`. */
import { parentPort } from 'node:worker_threads'
import { desk } from '#src/desk.js'
import { serveWriter } from '#src/store/thread.js'

parentPort?.on(
  'message',
  /** @param {{ port: import('node:worker_threads').MessagePort, data: import('#src/store/messages.js').WriterThreadData }} order */
  ({ port, data }) => serveWriter(port, data, desk),
)
