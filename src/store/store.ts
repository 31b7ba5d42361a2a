/**
 * The store: run a command, read, follow. This is the front door of the room, on the main thread; the writer has a thread
 * of its own, so nobody here waits for a sync or a network. Reads are SQLite's, from memory as a rule.
 *
 * What it promises:
 * - `run` resolves when the command's commit is durable, and every read after that sees it.
 * - Reads are SQL on the local replica, each on one consistent state.
 * - Followers get every event once, in order.
 */
import type { KnownNode, NodeInfo } from '../journal/journal.js'
import { LARGE_TEXT_BYTES } from '../journal/text.js'
import { openDatabase, type Database } from '../sqlite/database.js'
import { CommitClock, monotonicMs } from './clock.js'
import { ClosingTime } from './closing-time.js'
import { NOBODY, type ArgsOf, type Asker, type Handlers, type ResultOf } from './command.js'
import { Contact } from './contact.js'
import type { StoreFigures, WriterThreadFigures } from './figures.js'
import { Followers } from './followers.js'
import { History } from './history.js'
import { KnownNodes, type KnownLeader } from './known-nodes.js'
import { LargeCommands, memoryOf, textLength } from './large-commands.js'
import type { CommandMessage, FromWriter, ToWriter } from './messages.js'
import type { StoreOptions, WriterHandle } from './options.js'
import type { Question } from './question.js'
import { openReading, type Reading } from './reading.js'
import { Snapshots, type Snapshot, type SnapshotReader } from './snapshots.js'
import { Spools, type Spool, type SpoolReader } from './spools.js'
import { startWriter, type OpenMessage } from './start-writer.js'
import { WaitingCommands, WaitingReads, type Outcome } from './waiting.js'

/** Commands that one message to the writer holds at most. */
const MESSAGE_COMMANDS_MAX = 16

/** How long a caller waits if nothing else is said, in milliseconds: with the sweep below an answer comes within 5 s. */
const DEADLINE_MS = 4500

/** How often late commands are looked for, in milliseconds. */
const SWEEP_MS = 250

/** How long closing takes at most where nothing else is said, in milliseconds: as long as it takes to move a log of the largest size into the file. */
const CLOSE_MS = 10_000

/** How much of that is kept for ending a thread that is not through by then, in milliseconds. */
const END_MS = 1000

/** Page cache of the main thread's connection, in KiB: holds the keys of a million tickets, and is filled only as they are read. */
const READER_CACHE_KIBIBYTES = 96 * 1024

/** Page cache of the connection for large values, in KiB: they would only drive out what is read again. */
const LARGE_READER_CACHE_KIBIBYTES = 512

