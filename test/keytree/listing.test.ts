/** A directory as JSON, in pieces of bounded size. */
import { describe, expect, test } from 'vitest'
import { listDirectory, PIECE_ROWS } from '#src/keytree/listing.js'
import { ROOT_NODE } from '#src/keytree/queries.js'
import { type KeyNode, keyTable } from '#src/keytree/tables.js'
import type { Replica } from '#src/store/replica.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

function directory(path: string): KeyNode {
  return { path, value: null, createdIndex: 1, modifiedIndex: 1, expiration: null }
}

function file(path: string, value = 'v'): KeyNode {
  return { ...directory(path), value }
}

/** A replica that holds these nodes. */
function holding(nodes: readonly KeyNode[]): Replica {
  const replica = openReplica(temporaryFolder())
  replica.begin()
  replica.applyChanges(nodes.map((row) => ({ type: 'put', table: keyTable.name, id: row.path, row })))
  replica.commit()
  return replica
}

function list(replica: Replica, node: KeyNode, recursive: boolean): { pieces: string[]; json: Json } {
  const pieces = [...listDirectory(replica.database, node, recursive, 0)]
  replica.close()
  return { pieces, json: JSON.parse(pieces.join('')) }
}

interface Json {
  readonly key?: string
  readonly value?: string
  readonly nodes?: readonly Json[]
}

function keysOf({ key, nodes = [] }: Json): string[] {
  return [...(key === undefined ? [] : [key]), ...nodes.flatMap(keysOf)]
}

describe('a listing', () => {
  test('of many keys comes in pieces, none with many more rows than a piece may have', () => {
    const files = Array.from({ length: 2000 }, (_, index) => file(`/d/${String(index).padStart(5, '0')}`))
    const { pieces, json } = list(holding([directory('/d'), ...files]), directory('/d'), false)
    expect(keysOf(json)).toEqual(['/d', ...files.map(({ path }) => path)])
    expect(pieces.length).toBeGreaterThan(2000 / PIECE_ROWS - 1)
    for (const piece of pieces) expect(piece.split('"key"').length).toBeLessThan(3 * PIECE_ROWS)
  })

  test('of a deep tree with many keys at every level holds no more of them than it needs, and leaves out none', () => {
    const levels = Array.from({ length: 40 }, (_, depth) => '/m'.repeat(depth + 1))
    const around = ['a', 'z'].flatMap((letter) => Array.from({ length: 200 }, (_, index) => `${letter}${index}`))
    const files = levels.flatMap((path) => around.map((name) => file(`${path}/${name}`)))
    const { json } = list(holding([...levels.map(directory), ...files]), directory('/m'), true)
    const keys = keysOf(json)
    expect(keys).toHaveLength(levels.length + files.length)
    expect(new Set(keys)).toEqual(new Set([...levels, ...files.map(({ path }) => path)]))
  })

  test('of a tree goes through all of it, depth first', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const first = names.map((name) => `/${name}`)
    const second = first.flatMap((path) => names.map((name) => `${path}/${name}`))
    const third = second.flatMap((path) => names.map((name) => `${path}/${name}`))
    const replica = holding([...[...first, ...second].map(directory), ...third.map((path) => file(path))])
    const { json } = list(replica, ROOT_NODE, true)
    expect(keysOf(json)).toEqual([...first, ...second, ...third].toSorted())
  })

  test('of one level shows directories without their nodes', () => {
    const { json } = list(holding([directory('/a'), file('/a/b')]), ROOT_NODE, false)
    expect(json).toEqual({ dir: true, nodes: [{ key: '/a', dir: true, modifiedIndex: 1, createdIndex: 1 }] })
  })

  test('of hidden keys alone shows no nodes, however many there are', () => {
    const hidden = Array.from({ length: 600 }, (_, index) => file(`/_${index}`))
    expect(list(holding(hidden), ROOT_NODE, true).json).toEqual({ dir: true })
  })

  test('has large values whole, and ends a piece behind each', () => {
    const value = 'ä'.repeat(200_000)
    const { pieces, json } = list(holding([file('/a', value), file('/b', value), file('/c', 'x')]), ROOT_NODE, false)
    expect(json.nodes?.map((node) => node.value)).toEqual([value, value, 'x'])
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(3 * 200_000)
  })

  test('shows odd names and values as they are', () => {
    const name = '/\u0000\u0001"\\<ä\ud83d\ude00'
    const { json } = list(
      holding([file(name, '\u0000\u0001\u0002'), directory(`${name}d`), file(`${name}d/x`)]),
      ROOT_NODE,
      true,
    )
    expect(keysOf(json)).toEqual([name, `${name}d`, `${name}d/x`])
    expect(json.nodes?.[0]?.value).toBe('\u0000\u0001\u0002')
  })
})
