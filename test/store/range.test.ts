/** How all below an id is deleted, where that is most of a table and where it is not. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { keyTable } from '#src/keytree/tables.js'
import type { Change } from '#src/journal/journal.js'
import { deleteRange } from '#src/store/range.js'
import type { Replica } from '#src/store/replica.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

/** More than are deleted one by one whatever else is there. */
const MANY = 10_001
/** Names that lie right before and behind those below `/many`, one with a value of bytes, one that expires. */
const besides = ['/a', '/man', '/many', '/many!', '/many0', '/many0/x', '/many1', '/z']

function replicaWith(below: number, others: readonly string[] = besides): Replica {
  const replica = openReplica(temporaryFolder(), 'desk.db')
  onTestFinished(() => replica.close())
  replica.begin()
  replica.applyChanges(others.map((path, place) => put(path, place)))
  replica.applyChanges(
    Array.from({ length: below }, (_, place) => put(`/many/${place % 2 ? `deep/${place}` : place}`, place)),
  )
  return replica
}

function put(path: string, place: number): Change {
  const value = path === '/a' ? new Uint8Array([0, 255, 0]) : 'v'
  const row = { path, value, createdIndex: place + 1, modifiedIndex: place + 1, expiration: place === 1 ? 5 : null }
  return { type: 'put', table: 'keys', id: path, row }
}

const rowsOf = (replica: Replica): unknown => replica.query('SELECT * FROM keys ORDER BY parent, name', [])

describe('all below an id is deleted', () => {
  test.each([
    ['row by row where there are few', MANY - 1, besides, 'row by row'],
    ['all at once where they are most of the table', MANY, besides, 'all at once'],
    [
      'row by row where more stays',
      MANY,
      [...besides, ...Array.from({ length: MANY }, (_, place) => `/z/${place}`)],
      'row by row',
    ],
  ])('%s, and nothing else is', (_, below, others, way) => {
    const replica = replicaWith(below, others)
    expect(deleteRange(replica.database, keyTable, '/many')).toBe(way)
    const expected = replicaWith(0, others)
    expect(rowsOf(replica)).toEqual(rowsOf(expected))
  })

  test('or, where the commit fails, is there again', () => {
    const replica = replicaWith(MANY)
    const before = rowsOf(replica)
    replica.database.exec('SAVEPOINT command')
    deleteRange(replica.database, keyTable, '/many')
    replica.database.exec('ROLLBACK TO command; RELEASE command')
    expect(rowsOf(replica)).toEqual(before)
    // Nothing is left of it that stood in the way of the next one.
    expect(deleteRange(replica.database, keyTable, '/many')).toBe('all at once')
    expect(rowsOf(replica)).toEqual(rowsOf(replicaWith(0)))
  })
})
