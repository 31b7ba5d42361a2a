/** Runs tests on the program as it ships, as processes: one node over SQLite, and two of three nodes over one etcd, or one of them. */
import { afterAll, beforeAll, describe } from 'vitest'
import { startDeskNodes, type DeskNodes } from './desk-nodes.js'
import { missing } from './requirements.js'
import { startServer, type RunningServer } from './server.js'

/** What the tests get: a server, there as soon as a test runs. */
export interface Served {
  readonly keysUrl: string
  /** Those of all nodes of its desk, this one among them. */
  readonly keysUrls: readonly string[]
}

/** Two of three nodes: the one must find what the other left. */
export function onSeveralServers(name: string, tests: (served: Served) => void): void {
  onServers(name, [0, 2], tests)
}

/** One of three nodes: for tests of what does not know that there are others. */
export function onEveryStore(name: string, tests: (served: Served) => void): void {
  onServers(name, [1], tests)
}

function onServers(name: string, places: readonly number[], tests: (served: Served) => void): void {
  describe(`${name}, over SQLite`, () => {
    let server: RunningServer | undefined
    beforeAll(async () => {
      server = await startServer()
    })
    afterAll(() => server?.stop())
    tests(served(() => [server], 0))
  })

  describe.skipIf(missing('etcd'))(`${name}, over etcd`, () => {
    let desk: DeskNodes | undefined
    beforeAll(async () => {
      desk = await startDeskNodes()
    })
    afterAll(() => desk?.stop())
    for (const place of places) {
      describe(`through node ${place + 1} of three:`, () => {
        tests(served(() => desk?.nodes ?? [], place))
      })
    }
  })
}

function served(nodes: () => readonly (RunningServer | undefined)[], place: number): Served {
  return {
    get keysUrl() {
      const node = nodes()[place]
      if (node === undefined) throw new Error('the server is not started')
      return node.keysUrl
    },
    get keysUrls() {
      return nodes().map((node) => node?.keysUrl ?? '')
    },
  }
}
