/** Reading single keys, and saying why there is none. */
import { expect, test } from 'vitest'
import { NodeQueries, ROOT_NODE } from '#src/keytree/queries.js'
import { type KeyNode, keyTable } from '#src/keytree/tables.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

function node(path: string, value: string | null): KeyNode {
  return { path, value, createdIndex: 3, modifiedIndex: 5, expiration: null }
}

function queries(...nodes: readonly KeyNode[]): NodeQueries {
  const { database } = holding(nodes)
  return new NodeQueries(database)
}

function holding(nodes: readonly KeyNode[]): ReturnType<typeof openReplica> {
  const replica = openReplica(temporaryFolder())
  replica.begin()
  replica.applyChanges(nodes.map((row) => ({ type: 'put', table: keyTable.name, id: row.path, row })))
  replica.commit()
  return replica
}

test('a key comes with the newest index', () => {
  const file = node('/a/b', 'value')
  expect(queries(node('/a', null), file).get('/a/b')).toEqual({ index: 0, node: file })
})

test('an empty value is a file, not a directory', () => {
  expect(queries(node('/a', '')).get('/a').node?.value).toBe('')
  expect(queries(node('/a', null)).get('/a').node?.value).toBeNull()
})

test('the root is always there', () => {
  expect(queries().get('/')).toEqual({ index: 0, node: ROOT_NODE })
  expect(queries().exists('/')).toBe(true)
})

test('what is missing is the first part of the path that is not there', () => {
  const found = queries(node('/a', null), node('/a/b', 'file'))
  expect(found.get('/a/x/y').node).toBeUndefined()
  expect(found.explainMissing('/a/x/y')).toEqual({ index: 0, errorCode: 100, cause: '/a/x' })
  expect(found.explainMissing('/a/x')).toEqual({ index: 0, errorCode: 100, cause: '/a/x' })
  expect(found.explainMissing('/a/b/c/d')).toEqual({ index: 0, errorCode: 104, cause: '/a/b' })
  expect(found.explainMissing('/a/b')).toBeUndefined()
})

test('names that are alike are told apart', () => {
  const found = queries(
    node('/a', 'lower'),
    node('/A', 'upper'),
    node('/ä', 'one'),
    node('/a\u0308', 'two'),
    node('/\u0000', 'nul'),
  )
  expect(['/a', '/A', '/ä', '/a\u0308', '/\u0000'].map((path) => found.get(path).node?.value)).toEqual([
    'lower',
    'upper',
    'one',
    'two',
    'nul',
  ])
  expect(found.exists('/\u0001')).toBe(false)
})
