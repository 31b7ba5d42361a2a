/**
 * Two kinds of tests. `unit`: many small ones, in threads that share their modules, so that they cost next to nothing.
 * `system`: those that start real processes, kill them or fill disks; each file has a process of its own.
 * Both import the build (`#src/…` is dist): what is tested is what ships.
 */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const systemTests = ['test/{system,crash,differential,e2e}/**/*.test.ts', 'test/package.test.ts']
const deps = { external: [/\/dist\//u] }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: systemTests,
          sequence: { groupOrder: 0 },
          pool: 'threads',
          isolate: false,
          testTimeout: 20_000,
          hookTimeout: 20_000,
          server: { deps },
        },
      },
      {
        test: {
          name: 'system',
          include: systemTests,
          // After the units, so that neither steals the other's time.
          sequence: { groupOrder: 1 },
          pool: 'forks',
          maxWorkers: Math.min(2, availableParallelism()),
          testTimeout: 120_000,
          hookTimeout: 120_000,
          server: { deps },
        },
      },
    ],
  },
})
