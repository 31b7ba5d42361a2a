/** What `etcdesk compact` does: gives the etcd of a store its room back, and says each step in a line. */
import { makeRoomInEtcd } from '../journal/etcd/room.js'
import type { StorePlace } from '../journal/open.js'

/** Resolves with whether nothing is left to be done. Rejects with a JournalOpenError or a JournalUnavailable. */
export function compact(place: StorePlace, say: (line: string) => void): Promise<boolean> {
  return makeRoomInEtcd(place, say)
}
