/** What the store's two threads say to each other. Plain data: it is copied between them. */
import type { KnownNode, NodeInfo } from '../journal/journal.js'
import type { StorePlace } from '../journal/open.js'
import type { Asker } from './command.js'
import type { ErrorDetails, StoreErrorCode } from './errors.js'
import type { WriterThreadFigures } from './figures.js'
import type { ToldLeader } from './known-nodes.js'
import type { LogSize } from './snapshots.js'

/** What the writer thread is started with. */
export interface WriterThreadData {
  readonly place: StorePlace
  readonly historyEventsMax: number
}

/** One command on its way to the writer. */
export interface CommandMessage {
  readonly id: number
  readonly name: string
  readonly args: unknown
  readonly asker: Asker
  /** On `monotonicMs`. */
  readonly deadline: number
  /** That it may come to much, as is known before it is run. */
  readonly isHeavy?: boolean
}

export type ToWriter =
  | { readonly type: 'run'; readonly commands: readonly CommandMessage[] }
  | { readonly type: 'strong'; readonly id: number }
  | { readonly type: 'announce'; readonly node: NodeInfo }
  /** `patienceMs`: for how long what waits may still be run. */
  | { readonly type: 'close'; readonly patienceMs: number }

/** One command's outcome on its way back. */
export type AnswerMessage =
  | { readonly id: number; readonly type: 'done'; readonly result: unknown; readonly index: number }
  | {
      readonly id: number
      readonly type: 'refused'
      readonly code: string
      readonly message: string
      readonly details: ErrorDetails
      readonly index: number
    }
  | {
      readonly id: number
      readonly type: 'failed'
      readonly code: StoreErrorCode
      readonly message?: string | undefined
    }

/** `time` is the newest commit's, in milliseconds since 1970; of `answers` and `head` 0 before the first since the thread began. */
export type FromWriter =
  | {
      readonly type: 'open'
      readonly replicaPath: string
      readonly description: string
      readonly clusterId: string
      readonly memberId: string
      readonly leader: ToldLeader | undefined
      readonly isRaised: boolean
      readonly time: number
    }
  | { readonly type: 'open-failed'; readonly code: string; readonly message: string }
  | { readonly type: 'answers'; readonly answers: readonly AnswerMessage[]; readonly time: number }
  | { readonly type: 'head'; readonly time: number }
  | { readonly type: 'timer'; readonly result: unknown }
  | { readonly type: 'strong'; readonly id: number; readonly failure?: string }
  | { readonly type: 'health'; readonly failure: string | undefined }
  | { readonly type: 'fault'; readonly message: string }
  | { readonly type: 'notice'; readonly sentence: string }
  | { readonly type: 'nodes'; readonly nodes: readonly KnownNode[] }
  | { readonly type: 'leader'; readonly leader: ToldLeader | undefined }
  | { readonly type: 'contact'; readonly sinceMs: number; readonly behindMs: number }
  | { readonly type: 'figures'; readonly figures: WriterThreadFigures; readonly isRaised: boolean }
  | { readonly type: 'log'; readonly size: LogSize }
  | { readonly type: 'closed' }
