/**
 * The writer's side of the thread border: opens lock, replica and journal, and passes commands from the port to the
 * writer and answers back. `server/writer-thread.ts` calls it with the desk's own rules, tests with others.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { JournalOpenError, JournalUnavailable, type Journal } from '../journal/journal.js'
import { planStore, type StorePlan } from '../journal/open.js'
import { lockFile, type FileLock } from '../sqlite/lock.js'
import { sqliteFailure } from '../sqlite/database.js'
import type { Answer } from './batch.js'
import type { Handler, Handlers, StateMachine } from './command.js'
import { refuseHalfCopied } from './copy-mark.js'
import { StoreOpenError } from './errors.js'
import type { AnswerMessage, CommandMessage, FromWriter, ToWriter, WriterThreadData } from './messages.js'
import { refuseForeignFile, Replica } from './replica.js'
import { pause } from './replication.js'
import { Writer } from './writer.js'

/** How often the main thread is told when there was contact with the journal, in milliseconds. */
const CONTACT_MS = 500

/** How long a start waits for a journal that can't be reached, in milliseconds. */
const START_MS_MAX = 20_000

export interface WriterThreadOptions {
  /** Opens the journal instead of the store's own engine: for tests that inject faults. */
  readonly openJournal?: (usual: () => Promise<Journal>) => Promise<Journal>
}

/** Serves the thread's parent port until it says `close`. Call it from the entry of a worker thread. */
export function serveWriterThread<H extends Handlers>(
  machine: StateMachine<H>,
  options: WriterThreadOptions = {},
): void {
  if (parentPort === null) throw new Error('the writer runs in a worker thread')
  const data: WriterThreadData = workerData
  const thread = new WriterThread(parentPort, machine, options)
  void thread.open(data)
}

class WriterThread {
  readonly #port: MessagePort
  readonly #machine: StateMachine
  readonly #handlers: ReadonlyMap<string, Handler<unknown, unknown>>
  readonly #options: WriterThreadOptions
  #answers: AnswerMessage[] = []
  #writer: Writer | undefined
  #release = (): void => {}
  #head = 0
  #isOpen = false
  readonly #early: FromWriter[] = []

  constructor(port: MessagePort, machine: StateMachine, options: WriterThreadOptions) {
    this.#port = port
    this.#machine = machine
    this.#handlers = new Map(Object.entries(machine.handlers))
    this.#options = options
  }

