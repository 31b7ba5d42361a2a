/** A desk for tests of tickets: a real store with users and names, asked by commands and read as the doors read it. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { onTestFinished } from 'vitest'
import type { desk, DeskStore } from '#src/desk.js'
import { faultsOf } from '#src/names/refusal.js'
import { openPlainDatabase, type SqlRow } from '#src/sqlite/database.js'
import { checkStore } from '#src/server/check.js'
import type { ArgsOf, Asker, ResultOf } from '#src/store/command.js'
import { CommandError } from '#src/store/errors.js'
import type { Outcome } from '#src/store/waiting.js'
import { Store } from '#src/store/store.js'
import { historyOf, type HistoryEntry } from '#src/tickets/history.js'
import type { TicketInput } from '#src/tickets/input.js'
import type { Moment } from '#src/names/moment.js'
import { pastOf, type PastState } from '#src/tickets/past.js'
import { TicketReading, type TicketState } from '#src/tickets/reading.js'
import { ticketId } from '#src/tickets/ticket.js'
import { viewerOf } from '#src/users/viewer.js'
import { askers, makeNames, makeUsers } from './names.js'
import { startKeptThread } from './kept-threads.js'
import { readHere } from './reading-here.js'
import { writerEntry } from './store.js'

type Commands = typeof desk.handlers

/** What one refusal says. */
export interface Refused {
  readonly code: string
  readonly message: string
  readonly pointers: readonly string[]
}

/** Each member that a ticket may have, its title left out. */
export const everyMember = {
  description: 'text',
  status: 'in-progress',
  priority: 'high',
  queue: 'storage',
  requester: 'rita',
  assignees: ['abe', 'ada'],
  labels: ['bug', 'disk'],
  due: '2026-12-01',
  fields: { site: 'fra', cost: 1 },
  ref: 'A',
} satisfies TicketInput

export class TicketDesk {
  readonly store: DeskStore
  readonly address: string
  readonly reading: TicketReading

  constructor(store: DeskStore, address: string) {
    this.store = store
    this.address = address
    this.reading = new TicketReading(store.reader)
  }

  /** The newest index. */
  get index(): number {
    return this.store.history.head()
  }

  run<Name extends keyof Commands>(
    name: Name,
    args: ArgsOf<Commands, Name>,
    asker: Asker = askers.agent,
  ): Promise<Outcome<ResultOf<Commands, Name>>> {
    return this.store.run(name, args, asker)
  }

  /** How a command refuses; fails where it does not, or where something was changed all the same. */
  async refused<Name extends keyof Commands>(
    name: Name,
    args: ArgsOf<Commands, Name>,
    asker: Asker = askers.agent,
  ): Promise<Refused> {
    const before = this.index
    try {
      await this.run(name, args, asker)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      if (this.index !== before) throw new Error('it was refused, and the head moved', { cause: error })
      return { code: error.code, message: error.message, pointers: faultsOf(error).map(({ pointer }) => pointer) }
    }
    throw new Error(`${name} was not refused`)
  }

  /** Makes a ticket; returns its number. */
  async create(input: Partial<TicketInput> = {}, asker: Asker = askers.agent): Promise<number> {
    const { result } = await this.run('ticket.create', { ticket: { title: 'Disk full', ...input } }, asker)
    return result.result.number
  }

  /** Changes a ticket; returns the index of it. */
  async change(number: number, change: TicketInput, asker: Asker = askers.agent): Promise<number> {
    return (await this.run('ticket.change', { number, change }, asker)).index
  }

  /** Comments on a ticket; returns the comment's id. */
  async comment(number: number, text: string, asker: Asker = askers.agent, internal = false): Promise<number> {
    const { result } = await this.run('comment.add', { number, comment: { text, internal } }, asker)
    return result.result.comment
  }

  async link(number: number, kind: ArgsOf<Commands, 'link.add'>['kind'], other: number): Promise<number> {
    return (await this.run('link.add', { number, kind, other })).index
  }

  async undo(index: number, asker: Asker = askers.agent): Promise<number> {
    return (await this.run('ticket.undo', { index }, asker)).index
  }

