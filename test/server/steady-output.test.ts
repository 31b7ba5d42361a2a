/** Lines that are lost, and those behind them. What becomes of a whole log: `system/log-output.test.ts`. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const steadyOutput = new URL('../../dist/server/steady-output.js', import.meta.url).href

test('a line longer than may wait is said to be lost, and those behind it are written', () => {
  const program = `
    const { SteadyOutput } = await import('${steadyOutput}')
    const output = new SteadyOutput(1, (lost) => \`lost: \${lost}\\n\`)
    output.write('x'.repeat(2 * 1024 * 1024))
    output.write('next\\n')
    output.write('last\\n')
    output.flushSync()
  `
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(stdout).toBe('lost: 1\nnext\nlast\n')
})
