/** What an admin is asked whether to erase, of a line of the history: the texts that it gave and that are still there. */
import { expect, test, vi } from 'vitest'
import type { HistoryEntry } from '#src/client/client.js'
import { erasablesOf, type Beside } from '../../web/views/ticket/erasable.js'

vi.mock('../../web/state/desk.js', () => ({ desk: () => undefined }))

const entry = (index: number, type: HistoryEntry['type'], more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  index,
  time: '2026-01-01T00:00:00.000Z',
  actor: null,
  door: null,
  type,
  changes: {},
  ...more,
})
const created = entry(1, 'ticket.created')
const beside = (more: Partial<Beside>): Beside => ({ entries: [], now: undefined, comments: new Map(), ...more })
const whatOf = (one: HistoryEntry, more: Partial<Beside>): readonly string[] =>
  erasablesOf(one, beside(more)).map(({ what }) => what)

test('of the making the texts that stand since', () => {
  expect(whatOf(created, { now: { title: 'Disk', description: 'It is full.' } })).toEqual([
    'the description',
    'the title',
  ])
  expect(whatOf(created, { now: { title: 'Disk', description: null } })).toEqual(['the title'])
})

test('of the making the texts that the next change found, not those that were erased', () => {
  const entries = [
    created,
    entry(2, 'ticket.changed', { changes: { description: { from: null, to: 'Without it.' } }, redacted: true }),
    entry(3, 'ticket.changed', { changes: { title: { from: 'Disk', to: 'Disk full' } } }),
    entry(4, 'ticket.changed', { changes: { title: { from: null, to: 'Disk' } } }),
  ]
  expect(whatOf(created, { entries, now: { title: 'Disk', description: 'Without it.' } })).toEqual(['the title'])
})

test('what is not known, as later changes are not held, can be asked for', () => {
  expect(whatOf(created, {})).toEqual(['the description', 'the title'])
})

test('of a comment all that it said, until that was erased', () => {
  const edited = entry(3, 'comment.changed', { comment: 2, changes: { text: { from: 'a', to: 'b' } } })
  const deleted = entry(4, 'comment.deleted', { comment: 2 })
  expect(whatOf(deleted, { entries: [edited, deleted] })).toEqual(['the comment'])
  expect(whatOf(deleted, { entries: [{ ...edited, redacted: true }, deleted] })).toEqual([])
  expect(whatOf(edited, { comments: new Map([[2, { text: null }]]) })).toEqual([])
})
