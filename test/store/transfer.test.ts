/** A copy of a store that is in use: what it costs those who write to it ends as soon as all is read. */
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { desk } from '#src/desk.js'
import type { Event } from '#src/journal/journal.js'
import { openFileState, openFileTarget } from '#src/store/transfer-file.js'
import { transfer } from '#src/store/transfer.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

test('lets go of the log of the store that it copies before it compares what arrived', async () => {
  const folder = temporaryFolder()
  const source = openReplica(folder, 'source')
  onTestFinished(() => source.close())
  const events: Event[] = [{ index: 1, type: 'set', key: '/a', body: '{}' }]
  source.begin()
  source.database.exec("INSERT INTO identity VALUES ('cluster', 'f00d')")
  source.apply({ id: 'one', time: 1, first: 1, last: 1, events, changes: [] })
  source.commit()
  const state = openFileState(join(folder, 'source.db'), desk.tables)
  const target = openFileTarget(join(folder, 'target.db'), desk.tables, state.origin)
  const isHeld = (): boolean => !source.database.checkpoint(0).isEmptied
  const seen: boolean[] = []
  // Something that is written while it is read, and not in it.
  source.distrust()
  await transfer(state, {
    putRecords: (records) => target.putRecords(records),
    putEvents: (put) => {
      seen.push(isHeld())
      return target.putEvents(put)
    },
    readBack: () => {
      seen.push(isHeld())
      return target.readBack()
    },
    finish: (checksum) => target.finish(checksum),
    close: () => target.close(),
  })
  await target.close()
  await state.close()
  expect(seen).toEqual([true, false])
})
