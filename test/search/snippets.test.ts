/** Hits are shown marked, in pieces of the text as it stands, that cut no letter in two. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textTestsOf, type TextPlace, type TextTest } from '#src/search/condition.js'
import type { SearchedComment } from '#src/search/searched.js'
import { snippetsOf, type Snippet } from '#src/search/snippets.js'
import { holds } from '#src/search/text.js'
import { someText } from '../support/some-text.js'

const everywhere: readonly TextPlace[] = ['title', 'description', 'comments']
const of =
  (kind: TextTest['kind'], places = everywhere) =>
  (written: string) => ({ written, kind, places })
const [word, prefix, phrase] = [of('word'), of('prefix'), of('phrase')]

const titled = (title: string, ...tests: TextTest[]) => snippetsOf({ title, description: null, comments: [] }, tests)
const described = (description: string, ...tests: TextTest[]) =>
  snippetsOf({ title: '', description, comments: [] }, tests)

/** What is marked, and the piece with brackets around it. */
const marked = ({ text, marks }: Snippet): string[] => marks.map(([from, to]) => text.slice(from, to))
function shown({ text, marks, isCutBefore, isCutAfter }: Snippet): string {
  let [said, at] = [isCutBefore ? '…' : '', 0]
  for (const [from, to] of marks) {
    said += `${text.slice(at, from)}[${text.slice(from, to)}]`
    at = to
  }
  return said + text.slice(at) + (isCutAfter ? '…' : '')
}

test.each([
  ['Disk full on node-4', [word('full'), word('disk')], '[Disk] [full] on node-4'],
  ['disks of disk', [prefix('dis')], '[dis]ks of [dis]k'],
  ['Zu\u0308rich, Zürich', [word('zurich')], '[Zu\u0308rich], [Zürich]'],
  ['eﬃcient Straße', [word('efficient'), word('strasse')], '[eﬃcient] [Straße]'],
  ['資料庫連線逾時', [word('連線')], '資料庫[連線]逾時'],
  ['ประชุมวันจันทร์', [prefix('วันจันทร')], 'ประชุม[วันจันทร์]'],
  ['foo\u200bbar', [word('foobar')], '[foo\u200bbar]'],
  ['a 👨‍👩‍👧 b', [word('👨')], 'a [👨‍👩‍👧] b'],
  ['disk full disk', [phrase('disk full'), word('full')], '[disk full] disk'],
  ['C is not C++', [phrase('C++')], 'C is not [C++]'],
  ['<b>disk</b>', [word('disk')], '<b>[disk]</b>'],
])('%j is shown as it stands', (title, tests, expected) => {
  expect(titled(title, ...tests).map(shown)).toEqual([expected])
})

test('a long text is shown around the hit, between words', () => {
  const text = `${'before '.repeat(50)}needle ${'behind '.repeat(50)}`
  const found = described(text, word('needle'))
  expect(found).toHaveLength(1)
  expect(found.map(shown).join('')).toMatch(/^…before (before )+\[needle\] (behind )+behind…$/u)
  expect(found[0]?.text.length).toBeLessThanOrEqual(160)
})

test('what the search leaves out, and what is about another place, is not marked', () => {
  const condition = {
    all: [
      { text: word('disk') },
      { not: { text: word('full') } },
      { not: { all: [{ not: { text: of('word', ['description'])('node') } }] } },
      { any: [{ text: word('fan') }, { text: word('disk') }] },
    ],
  }
  const tests = textTestsOf(condition)
  expect(tests.map(({ written }) => written)).toEqual(['disk', 'node', 'fan'])
  const found = snippetsOf({ title: 'disk full on node', description: 'a node', comments: [] }, tests)
  expect(found.map(shown)).toEqual(['[disk] full on node', 'a [node]'])
})

test('three at most, in the order of the texts, which show as many words as they can', () => {
  const comments = [
    { id: 9, text: 'one' },
    { id: 8, text: 'two and three' },
    { id: 7, text: 'four' },
  ]
  const texts = { title: 'one', description: 'one one', comments }
  const found = snippetsOf(texts, ['one', 'two', 'three', 'four'].map(word))
  expect(found.map(({ place, comment, text }) => [place, comment, text])).toEqual([
    ['title', undefined, 'one'],
    ['comment', 8, 'two and three'],
    ['comment', 7, 'four'],
  ])
})