  /** A ticket as whoever asks sees it now. */
  ticket(number: number, asker: Asker = askers.agent): TicketState {
    const found = this.reading.ticket(viewerOf(this.reading.records, asker), number)
    if (typeof found === 'string') throw new Error(`ticket ${number} is ${found}`)
    return found
  }

  past(number: number, moment: Moment): PastState | undefined {
    const source = {
      reading: this.reading,
      reader: this.store.reader,
      viewer: viewerOf(this.reading.records, askers.agent),
    }
    return this.store.reader.snapshot(() => pastOf(source, this.ticket(number), moment))
  }

  /** The whole history, page by page; from the newest it is the same. */
  history(number: number, asker: Asker = askers.agent, pageSize = 50): HistoryEntry[] {
    const entries = this.#historyFrom(0, number, asker, pageSize)
    const backwards = this.#historyFrom(Number.MAX_SAFE_INTEGER, number, asker, pageSize)
    if (!isDeepStrictEqual(backwards.toReversed(), entries)) {
      throw new Error(`from the newest the history of ${number} is another: ${JSON.stringify([entries, backwards])}`)
    }
    return entries
  }

  #historyFrom(behind: number, number: number, asker: Asker, pageSize: number): HistoryEntry[] {
    const source = { reading: this.reading, reader: this.store.reader, viewer: viewerOf(this.reading.records, asker) }
    const entries: HistoryEntry[] = []
    const isNewestFirst = behind !== 0
    for (let place: number | null = behind; place !== null;) {
      const today = this.ticket(number, asker)
      const page: ReturnType<typeof historyOf> = historyOf(source, today, place, pageSize, isNewestFirst)
      entries.push(...page.entries)
      place = page.next
    }
    return entries
  }

  rows(sql: string): SqlRow[] {
    return this.store.reader.prepare(sql).all()
  }

  /** What `etcdesk check` says of the store. */
  async problems(): Promise<readonly string[]> {
    return (await checkStore({ address: this.address })).problems
  }
}

export { ticketId }

let template: Promise<string> | undefined

/** A file with users and names, made once for all tests of a worker. */
async function madeTemplate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'desk.db')
  const store: DeskStore = await openAt(path)
  await makeUsers(store)
  await makeNames(store)
  await store.close()
  return path
}

export function openAt(path: string, entry = writerEntry): Promise<DeskStore> {
  return Store.open({
    address: `sqlite:${path}`,
    historyEventsMax: 100_000,
    writerEntry: entry,
    ...(entry === writerEntry && { startThread: startKeptThread }),
    startReading: readHere,
  })
}

export interface DeskOptions {
  /** On a closed desk only users may do anything, each what the role says. */
  readonly closed?: boolean
  /** The writer thread's entry, where it is not the usual one. */
  readonly entry?: URL
  /** Is told what ends what was opened; that is done when the test ends where nothing else is said. */
  readonly until?: (end: () => void | Promise<void>) => void
}

/** A copy of that file. */
export async function deskFile({ closed = false, until = onTestFinished }: DeskOptions = {}): Promise<string> {
  template ??= madeTemplate()
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
  until(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'desk.db')
  copyFileSync(await template, path)
  if (closed) {
    // No command closes a desk without a credential.
    const database = openPlainDatabase(path)
    database.exec("INSERT INTO settings (name, value, version, by_user) VALUES ('access', 'closed', 1, NULL)")
    database.close()
  }
  return path
}

/** Opens such a desk. */
export async function openTicketDesk({
  closed = false,
  until = onTestFinished,
  entry,
}: DeskOptions = {}): Promise<TicketDesk> {
  const path = await deskFile({ closed, until })
  const store = await openAt(path, entry)
  until(() => store.close())
  return new TicketDesk(store, `sqlite:${path}`)
}

/** What is to be ended, from the last to the first: for a desk that several tests share. */
export class Ends {
  readonly #ends: (() => void | Promise<void>)[] = []

  readonly until = (end: () => void | Promise<void>): void => void this.#ends.push(end)

  async end(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end()
  }
}
