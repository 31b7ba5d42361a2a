/** What counts as a word, which words are the same, and that the full-text tables and a look at the text agree. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TextTest } from '#src/search/condition.js'
import { formOf, mappedFormOf } from '#src/search/folding.js'
import { SCHEMA } from '#src/search/index/tables.js'
import { holds, preparedText, questionOf } from '#src/search/text.js'
import { openDatabase } from '#src/sqlite/database.js'
import { someText } from '../support/some-text.js'

const places = ['title', 'description', 'comments'] as const
const word = (written: string): TextTest => ({ written, kind: 'word', places })
const prefix = (written: string): TextTest => ({ written, kind: 'prefix', places })
const phrase = (written: string): TextTest => ({ written, kind: 'phrase', places })

const database = openDatabase(':memory:')
database.exec(SCHEMA)

/** Whether the full-text table finds a text; undefined where it cannot be asked. */
function isFound(text: string, asked: TextTest): boolean | undefined {
  const question = questionOf(asked)
  if (question === undefined) return undefined
  const prepared = preparedText(text)
  database.prepare('INSERT INTO find_comments (rowid, text) VALUES (1, ?)').run(prepared)
  try {
    const found = database.prepare('SELECT rowid FROM find_comments WHERE find_comments MATCH ?').all(question.match)
    return found.length === 1
  } finally {
    database.prepare("INSERT INTO find_comments (find_comments, rowid, text) VALUES ('delete', 1, ?)").run(prepared)
  }
}

/** What a search says: the table, and a look where it is rough. Both must agree. */
function finds(text: string, asked: TextTest): boolean {
  const held = holds(text, asked)
  const found = isFound(text, asked)
  if (held) expect([text, asked, found]).not.toEqual([text, asked, false])
  if (questionOf(asked)?.isRough === false) expect([text, asked, found]).toEqual([text, asked, held])
  return held
}

type Case = readonly [text: string, asked: TextTest]

function expectAll(cases: readonly Case[], isHeld: boolean): void {
  for (const [text, asked] of cases) expect([text, asked, finds(text, asked)]).toEqual([text, asked, isHeld])
}

test('case, accents, widths, ligatures and the encoding of a letter make no difference to words', () => {
  const alike = [
    ['Zürich', 'zurich'],
    ['Zu\u0308rich', 'ZÜRICH'],
    ['zurich', 'Zu\u0308rich'],
    ['Nguyễn', 'nguyen'],
    ['đường', 'Duong'],
    ['Łódź', 'lodz'],
    ['Ærøskøbing', 'aeroskobing'],
    ['Straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδός'],
    ['ёлка', 'елка'],
    ['İstanbul', 'istanbul'],
    ['ışık', 'isik'],
    ['eﬃcient', 'efficient'],
    ['ＡＢＣ１２', 'abc12'],
    ['ｶﾞｽ', 'ガス'],
    ['한국'.normalize('NFD'), '한국'],
    ['한국', '한국'.normalize('NFD')],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    ['foo\u200bbar', 'foobar'],
    ['so\u00adft', 'soft'],
    ['\u202aabc\u202c', 'abc'],
    ['don’t', "don't"],
    ['١٢٣', '١٢٣'],
  ] as const
  expectAll(
    alike.map(([text, written]) => [text, word(written)]),
    true,
  )
})

test('marks that make another letter do', () => {
  expectAll(
    [
      ['कि', word('क')],
      ['か', word('が')],
      ['ガ', word('カ')],
      ['ทำ', word('ท')],
    ],
    false,
  )
})

test('scripts without spaces, Korean and emoji are found inside, and only where the characters stand together', () => {
  expectAll(
    [
      ...['逾時', '連線逾時', '資料庫', '資料庫連線逾時錯誤'].map((each): Case => ['資料庫連線逾時錯誤', word(each)]),
      ['ログイン画面が開かない', word('画面')],
      ['サーバー', word('バー')],
      ['ประชุมวันจันทร์', word('วันจันทร์')],
      ['ประชุมวันจันทร์', prefix('วันจันทร')],
      ['ทำงาน', word('ท\u0e4d\u0e32')],
      ['한국어 검색은', word('검색')],
      ['ログインv2です', word('v2')],
      ['ログインv2です', word('ログインv2')],
      ['🚀deploy', word('deploy')],
      ['deploy 🚀 now', word('🚀')],
      ['👨‍👩‍👧 home', word('home')],
      ['❤️', word('❤')],
      ['資料庫', phrase('料庫')],
    ],
    true,
  )
  expectAll(
    [
      ['資料 庫', word('資料庫')],
      ['資料。庫', word('資料庫')],
      ['料資庫', word('資料')],
      ['ログインv2', word('v')],
      ['deploy', word('🚀')],
    ],
    false,
  )
})

