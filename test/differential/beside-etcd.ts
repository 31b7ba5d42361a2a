/**
 * Runs tests on a real etcd with etcdesk beside it, in every way that etcdesk can be asked: one node over SQLite; and three nodes over
 * an etcd of their own, a few requests at each, as behind a load balancer: where one node is asked again it goes on where it stands, and
 * the next must go on where it left off.
 */
import { afterAll, beforeAll, describe } from 'vitest'
import { startDeskNodes } from '../support/desk-nodes.js'
import { keyRequest, openKeys, send } from '../support/keys-door.js'
import { missing } from '../support/requirements.js'
import { Pair, type Way } from './pair.js'

/** What the tests get. */
export interface Beside {
  /** The two servers; there as soon as a test runs. */
  readonly pair: Pair
  /** How much of what is left to chance is worth its time here: 1, or less where the ways differ little from each other. */
  readonly share: number
}

/** A desk that runs, and the ways to it, in the order of their names. */
interface Desk {
  readonly ways: readonly Way[]
  readonly stop: () => Promise<unknown>
}

interface DeskKind {
  readonly name: string
  readonly wayNames: readonly string[]
  readonly share: number
  readonly start: () => Promise<Desk>
}

/** etcd keeps 1,000 events; its answers about the history can be compared only with as many. */
const HISTORY = 1000

const kinds: readonly DeskKind[] = [
  {
    name: 'over SQLite',
    wayNames: ['through its one node'],
    share: 1,
    async start() {
      const keys = await openKeys({ historyEventsMax: HISTORY, cors: ['*'] })
      return { ways: [always(keys.url)], stop: () => keys.close() }
    },
  },
  {
    name: 'over another etcd',
    wayNames: ['through three nodes in turn'],
    share: 0.5,
    async start() {
      const { nodes, stop } = await startDeskNodes({ args: ['--history', String(HISTORY), '--cors', '*'] })
      const urls = nodes.map(({ keysUrl }) => keysUrl)
      return { ways: [inTurn(urls)], stop }
    },
  },
]

export function besideEtcd(name: string, tests: (beside: Beside) => void): void {
  for (const { name: kind, wayNames, share, start } of kinds) {
    describe.skipIf(missing('etcd'))(`${name}, ${kind}`, () => {
      let desk: Desk | undefined
      let pair: Pair | undefined
      beforeAll(async () => {
        desk = await start()
        pair = await Pair.start(desk.ways[0] ?? never)
      })
      afterAll(async () => {
        await pair?.stop()
        await desk?.stop()
      })
      const started = (): Pair => {
        if (pair === undefined) throw new Error('the servers are not started')
        return pair
      }
      for (const [place, way] of wayNames.entries()) {
        describe(`${way}:`, () => {
          beforeAll(async () => {
            const way = desk?.ways[place] ?? never
            // What another node was told last may still be on its way to this one.
            const { status } = await send(await way(), keyRequest('GET', '/?quorum=true'))
            if (status !== 200) throw new Error(`a strong read was answered with ${status}`)
            started().way = way
          })
          tests({
            share,
            get pair() {
              return started()
            },
          })
        })
      }
    })
  }
}

function always(url: string): Way {
  return () => Promise.resolve(url)
}

/** How many requests one node is asked before the next. */
const STAY = 3

/** So many requests go to one node, the next ones to the next, which is first brought to where the others are. */
function inTurn(urls: readonly string[]): Way {
  let count = 0
  return async () => {
    const url = urls[Math.floor(count / STAY) % urls.length] ?? ''
    if (count++ % STAY !== 0) return url
    const { status } = await send(url, keyRequest('GET', '/?quorum=true'))
    if (status !== 200) throw new Error(`a strong read at ${url} was answered with ${status}`)
    return url
  }
}

function never(): Promise<string> {
  return Promise.reject(new Error('there is no such way'))
}
