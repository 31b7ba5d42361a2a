/** Boxes of a task list in a text. */
import { expect, test } from 'vitest'
import { boxesOf, ticked } from '../../web/views/ticket/tasks.js'

const text = [
  'Do:',
  '- [x] one',
  '  * [ ] two',
  '```',
  '- [ ] no box, but code',
  '```',
  '> 1. [ ] three',
  '- [link] no box',
].join('\n')

test('boxes are found outside of code', () => {
  expect(boxesOf(text)).toHaveLength(3)
})

test('a box is ticked where it stands, and nothing else changes', () => {
  expect(ticked(text, 1, true)).toBe(text.replace('[ ] two', '[x] two'))
  expect(ticked(text, 0, false)).toBe(text.replace('[x] one', '[ ] one'))
  expect(ticked(text, 7, true)).toBeUndefined()
})
