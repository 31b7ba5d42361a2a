/**
 * What a suite of the doors runs on: an engine, which opens an empty desk as often as a test asks for one. A suite is written
 * once (`test/suites/`), and a test file says on which targets it runs. What an engine does otherwise than the others is a
 * field of its target, so that each such place can be found and names its reason.
 */
import { describe } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import type { Database } from '#src/sqlite/database.js'
import { Store } from '#src/store/store.js'
import { startKeptThread } from './kept-threads.js'
import { readHere } from './reading-here.js'
import { writerEntry } from './store.js'

export interface OpenedStore {
  readonly store: DeskStore
  /** Closes it and whatever stands beside it. */
  readonly close: () => Promise<void>
}

/** A desk with all its nodes. */
export interface OpenedNodes {
  /** One for each node. */
  readonly nodes: readonly DeskStore[]
  /** Where its journal is. */
  readonly address: string
  /** All that the journal keeps by now, as text. */
  readonly kept: () => Promise<string>
  readonly close: () => Promise<void>
}

export interface Target {
  readonly name: string
  /** Bytes that one value may have at most, encoded; Infinity where nothing but the doors sets a limit. */
  readonly valueBytesMax: number
  /** How long ago the last sign of life of the journal may be while all is well; 0 where it is the node's own file. */
  readonly contactMsMax: number
  /** Whether the node is the only one of its desk, and so leads; which of several does is left to chance. */
  readonly isAlone: boolean
  /** Opens a desk that nobody has written to. */
  open(options: { readonly historyEventsMax: number }): Promise<OpenedStore>
  /** Opens what a file holds, which may be changed by that, on as many nodes as there are. */
  openFile(path: string): Promise<OpenedNodes>
}

/** Events that a desk keeps where a test wants to see them all. */
export const HISTORY_EVENTS = 100_000

/** How long a command may take: a suite makes thousands at once, on a machine that may be busy. */
export const TARGET_DEADLINE_MS = 60_000

/** One node on a file of its own, which is gone with it. */
export const sqliteTarget: Target = {
  name: 'over SQLite',
  valueBytesMax: Infinity,
  contactMsMax: 0,
  isAlone: true,
  async open({ historyEventsMax }) {
    const store: DeskStore = await Store.open({
      address: 'sqlite::memory:',
      historyEventsMax,
      deadlineMs: TARGET_DEADLINE_MS,
      writerEntry,
      startThread: startKeptThread,
      startReading: readHere,
    })
    return { store, close: () => store.close() }
  },
  async openFile(path) {
    const address = `sqlite:${path}`
    const store: DeskStore = await Store.open({
      address,
      historyEventsMax: HISTORY_EVENTS,
      deadlineMs: TARGET_DEADLINE_MS,
      writerEntry,
      startThread: startKeptThread,
      startReading: readHere,
    })
    return {
      nodes: [store],
      address,
      kept: () => Promise.resolve(rowsOf(store.reader)),
      close: () => store.close(),
    }
  },
}

/** All rows of all tables, as text. */
export function rowsOf(database: Database): string {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
  return JSON.stringify(tables.map(({ name }) => database.prepare(`SELECT * FROM ${String(name)}`).all()))
}

/** Tests that run on any target: `export const testKeys = suite('…', (target) => { … })`. */
export function suite(name: string, tests: (target: Target) => void): (target: Target) => void {
  return (target) =>
    describe(`${name}, ${target.name}`, () => {
      tests(target)
    })
}
