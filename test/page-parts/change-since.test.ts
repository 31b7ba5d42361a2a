/** What of a ticket that arrived is changed by what was written since. */
import { expect, test } from 'vitest'
import type { TicketToCreate } from '#src/client/client.js'
import { changeSince } from '../../web/state/change-since.js'

const made = { assignees: ['bea'] }

test('is what is written otherwise, and nothing else', () => {
  const { title, priority } = { title: 'Disk', priority: 'normal' } as const
  const was: TicketToCreate = { title, description: 'Full', priority, labels: ['disk', 'old'], due: '2027-01-01' }
  expect(changeSince(made, [was], was)).toEqual({})
  expect(changeSince(made, [was], { ...was, title: 'Disk full' })).toEqual({ title: 'Disk full' })
  expect(changeSince(made, [was], { title, priority, labels: ['disk', 'new'] })).toEqual({
    description: null,
    due: null,
    labels: { add: ['new'], remove: ['old'] },
  })
})

test('takes the place of who usually has it, and empties the fields that were taken back', () => {
  const was = { title: 'Disk', fields: { site: 'fra', cores: 4 } }
  expect(changeSince(made, [was], { title: 'Disk', assignees: ['ann'], fields: { site: 'ams' } })).toEqual({
    assignees: { add: ['ann'], remove: ['bea'] },
    fields: { site: 'ams', cores: null },
  })
})

test('is all that may stand otherwise, where one of several may be there', () => {
  const sent = [
    { title: 'One', labels: ['a'] },
    { title: 'Two', labels: ['b'], internal: true },
  ]
  expect(changeSince(made, sent, { title: 'One', labels: ['a'] })).toEqual({
    title: 'One',
    internal: false,
    labels: { add: ['a'], remove: ['b'] },
  })
})
