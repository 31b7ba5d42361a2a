/** Paths as a tree: against plain lists of paths, and for paths so deep that nothing may go by their parts one by one. */
import { describe, expect, test } from 'vitest'
import { PathTree, type PathNode } from '#src/keytree/path-tree.js'

/** A generator of numbers that is the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

function isAtOrBelow(path: string, top: string): boolean {
  return top === '/' || path === top || path.startsWith(`${top}/`)
}

/** The paths of those nodes that have a value. */
function valued(nodes: Iterable<PathNode<string>>): string[] {
  return [...nodes].flatMap(({ value }) => (value === undefined ? [] : value))
}

test('finds what a search through all paths finds, while paths come and go', () => {
  const random = numbers(7)
  const names = ['a', 'b', 'ab']
  const somePath = (): string => {
    const parts = Array.from({ length: random(4) }, () => names[random(names.length)])
    return `/${parts.join('/')}`
  }
  const tree = new PathTree<string>()
  const kept = new Map<string, PathNode<string>>()
  for (let round = 0; round < 1000; round++) {
    const path = somePath()
    const node = kept.get(path)
    if (node === undefined || random(3) > 0) {
      const made = tree.at(path)
      made.value = path
      kept.set(path, made)
    } else {
      node.value = undefined
      kept.delete(path)
      tree.prune(node)
    }
    const asked = somePath()
    const paths = [...kept.keys()]
    const above = paths.filter((other) => isAtOrBelow(asked, other)).toSorted((one, other) => one.length - other.length)
    expect(valued(tree.along(asked))).toEqual(above)
    const below = valued(tree.below(asked))
    expect(below.toSorted()).toEqual(paths.filter((other) => isAtOrBelow(other, asked)).toSorted())
    const comesTooEarly = (one: string, place: number): boolean =>
      one !== asked && below.slice(place + 1).some((later) => later.startsWith(`${one}/`))
    expect(below.some((one, place) => comesTooEarly(one, place))).toBe(false)
  }
})

describe('a path of 100,000 parts', () => {
  const deep = '/d'.repeat(100_000)

  test('is one node, and paths above it are one each', () => {
    const tree = new PathTree<string>()
    const paths = [deep, '/d', '/d/d/d', `${deep}/x`, `${deep}/y`]
    for (const path of paths) tree.at(path).value = path
    expect(valued(tree.along(`${deep}/x`))).toEqual(['/d', '/d/d/d', deep, `${deep}/x`])
    expect(valued(tree.below('/d/d/d/d'))).toEqual([`${deep}/x`, `${deep}/y`, deep])
    expect([...tree.below('/')]).toHaveLength(paths.length + 1)
  })

  test('with a node at each of many parts overflows no stack', () => {
    const tree = new PathTree<string>()
    for (let parts = 12_000; parts > 0; parts--) tree.at(deep.slice(0, parts * 2)).value = 'x'
    expect(valued(tree.below('/d'))).toHaveLength(12_000)
  })
})
