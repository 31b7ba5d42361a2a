/** Runs tests on the program as it ships, as processes: one node over SQLite, and each of three nodes over one etcd. */
import { afterAll, beforeAll, describe } from 'vitest'
import { startDeskNodes, type DeskNodes } from './desk-nodes.js'
import { missing } from './requirements.js'
import { startServer, type RunningServer } from './server.js'

/** What the tests get: a server, there as soon as a test runs. */
export interface Served {
  readonly keysUrl: string
}

export function onEveryServer(name: string, tests: (served: Served) => void): void {
  describe(`${name}, over SQLite`, () => {
    let server: RunningServer | undefined
    beforeAll(async () => {
      server = await startServer()
    })
    afterAll(() => server?.stop())
    tests({
      get keysUrl() {
        return keysUrlOf(server)
      },
    })
  })

  describe.skipIf(missing('etcd'))(`${name}, over etcd`, () => {
    let desk: DeskNodes | undefined
    beforeAll(async () => {
      desk = await startDeskNodes()
    })
    afterAll(() => desk?.stop())
    for (const number of [1, 2, 3]) {
      describe(`through node ${number} of three:`, () => {
        tests({
          get keysUrl() {
            return keysUrlOf(desk?.nodes[number - 1])
          },
        })
      })
    }
  })
}

function keysUrlOf(server: RunningServer | undefined): string {
  if (server === undefined) throw new Error('the server is not started')
  return server.keysUrl
}