test('words with marks in them are found as they were typed', () => {
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e'
  const written = [
    '10.0.0.1',
    'CVE-2026-1234',
    '/var/log',
    'node-4',
    id,
    'C++',
    'a-b',
    'ann@example.org',
    "don't",
    '--',
  ]
  expectAll(
    written.flatMap((each): Case[] => [
      [`x ${each} y`, word(each)],
      [`(${each})`, phrase(each)],
      [each.toUpperCase(), prefix(each)],
    ]),
    true,
  )
  expectAll(
    [
      ['10.0.0.10', word('10.0.0.1')],
      ['110.0.0.1', word('10.0.0.1')],
      ['10-0-0-1', word('10.0.0.1')],
      ['node 4', word('node-4')],
      ['C', word('C++')],
    ],
    false,
  )
})

test('in quotes nothing goes on behind a letter or digit, and every character counts', () => {
  expectAll(
    [
      ['C++ is', phrase('C')],
      ['a C++ b', phrase('c++')],
      ['x\u0000\u0001++', phrase('++')],
      ['disk\nfull', phrase('disk\nfull')],
      ['Zu\u0308rich', phrase('ZÜRICH')],
      ['21:33:ff:cc:e4:9d', phrase('33:ff')],
    ],
    true,
  )
  expectAll(
    [
      ['C is', phrase('C++')],
      ['10.20.30.40', phrase('10.20.30.4')],
      ['Cx', phrase('C')],
      ['disk\nfull', phrase('disk full')],
      ['Zürich', phrase('zurich')],
      ['disk  full', phrase('disk full')],
    ],
    false,
  )
})

test('a prefix goes on from three letters on', () => {
  expectAll(
    [
      ['replication', prefix('rep')],
      ['CVE-2026-12345', prefix('cve-2026-1234')],
    ],
    true,
  )
  expectAll(
    [
      ['replication', prefix('re')],
      ['replication', word('rep')],
      ['node-42', prefix('node-4')],
    ],
    false,
  )
})

test('nothing that somebody writes is read as the language of the tables', () => {
  for (const written of [
    'AND',
    'NOT',
    'NEAR(a b',
    '*',
    '"',
    'a* OR b',
    'title:x',
    '^x',
    '-x',
    "'; --",
    '\ud83d',
    '\0',
  ]) {
    for (const asked of [word(written), prefix(written), phrase(written)]) {
      expect([written, finds(`x ${written} y`, asked)]).toEqual([written, true])
    }
  }
})

test('very long words are found, and told apart behind what is kept of them', () => {
  const long = 'a'.repeat(300)
  expectAll(
    [
      [long, word(long)],
      [long, prefix('a'.repeat(250))],
      [`${'😀'.repeat(150)}x`, word('😀'.repeat(150))],
    ],
    true,
  )
  expectAll(
    [
      [long, word(`${long}b`)],
      [long, word('a'.repeat(200))],
      [`${long}c`, word(`${long}b`)],
    ],
    false,
  )
})

test('every character folds the same whether or not its case was folded before', () => {
  const differing: string[] = []
  // Beyond stand private characters, and none at all.
  for (let code = 0; code < 0x33500; code++) {
    const character = String.fromCodePoint(code)
    const exact = formOf(character, true)
    if (formOf(exact, false) !== formOf(character, false) || formOf(exact, true) !== exact) differing.push(character)
  }
  expect(differing).toEqual([])
})

test('what a text holds the tables find, and where they are not rough they find nothing else', () => {
  fc.assert(
    fc.property(someText, someText, fc.nat(14), fc.nat(14), (text, other, from, length) => {
      for (const written of [text.slice(from, from + length), other]) {
        for (const asked of [word(written), prefix(written), phrase(written)]) finds(text, asked)
      }
      expect(mappedFormOf(text, false).form).toBe(formOf(text, false))
      expect(formOf(text.normalize('NFD'), false)).toBe(formOf(text.normalize('NFC'), false))
    }),
    { numRuns: Number(process.env['TEXT_RUNS'] ?? 2000) },
  )
})

test('the largest texts of whatever kind stay within bounds', () => {
  const bytes = 65_536
  for (const unit of ['a', ' ', '\u0301\u0323', 'a画', 'ﷲ', '\u200d', '😀', 'か\u3099', '\ud83d']) {
    const text = unit.repeat(bytes / Buffer.byteLength(unit))
    expect(preparedText(text).length).toBeLessThan(8 * bytes)
    expect(holds(`${text} needle`, phrase('needle'))).toBe(true)
    expect(holds(text, phrase(`${text.slice(0, 1000)}b`))).toBe(false)
  }
})
