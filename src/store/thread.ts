/**
 * The writer's side of the thread border: opens lock, replica and journal, and passes commands from the port to the
 * writer and answers back. `server/writer-thread.ts` calls it with the desk's own rules, tests with others.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { LoopDelay } from '../measure/loop-delay.js'
import { JournalOpenError, type Head, type Journal, type JournalIdentity } from '../journal/journal.js'
import { planStore, type StorePlan } from '../journal/open.js'
import type { Answer } from './batch.js'
import { monotonicMs } from './clock.js'
import type { Handler, Handlers, StateMachine } from './command.js'
import { StoreOpenError } from './errors.js'
import type { AnswerMessage, CommandMessage, FromWriter, ToWriter, WriterThreadData } from './messages.js'
import { isOfOtherDesk, keepDesk } from './copied-desk.js'
import { memoryOf } from './large-commands.js'
import { LogKeeper } from './log-keeper.js'
import type { ToldLeader } from './known-nodes.js'
import { keptMemberId, memberIdOf } from './member.js'
import { Patience } from './patience.js'
import { damagedCopy, isDamage, openReplicaFile } from './replica-file.js'
import type { Replica } from './replica.js'
import { ReplicaDelay } from './figures.js'
import { Writer } from './writer.js'
import { messageOf } from '../fault.js'

/** How often the main thread is told when there was contact with the journal, and what was counted, in milliseconds. */
const TELL_MS = 500

/** For how long a start tries a journal that can't be reached where nothing else is said, in seconds. */
const START_SECONDS = 30

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
  serveWriter(parentPort, workerData, machine, options)
}

/** Serves one store through a port until it says `close`, and closes the port then: for a thread that serves one store after the other. */
export function serveWriter<H extends Handlers>(
  port: MessagePort,
  data: WriterThreadData,
  machine: StateMachine<H>,
  options: WriterThreadOptions = {},
): void {
  const thread = new WriterThread(port, machine, options)
  void thread.open(data)
}

/** What an open store consists of on this side. */
interface OpenParts {
  readonly journal: Journal
  readonly replica: Replica
  readonly writer: Writer
  readonly logKeeper: LogKeeper
  /** Who this node is where it is one of several. */
  readonly memberId: string | undefined
}

class WriterThread {
  readonly #port: MessagePort
  #journal: Journal | undefined
  /** The same as soon as it is open; once there is a writer, it is that which closes it. */
  #openedJournal: Journal | undefined
  readonly #machine: StateMachine
  readonly #handlers: ReadonlyMap<string, Handler<unknown, unknown>>
  readonly #options: WriterThreadOptions
  #answers: AnswerMessage[] = []
  #writer: Writer | undefined
  #logKeeper: LogKeeper | undefined
  #release = (): void => {}
  /** Of the newest commit. */
  #time = 0
  #isOpen = false
  /** A fault that only a new start mends. */
  #end: Error | undefined
  readonly #early: FromWriter[] = []

  constructor(port: MessagePort, machine: StateMachine, options: WriterThreadOptions) {
    this.#port = port
    this.#machine = machine
    this.#handlers = new Map(Object.entries(machine.handlers))
    this.#options = options
  }

