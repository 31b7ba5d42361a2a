/** Many changes as one, and the removals of all tickets at once. */
import type {
  Batch,
  BatchResult,
  Import,
  ImportResult,
  Removal,
  RemovalRestored,
  Undone,
} from '../contract/v1/together.js'
import { withMembers, type Caller } from './caller.js'
import { onceOf, type OnceOptions } from './once.js'
import { itemsOf, pagesFrom, type PageEnd } from './pages.js'
import type { CallOptions } from './call-options.js'
import type { ListPartsOptions } from './ticket-parts.js'

/** One operation of a batch. */
export type Operation = Batch['operations'][number]

/** One row of an import. */
export type ImportRow = Import['tickets'][number]

export interface UndoOptions extends OnceOptions {
  readonly tickets?: readonly number[] | undefined
}

export interface TogetherClient {
  /** Up to 500 operations, all or none, in one change. Done once, however often it has to be sent. */
  batch(operations: readonly Operation[], options?: OnceOptions): Promise<BatchResult>
  /** Takes back the change, or the whole batch, that was made at an index; of a batch what was done to `tickets` alone, where they are named. */
  undo(index: number, options?: UndoOptions): Promise<Undone>
  /** Up to 500 tickets from elsewhere, as one. Each has a `ref`, by which it may be run again. */
  import(rows: readonly ImportRow[], options?: OnceOptions): Promise<ImportResult>
}

export interface RemovalPage extends PageEnd {
  readonly removals: readonly Removal[]
}

/** How far the tickets of a removal are back, in all. */
export interface RestoreProgress {
  readonly restored: number
  /** Tickets that stay in the bin, since another one has their ref now. */
  readonly left: readonly number[]
  /** Where it goes on; null when all are back. */
  readonly next: number | null
}

export interface RestoreRemovalOptions extends CallOptions {
  /** The number to go on with: the `next` of a progress. */
  readonly from?: number
  readonly onProgress?: (progress: RestoreProgress) => void
}

export interface RemovalsClient {
  /** Newest first. */
  list(options?: ListPartsOptions): AsyncGenerator<Removal, void>
  pages(options?: ListPartsOptions): AsyncGenerator<RemovalPage, void>
  /** Brings back what a removal took, to the end, 3,000 tickets a step. To do it again does no harm. */
  restore(index: number, options?: RestoreRemovalOptions): Promise<RestoreProgress>
}

const isBatchResult = withMembers<BatchResult>('results')
const isUndone = withMembers<Undone>('tickets', 'index')
const isImportResult = withMembers<ImportResult>('results')
const isRemovalPage = withMembers<RemovalPage>('removals', 'next')
const isRestored = withMembers<RemovalRestored>('restored', 'left', 'next')

export function createTogether(caller: Caller): TogetherClient {
  return {
    batch: (operations, { signal, ...options } = {}) =>
      caller.call(
        { method: 'POST', path: '/v1/batch', body: { operations }, once: onceOf(options), signal },
        isBatchResult,
      ),
    undo: (index, { signal, tickets, ...options } = {}) =>
      caller.call(
        {
          method: 'POST',
          path: '/v1/undo',
          body: { index, ...(tickets !== undefined && { tickets }) },
          once: onceOf(options),
          signal,
        },
        isUndone,
      ),
    import: (tickets, { signal, ...options } = {}) =>
      caller.call(
        { method: 'POST', path: '/v1/import', body: { tickets }, once: onceOf(options), signal },
        isImportResult,
      ),
  }
}

export function createRemovals(caller: Caller): RemovalsClient {
  const path = '/v1/removals'
  const pages = ({ cursor, limit, consistency, signal }: ListPartsOptions = {}) =>
    pagesFrom(cursor, (next) =>
      caller.call({ method: 'GET', path, query: { limit, cursor: next, consistency }, signal }, isRemovalPage),
    )
  return {
    list: (options) => itemsOf(pages(options), (page) => page.removals),
    pages,
    async restore(index, { from, onProgress, signal } = {}) {
      let progress: RestoreProgress = { restored: 0, left: [], next: from ?? 1 }
      while (progress.next !== null) {
        const request = { method: 'POST', path: `${path}/${index}/restore`, query: { from: progress.next } } as const
        const step: RemovalRestored = await caller.call({ ...request, once: onceOf({}), signal }, isRestored)
        progress = {
          restored: progress.restored + step.restored,
          left: [...progress.left, ...step.left],
          next: step.next,
        }
        onProgress?.(progress)
      }
      return progress
    },
  }
}
