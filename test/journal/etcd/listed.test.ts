/** Who is listed: every node once, and no address twice. */
import { describe, expect, test } from 'vitest'
import { joinNodes, type MemberRecord, type PresentRecord } from '#src/journal/etcd/listed.js'
import type { NodeInfo } from '#src/journal/journal.js'

const CLUSTER = 'abc'

function info(id: string, more: Partial<NodeInfo> = {}): NodeInfo {
  const doors = { deskUrl: `http://${id}.example:2224`, keysUrl: `http://${id}.example:2379` }
  return { id, name: id, host: `host-${id}`, version: '1', ...doors, ...more }
}

const there = (node: NodeInfo, revision: number): PresentRecord => ({ node, lease: 1n, revision: BigInt(revision) })
const announced = (node: NodeInfo, revision: number, cluster = CLUSTER): MemberRecord => {
  return { node, cluster, revision: BigInt(revision) }
}

const listed = (present: readonly PresentRecord[], members: readonly MemberRecord[]): string[] =>
  joinNodes(present, members, CLUSTER).flatMap(({ node, isThere, isListed }) =>
    isListed ? `${node.id} ${isThere ? 'there' : 'away'}` : [],
  )

describe('the nodes', () => {
  test('are all that are there or were announced, by their ids', () => {
    expect(
      listed([there(info('c'), 1), there(info('a'), 2)], [announced(info('b'), 3), announced(info('a'), 4)]),
    ).toEqual(['a there', 'b away', 'c there'])
  })

  test('are told as they last announced themselves', () => {
    const [node] = joinNodes([there(info('a', { version: '2' }), 5)], [announced(info('a'), 4)], CLUSTER)
    expect(node?.node.version).toBe('2')
  })

  test.each([
    ['one that is away gives way to one that is there', [], [1], ['b there']],
    ['of two that are away the one that was there last stays', [], [], ['b away']],
  ])('with one address are one: %s', (_, __, revisions, expected) => {
    const [old, anew] = [info('a', { keysUrl: 'http://n:2379' }), info('b', { keysUrl: 'http://n:2379' })]
    const members = [announced(old, 7), announced(anew, 9)]
    expect(
      listed(
        revisions.map(() => there(anew, 9)),
        members,
      ),
    ).toEqual(expected)
  })

  test('that are there behind one address, that of a proxy, are all listed', () => {
    const nodes = ['a', 'b'].map((id) => there(info(id, { keysUrl: 'http://proxy:2379' }), 1))
    expect(listed(nodes, [])).toEqual(['a there', 'b there'])
  })

  test('that were killed and started with a new folder are one, also before the old lease has ended', () => {
    const doors = { host: 'h', deskUrl: 'http://h:1', keysUrl: 'http://h:2' }
    expect(listed([there(info('a', doors), 9), there(info('b', doors), 5)], [])).toEqual(['a there'])
  })

  test('have loopback addresses of their own, each machine', () => {
    const urls = { keysUrl: 'http://127.0.0.1:2379' }
    expect(listed([there(info('a', urls), 1)], [announced(info('b', urls), 2)])).toEqual(['a there', 'b away'])
  })

  test('that were announced in another etcd are not listed unless they are there', () => {
    expect(listed([there(info('b'), 2)], [announced(info('a'), 1, 'other'), announced(info('b'), 1, 'other')])).toEqual(
      ['b there'],
    )
  })
})
