/** The replica where its disk fails: it never takes what was given up for what is there. */
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Commit } from '#src/journal/journal.js'
import type { Replica } from '#src/store/replica.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

function opened(): Replica {
  const replica = openReplica(temporaryFolder())
  onTestFinished(() => replica.close())
  return replica
}

function commitOf(index: number): Commit {
  const events = [{ index, type: 'set', key: '/k', body: '{}' }]
  return { id: `commit ${index}`, first: index, last: index, time: index, changes: [], events }
}

/** The file can be neither read nor written until the returned function is called. */
function failToRead({ database }: Replica): () => void {
  const fail = (): never => {
    throw new Error('the disk does not answer')
  }
  const failing = [
    vi.spyOn(database, 'prepare').mockImplementation(fail),
    vi.spyOn(database, 'commit').mockImplementation(fail),
  ]
  return () => failing.forEach((spy) => spy.mockRestore())
}

test('stands where it stood after a transaction was given up, also where the file could not be read then', () => {
  const replica = opened()
  replica.begin()
  replica.apply(commitOf(1))
  replica.commit()
  replica.begin()
  replica.apply(commitOf(2))
  const readAgain = failToRead(replica)
  expect(() => replica.rollback()).toThrow('the disk does not answer')
  expect(() => replica.begin()).toThrow('the disk does not answer')
  expect(replica.head.index).toBe(1)
  readAgain()
  expect(replica.canWrite()).toBe(true)
  expect(replica.head).toMatchObject({ index: 1, guard: 'commit 1' })
  replica.begin()
  replica.apply(commitOf(2))
  replica.commit()
  expect(replica.head).toMatchObject({ index: 2, guard: 'commit 2' })
})

test('can not be written, and says no more than that, where it can be neither written nor read', () => {
  const replica = opened()
  const readAgain = failToRead(replica)
  expect(replica.canWrite()).toBe(false)
  expect(replica.canWrite()).toBe(false)
  readAgain()
  expect(replica.canWrite()).toBe(true)
})

test('is open to the next transaction where its distrust could not be written', () => {
  const replica = opened()
  const failing = vi.spyOn(replica.database, 'commit').mockImplementationOnce(() => {
    throw new Error('the disk is full')
  })
  expect(() => replica.distrust()).toThrow('the disk is full')
  failing.mockRestore()
  expect(replica.canWrite()).toBe(true)
})

test('keeps what is known where a transaction is given up that changed nothing', () => {
  const replica = opened()
  const forget = vi.spyOn(replica.records, 'forget')
  replica.begin()
  replica.rollback()
  expect(forget).not.toHaveBeenCalled()
  replica.begin()
  replica.apply(commitOf(1))
  replica.rollback()
  expect(forget).toHaveBeenCalledOnce()
})
