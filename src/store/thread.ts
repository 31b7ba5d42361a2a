/**
 * The writer's side of the thread border: opens lock, replica and journal, and passes commands from the port to the
 * writer and answers back. `server/writer-thread.ts` calls it with the desk's own rules, tests with others.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { Journal } from '../journal/journal.js'
import { planStore, type StorePlan } from '../journal/open.js'
import { lockFile, type FileLock } from '../sqlite/lock.js'
import { sqliteFailure, type Database } from '../sqlite/database.js'
import type { Handler, Handlers, StateMachine } from './command.js'
import { StoreOpenError } from './errors.js'
import type { AnswerMessage, CommandMessage, FromWriter, ToWriter, WriterThreadData } from './messages.js'
import { refuseForeignFile, Replica } from './replica.js'
import { Writer, type Answer } from './writer.js'

export interface WriterThreadOptions {
  /** Opens the journal instead of the store's own engine: for tests that inject faults. */
  readonly openJournal?: (replica: Database, usual: () => Promise<Journal>) => Promise<Journal>
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

  constructor(port: MessagePort, machine: StateMachine, options: WriterThreadOptions) {
    this.#port = port
    this.#machine = machine
    this.#handlers = new Map(Object.entries(machine.handlers))
    this.#options = options
  }

  async open(data: WriterThreadData): Promise<void> {
    try {
      const plan = planStore(data.address)
      if (plan === undefined) {
        throw new StoreOpenError(
          'unknown-store',
          `"${data.address}" is no store: write sqlite:PATH or sqlite::memory:.`,
        )
      }
      const clusterId = await this.#open(plan, data)
      this.#port.on('message', (message: ToWriter) => this.#receive(message))
      this.#send({ type: 'open', replicaPath: plan.replicaPath, description: plan.description, clusterId })
    } catch (error) {
      const code = error instanceof StoreOpenError ? error.code : 'internal'
      this.#release()
      this.#send({ type: 'open-failed', code, message: error instanceof Error ? error.message : String(error) })
      this.#port.close()
    }
  }

  async #open(plan: StorePlan, data: WriterThreadData): Promise<string> {
    // Before anything is written, the lock beside it included.
    refuseForeignFile(plan.replicaPath)
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
    const usual = (): Promise<Journal> => plan.openJournal(replica.database)
    const journal = await (this.#options.openJournal?.(replica.database, usual) ?? usual())
    this.#writer = new Writer({
      journal,
      replica,
      timer: this.#machine.timer,
      onCommit: (head) => this.#committed(head.index),
      onTimer: (result) => this.#send({ type: 'timer', result }),
      onHealth: (failure) => this.#send({ type: 'health', failure }),
      onFault: (error) => this.#send({ type: 'fault', message: describe(error) }),
    })
    await this.#writer.start()
    return journal.identity.clusterId
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

  #send(message: FromWriter): void {
    this.#port.postMessage(message)
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
