/** Boxes of a task list in a text. */
import { expect, test } from 'vitest'
import { isIntricate } from '../../web/parts/code-lines.js'
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

test('what would hold the page up is known before it is read', () => {
  for (const text of ['_a**'.repeat(8000), '> '.repeat(3000), '- '.repeat(200), '['.repeat(20_000), '<a '.repeat(9000)])
    expect(isIntricate(text)).toBe(true)
  expect(isIntricate(`Read *this*:\n\n\`\`\`xml\n${'<a_b>'.repeat(9000)}\n\`\`\`\n`)).toBe(false)
  expect(isIntricate('A paragraph with a [link](https://example.com) and `code`.\n\n'.repeat(500))).toBe(false)
})

test('so are tables, lists and fences that grow beyond what was written', () => {
  const table = (columns: number, rows: number): string =>
    `|${'a|'.repeat(columns)}\n|${'-|'.repeat(columns)}\n${'a\n'.repeat(rows)}`
  for (const text of [
    table(300, 300),
    `${'- '.repeat(39)}a\n${'a\n'.repeat(3000)}`,
    'a\n'.repeat(32_700),
    `www.a${')'.repeat(60_000)}`,
    `    x\n\`\`\` a\`b\n${'**a *b_'.repeat(9300)}`,
    `x\n        \`\`\`\n${'['.repeat(900).concat(' ').repeat(60)}`,
  ])
    expect(isIntricate(text)).toBe(true)
  for (const text of [
    table(8, 900),
    `- [ ] a task\n  - [x] another\n`.repeat(300),
    `${'word '.repeat(12)}\n`.repeat(1000),
  ])
    expect(isIntricate(text)).toBe(false)
})
