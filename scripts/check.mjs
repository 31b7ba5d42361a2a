// @ts-check
/** Everything that judges the code without running it: types, lint, format, unused code. Runs all, then says which failed. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const browserRooms = ['src/contract', 'src/client'].some((folder) => existsSync(join(root, folder)))

/** @type {[name: string, command: string[]][]} */
const checks = [
  ['types', ['typescript/bin/tsc', '-p', 'tsconfig.json']],
  ...(browserRooms
    ? [
        /** @type {[string, string[]]} */ ([
          'types in a browser',
          ['typescript/bin/tsc', '-p', 'tsconfig.browser.json'],
        ]),
      ]
    : []),
  ['types of the page', ['typescript/bin/tsc', '-p', 'tsconfig.web.json']],
  ["types of the page's tests", ['typescript/bin/tsc', '-p', 'tsconfig.page-tests.json']],
  ['lint', ['oxlint/bin/oxlint', '--type-aware', '--deny-warnings']],
  ['format', ['oxfmt/bin/oxfmt', '--check']],
  ['unused code', ['knip/bin/knip.js', '--no-progress', '--no-config-hints']],
]

/** @returns {{ passed: number, failed: string[] }} */
export function check() {
  const failed = checks
    .filter(([name, [script = '', ...args]]) => {
      process.stdout.write(`check: ${name}\n`)
      const { status } = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
        cwd: root,
        stdio: 'inherit',
      })
      return status !== 0
    })
    .map(([name]) => name)
  return { passed: checks.length - failed.length, failed }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { failed } = check()
  if (failed.length > 0) process.stdout.write(`check: failed: ${failed.join(', ')}\n`)
  process.exitCode = failed.length > 0 ? 1 : 0
}
