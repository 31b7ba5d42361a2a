// @ts-check
/**
 * `npm run faults -- --minutes N --seed N`: the fault suite for longer than in `npm test`, round after round, seed after seed.
 * With `--mutants` it also runs the program with faults put into it, which the suite has to catch.
 */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ready } from './ready.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const values = readOptions()

await ready()
console.log(`faults for ${values.minutes} minutes, from seed ${values.seed}`)
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', 'test/system/faults.test.ts', '--disable-console-intercept'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      ETCDESK_FAULTS_MINUTES: values.minutes,
      ETCDESK_FAULTS_SEED: values.seed,
      ETCDESK_FAULTS_MUTANTS: values.mutants ? '1' : '0',
    },
  },
)
process.exitCode = status ?? 1

function readOptions() {
  try {
    const { values: given } = parseArgs({
      options: {
        mutants: { type: 'boolean', default: false },
        minutes: { type: 'string', default: '30' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        help: { type: 'boolean', default: false },
      },
    })
    if (!given.help) return given
    console.log('npm run faults -- [--minutes 30] [--seed N] [--mutants]')
    process.exit(0)
  } catch (error) {
    console.error(`faults: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(2)
  }
}
