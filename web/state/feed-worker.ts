/** The shared worker: one stream of events for all tabs of a browser that show this desk. */
import { Follower, type FeedNote, type FeedOrder } from './feed.js'

// Workers that are shared have a scope of their own, which the types of pages do not know.
declare const self: EventTarget

/** Of the tabs that follow: not of those that were put away, until they come back. */
const ports = new Set<MessagePort>()
let follower: Follower | undefined

const tell = (note: FeedNote): void => {
  for (const port of ports) port.postMessage(note)
}

self.addEventListener('connect', (event) => {
  const [port] = event instanceof MessageEvent ? event.ports : []
  if (port === undefined) return
  port.addEventListener('message', ({ data }: MessageEvent<FeedOrder | 'bye'>) => {
    if (data === 'bye') {
      ports.delete(port)
      return
    }
    ports.add(port)
    follower ??= new Follower(data.endpoint, tell, data.since)
    if (data.type === 'try') follower.tryNow()
    else follower.start()
    for (const note of follower.first(data.since)) port.postMessage(note)
  })
  port.start()
})
