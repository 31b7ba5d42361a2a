/**
 * Who follows the desk where a browser has no shared worker: one of its tabs for all of them, since over HTTP/1.1 a browser has six
 * connections to a host and no more. It is the tab that holds a lock; when that goes, the next one goes on from where it was.
 */
import { Follower, type FeedNote, type FeedOrder } from './feed.js'

/** What the tab that begins to follow asks the others for: where they are. What they had asked for before was heard by nobody. */
interface FeedCall {
  readonly type: 'call'
}

/** Sends orders to whoever follows under a name; what is told comes to `take`, and `known` is up to which index this tab knows everything. */
export function followTogether(
  endpoint: string,
  name: string,
  take: (note: FeedNote) => void,
  known: () => number | undefined,
): (order: FeedOrder) => void {
  // A page that came over plain HTTP from another machine has no locks: each tab follows by itself.
  if (!isSecureContext) return followAlone(endpoint, take)
  const channel = new BroadcastChannel(name)
  let follower: Follower | undefined
  let isAsked = false
  const tell = (note: FeedNote): void => {
    take(note)
    channel.postMessage(note)
  }
  channel.addEventListener('message', ({ data }: MessageEvent<FeedNote | FeedOrder | FeedCall>) => {
    if (data.type === 'call') {
      if (isAsked) channel.postMessage({ type: 'start', endpoint, since: known() } satisfies FeedOrder)
    } else if (!('endpoint' in data)) take(data)
    else if (follower !== undefined) obey(follower, data, tell)
  })
  return (order) => {
    if (follower !== undefined) return obey(follower, order, tell)
    channel.postMessage(order)
    if (isAsked) return
    isAsked = true
    void navigator.locks.request(name, () => {
      follower = new Follower(endpoint, tell, known())
      follower.start()
      channel.postMessage({ type: 'call' } satisfies FeedCall)
      // It is held for as long as the tab is there.
      return new Promise(() => undefined)
    })
  }
}

function followAlone(endpoint: string, take: (note: FeedNote) => void): (order: FeedOrder) => void {
  let follower: Follower | undefined
  return (order) => {
    follower ??= new Follower(endpoint, take, order.since)
    obey(follower, order, take)
  }
}

function obey(follower: Follower, { type, since }: FeedOrder, tell: (note: FeedNote) => void): void {
  if (type === 'try') follower.tryNow()
  else follower.start()
  for (const note of follower.first(since)) tell(note)
}
