/** A search that is being written is completed with what the desk has names for, also where these have spaces. */
import { expect, test, vi } from 'vitest'
import { completionsFor } from '../../web/parts/completion.js'

vi.mock('../../web/state/names.js', () => ({
  users: { value: [{ handle: 'Ann Lee' }, { handle: 'ben' }] },
  labels: { value: [{ name: 'a, b' }, { name: 'disk' }] },
  queues: { value: [] },
  statuses: { value: [] },
  fields: {
    value: [
      { name: 'Serial number', type: 'text' },
      { name: 'Kind', type: 'choice', choices: ['bug', 'big question', 'none'] },
      { name: 'root cause', type: 'choice', choices: ['fan'] },
      { name: 'paid', type: 'yes/no' },
    ],
  },
}))
vi.mock('../../web/parts/marks.js', () => ({ LabelMark: () => null, PersonMark: () => null, StatusMark: () => null }))
vi.mock('../../web/parts/menu.js', () => ({
  narrow: (items: readonly { readonly name: string }[], text: string) =>
    items.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase())),
}))

const inserts = (text: string): readonly string[] =>
  completionsFor(text, text.length).completions.map(({ insert }) => insert)

test.each([
  ['assignee:ann', ['assignee:"Ann Lee"']],
  ['assignee:ann le', ['assignee:"Ann Lee"']],
  ['is:open -assignee:Ann ', ['-assignee:"Ann Lee"']],
  ['assignee:"ann le', ['assignee:"Ann Lee"']],
  ['assignee:ben,"ann l', ['assignee:ben,"Ann Lee"']],
  ['assignee:"Ann Lee"', []],
  ['label:"a, ', ['label:"a, b"']],
  ['field.ser', ['field."Serial number":']],
  [
    'field.kind:',
    ['field.kind:bug', 'field.kind:"big question"', 'field.kind:"none"', 'field.kind:none', 'field.kind:*'],
  ],
  ['is:open -field.KIND:bi', ['-field.KIND:"big question"']],
  ['field.kind:big q', ['field.kind:"big question"']],
  ['field.kind:bug,big', ['field.kind:bug,"big question"']],
  ['field."root cause":f', ['field."root cause":fan']],
  ['field.paid:y', ['field.paid:yes']],
  ['field.unknown:', []],
])('%s', (text, found) => {
  expect(inserts(text)).toEqual(found)
})

test('words behind a name are words', () => {
  expect(inserts('assignee:ben le')).not.toContain('assignee:"Ann Lee"')
  expect(completionsFor('assignee:ann disk', 17).completions).toEqual([])
})

test('a completion takes the place of all that was written of the name', () => {
  expect(completionsFor('is:open assignee:ann le', 23).from).toBe(8)
})
