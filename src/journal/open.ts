/**
 * The switch between the engines: from what `--store` says to where the replica lies and how its journal is opened. What only
 * makes sense of a cluster (its nodes, its room, its format) goes to `etcd/` by itself.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Database } from '../sqlite/database.js'
import { realFile } from '../sqlite/file.js'
import { parseEtcdAddress } from './etcd/address.js'
import { etcdLimits } from './etcd/limits.js'
import { EtcdFigures } from './etcd/figures.js'
import { JournalOpenError, type Journal, type KnownNode } from './journal.js'
import { openSqliteJournal } from './sqlite.js'
import type { RemoteTransfer } from './transfer.js'

/** How to reach an etcd cluster, beside its address. Certificates and the key as PEM text. */
export interface EtcdAccess {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** What etcd's members were told by their flags of these names; etcd's own defaults where it is not given. */
  readonly maxRequestBytes?: number | undefined
  readonly maxTxnOps?: number | undefined
  /** How often etcd's history is compacted, in seconds; never where it is 0 or not given. */
  readonly compactSeconds?: number | undefined
  /** How often the replica is compared with what lies in etcd, in seconds; never where it is 0 or not given. */
  readonly compareSeconds?: number | undefined
  /** For how long a start tries an etcd that can't be reached, in seconds; 30 where it is not given. */
  readonly startSeconds?: number | undefined
}

/** What a store is opened with. */
export interface StorePlace {
  /** `sqlite:PATH`, `sqlite::memory:` or `etcd://HOST:PORT,HOST:PORT/PREFIX`. */
  readonly address: string
  /** The folder for the replica of a store whose journal is elsewhere; the working folder where none is given. */
  readonly dataDirectory?: string | undefined
  readonly etcd?: EtcdAccess | undefined
}

/** What a journal is told of the replica that stands beside it. */
export interface ReplicaSide {
  /** The writer's own connection to the replica. */
  readonly database: Database
  /** The names of its tables. */
  readonly tables: readonly string[]
  /** Index of the oldest event that the replica keeps. */
  readonly oldestEvent: () => number
  /** The id that this node is announced by; undefined where it is the only one. */
  readonly nodeId: string | undefined
  /** Told which nodes were announced, this one included, and which are there, when that may have changed. */
  readonly onNodes: (nodes: readonly KnownNode[]) => void
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
}

/** What a store's address means. */
export interface StorePlan {
  /** The SQLite file that holds the replica. */
  readonly replicaPath: string
  /** `full` where the replica's file is the journal too, so that its commits must survive a loss of power. */
  readonly synchronous: 'full' | 'normal'
  /** Whether the replica is a copy of what lies elsewhere, so that it can be made anew. */
  readonly isCopy: boolean
  /** What people are told about where the data is. */
  readonly description: string
  /** Opens the journal. Rejects with a JournalOpenError or a JournalUnavailable. */
  openJournal(replica: ReplicaSide): Promise<Journal>
  /** The engine's side of moving the data; undefined where the replica's file is all there is. */
  readonly openTransfer?: () => Promise<RemoteTransfer>
  /** Removes what is not to outlive the process. */
  dispose(): void
}

/** Reads a store's address; undefined where it is none. */
export function planStore(place: StorePlace): StorePlan | undefined {
  return planSqlite(place) ?? planEtcd(place)
}

/**
 * Whether two addresses that lead to one file on this machine are of one store. That file may be a local copy: then the prefix has to be
 * the same, and a member be named by both.
 */
export function areOneStore(address: string, other: string): boolean {
  const [one, another] = [parseEtcdAddress(address, false), parseEtcdAddress(other, false)]
  if (one === undefined || another === undefined) return one === another
  return one.prefix === another.prefix && one.endpoints.some((endpoint) => another.endpoints.includes(endpoint))
}

function planSqlite({ address }: StorePlace): StorePlan | undefined {
  if (!address.startsWith('sqlite:') || address === 'sqlite:') return undefined
  const openJournal = ({ database }: ReplicaSide): Promise<Journal> => Promise.resolve(openSqliteJournal(database))
  const path = address.slice('sqlite:'.length)
  if (path === ':memory:') {
    // A private file rather than SQLite's own memory database, which two threads could not share.
    const folder = mkdtempSync(join(tmpdir(), 'etcdesk-'))
    return {
      replicaPath: join(folder, 'desk.db'),
      synchronous: 'normal',
      isCopy: false,
      description: 'a temporary file, removed at the end',
      openJournal,
      dispose: () => rmSync(folder, { recursive: true, force: true }),
    }
  }
  // Lock and log stand beside the file itself, whatever links lead to it.
  const durable = { replicaPath: realFile(path), synchronous: 'full', isCopy: false } as const
  return { ...durable, description: resolve(path), openJournal, dispose: () => undefined }
}

function planEtcd({ address, dataDirectory = '.', etcd = {} }: StorePlace): StorePlan | undefined {
  const parsed = parseEtcdAddress(address, etcd.ca !== undefined || etcd.cert !== undefined)
  if (parsed === undefined) return undefined
  const { hosts, endpoints, prefix } = parsed
  const limits = etcdLimits(etcd.maxRequestBytes, etcd.maxTxnOps)
  const replicaPath = realFile(join(dataDirectory, 'replica.db'))
  return {
    replicaPath,
    synchronous: 'normal',
    isCopy: true,
    description: `etcd at ${hosts}, with a local copy in ${resolve(dataDirectory, 'replica.db')}`,
    openJournal: async ({ tables, oldestEvent, nodeId, onNodes, onNotice }) => {
      // Loaded here alone: who stores in SQLite does not wait for gRPC.
      const [{ EtcdClient }, { EtcdSettingsError }, { openEtcdJournal }] = await Promise.all([
        import('../etcd/client.js'),
        import('../etcd/settings.js'),
        import('./etcd/etcd-journal.js'),
      ])
      let client: Awaited<ReturnType<typeof EtcdClient.connect>> | undefined
      try {
        const { compactSeconds = 0, compareSeconds = 0 } = etcd
        const figures = new EtcdFigures()
        client = await EtcdClient.connect({ endpoints, ...etcd, observe: (call) => figures.observe(call) })
        const lookedAt = { client, figures, prefix, tables, limits, oldestEvent }
        return await openEtcdJournal({ ...lookedAt, compactSeconds, compareSeconds, nodeId, onNodes, onNotice })
      } catch (error) {
        await client?.close()
        if (error instanceof EtcdSettingsError) throw new JournalOpenError('etcd-settings', error.message)
        throw error
      }
    },
    openTransfer: async () => {
      const [{ EtcdClient }, { etcdTransfer }] = await Promise.all([
        import('../etcd/client.js'),
        import('./etcd/transfer.js'),
      ])
      return etcdTransfer(await EtcdClient.connect({ endpoints, ...etcd }), prefix, limits)
    },
    dispose: () => undefined,
  }
}