test('comments are read from the newest on, no more than are needed, and no more than 200 or 1 MiB', () => {
  const read: number[] = []
  function* comments(text: (id: number) => string): Generator<SearchedComment> {
    for (let id = 10_000; id > 0; id--) {
      read.push(id)
      yield { id, text: text(id) }
    }
  }
  const texts = (text: (id: number) => string) => ({ title: '', description: null, comments: comments(text) })
  expect(
    snippetsOf(
      texts((id) => `disk ${id}`),
      [word('disk')],
    ).map(({ comment }) => comment),
  ).toEqual([10_000, 9999, 9998])
  expect(read).toHaveLength(3)
  expect(
    snippetsOf(
      texts((id) => (id === 1 ? 'disk' : 'fan')),
      [word('disk')],
    ),
  ).toEqual([])
  expect(read).toHaveLength(3 + 200)
  snippetsOf(
    texts(() => 'fan '.repeat(16_384)),
    [word('disk')],
  )
  expect(read).toHaveLength(3 + 200 + 17)
})

/** Where a letter ends, by the rules of Unicode. */
const letters = new Intl.Segmenter('und', { granularity: 'grapheme' })

test('whatever stands in a text, a piece is a part of it that is not too long, and its marks are hits', () => {
  const long = fc.array(fc.oneof(someText, fc.constantFrom(' needle ', '👨‍👩‍👧', '🇩🇪🇫🇷', 'e\u0301')), { maxLength: 60 })
  fc.assert(
    fc.property(long, fc.nat(300), fc.integer({ min: 1, max: 12 }), (parts, from, length) => {
      const text = parts.join('')
      const tests = [word, prefix, phrase].flatMap((kind) => [kind('needle'), kind(text.slice(from, from + length))])
      for (const asked of tests) {
        const found = described(text, asked)
        if (holds(text, asked) && /[\p{L}\p{N}]/u.test(asked.written)) expect(found.length).toBeGreaterThan(0)
        for (const snippet of found) {
          expect(snippet.text.length).toBeLessThanOrEqual(160)
          expect(text).toContain(snippet.text)
          expect([snippet.isCutBefore, text.startsWith(snippet.text)]).toContain(true)
          expect([snippet.isCutAfter, text.endsWith(snippet.text)]).toContain(true)
          expect(snippet.marks.length).toBeGreaterThan(0)
          let last = -1
          for (const [begin, end] of snippet.marks) {
            expect(begin).toBeGreaterThan(last)
            expect(end).toBeGreaterThan(begin)
            last = end
          }
          expect(last).toBeLessThanOrEqual(snippet.text.length)
          for (const piece of marked(snippet)) expect([asked, piece, holds(piece, asked)]).toEqual([asked, piece, true])
          if (text.isWellFormed()) expect(snippet.text.isWellFormed()).toBe(true)
        }
      }
    }),
    { numRuns: Number(process.env['SNIPPET_RUNS'] ?? 500) },
  )
})

test('no letter is cut in two', () => {
  const letter = fc.constantFrom(
    'a',
    ' ',
    'e\u0301',
    'x\u0323\u0301',
    '👨‍👩‍👧',
    '👍🏽',
    '🇩🇪',
    '🇫🇷',
    '한',
    '각',
    'กำ',
    'ำ',
    '😀',
  )
  const text = fc.array(letter, { minLength: 30, maxLength: 200 }).map((each) => each.join(''))
  fc.assert(
    fc.property(text, text, (before, behind) => {
      const whole = `${before} needle ${behind}`
      const ends = new Set([...letters.segment(whole)].map(({ index }) => index)).add(whole.length)
      const [snippet] = described(whole, word('needle'))
      const start = whole.indexOf(snippet?.text ?? 'none')
      expect([snippet, start, ends.has(start), ends.has(start + (snippet?.text.length ?? 0))]).toEqual([
        snippet,
        start,
        true,
        true,
      ])
    }),
    { numRuns: Number(process.env['SNIPPET_RUNS'] ?? 500) },
  )
})

test('the largest texts of whatever kind are shown within bounds', () => {
  for (const unit of ['a', ' ', '\u0301\u0323', 'a画', 'ﷲ', '\u200d', '😀', 'か\u3099', '🇩🇪', '\ud83d']) {
    const text = unit.repeat(65_536 / Buffer.byteLength(unit))
    const found = described(`${text} needle ${text}`, word('needle'))
    expect(found.flatMap(marked).map((piece) => piece.replaceAll(/[^a-z]/gu, ''))).toEqual(['needle'])
    expect(Math.max(...found.map((snippet) => snippet.text.length))).toBeLessThanOrEqual(160)
  }
})
