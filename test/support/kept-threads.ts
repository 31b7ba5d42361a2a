/**
 * Writer threads that outlive their store, for tests that open one store after another: loading the desk's rules, and gRPC, into a
 * new thread takes ten times as long as opening a store in one that has them. A thread serves one store at a time, and is handed
 * on only when its store was closed in good order; what such a store leaves behind shows as an error of the thread, which fails
 * the tests.
 *
 * Tests of the thread itself, of its start and of its end, let the store start its own.
 */
import { EventEmitter } from 'node:events'
import { MessageChannel, Worker, type MessagePort, type Transferable } from 'node:worker_threads'
import type { FromWriter, ToWriter, WriterThreadData } from '#src/store/messages.js'
import type { WriterHandle } from '#src/store/options.js'

/** How many idle threads are kept: as many as a test has stores open at once. */
const KEPT_MAX = 4

const kept: KeptThread[] = []

/** A thread for a store that is opened, to be given as its `startThread`. */
export function startKeptThread(data: WriterThreadData): WriterHandle {
  return (kept.pop() ?? new KeptThread()).serve(data)
}

class KeptThread {
  readonly worker = new Worker(new URL('kept-writer.mjs', import.meta.url))
  #use: ThreadUse | undefined

  constructor() {
    this.worker.on('error', (error) => {
      if (this.#use === undefined) throw error
      this.#use.emit('error', error)
    })
    this.worker.on('exit', () => {
      const place = kept.indexOf(this)
      if (place >= 0) kept.splice(place, 1)
      this.#use?.over()
    })
    // An idle one keeps no process alive; while it is used, the port does.
    this.worker.unref()
  }

  serve(data: WriterThreadData): WriterHandle {
    const { port1, port2 } = new MessageChannel()
    const use = new ThreadUse(this.worker, port1, () => {
      this.#use = undefined
      if (kept.length < KEPT_MAX) kept.push(this)
      else void this.worker.terminate()
    })
    this.#use = use
    this.worker.postMessage({ port: port2, data }, [port2])
    return use
  }
}

/** One store's time with a thread: looks to the store like a thread of its own. */
class ThreadUse extends EventEmitter {
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #onFree: () => void
  readonly #ended: Promise<void>
  #isClosing = false
  #isOver = false

  constructor(worker: Worker, port: MessagePort, onFree: () => void) {
    super()
    this.#worker = worker
    this.#port = port
    this.#onFree = onFree
    this.#ended = new Promise((resolve) => this.once('over', resolve))
    port.on('message', (message: FromWriter) => {
      if (message.type === 'closed' || message.type === 'open-failed') this.#isClosing = true
      this.emit('message', message)
    })
    port.once('close', () => {
      if (this.#isClosing) this.#free()
    })
  }

  postMessage(message: ToWriter, memory: readonly Transferable[] = []): void {
    this.#port.postMessage(message, memory)
  }

  /** Waits where the store has been closed, since the thread lets go by itself then; ends the thread where not. */
  async terminate(): Promise<number> {
    if (this.#isClosing || this.#isOver) await this.#ended
    else await this.#worker.terminate()
    return 0
  }

  /** The thread itself has ended. */
  over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.emit('exit', 0)
    this.emit('over')
  }

  #free(): void {
    if (this.#isOver) return
    this.#onFree()
    this.over()
  }
}
