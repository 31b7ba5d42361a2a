/** All suites of `/v1`, on one desk: each test makes the tickets and names that it needs. */
import { expect, test } from 'vitest'
import { suite } from '../../support/target.js'
import { sharedV1 } from '../../support/v1-desk.js'
import { testBin } from './bin.js'
import { testEvents } from './events.js'
import { testFinding } from './finding.js'
import { testGuards } from './guards.js'
import { testLists } from './lists.js'
import { testNames } from './names.js'
import { testOnce } from './once.js'
import { testParts } from './parts.js'
import { testPast } from './past.js'
import { testRedact } from './redact.js'
import { testTickets } from './tickets.js'
import { testTogether } from './together.js'
import { testWalking } from './walking.js'

export const testV1 = suite('the desk at /v1', (target) => {
  const shared = sharedV1(target)

  testTickets(shared)
  testGuards(shared)
  testParts(shared)
  testLists(shared)
  testFinding(shared, target)
  testWalking(shared, target)
  testPast(shared)
  testOnce(shared)
  testNames(shared)
  testEvents(shared)
  testTogether(shared)
  testBin(shared)
  testRedact(shared)

  test('after all this the store is well, and no door had a fault', async () => {
    const v1 = shared()
    expect(v1.faults).toEqual([])
    expect(await v1.desk.problems()).toEqual([])
  })
})