  async open(data: WriterThreadData): Promise<void> {
    try {
      const plan = planStore(data.place)
      if (plan === undefined) {
        throw new StoreOpenError(
          'unknown-store',
          `"${data.place.address}" is no store: write sqlite:PATH, sqlite::memory: or etcd://HOST:PORT,HOST:PORT/PREFIX.`,
        )
      }
      const journal = await this.#open(plan, data)
      this.#port.on('message', (message: ToWriter) => this.#receive(message))
      const { clusterId } = journal.identity
      this.#isOpen = true
      this.#send({ type: 'open', replicaPath: plan.replicaPath, description: plan.description, clusterId })
      for (const message of this.#early) this.#send(message)
      this.#tellContact(journal)
    } catch (error) {
      const code = error instanceof StoreOpenError || error instanceof JournalOpenError ? error.code : 'internal'
      this.#release()
      this.#isOpen = true
      this.#send({ type: 'open-failed', code, message: error instanceof Error ? error.message : String(error) })
      this.#port.close()
    }
  }

  async #open(plan: StorePlan, data: WriterThreadData): Promise<Journal> {
    // Before anything is written, the lock beside it included.
    refuseForeignFile(plan.replicaPath)
    refuseHalfCopied(plan.replicaPath)
    const lock = takeLock(plan.replicaPath)
    this.#release = () => {
      lock.release()
      plan.dispose()
    }
    const replica = Replica.open({
      path: plan.replicaPath,
      tables: this.#machine.tables,
      historyEventsMax: data.historyEventsMax,
      synchronous: plan.synchronous,
    })
    this.#release = () => {
      replica.close()
      lock.release()
      plan.dispose()
    }
    const usual = (): Promise<Journal> =>
      plan.openJournal({
        database: replica.database,
        oldestEvent: () => replica.oldestEvent,
        onNotice: (sentence) => this.#send({ type: 'notice', sentence }),
      })
    const journal = await (this.#options.openJournal?.(usual) ?? usual())
    this.#writer = new Writer({
      journal,
      replica,
      timer: this.#machine.timer,
      onCommit: (head) => this.#committed(head.index),
      onTimer: (result) => this.#send({ type: 'timer', result }),
      onHealth: (failure) => this.#send({ type: 'health', failure }),
      onFault: (error) => this.#send({ type: 'fault', message: describe(error) }),
    })
    await this.#start(this.#writer)
    return journal
  }

  /** A journal that is away for a moment is no reason not to start; one that stays away is. */
  async #start(writer: Writer): Promise<void> {
    const until = Date.now() + START_MS_MAX
    for (let failures = 0; ; failures++) {
      try {
        return await writer.start()
      } catch (error) {
        if (!(error instanceof JournalUnavailable) || Date.now() > until) throw error
        await pause(failures, AbortSignal.timeout(START_MS_MAX))
      }
    }
  }

  /** Tells the main thread how old the replica may be, where its journal can go away. */
  #tellContact(journal: Journal): void {
    if (journal.sinceContactMs() === 0) return
    const tell = (): void => this.#send({ type: 'contact', sinceMs: journal.sinceContactMs() })
    tell()
    const timer = setInterval(tell, CONTACT_MS)
    timer.unref()
    const release = this.#release
    this.#release = () => {
      clearInterval(timer)
      release()
    }
  }

  #receive(message: ToWriter): void {
    switch (message.type) {
      case 'run':
        for (const command of message.commands) this.#enqueue(command)
        return
      case 'strong':
        this.#strong(message.id)
        return
      case 'close':
        void this.#close()
        return
    }
  }

  #enqueue(command: CommandMessage): void {
    const handler = this.#handlers.get(command.name)
    this.#writer?.enqueue({
      run: (transaction) => {
        if (handler === undefined) throw new Error(`no command is called ${command.name}`)
        return handler(transaction, command.args)
      },
      deadline: command.deadline,
      answer: (answer) => this.#answer(command.id, answer),
    })
  }

  /** Answers of one commit leave in one message: they are collected until this turn's promises are through. */
  #answer(id: number, answer: Answer): void {
    if (this.#answers.length === 0) queueMicrotask(() => this.#flush())
    this.#answers.push(encodeAnswer(id, answer))
  }

  #flush(): void {
    const answers = this.#answers
    this.#answers = []
    this.#send({ type: 'answers', answers, head: this.#head })
  }

  #committed(index: number): void {
    this.#head = index
    queueMicrotask(() => {
      // With answers on their way the head goes along with them.
      if (this.#answers.length === 0) this.#send({ type: 'head', head: this.#head })
    })
  }

  #strong(id: number): void {
    this.#writer?.strong().then(
      () => this.#send({ type: 'strong', id }),
      (error: unknown) => this.#send({ type: 'strong', id, failure: describe(error) }),
    )
  }

  async #close(): Promise<void> {
    await this.#writer?.close()
    this.#release()
    this.#send({ type: 'closed' })
    this.#port.close()
  }

  /** The first message is whether the store is open; what is to be said before that waits for it. */
  #send(message: FromWriter): void {
    if (this.#isOpen) this.#port.postMessage(message)
    else this.#early.push(message)
  }
}

/** Makes a folder and those above it. Not by `recursive: true`: below /proc Node 20 then tries for ever, deaf to signals. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(folder)) throw error
  }
}

/** Makes the folder and takes the lock beside the file. Throws a StoreOpenError that says what to do. */
function takeLock(path: string): FileLock {
  const folder = dirname(path)
  try {
    makeFolder(folder)
    const lock = lockFile(`${path}.lock`)
    if (lock !== undefined) return lock
  } catch (error) {
    if (sqliteFailure(error) === 'full' || (error instanceof Error && 'code' in error && error.code === 'ENOSPC')) {
      throw new StoreOpenError('full', `There is no room to write ${path}: make room on the disk.`, { cause: error })
    }
    throw new StoreOpenError(
      'unwritable',
      `The folder ${folder} can not be written (${describe(error)}): choose another with --data, or change its permissions.`,
      { cause: error },
    )
  }
  throw new StoreOpenError(
    'in-use',
    `Another etcdesk already uses ${path}: stop that one first, or choose another folder with --data.`,
  )
}

function encodeAnswer(id: number, answer: Answer): AnswerMessage {
  switch (answer.type) {
    case 'done':
      return { id, type: 'done', result: answer.result, index: answer.index }
    case 'failed':
      return { id, type: 'failed', code: answer.code, message: answer.message }
    case 'refused': {
      const { code, message, details } = answer.error
      return { id, type: 'refused', code, message, details, index: answer.index }
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
