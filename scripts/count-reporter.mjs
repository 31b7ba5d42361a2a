// @ts-check
/**
 * A vitest reporter that writes how many tests passed, failed and were skipped, and which passed at the second try, to the file named by
 * ETCDESK_TEST_COUNTS.
 */
import { writeFileSync } from 'node:fs'

export default class CountReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    /** @type {string[]} */
    const again = []
    for (const module of modules) {
      // A file that cannot even be loaded has no tests to count, yet it failed.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state !== 'pending') counts[state] += 1
        if (test.diagnostic()?.flaky) again.push(test.fullName)
      }
    }
    const file = process.env['ETCDESK_TEST_COUNTS']
    if (file) writeFileSync(file, JSON.stringify({ ...counts, again }))
  }
}
