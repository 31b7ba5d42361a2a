/** What `etcdesk upgrade` does: raises the format of the data in etcd, and says what came of it. */
import { raiseInEtcd } from '../journal/etcd/raise.js'
import type { StorePlace } from '../journal/open.js'

/** Resolves with whether the data has the newest format now. Rejects with a JournalOpenError or a JournalUnavailable. */
export async function upgrade(place: StorePlace, force: boolean, say: (line: string) => void): Promise<boolean> {
  const { from, to, newest, oldNodes } = await raiseInEtcd(place, { force })
  const names = oldNodes.join(', ')
  if (to !== newest) {
    say(`The data stays of format ${from}, since nodes of an older version are there (${names}), which would end.`)
    say('Start them with this version first; or say --force.')
    return false
  }
  if (from === to) say(`The data is of format ${to} already.`)
  else say(`The data was raised from format ${from} to ${to}.${names === '' ? '' : ` These nodes end: ${names}.`}`)
  return true
}