export class Store<H extends Handlers = Handlers> {
  /** The main thread's connection, for reading. One statement sees one state; several do inside `reader.snapshot`. */
  readonly reader: Database
  readonly history: History
  readonly followers: Followers
  /** Who this store is: the cluster id is the journal's own, the member id this node's. Hexadecimal, 64 bits. */
  readonly identity: { readonly clusterId: string; readonly memberId: string }
  /** Where the data is, for people. */
  readonly description: string
  readonly #worker: WriterHandle
  readonly #replicaPath: string
  readonly #options: StoreOptions
  readonly #deadlineMs: number
  readonly #snapshots: Snapshots
  readonly #spools: Spools
  readonly #reading: Reading | undefined
  readonly #commands: WaitingCommands
  readonly #reads = new WaitingReads()
  readonly #sweeper: NodeJS.Timeout
  #outbox: CommandMessage[] = []
  readonly #large = new LargeCommands((command) =>
    this.#post({ type: 'run', commands: [command] }, memoryOf(command.args)),
  )
  #largeReader: Database | undefined
  #lastId = 0
  readonly #clock = new CommitClock()
  #failure: string | undefined
  readonly #contact = new Contact()
  readonly #nodes = new KnownNodes()
  #thread: WriterThreadFigures | undefined
  #isRaised: boolean
  #closed: Promise<void> | undefined
  #ended = false
  #onEnd = (): void => {}

  private constructor(options: StoreOptions, worker: WriterHandle, open: OpenMessage) {
    this.#options = options
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS
    this.#commands = new WaitingCommands(this.#deadlineMs)
    this.#worker = worker
    this.#replicaPath = open.replicaPath
    this.#snapshots = new Snapshots(open.replicaPath)
    this.#spools = new Spools(open.replicaPath)
    this.#reading = openReading(options, open.replicaPath)
    this.description = open.description
    this.identity = { clusterId: open.clusterId, memberId: open.memberId }
    this.#nodes.noteLeader(open.leader)
    this.#isRaised = open.isRaised
    this.#clock.note(open.time)
    this.reader = openDatabase(open.replicaPath, { readOnly: true, cacheKibibytes: READER_CACHE_KIBIBYTES })
    this.history = new History(this.reader, options.historyEventsMax, () => this.largeReader)
    this.followers = new Followers(this.history)
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS)
    this.#sweeper.unref()
    worker.on('message', (message: FromWriter) => this.#receive(message))
    worker.on('error', (error: Error) => this.#writerDied(error.message))
    worker.on('exit', () => this.#writerDied('the writer thread has ended'))
  }

  /** Opens the store and starts its writer. Rejects with a StoreOpenError whose message says what to do. */
  static async open<H extends Handlers>(options: StoreOptions): Promise<Store<H>> {
    const { worker, open } = await startWriter(options)
    return new Store<H>(options, worker, open)
  }

  /** A sentence that says why nothing can be written now; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Milliseconds since the journal was last known to be there; 0 where it is the replica's own file. */
  get contactAgeMs(): number {
    return this.#contact.sinceMs
  }

  /** For how long, in milliseconds, the replica has lacked something that the journal is known to have; 0 while it keeps up. */
  get behindMs(): number {
    return this.#contact.behindMs
  }

  /** How old what is read here may be, in milliseconds: without contact, or since the replica can't keep up. */
  get ageMs(): number {
    return Math.max(this.contactAgeMs, this.behindMs)
  }

  /**
   * Whether the data is of this program's own format, as of half a second ago. Where it is not yet, commands that need it are
   * refused, and whoever asks before can say so at once.
   */
  get isRaised(): boolean {
    return this.#isRaised
  }

  get figures(): StoreFigures {
    return {
      commands: this.#commands.ends.data(),
      waiting: this.#commands.size,
      oldestWaitingMs: this.#commands.oldestMs,
      thread: this.#thread,
      lists: {
        snapshots: this.#snapshots.size,
        spoolBytes: this.#spools.bytes,
        brokenOff: { ...this.#snapshots.brokenOff, room: this.#spools.brokenOff },
      },
    }
  }

  /**
   * Milliseconds since 1970 for whoever reads: never earlier than the newest commit that is known here, however the machine's clock is set.
   * What a commit has found to be over is over for readers too.
   */
  now(): number {
    return this.#clock.now()
  }

  /** The nodes that were announced, this one among them, in the order of their ids, and which are there as far as is known. */
  get nodes(): readonly KnownNode[] {
    return this.#nodes.all
  }

  /** The node that leads; undefined where none is known to. */
  get leader(): KnownLeader | undefined {
    return this.#nodes.leader
  }

  /** Tells the other nodes, and their clients, how this one is called. */
  announce(node: Omit<NodeInfo, 'id'>): void {
    const self = { id: this.identity.memberId, ...node }
    this.#nodes.announce(self)
    this.#post({ type: 'announce', node: self })
  }

  /**
   * Runs a command for whoever asks. Rejects with a CommandError where a rule refuses it, and with a StoreError where the store
   * can't do it; nothing was changed then, but for the code `unknown-outcome`.
   */
  run<Name extends keyof H & string>(
    name: Name,
    args: ArgsOf<H, Name>,
    asker?: Asker,
  ): Promise<Outcome<ResultOf<H, Name>>>
  run(name: string, args: unknown, asker: Asker = NOBODY): Promise<Outcome<unknown>> {
    if (this.#closed !== undefined) return this.#commands.refuse('closed')
    if (this.#ended) return this.#commands.refuse('unavailable')
    const characters = textLength(args)
    if (!this.#commands.hasRoomFor(characters)) return this.#commands.refuse('overloaded')
    const id = ++this.#lastId
    const deadline = monotonicMs() + this.#deadlineMs
    // One message for the commands of this turn of the event loop; of many in one turn the first go ahead, so that the
    // writer works on them while this thread still reads the others.
    if (characters > LARGE_TEXT_BYTES || this.#options.isHeavy?.(name, args, this.reader) === true)
      this.#large.add({ id, name, args, asker, deadline })
    else {
      if (this.#outbox.length === 0) setImmediate(() => this.#flush())
      if (this.#outbox.push({ id, name, args, asker, deadline }) >= MESSAGE_COMMANDS_MAX) this.#flush()
    }
    return this.#commands.wait(id, deadline, characters)
  }

  /**
   * Resolves when the replica has every change that was accepted, on any node, before the call. Rejects with a StoreError
   * where that can't be reached in time.
   */
  strong(): Promise<void> {
    if (this.#ended) return this.#reads.refuse()
    const id = ++this.#lastId
    this.#post({ type: 'strong', id })
    return this.#reads.wait(id, monotonicMs() + this.#deadlineMs)
  }

  /**
   * Asks the reading thread: for what takes more than the main thread has time for. Rejects with a StoreError where it can't be
   * answered in time, and with the reason of `signal` once that is aborted. Where several callers ask they take turns.
   */
  ask<Room, Args, Answer>(
    question: Question<Room, Args, Answer>,
    args: Args,
    signal?: AbortSignal,
    caller?: string,
  ): Promise<Answer>
  ask({ name }: { readonly name: string }, args: unknown, signal?: AbortSignal, caller?: string): Promise<unknown> {
    return (
      this.#reading?.ask(name, args, signal, caller) ?? Promise.reject(new Error('this store has no reading thread'))
    )
  }

  /** A state to read over many turns of the event loop: see `Snapshots.open`. */
  openSnapshot(reader: SnapshotReader): Promise<Snapshot> {
    return this.#snapshots.open(reader)
  }

  /** A place for what was read for a client that takes it slowly: see `Spools.open`. */
  openSpool(reader: SpoolReader): Promise<Spool> {
    return this.#spools.open(reader)
  }

  /** A connection for reading large values, which leaves the page cache of `reader` to all others. */
  get largeReader(): Database {
    const options = { readOnly: true, cacheKibibytes: LARGE_READER_CACHE_KIBIBYTES }
    this.#largeReader ??= openDatabase(this.#replicaPath, options)
    return this.#largeReader
  }

  /**
   * Runs what waits, no longer than a command may take, then closes. Later commands are refused as `closed`. Comes to its end within the time
   * given, in milliseconds, whatever the threads or their disk are at.
   */
  close(withinMs = CLOSE_MS): Promise<void> {
    this.#closed ??= this.#close(withinMs)
    return this.#closed
  }

  async #close(withinMs: number): Promise<void> {
    const time = new ClosingTime(withinMs)
    this.#flush()
    this.#large.flush()
    // Neither thread waits for the other.
    const reading = this.#reading?.close()
    if (!this.#ended) await this.#endWriter(time, withinMs)
    clearInterval(this.#sweeper)
    this.followers.close()
    this.#snapshots.close()
    if (reading !== undefined) await time.allows(reading)
    this.reader.close()
    this.#largeReader?.close()
    // A thread in the middle of SQLite's work, as on a disk that hangs, ends behind that. It may be left: what was answered was on the disk before.
    if (!(await time.allows(this.#worker.terminate()))) this.#options.onFault?.('the writer thread did not end in time')
  }

  /**
   * Lets the writer finish what waits, for as long as its callers wait at most, and then move the log, give back its leases and let go of the
   * file: that may take all that is left.
   */
  async #endWriter(time: ClosingTime, withinMs: number): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#onEnd = resolve
    })
    this.#post({ type: 'close', patienceMs: Math.min(this.#deadlineMs, withinMs / 2) })
    if (!(await time.allows(ended, Math.min(END_MS, withinMs / 2)))) this.#writerDied('the writer did not end in time')
  }

  #flush(): void {
    const commands = this.#outbox
    this.#outbox = []
    if (commands.length > 0) this.#post({ type: 'run', commands })
  }

  #receive(message: FromWriter): void {
    switch (message.type) {
      case 'answers':
        this.#clock.note(message.time)
        for (const answer of message.answers) {
          this.#large.answered(answer.id)
          this.#commands.settle(answer)
        }
        this.followers.wake()
        return
      case 'head':
        this.#clock.note(message.time)
        this.followers.wake()
        return
      case 'timer':
        this.#options.onTimer?.(message.result)
        return
      case 'strong':
        this.#reads.settle(message.id, message.failure)
        return
      case 'health':
        this.#failure = message.failure
        return
      case 'fault':
        this.#options.onFault?.(message.message)
        return
      case 'notice':
        this.#options.onNotice?.(message.sentence)
        return
      case 'nodes':
        this.#nodes.noteNodes(message.nodes)
        return
      case 'leader':
        this.#nodes.noteLeader(message.leader)
        return
      case 'contact':
        this.#contact.note(message)
        return
      case 'figures':
        this.#thread = message.figures
        this.#isRaised = message.isRaised
        return
      case 'log':
        this.#snapshots.logIs(message.size)
        return
      case 'closed':
        this.#writerDied('the writer thread has ended')
        return
      case 'open':
      case 'open-failed':
        return
    }
  }

  /** Tells callers that have waited long enough. The writer never runs a command after its deadline. */
  #sweep(): void {
    this.#reads.sweep()
    this.#commands.sweep((id) => this.#large.takeBack(id))
  }

  /** Without its writer a store answers reads alone. */
  #writerDied(message: string): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#closed === undefined) {
      this.#failure = message
      this.#options.onWriterEnd?.(message)
    }
    this.#commands.giveUp()
    this.#reads.giveUp()
    this.#onEnd()
  }

  /** `memory` is given away with it. */
  #post(message: ToWriter, memory: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, memory)
  }
}
