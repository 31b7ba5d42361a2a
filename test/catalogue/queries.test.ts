/** Reading what has a name: what is there today, from the beginning or since. */
import { expect, test } from 'vitest'
import { CommandDesk } from '../support/command-desk.js'

test('lists join what stands in records with what a desk begins with, without what is gone or merged', () => {
  const desk = new CommandDesk()
  desk.run('status.change', { name: 'waiting', change: { name: 'on hold', position: 0 } })
  desk.run('status.merge', { name: 'closed', into: 'resolved' })
  desk.run('status.delete', { name: 'in-progress' })
  desk.run('status.create', { status: { name: 'triage', category: 'new', position: 1, archived: true } })
  desk.run('queue.create', { queue: { name: 'a' } })
  desk.run('queue.change', { name: 'default', change: { name: 'inbox' } })
  for (const name of ['a', 'b', 'c']) desk.run('label.create', { label: { name } })
  desk.run('label.merge', { name: 'a', into: 'b' })
  desk.run('label.delete', { name: 'c' })
  const [queries, viewer] = [desk.queries(), desk.viewer()]
  const namesOf = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
  expect(namesOf(queries.statuses(viewer))).toEqual(['on hold', 'open', 'triage', 'resolved'])
  expect(namesOf(queries.queues(viewer))).toEqual(['inbox', 'a'])
  expect(namesOf(queries.labels(viewer))).toEqual(['b'])
  expect(queries.fields(viewer)).toEqual([])
})

test('single ones are found by the names of today', () => {
  const desk = new CommandDesk()
  desk.run('status.change', { name: 'open', change: { name: 'new' } })
  const [queries, viewer] = [desk.queries(), desk.viewer()]
  expect(queries.status(viewer, 'open')).toBeUndefined()
  expect(queries.status(viewer, ' NEW ')).toMatchObject({ number: 1, category: 'new' })
  expect(queries.status(viewer, 'closed')).toMatchObject({ number: 5, version: 0 })
  expect(queries.queue(viewer, 'Default')).toMatchObject({ number: 1, public: 1 })
  expect(queries.view(viewer, 1)).toBeUndefined()
})
