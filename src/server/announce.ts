/** Says to the other nodes, and so to clients that ask any of them, what this one is called by. */
import { hostname } from 'node:os'
import type { DeskStore } from '../desk.js'
import { reachableUrl, type Address, type Door } from '../http/door.js'
import { storeUrl } from './settings.js'
import type { Settings } from './settings-table.js'
import { programVersion } from './version.js'

/** Announces the node by what its doors are called; `warn` is told where that leads nobody anywhere. */
export function announce(
  settings: Settings,
  store: DeskStore,
  doors: { readonly desk: Door; readonly keys: Door | undefined },
  warn: (sentence: string) => void,
): void {
  const { listen, advertise, keysListen, keysAdvertise } = settings
  const { desk, keys } = doors
  const isOneOfSeveral = storeUrl(settings).startsWith('etcd:')
  store.announce({
    name: isOneOfSeveral ? `etcdesk-${store.identity.memberId.slice(0, 8)}` : 'etcdesk',
    host: hostname(),
    version: programVersion(),
    deskUrl: advertise ?? reachableUrl(desk),
    keysUrl: keys === undefined ? null : (keysAdvertise ?? reachableUrl(keys)),
  })
  if (isOneOfSeveral && (isVague(listen, advertise) || isVague(keysListen, keysAdvertise))) {
    warn(
      'This node listens on every address, so clients are told to call it 127.0.0.1: give --advertise and --keys-advertise.',
    )
  }
}

function isVague(address: Address | undefined, url: string | undefined): boolean {
  return url === undefined && (address?.host === '0.0.0.0' || address?.host === '::')
}
