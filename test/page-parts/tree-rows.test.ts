/** Rows of a tree of which some directories are open. */
import { describe, expect, test } from 'vitest'
import { placeOf, TreeRows, type Opened, type Found } from '../../web/state/tree-rows.js'

const found = (key: string, isDir: boolean): Found => ({
  key,
  isDir,
  value: undefined,
  created: 1,
  modified: 1,
  expires: undefined,
})

/** Names that end with a slash are directories. */
const directory = (above: string, ...names: readonly string[]): [string, Opened] => {
  const children = names.map((name) =>
    found(`${above === '/' ? '' : above}/${name.replace('/', '')}`, name.endsWith('/')),
  )
  return [above, { state: 'read', children, index: 1 }]
}

describe('the rows of a tree', () => {
  const rows = new TreeRows(
    new Map<string, Opened>([
      directory('/', 'a/', 'b', 'c/', 'd/', 'e'),
      directory('/a'),
      directory('/c', 'x/', 'y'),
      directory('/c/x', '1', '2'),
      ['/d', { state: 'reading' }],
      // Its directory is folded: it is not shown.
      directory('/gone/deep', 'z'),
    ]),
  )
  const shown = Array.from({ length: rows.count }, (_, at) => rows.at(at))

  test('stand as they are open, each at its level and in its directory', () => {
    expect(shown.map((row) => `${row?.level} ${row?.found.key} ${row?.place}/${row?.of}`)).toEqual([
      '1 /a 1/5',
      '1 /b 2/5',
      '1 /c 3/5',
      '2 /c/x 1/2',
      '3 /c/x/1 1/2',
      '3 /c/x/2 2/2',
      '2 /c/y 2/2',
      '1 /d 4/5',
      '1 /e 5/5',
    ])
    expect([rows.at(-1), rows.at(rows.count)]).toEqual([undefined, undefined])
  })

  test('are found by their keys', () => {
    expect(shown.map((row) => rows.placeOf(row?.found.key ?? ''))).toEqual(shown.map((_, at) => at))
    expect(['/', '/c/x/3', '/gone/deep/z', '/nothing'].map((key) => rows.placeOf(key))).toEqual([-1, -1, -1, -1])
  })
})

test('names stand in the order of their code points, as the desk sorts', () => {
  const children = ['/a', '/b', '/\u{FFFD}', '/\u{1F600}'].map((key) => found(key, false))
  expect(['a', 'aa', 'c', '\u{E000}', '\u{1F600}', '\u{1F601}'].map((name) => placeOf(children, name))).toEqual([
    0, 1, 2, 2, 3, 4,
  ])
})