  async open(data: WriterThreadData): Promise<void> {
    // Nothing but the order to end comes before the store is open. The lock goes with the thread.
    const stop = (): never => process.exit()
    this.#port.once('message', stop)
    const plan = planStore(data.place)
    try {
      if (plan === undefined) {
        throw new StoreOpenError(
          'unknown-store',
          `"${data.place.address}" is no store: write sqlite:PATH, sqlite::memory: or etcd://HOST:PORT,HOST:PORT/PREFIX.`,
        )
      }
      const parts = await this.#open(plan, data)
      this.#port.off('message', stop)
      this.#port.on('message', (message: ToWriter) => this.#receive(message))
      const { clusterId } = parts.journal.identity
      const { memberId = memberIdOf(clusterId) } = parts
      const { replicaPath, description } = plan
      this.#isOpen = true
      const leader = leaderOf(parts.journal, memberId)
      const { isRaised } = parts.journal.limits
      const { time } = parts.replica.head
      this.#send({ type: 'open', replicaPath, description, clusterId, memberId, leader, isRaised, time })
      for (const message of this.#early) this.#send(message)
      this.#tell(parts)
      if (this.#end !== undefined) endThread(this.#end)
    } catch (thrown) {
      const error = plan?.isCopy === true && isDamage(thrown) ? damagedCopy(plan.replicaPath) : thrown
      const code = error instanceof StoreOpenError || error instanceof JournalOpenError ? error.code : 'internal'
      // A thread that is kept for other stores follows this one's journal no longer.
      await (this.#writer ?? this.#openedJournal)?.close()
      this.#release()
      this.#port.postMessage({ type: 'open-failed', code, message: messageOf(error) } satisfies FromWriter)
      this.#port.close()
    }
  }

  async #open(plan: StorePlan, data: WriterThreadData): Promise<OpenParts> {
    const { replica, release } = openReplicaFile(plan, {
      tables: this.#machine.tables,
      historyEventsMax: data.historyEventsMax,
      onNotice: (sentence) => this.#send({ type: 'notice', sentence }),
    })
    this.#release = () => {
      release()
      plan.dispose()
    }
    const memberId = plan.isCopy ? keptMemberId(replica.database) : undefined
    const usual = (): Promise<Journal> =>
      plan.openJournal({
        database: replica.database,
        tables: replica.tableNames,
        oldestEvent: () => replica.oldestEvent,
        nodeId: memberId,
        onNodes: (nodes) => {
          this.#send({ type: 'nodes', nodes })
          if (this.#journal !== undefined) this.#sendLeader(this.#journal, memberId)
        },
        onNotice: (sentence) => this.#send({ type: 'notice', sentence }),
      })
    const patience = new Patience({
      ms: (data.place.etcd?.startSeconds ?? START_SECONDS) * 1000,
      onWait: (sentence) => this.#send({ type: 'notice', sentence }),
    })
    const journal = await patience.through(() => this.#options.openJournal?.(usual) ?? usual())
    this.#openedJournal = journal
    if (plan.isCopy) this.#knowDesk(replica, journal.identity)
    const writer = new Writer({
      journal,
      replica,
      timer: this.#machine.timer,
      onCommit: (head) => this.#committed(head),
      onTimer: (result) => this.#send({ type: 'timer', result }),
      onHealth: (failure) => this.#send({ type: 'health', failure }),
      onNotice: (sentence) => this.#send({ type: 'notice', sentence }),
      onFault: (error) => this.#fail(error, plan),
    })
    this.#writer = writer
    await patience.throughWith(
      () => journal.sinceContactMs(),
      () => writer.start(),
    )
    this.#journal = journal
    const logKeeper = new LogKeeper({
      replica,
      path: plan.replicaPath,
      between: (work) => writer.between(work),
      onSize: (size) => this.#send({ type: 'log', size }),
    })
    this.#logKeeper = logKeeper
    return { journal, replica, writer, logKeeper, memberId }
  }

  /** The data folder may be that of a node of another desk, or of this one before another was begun in its place. */
  #knowDesk(replica: Replica, { clusterId }: JournalIdentity): void {
    if (isOfOtherDesk(replica.database, clusterId)) {
      this.#send({ type: 'notice', sentence: 'The local copy is of another desk than lies in etcd: it is made anew.' })
      replica.distrust()
    }
    // Only now: interrupted in between, it is still known that it is to be made anew.
    keepDesk(replica.database, clusterId)
  }

  /**
   * Tells of a fault. Where only a new start helps (a local copy that is damaged can't be mended while it is in use, nor
   * exchanged for another desk's) the thread ends, and the server with it. While the store is being opened it is that which
   * fails of the same fault, in a sentence; should it open all the same, the thread ends then.
   */
  #fail(error: unknown, { isCopy, replicaPath }: StorePlan): void {
    this.#send({ type: 'fault', message: messageOf(error) })
    const end = isCopy && isDamage(error) ? damagedCopy(replicaPath) : error
    if (!(end instanceof StoreOpenError || end instanceof JournalOpenError)) return
    this.#end = end
    if (this.#isOpen) endThread(end)
  }

  /** Tells the main thread now and then what was counted, whether the data is raised, and how old the replica may be where its journal can go away. */
  #tell({ journal, replica, writer, logKeeper, memberId }: OpenParts): void {
    const canGoAway = journal.sinceContactMs() > 0
    const loop = new LoopDelay()
    const delay = new ReplicaDelay()
    const tell = (): void => {
      const ofJournal = journal.figures()
      const behindMs = delay.look(replica.head.index, ofJournal.newestIndex, performance.now())
      this.#sendLeader(journal, memberId)
      if (canGoAway) this.#send({ type: 'contact', sinceMs: journal.sinceContactMs(), behindMs })
      const { disk } = logKeeper
      const figures = { writer: writer.tally.figures(), journal: ofJournal, disk, behindMs, loopDelay: loop.data() }
      this.#send({ type: 'figures', figures, isRaised: journal.limits.isRaised })
    }
    tell()
    const timer = setInterval(tell, TELL_MS)
    timer.unref()
    const release = this.#release
    this.#release = () => {
      clearInterval(timer)
      loop.close()
      release()
    }
  }

