/**
 * An etcd that only seems to be one, to inject what a real one does once in a long while: it answers as told, and plays a
 * script of messages to each watch.
 */
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import {
  KVService,
  MaintenanceService,
  RangeResponse,
  StatusResponse,
  WatchResponse,
  WatchService,
  type WatchCreateRequest,
  type WatchRequest,
} from '#src/etcd/generated/rpc.js'

const CLUSTER_ID = 4711n

export interface FakeEtcd {
  /** `HOST:PORT` */
  readonly endpoint: string
  /** Every watch that was asked for, in order. */
  readonly watches: readonly WatchCreateRequest[]
  close(): void
}

export interface FakeOptions {
  /** The store's newest revision, and that of the heartbeat's key, when a range is asked for. */
  readonly revision: () => bigint
  /** What the nth watch (from 0) is sent, in order; it stays open after that. */
  readonly script: (nth: number, request: WatchCreateRequest) => Partial<WatchResponse>[]
}

/** A message with a put of each key at the given revisions: `[5, 'a']`. */
export function puts(
  events: readonly (readonly [revision: number, key: string])[],
  more = false,
): Partial<WatchResponse> {
  return {
    fragment: more,
    events: events.map(([revision, key]) => ({
      type: 0,
      prevKv: undefined,
      kv: {
        key: Buffer.from(key),
        value: Buffer.alloc(0),
        createRevision: BigInt(revision),
        modRevision: BigInt(revision),
        version: 1n,
        lease: 0n,
      },
    })),
  }
}

export async function startFakeEtcd({ revision, script }: FakeOptions): Promise<FakeEtcd> {
  const watches: WatchCreateRequest[] = []
  const header = (): { clusterId: bigint; memberId: bigint; revision: bigint; raftTerm: bigint } => ({
    clusterId: CLUSTER_ID,
    memberId: 1n,
    revision: revision(),
    raftTerm: 1n,
  })
  const server = new Server()
  server.addService(MaintenanceService, {
    status: (_: unknown, answer: (error: null, value: StatusResponse) => void) =>
      answer(null, StatusResponse.fromPartial({ header: header() })),
  })
  server.addService(KVService, {
    range: (_: unknown, answer: (error: null, value: RangeResponse) => void) => {
      const kv = { key: Buffer.from('head'), modRevision: revision() }
      answer(null, RangeResponse.fromPartial({ header: header(), kvs: [kv] }))
    },
  })
  server.addService(WatchService, {
    watch: (stream: ServerDuplexStream<WatchRequest, WatchResponse>) => {
      stream.on('error', () => undefined)
      stream.on('data', ({ requestUnion }: WatchRequest) => {
        if (requestUnion?.$case !== 'createRequest') return
        const nth = watches.push(requestUnion.value) - 1
        for (const message of script(nth, requestUnion.value)) {
          stream.write(WatchResponse.fromPartial({ header: header(), ...message }))
        }
      })
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return { endpoint: `127.0.0.1:${port}`, watches, close: () => server.forceShutdown() }
}
