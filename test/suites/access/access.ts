/** All suites of access, on one desk. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAccessDesk, Ends, type AccessDesk } from '../../support/access-desk.js'
import { suite } from '../../support/target.js'
import { testClosing } from './closing.js'
import { testCredentials } from './credentials.js'
import { testDoor } from './door.js'
import { testEnds } from './ends.js'
import { testLinks } from './links.js'

export const testAccess = suite('access to the desk', (target) => {
  const ends = new Ends()
  let desk: AccessDesk | undefined
  beforeAll(async () => {
    desk = await openAccessDesk({ target, until: ends.until })
  })
  afterAll(() => ends.end())
  const shared = (): AccessDesk => {
    if (desk === undefined) throw new Error('it is not open yet')
    return desk
  }

  testClosing(target)
  testDoor(target, shared)
  testCredentials(shared)
  testLinks(shared)
  testEnds(target, shared)

  test('after all this the store is well, and no door had a fault', async () => {
    expect(shared().faults).toEqual([])
    expect(await shared().desk.problems()).toEqual([])
  })
})
