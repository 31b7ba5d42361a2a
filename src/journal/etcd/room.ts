/**
 * Gives etcd its room back by hand, also where it has none left and refuses every write: none of these steps puts a key.
 * It forgets the history up to now, gives each member's unused space back, one member after another and the leader last,
 * and takes the alarm back.
 */
import type { EtcdClient } from '../../etcd/client.js'
import type { Refusal, Unknown } from '../../etcd/outcome.js'
import { reachEtcd } from './reach.js'
import { JournalUnavailable } from '../journal.js'
import type { StorePlace } from '../open.js'

/** How long one step may take, in milliseconds: a member reads and writes all of its file. */
const STEP_MS = 10 * 60_000
const STATUS_MS = 5000

/**
 * Does all steps and says each in a line. Resolves with whether all members were reached and no alarm is left. Rejects with
 * a JournalOpenError where the address is wrong, with a JournalUnavailable where the cluster does not do what all else needs.
 */
export async function makeRoomInEtcd(place: StorePlace, say: (line: string) => void): Promise<boolean> {
  const { client, prefix } = await reachEtcd(place)
  try {
    await compact(client, `${prefix}/head`, say)
    const isComplete = await defragmentAll(client, say)
    return (await disarm(client, say)) && isComplete
  } finally {
    await client.close()
  }
}

async function compact(client: EtcdClient, key: string, say: (line: string) => void): Promise<void> {
  const now = await client.get(key, { timeoutMs: STATUS_MS })
  if (now.type !== 'ok') throw new JournalUnavailable(`etcd did not compact its history: ${whyNot(now)}`)
  const outcome = await client.compact(now.revision, { physical: true, timeoutMs: STEP_MS })
  if (outcome.type !== 'ok' && !(outcome.type === 'refused' && outcome.reason === 'compacted')) {
    throw new JournalUnavailable(`etcd did not compact its history: ${whyNot(outcome)}`)
  }
  say(`history compacted up to revision ${now.revision}`)
}

/** Resolves with whether every member was reached. */
async function defragmentAll(client: EtcdClient, say: (line: string) => void): Promise<boolean> {
  const leaders: string[] = []
  const others: string[] = []
  let isComplete = true
  for (const endpoint of client.endpoints) {
    const status = await client.status(endpoint, { timeoutMs: STATUS_MS })
    if (status.type !== 'ok') {
      isComplete = false
      const isThere = status.type === 'refused' && status.reason !== 'unavailable'
      say(
        isThere
          ? `${endpoint}: not defragmented: ${whyNot(status)}`
          : `${endpoint}: not reached (${status.message}): do this again when it is back`,
      )
    } else if (status.value.leader === status.value.header?.memberId) leaders.push(endpoint)
    else others.push(endpoint)
  }
  for (const endpoint of [...others, ...leaders]) {
    isComplete = (await defragment(client, endpoint, say)) && isComplete
  }
  const members = await client.members({ timeoutMs: STATUS_MS })
  if (members.type === 'ok' && members.value.length > client.endpoints.length) {
    isComplete = false
    say(`etcd has ${members.value.length} members, and --store names ${client.endpoints.length}: name the others too`)
  }
  return isComplete
}

async function defragment(client: EtcdClient, endpoint: string, say: (line: string) => void): Promise<boolean> {
  const before = await sizeOf(client, endpoint)
  const outcome = await client.defragment(endpoint, { timeoutMs: STEP_MS })
  if (outcome.type !== 'ok') {
    say(`${endpoint}: not defragmented: ${whyNot(outcome)}`)
    return false
  }
  say(`${endpoint}: defragmented, ${before} before, ${await sizeOf(client, endpoint)} now`)
  return true
}

async function sizeOf(client: EtcdClient, endpoint: string): Promise<string> {
  const status = await client.status(endpoint, { timeoutMs: STATUS_MS })
  return status.type === 'ok' ? `${(Number(status.value.dbSize) / 2 ** 20).toFixed(1)} MiB` : 'an unknown size'
}

/** Resolves with whether no alarm is left. */
async function disarm(client: EtcdClient, say: (line: string) => void): Promise<boolean> {
  const raised = await client.hasNoRoom()
  if (raised.type !== 'ok') throw new JournalUnavailable(`etcd does not say whether it has room: ${whyNot(raised)}`)
  if (!raised.value) {
    say('no alarm for lack of room was raised')
    return true
  }
  const outcome = await client.disarm()
  if (outcome.type !== 'ok') throw new JournalUnavailable(`The alarm was not taken back: ${whyNot(outcome)}`)
  say('alarm for lack of room taken back: etcd takes writes again')
  return true
}

/** Why a step was not done. The right to read and write below the prefix is not enough: etcd lets only its root user defragment. */
function whyNot({ message }: Refusal | Unknown): string {
  if (!message.includes('permission denied')) return message
  return 'etcd says "permission denied": give a user (--etcd-user) that has the role root'
}
