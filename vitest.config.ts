/**
 * Three kinds of tests. `unit`: many small ones, in threads that share their modules, so that they cost next to nothing.
 * `system`: those that start real processes, kill them or fill disks, in four processes, each of which runs one file after another.
 * `page`: the page in Chromium, in the same four processes. All import the build (`#src/…` is dist): what is tested is what ships.
 */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const systemTests = [
  'test/{system,crash,differential,e2e}/**/*.test.ts',
  'test/package.test.ts',
  // A thread of Node 20 in which TLS connections were broken off in the middle of a request does not end.
  'test/http/{connection-room,cut-off,door,door.closing,early-answer,tls-front}.test.ts',
  'test/http/keys-api/wire.test.ts',
  'test/server/certificates.test.ts',
]
const deps = { external: [/\/dist\//u] }

const pageTests = ['test/page/**/*.test.ts']

/** Longer than any wait of a test for one thing (`WAIT_MS` in `test/support/server.ts`), whose failure then says what was waited for. */
const PATIENCE_MS = 90_000
const POLL_MS = 60_000

/** Files that take longest, the longest first, those that mostly wait among those that mostly work: begun last, one of them would run alone in the end. */
const longest = [
  'system/nodes',
  'system/unknown-outcomes',
  'system/limits.lists',
  'system/three-nodes/v1',
  'e2e/network',
  'system/faults',
  'system/unsettled',
  'package',
  'system/etcd-members',
  'system/limits.senders',
  'system/restore',
  'system/transfer',
  'e2e/menu',
  'differential/requests',
  'system/three-nodes/desk',
  'e2e/serve',
  'system/three-nodes/keys-watching',
  'differential/random',
  'system/drift',
  'system/log-output',
  'system/etcd-start',
  'system/limits.connections',
  'system/connection-room',
  'system/three-nodes/access',
  'crash/renewal',
  'crash/kill',
  'system/large-values',
  'system/three-nodes/keys',
  'system/full-desk',
  'system/restored-etcd',
  'e2e/foreign-pages',
  'e2e/sign-in',
  'crash/lock',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return place === -1 ? longest.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

const inProcesses = {
  // After the units, so that neither steals the other's time.
  sequence: { groupOrder: 1 },
  pool: 'forks',
  // They wait as long as they work: for elections, syncs, starts and ends of processes.
  maxWorkers: Math.min(4, 2 * availableParallelism()),
  testTimeout: 2 * PATIENCE_MS,
  hookTimeout: 2 * PATIENCE_MS,
  expect: { poll: { timeout: POLL_MS } },
  server: { deps },
} as const

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // Parts of the page, as it is built.
        oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...systemTests, ...pageTests],
          sequence: { groupOrder: 0 },
          pool: 'threads',
          isolate: false,
          // One fewer, as vitest would have it, were one alone on two cores; and their writers have threads of their own to wait for.
          maxWorkers: 1 + availableParallelism(),
          testTimeout: 2 * PATIENCE_MS,
          hookTimeout: 2 * PATIENCE_MS,
          expect: { poll: { timeout: POLL_MS } },
          server: { deps },
        },
      },
      { test: { name: 'system', include: systemTests, ...inProcesses } },
      // A browser on a machine that is full may stand for longer than anybody's patience. It gets one more try, and the last lines tell of
      // it. No other kind does: a write that is lost once in a hundred times is to be seen.
      { test: { name: 'page', include: pageTests, retry: 1, ...inProcesses } },
    ],
  },
})