  /** Where there can be no other node this one leads for ever. */
  #sendLeader(journal: Journal, memberId?: string): void {
    this.#send({ type: 'leader', leader: leaderOf(journal, memberId) })
  }

  #receive(message: ToWriter): void {
    switch (message.type) {
      case 'run':
        for (const command of message.commands) this.#enqueue(command)
        return
      case 'strong':
        this.#strong(message.id)
        return
      case 'announce':
        this.#journal?.announce(message.node)
        return
      case 'close':
        void this.#close(message.patienceMs)
        return
    }
  }

  #enqueue(command: CommandMessage): void {
    const handler = this.#handlers.get(command.name)
    this.#writer?.enqueue({
      asker: command.asker,
      run: (transaction) => {
        if (handler === undefined) throw new Error(`no command is called ${command.name}`)
        return handler(transaction, command.args)
      },
      deadline: command.deadline,
      isHeavy: command.isHeavy === true,
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
    const memory = answers.flatMap((answer) => (answer.type === 'done' ? memoryOf(answer.result) : []))
    this.#port.postMessage({ type: 'answers', answers, time: this.#time } satisfies FromWriter, [...new Set(memory)])
  }

  #committed({ time }: Head): void {
    this.#time = time
    queueMicrotask(() => {
      // With answers on their way it goes along with them.
      if (this.#answers.length === 0) this.#send({ type: 'head', time: this.#time })
    })
  }

  #strong(id: number): void {
    this.#writer?.strong().then(
      () => this.#send({ type: 'strong', id }),
      (error: unknown) => this.#send({ type: 'strong', id, failure: messageOf(error) }),
    )
  }

  async #close(patienceMs: number): Promise<void> {
    await this.#writer?.close(patienceMs)
    await this.#logKeeper?.close()
    this.#release()
    this.#send({ type: 'closed' })
    this.#port.close()
  }

  /** The first message is whether the store is open, but for what an operator should know meanwhile; all else waits for it. */
  #send(message: FromWriter): void {
    if (this.#isOpen || message.type === 'notice') this.#port.postMessage(message)
    else this.#early.push(message)
  }
}

/** Ends this thread in the turn that follows, once what was told before is on its way. */
function endThread(error: Error): void {
  setImmediate(() => {
    throw error
  })
}

function leaderOf(journal: Journal, memberId = memberIdOf(journal.identity.clusterId)): ToldLeader | undefined {
  const leader = journal.leader === undefined ? { id: memberId, forMs: Infinity } : journal.leader()
  return leader && { id: leader.id, until: monotonicMs() + leader.forMs }
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
