/** Where a restored backup begins: above all that was ever given, and never at an index that can not be. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkStore } from '#src/server/check.js'
import { restoreStore } from '#src/server/keeping.js'
import { restartOf } from '#src/server/restart.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

const MAX = Number.MAX_SAFE_INTEGER
const clusterId = 'f00d'

describe('a restart', () => {
  test('is 1,000,000 above the backup, or above what was given since, and has one event there', () => {
    const numbers = fc.tuple(fc.nat(MAX - 1_000_000), fc.option(fc.nat(MAX - 1_000_000), { nil: undefined }))
    fc.assert(
      fc.property(numbers, fc.nat(), ([last, given], time) => {
        const { origin, events } = restartOf({ clusterId, index: last, time }, given)
        expect(origin).toEqual({ clusterId, index: Math.max(last, given ?? 0) + 1_000_000, time })
        expect(Number.isSafeInteger(origin.index)).toBe(true)
        expect(events.map(({ index, type }) => [index, type])).toEqual([[origin.index, 'desk']])
        expect(JSON.parse(events[0]?.detail ?? '')).toMatchObject({ type: 'desk.restored', from: last, time })
      }),
    )
  })

  test.each([0, 1, 999_999])('is refused where an index would be beyond 2^53 - 1: %i below it', async (below) => {
    const folder = temporaryFolder()
    const [file, target] = [join(folder, 'backup.db'), join(folder, 'desk.db')]
    makeStoreAt(folder, MAX - below)
    expect((await checkStore(at(file))).problems).toEqual([])
    await expect(restoreStore({ from: at(file), to: at(target) })).rejects.toThrow(
      `The backup ends at index ${MAX - below}, and a restore begins 1000000 above that`,
    )
    expect(existsSync(target)).toBe(false)
  })

  test('reaches 2^53 - 1', async () => {
    const folder = temporaryFolder()
    const [file, target] = [join(folder, 'backup.db'), join(folder, 'desk.db')]
    makeStoreAt(folder, MAX - 1_000_000)
    expect(await restoreStore({ from: at(file), to: at(target) })).toMatchObject({ index: MAX, events: 1 })
    expect(await checkStore(at(target))).toMatchObject({ problems: [], index: MAX })
  })
})

/** A file in which nothing stands but its newest event. */
function makeStoreAt(folder: string, index: number): void {
  const replica = openReplica(folder, 'backup')
  const detail = JSON.stringify({ type: 'desk.restored', time: 1, actor: null, door: null })
  const events = [{ index, type: 'desk', key: 'desk', body: '{}', detail }]
  replica.begin()
  replica.database.exec(`INSERT INTO identity VALUES ('cluster', '${clusterId}')`)
  replica.apply({ id: 'one', time: 1, first: index, last: index, events, changes: [] })
  replica.commit()
  replica.close()
}

function at(file: string): { address: string } {
  return { address: `sqlite:${file}` }
}
