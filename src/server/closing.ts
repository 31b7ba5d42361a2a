/**
 * A desk that other machines reach is closed from its first start, unless the operator says that it is meant for all; and where nobody
 * could sign in then, whoever starts it is told of a link on which the first admin is made.
 */
import { hasAdmin } from '../access/admins.js'
import type { DeskStore } from '../desk.js'
import { linkUrl } from '../access/link-url.js'
import { RecordReader } from '../store/records.js'
import { isOpen } from '../users/viewer.js'
import { formatAddress, isLoopback } from './addresses.js'
import type { MachineRequests } from './machine-requests.js'
import type { Settings } from './settings-table.js'

/** The desk can't be closed, so it is not started. The message says what to do. */
export class CanNotClose extends Error {
  override readonly name = 'CanNotClose'
}

/** The address by which other machines reach a desk that is not meant for all; undefined where none does. */
export function reachedAt({ listen, keysListen, insecure }: Settings): string | undefined {
  const address = [listen, keysListen].find((one) => one !== undefined && !isLoopback(one))
  return address === undefined || insecure ? undefined : formatAddress(address)
}

/**
 * Closes a desk that is open though other machines reach it. Returns the secret of a link for the first admin where nobody can sign in.
 * Rejects with CanNotClose.
 */
export async function closeToNetwork(
  settings: Settings,
  store: DeskStore,
  machine: MachineRequests,
): Promise<string | undefined> {
  const records = new RecordReader(store.reader)
  const reached = reachedAt(settings)
  if (reached !== undefined && isOpen(records)) {
    if (!store.isRaised) {
      throw new CanNotClose(
        `Other machines can reach ${reached}, and data of an older format can not be closed to them: run 'etcdesk upgrade' first, listen ` +
          'on 127.0.0.1, or start with --insecure, which lets whoever reaches it do all.',
      )
    }
    await machine.answer({ do: 'close' })
  }
  // Nobody can sign in at data of an older format, and no link can be kept there.
  if (isOpen(records) || !store.isRaised) return undefined
  if (hasAdmin((sql, ...values) => store.reader.prepare(sql).all(...values), store.now())) return undefined
  return (await machine.answer({ do: 'first-link' })).secret
}

/** What an operator had better know of a desk that other machines reach; nothing where none do. */
export function networkNotices(settings: Settings): readonly string[] {
  const reached = reachedAt(settings)
  const { tlsCert, advertise, listen } = settings
  if (reached === undefined) return []
  const isInTheClear = tlsCert === undefined && advertise?.startsWith('https:') !== true
  const isVague = advertise === undefined && (listen.host === '0.0.0.0' || listen.host === '::')
  return [
    ...(isInTheClear
      ? [
          `Passwords and tokens come to ${reached} in the clear: give --tls-cert and --tls-key, or let a proxy end TLS and name its URL with --advertise.`,
        ]
      : []),
    ...(isVague
      ? ['This desk listens on every address, so its links name 127.0.0.1: give --advertise what others call it by.']
      : []),
  ]
}

/** What whoever starts a closed desk is told where nobody can sign in: `url` is the desk's, `secret` the link's. */
export function firstAdminLine(url: string, secret: string): string {
  return `The desk is closed and nobody can sign in yet. Make the first admin within 30 minutes: ${linkUrl(url, secret, true)}`
}
