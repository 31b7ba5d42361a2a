/** What a watch told, kept for tests: revisions in the order they came, contacts, losses, and how it ended. */
import type { EtcdClient } from '#src/etcd/client.js'
import type { Revision, Watch, WatchEnd, WatchOptions } from '#src/etcd/watch.js'

export interface Watched {
  readonly watch: Watch
  readonly revisions: readonly Revision[]
  /** `contact` and `lost: …`, in order. */
  readonly told: readonly string[]
  readonly end: () => WatchEnd | undefined
}

/** Watches and keeps what comes. `hold` is waited for after each batch. */
export function record(client: EtcdClient, options: WatchOptions, hold?: () => Promise<void>): Watched {
  const revisions: Revision[] = []
  const told: string[] = []
  let end: WatchEnd | undefined
  const watch = client.watch(options, {
    revisions(batch) {
      revisions.push(...batch)
      return hold?.()
    },
    contact: () => told.push('contact'),
    lost: (why) => told.push(`lost: ${why}`),
    end: (how) => (end = how),
  })
  return { watch, revisions, told, end: () => end }
}

/** Each revision as `REVISION KEY=VALUE …`, its keys in order, values shortened: what is compared. */
export function asLines(revisions: readonly Revision[]): string[] {
  return revisions.map(({ revision, events }) => {
    const changes = events.map(
      ({ type, kv }) => `${kv.key.toString()}${type === 'put' ? `=${shorten(kv.value)}` : ' deleted'}`,
    )
    return `${revision} ${changes.toSorted().join(' ')}`
  })
}

function shorten(value: Buffer): string {
  return value.length <= 20 ? value.toString() : `${value.subarray(0, 20).toString()}…${value.length}`
}
