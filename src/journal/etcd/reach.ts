/** A client for whoever works on a desk's etcd by hand, from the address of the store. */
import { EtcdClient } from '../../etcd/client.js'
import { EtcdSettingsError } from '../../etcd/settings.js'
import { parseEtcdAddress } from './address.js'
import { JournalOpenError } from '../journal.js'
import type { StorePlace } from '../open.js'

export interface ReachedEtcd {
  readonly client: EtcdClient
  /** Begins with a slash and does not end in one. */
  readonly prefix: string
}

/** Gets ready to speak with the etcd of a store. Rejects with a JournalOpenError where the address or the settings are wrong. */
export async function reachEtcd(place: StorePlace): Promise<ReachedEtcd> {
  const { etcd: { ca, cert, key, user, password } = {} } = place
  const address = parseEtcdAddress(place.address, ca !== undefined || cert !== undefined)
  if (address === undefined) {
    throw new JournalOpenError(
      'unknown-store',
      `"${place.address}" is no store in etcd: write etcd://HOST:PORT/PREFIX.`,
    )
  }
  const { endpoints, prefix } = address
  try {
    return { client: await EtcdClient.connect({ endpoints, ca, cert, key, user, password }), prefix }
  } catch (error) {
    if (error instanceof EtcdSettingsError) throw new JournalOpenError('etcd-settings', error.message)
    throw error
  }
}
