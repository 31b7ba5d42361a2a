/**
 * Stands before a real etcd member and passes every call on to it; but of some transactions it forgets the answer: etcd has done
 * them, or will in a moment, or never hears of them, and the client is told nothing but that the time was up.
 */
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  status,
  type handleBidiStreamingCall,
  type handleUnaryCall,
} from '@grpc/grpc-js'
import {
  AuthService,
  ClusterService,
  KVService,
  LeaseService,
  MaintenanceService,
  WatchService,
} from '#src/etcd/generated/rpc.js'

export interface ForgetfulEtcd {
  /** `HOST:PORT` for the client. */
  readonly endpoint: string
  /** How many answers were forgotten so far, of transactions that were done, that came late, and that never were. */
  readonly forgotten: { readonly done: number; readonly late: number; readonly never: number }
  /** From now on it forgets this share of the answers, from 0 to 1. */
  forget(share: number): void
  close(): void
}

/** How late a transaction is done at most of which the client was told before, in milliseconds. */
const LATE_MS = 60

const TIMED_OUT = { code: status.UNAVAILABLE, details: 'etcdserver: request timed out' }

const same = (bytes: Buffer): Buffer => bytes

/** Starts it on a free port. `target` is `HOST:PORT` of the member; what is left to chance comes from `random`. */
export async function startForgetfulEtcd(target: string, random: () => number): Promise<ForgetfulEtcd> {
  const upstream = new Client(target, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 })
  const forgotten = { done: 0, late: 0, never: 0 }
  let share = 0

  const unary =
    (path: string): handleUnaryCall<Buffer, Buffer> =>
    (call, answer) => {
      const deadline = call.getDeadline()
      const pass = (then: typeof answer): void => {
        upstream.makeUnaryRequest(path, same, same, call.request, call.metadata, { deadline }, (error, bytes) => {
          if (error === null) then(null, bytes)
          else then({ code: error.code, details: error.details })
        })
      }
      if (path !== KVService.txn.path || random() >= share) return pass(answer)
      const fate = (['done', 'late', 'never'] as const)[Math.floor(random() * 3)] ?? 'done'
      forgotten[fate] += 1
      if (fate === 'done') return pass(() => answer(TIMED_OUT))
      if (fate === 'late') setTimeout(() => pass(() => undefined), random() * LATE_MS)
      answer(TIMED_OUT)
    }
  const stream =
    (path: string): handleBidiStreamingCall<Buffer, Buffer> =>
    (call) => {
      const onward = upstream.makeBidiStreamRequest(path, same, same, call.metadata)
      call.on('data', (bytes: Buffer) => onward.write(bytes))
      call.on('end', () => onward.end())
      call.on('cancelled', () => onward.cancel())
      call.on('error', () => onward.cancel())
      onward.on('data', (bytes: Buffer) => call.write(bytes))
      onward.on('error', () => call.end())
      onward.on('end', () => call.end())
    }

  const server = new Server({ 'grpc.max_receive_message_length': -1 })
  for (const service of [KVService, WatchService, LeaseService, ClusterService, MaintenanceService, AuthService]) {
    for (const { path, requestStream } of Object.values(service)) {
      if (requestStream) server.register(path, stream(path), same, same, 'bidi')
      else server.register(path, unary(path), same, same, 'unary')
    }
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return {
    endpoint: `127.0.0.1:${port}`,
    forgotten,
    forget: (next) => (share = next),
    close() {
      server.forceShutdown()
      upstream.close()
    },
  }
}
