/** The document of searches tells the truth: each of its examples is understood, or refused with what it says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SearchLookup } from '#src/search/lookup.js'
import { readList } from '#src/search/search.js'
import { RecordReader } from '#src/store/records.js'
import { numberOf, openPeopledDesk } from '../support/events.js'
import { repositoryRoot } from '../support/source.js'

const text = readFileSync(join(repositoryRoot, 'docs/SEARCH.md'), 'utf8')

/** Queries by the chapters that they stand in, each with what stands beside it. */
const examples = text.split('\n## ').flatMap((chapter) => {
  const [title = ''] = chapter.split('\n')
  return [...chapter.matchAll(/^\| `(.+?)` \| (.*) \|$/gmu)].map(([, q = '', what = '']) => ({ title, q, what }))
})

const named = (table: string, rows: readonly [number: number, name: string, more: string][]) =>
  rows.flatMap(([number, name, more]) => [
    `INSERT INTO ${table}s VALUES (${number}, '${name}', 0, NULL, NULL, 1, ${more})`,
    `INSERT INTO names (kind, folded, number) VALUES ('${table}', '${name}', ${number})`,
  ])

const sql = [
  ...named('label', [
    [4, 'on call', "'', ''"],
    [5, 'lane:x', "'', ''"],
  ]),
  ...named('field', [
    [3, 'root cause', "'text', '', ''"],
    [4, 'cores', "'number', '', ''"],
    [5, 'since', "'date', '', ''"],
    [6, 'kind', `'choice', '', '["Disk","Fan"]'`],
    [7, 'paid', "'yes/no', '', ''"],
  ]),
]

test('each example is understood, or refused as the document says', async () => {
  const { store, as } = await openPeopledDesk({ sql })
  for (const title of ['one', 'two']) await store.run('ticket.create', { ticket: { title } }, as('ben'))
  const viewer = { user: numberOf('ben'), role: 'agent', isStaff: true } as const
  const lookup = new SearchLookup(store.reader, new RecordReader(store.reader), viewer)
  const answer = (q: string): string => {
    try {
      readList(q, { lookup, now: Date.parse('2026-11-28T10:00:00Z') })
      return 'understood'
    } catch (error) {
      return String(error instanceof Error ? error.message : error)
    }
  }
  for (const { title, q, what } of examples) {
    if (title === 'What is refused') expect(answer(q)).toContain(what)
    else expect([q, answer(q)]).toEqual([q, 'understood'])
  }
  expect(examples.length).toBeGreaterThan(80)
})
