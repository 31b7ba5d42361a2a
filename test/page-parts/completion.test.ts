/** A search that is being written is completed with what the desk has names for, also where these have spaces. */
import { beforeEach, expect, test, vi } from 'vitest'
import { asMeant, completionsFor } from '../../web/parts/completion.js'

vi.mock('../../web/state/names.js', () => ({
  users: { value: [{ handle: 'Ann Lee' }, { handle: 'ben' }, { handle: 'Ben Hur' }] },
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
const identity = vi.hoisted(() => ({ isStaff: { value: true } }))
vi.mock('../../web/state/identity.js', () => identity)
vi.mock('../../web/parts/marks.js', () => ({ LabelMark: () => null, PersonMark: () => null, StatusMark: () => null }))
vi.mock('../../web/parts/menu.js', () => ({
  narrow: (items: readonly { readonly name: string }[], text: string) =>
    items.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase())),
}))

beforeEach(() => {
  identity.isStaff.value = true
})

const inserts = (text: string): readonly string[] =>
  completionsFor(text, text.length).completions.map(({ insert }) => insert)

test.each([
  ['assignee:ann', ['assignee:"Ann Lee"']],
  ['assignee:ann le', ['assignee:"Ann Lee"']],
  ['is:open -assignee:Ann ', ['-assignee:"Ann Lee"']],
  ['assignee:"ann le', ['assignee:"Ann Lee"']],
  ['assignee:ben,"ann l', ['assignee:ben,"Ann Lee"']],
  ['assignee:"Ann Lee"', []],
  ['assignee:ben,ann le', ['assignee:ben,"Ann Lee"']],
  ['assignee:"Ann Lee",b', ['assignee:"Ann Lee",ben', 'assignee:"Ann Lee","Ben Hur"']],
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
  [
    'field.kind:bug,',
    ['field.kind:bug,"big question"', 'field.kind:bug,"none"', 'field.kind:bug,none', 'field.kind:bug,*'],
  ],
  ['field.kind:"none",', ['bug', '"big question"', 'none', '*'].map((value) => `field.kind:"none",${value}`)],
  ['label:DISK,"a, b",', ['label:DISK,"a, b",none']],
  ['is:open,ac', ['is:open,active']],
  ['no:lab', ['no:label']],
  ['no:root', ['no:"field.root cause"']],
  ['no:"field.ro', ['no:"field.root cause"']],
  ['no:field.k', ['no:field.Kind']],
])('%s', (text, found) => {
  expect(inserts(text)).toEqual(found)
})

test.each([
  ['staff', true, ['link', 'watcher']],
  ['others', false, []],
])('`no:` takes all that it can be asked of, and every field, for %s', (_, is, more) => {
  identity.isStaff.value = is
  const fields = ['"field.Serial number"', 'field.Kind', '"field.root cause"', 'field.paid']
  expect(inserts('no:')).toEqual(
    ['label', 'assignee', 'due', 'requester', 'author', 'comment', 'ref', ...more, ...fields].map((one) => `no:${one}`),
  )
})

test.each([
  ['assignee:ann lee', 'assignee:"Ann Lee"'],
  ['is:open -assignee:ANN  disk', 'is:open -assignee:ANN  disk'],
  ['is:open -assignee:Ann Lee disk', 'is:open -assignee:"Ann Lee" disk'],
  ['assignee:ann lee field.kind:big question', 'assignee:"Ann Lee" field.kind:"big question"'],
  // Whoever is called ben may be meant, and Hur be looked for.
  ['assignee:ben hur', 'assignee:ben hur'],
  ['assignee:ann leeds', 'assignee:ann leeds'],
  ['assignee:ann is:open lee', 'assignee:ann is:open lee'],
  ['(assignee:ann) lee', '(assignee:ann) lee'],
])('a search for %s asks for %s', (text, meant) => {
  expect(asMeant(text)).toBe(meant)
})

test('what stands behind the caret of the same value goes, and the next value stays', () => {
  expect(completionsFor('label:disk,bug is:open', 8)).toMatchObject({ from: 0, to: 10 })
  expect(completionsFor('assignee:"Ann Lee",ben', 12)).toMatchObject({ from: 0, to: 18 })
  expect(completionsFor('labelled', 3)).toMatchObject({ from: 0, to: 3 })
  // Quotes that are open at the caret end at the next ones, but not where these are another term's.
  expect(completionsFor('label:"needs info" is:open', 10)).toMatchObject({ from: 0, to: 18 })
  expect(completionsFor('label:"ne assignee:"Ann Lee" is:open', 9)).toMatchObject({ from: 0, to: 9 })
  expect(completionsFor('label:"ne is:open node', 9)).toMatchObject({ from: 0, to: 9 })
})

test('words behind a name are words', () => {
  expect(inserts('assignee:ben le')).not.toContain('assignee:"Ann Lee"')
  expect(completionsFor('assignee:ann disk', 17).completions).toEqual([])
})

test('a completion takes the place of all that was written of the name', () => {
  expect(completionsFor('is:open assignee:ann le', 23).from).toBe(8)
})
