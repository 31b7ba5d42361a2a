/** What was said of a ticket begins with the newest, also where that could be read at the second try alone. */
import { expect, test, vi } from 'vitest'
import type { HistoryEntry } from '#src/client/client.js'
import { Talk } from '../../web/views/ticket/talk-state.js'

const entry: HistoryEntry = {
  index: 9,
  changes: {},
  type: 'ticket.changed',
  actor: 'ben',
  time: '2027-01-01T00:00:00.000Z',
  door: 'v1',
}

const page = vi.hoisted(() => ({ refusals: 0, asked: [] as unknown[] }))

vi.mock('../../web/state/desk.js', () => ({
  desk: () => ({
    tickets: {
      history: () => ({
        async *pages({ sort, from }: { readonly sort: string; readonly from?: number }) {
          page.asked.push([sort, from])
          if (page.refusals-- > 0) throw new TypeError('Failed to fetch')
          yield await Promise.resolve({ history: [entry], next: null })
        },
      }),
    },
  }),
}))

test('where the newest could not be read, it is what is read next', async () => {
  page.refusals = 1
  const talk = new Talk(12)
  // Its comments are so long that none of its history reaches back as far.
  const found = { comments: { items: [], rest: null }, history: { items: [], rest: '/v1/tickets/12/history' } }
  await expect(talk.begin(found, () => undefined)).rejects.toThrow('Failed to fetch')
  await talk.begin(found, () => undefined)
  expect(page.asked).toEqual([
    ['created-desc', undefined],
    ['created-desc', undefined],
  ])
  expect(talk.entries.value).toEqual([entry])
})
