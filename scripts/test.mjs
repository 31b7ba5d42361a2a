// @ts-check
/**
 * `npm test`: installs and builds when needed, then every check, then every test; all of them, even when an early one fails.
 * The last line counts checks and tests together: `N passed, N failed`. `npm test -- PATTERN` runs only the tests that match, without the checks.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check } from './check.mjs'
import { ready } from './ready.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** @param {string[]} args @returns {{ passed: number, failed: number, skipped: number, again: string[] }} */
function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
  const file = join(folder, 'counts.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/count-reporter.mjs')}`]
  try {
    const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ETCDESK_TEST_COUNTS: file },
    })
    const counts = JSON.parse(readFileSync(file, 'utf8'))
    // A run that failed with no failed test (a broken setting, no tests at all) still failed.
    if (status !== 0 && counts.failed === 0) counts.failed = 1
    return counts
  } catch {
    return { passed: 0, failed: 1, skipped: 0, again: [] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const args = process.argv.slice(2)
try {
  await ready()
} catch (error) {
  console.error(`etcdesk: ${error instanceof Error ? error.message : String(error)}`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const checks = args.length === 0 ? check() : { passed: 0, failed: [] }
const tests = runTests(args)
if (checks.failed.length > 0) console.log(`failed checks: ${checks.failed.join(', ')}`)
for (const name of tests.again) console.log(`passed at the second try: ${name}`)
if (tests.skipped > 0) console.log(`${tests.skipped} skipped`)
const failed = checks.failed.length + tests.failed
console.log(`${checks.passed + tests.passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
