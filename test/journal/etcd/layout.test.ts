/** How the journal lies in etcd: names that people can read, and a border at which nothing odd gets in. */
import { describe, expect, test } from 'vitest'
import {
  decodeCommit,
  decodeHead,
  decodeRecord,
  encodeCommit,
  EtcdLayout,
  LayoutError,
} from '#src/journal/etcd/layout.js'
import type { Commit } from '#src/journal/journal.js'

const layout = new EtcdLayout('/etcdesk')

describe('names', () => {
  test('are plain, and lie below the prefix', () => {
    expect(layout.head).toBe('/etcdesk/head')
    expect(layout.commit(12)).toBe('/etcdesk/commits/00000000000000000012')
    expect(layout.record('keys', '/tickets/00000000000000000012')).toBe(
      '/etcdesk/records/keys//tickets/00000000000000000012',
    )
  })

  test('of records are read back into table and id', () => {
    for (const id of ['/a/b', 'a', '/', '/with space/é']) {
      expect(layout.parseRecord(layout.record('keys', id))).toEqual({ table: 'keys', id })
    }
    expect(layout.parseRecord('/etcdesk/head')).toBeUndefined()
    expect(layout.parseRecord('/elsewhere/records/keys/a')).toBeUndefined()
  })
})

describe('a commit', () => {
  const commit: Commit = {
    id: 'x',
    first: 3,
    last: 4,
    time: 1000,
    changes: [
      { type: 'put', table: 'keys', id: '/a', row: { path: '/a', value: 'x', expiration: null } },
      { type: 'delete', table: 'keys', id: '/b' },
      { type: 'delete-below', table: 'keys', id: '/b' },
    ],
    events: [{ index: 3, type: 'set', key: '/a', body: '{"action":"set"}' }],
  }

  test('keeps what it removed and what happened; the records it put stand under their own names', () => {
    const { changes, ...rest } = commit
    expect(decodeCommit(encodeCommit(commit))).toEqual({ ...rest, removed: changes.slice(1) })
  })
})

describe('what is not ours', () => {
  test.each([
    '',
    'no json',
    '1',
    'null',
    '[]',
    '{}',
    '{"format":1,"index":"2","time":3,"id":"a","clusterId":"b"}',
    '{"format":0,"index":2,"time":3,"id":"a","clusterId":"b"}',
    '{"format":1,"index":-2,"time":3,"id":"a","clusterId":"b"}',
    '{"format":1,"index":2,"time":3,"id":"a","clusterId":"a\\nX-Evil: 1"}',
  ])('%s is no head', (text) => {
    expect(() => decodeHead(text)).toThrow(LayoutError)
  })

  test.each(['{}', '{"id":"a","first":1,"last":1,"time":1,"removed":[],"events":[{}]}'])('%s is no commit', (text) => {
    expect(() => decodeCommit(text)).toThrow(LayoutError)
  })

  test.each(['[]', '{"value":{}}', '{"value":true}'])('%s is no record', (text) => {
    expect(() => decodeRecord(text)).toThrow(LayoutError)
  })
})
