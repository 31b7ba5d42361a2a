/**
 * What only several nodes can show: three desk nodes over three members of etcd, all real processes, asked at the same time.
 * What one of them answered holds at the others.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startDeskNodes, type DeskNodes } from '../../support/desk-nodes.js'
import { keyRequest, send, start, type KeysAnswer, type Running } from '../../support/keys-door.js'
import { missing } from '../../support/requirements.js'
import { waitUntil } from '../../support/server.js'
import { eventsOf, told } from '../../suites/keys-api/session.js'

describe.skipIf(missing('etcd'))('three nodes together', () => {
  let desk: DeskNodes
  const watches: Running[] = []

  beforeAll(async () => {
    desk = await startDeskNodes({ members: 3 })
  })
  afterEach(() => {
    for (const watch of watches.splice(0)) watch.cancel()
  })
  afterAll(() => desk.stop())

  test('are one cluster to a client: the same id, and after a strong read the same index', async () => {
    await put(1, '/one', 'value=1')
    const answers = await Promise.all(everyNode.map((node) => ask(node, 'GET', '/one?quorum=true')))
    expect(new Set(answers.map(({ headers }) => headers['x-etcd-cluster-id'])).size).toBe(1)
    expect(new Set(answers.map(({ headers }) => headers['x-etcd-index'])).size).toBe(1)
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  })

  test('tell their watchers of what any of them wrote, each event once and in order', async () => {
    const streams = await Promise.all(
      everyNode.map((node) => watch(node, '/told?wait=true&recursive=true&stream=true')),
    )
    const polls = await Promise.all([2, 3].map((node) => watch(node, '/told/first?wait=true')))
    const written: unknown[] = [JSON.parse((await put(1, '/told/first', 'value=1')).body)]
    for (const poll of polls) expect(JSON.parse((await poll.whole).body)).toEqual(written[0])
    for (let turn = 0; turn < 60; turn++) {
      written.push(JSON.parse((await put(inTurn(turn), `/told/${turn % 7}`, `value=${turn}`)).body))
    }
    for (const stream of streams) {
      await waitUntil('all events', () => eventsOf(stream).length >= written.length)
      expect(eventsOf(stream)).toEqual(written)
    }
  })

  test('let a client go on at another node with the index it had reached, and miss nothing', async () => {
    const count = 120
    const first = Number((await ask(1, 'GET', '/?quorum=true')).headers['x-etcd-index']) + 1
    const writing = Promise.all(
      Array.from({ length: count }, (_, turn) => ask(inTurn(turn), 'POST', '/resumed', `value=${turn}`)),
    )
    const seen: { readonly value: string; readonly index: number }[] = []
    for (let waitIndex = first; seen.length < count;) {
      const { body } = await ask(inTurn(seen.length), 'GET', `/resumed?wait=true&recursive=true&waitIndex=${waitIndex}`)
      const node = nodeIn({ body })
      seen.push({ value: node.value, index: node.modifiedIndex })
      waitIndex = node.modifiedIndex + 1
    }
    const written = (await writing).map(nodeIn)
    expect(seen).toEqual(
      written
        .map(({ value, modifiedIndex }) => ({ value, index: modifiedIndex }))
        .toSorted((a, b) => a.index - b.index),
    )
  })

  test('answer a strong read with every write that was answered before it, wherever', async () => {
    for (let turn = 0; turn < 100; turn++) {
      await put(inTurn(turn), '/strong', `value=${turn}`)
      const answers = await Promise.all([1, 2].map((away) => ask(inTurn(turn + away), 'GET', '/strong?quorum=true')))
      expect(answers.map((answer) => nodeIn(answer).value)).toEqual([`${turn}`, `${turn}`])
    }
  })

  test('refuse as freshly as they write: what another node removed, or made, is known at once', async () => {
    for (let turn = 0; turn < 30; turn++) {
      const [here, there] = [inTurn(turn), inTurn(turn + 1)]
      expect((await put(here, '/fresh', 'value=1&prevExist=false')).status).toBe(201)
      expect((await put(there, '/fresh', 'value=1&prevExist=false')).status).toBe(412)
      expect((await ask(there, 'DELETE', '/fresh')).status).toBe(200)
      expect((await ask(here, 'DELETE', '/fresh')).status).toBe(404)
    }
  })

  test('give keys in order names of their own, each its index, however many are made at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, turn) => ask(inTurn(turn), 'POST', '/queue', `value=job+${turn}`)),
    )
    const made = answers.map(nodeIn)
    expect(new Set(made.map(({ key }) => key)).size).toBe(300)
    for (const { key, createdIndex } of made) expect(key).toBe(`/queue/${String(createdIndex).padStart(20, '0')}`)
    const names = made.map(({ key }) => key).toSorted(byteOrder)
    for (const node of everyNode) {
      const { body } = await ask(node, 'GET', '/queue?quorum=true')
      const { nodes } = nodeIn({ body })
      expect(nodes?.map(({ key }) => key)).toEqual(names)
    }
  })

  test('give every write an index of its own, with no gap between them', async () => {
    const before = Number((await ask(1, 'GET', '/?quorum=true')).headers['x-etcd-index'])
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, turn) => put(inTurn(turn), `/gaps/${turn % 10}`, `value=${turn}`)),
    )
    const indexes = answers.map((answer) => nodeIn(answer).modifiedIndex)
    expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, turn) => before + turn + 1))
  })

  test('let one of many that compare and swap at the same time win, whichever node it asks', async () => {
    for (let round = 0; round < 20; round++) {
      const before = nodeIn(await put(inTurn(round), '/race', `value=round+${round}`)).modifiedIndex
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, turn) =>
          put(
            inTurn(turn),
            '/race',
            `value=${round}+${turn}&${turn % 2 === 0 ? `prevIndex=${before}` : `prevValue=round+${round}`}`,
          ),
        ),
      )
      const [winner, ...others] = answers.filter(({ status }) => status === 200)
      expect(others).toEqual([])
      expect(answers.filter(({ status }) => status === 412)).toHaveLength(29)
      const node = nodeIn({ body: winner?.body ?? '' })
      expect(node.modifiedIndex).toBe(before + 1)
      const { body } = await ask(inTurn(round + 1), 'GET', '/race?quorum=true')
      expect(nodeIn({ body })).toEqual(node)
    }
  })

  test('count right together where each adds by comparing and swapping', async () => {
    await put(1, '/counter', 'value=0')
    const add = async (node: number): Promise<void> => {
      for (;;) {
        const { value, modifiedIndex } = nodeIn(await ask(node, 'GET', '/counter?quorum=true'))
        const { status } = await put(node, '/counter', `value=${Number(value) + 1}&prevIndex=${modifiedIndex}`)
        if (status === 200) return
      }
    }
    await Promise.all(
      everyNode.map(async (node) => {
        for (let turn = 0; turn < 20; turn++) await add(node)
      }),
    )
    expect(nodeIn(await ask(2, 'GET', '/counter?quorum=true')).value).toBe('60')
  })

  test('let a key expire once, and tell the watchers of all nodes', async () => {
    const streams = await Promise.all(everyNode.map((node) => watch(node, '/ttl?wait=true&recursive=true&stream=true')))
    const keys = Array.from({ length: 15 }, (_, turn) => `/ttl/${turn}`)
    await Promise.all(keys.map((key, turn) => put(inTurn(turn), key, 'value=1&ttl=2')))
    await put(1, '/ttl/kept', 'value=1&ttl=60')
    await put(2, '/ttl/kept', 'ttl=500&refresh=true&prevExist=true')
    for (const node of everyNode) {
      await waitUntil('the keys to be gone', async () => {
        const { nodes } = nodeIn(await ask(node, 'GET', '/ttl'))
        return nodes?.length === 1
      })
    }
    await put(3, '/ttl/end', 'value=1')
    for (const stream of streams) {
      await waitUntil('the end', () => told(stream).at(-1) === 'set /ttl/end')
      expect(
        told(stream)
          .filter((event) => event.startsWith('expire'))
          .toSorted(),
      ).toEqual(keys.map((key) => `expire ${key}`).toSorted())
      expect(stream.body()).toBe(streams[0]?.body())
    }
    expect(nodeIn(await ask(3, 'GET', '/ttl/kept')).ttl).toBeGreaterThan(60)
  })

  test('show a ticket that was made as a key at one node on the desk of the others, and the other way round', async () => {
    const { key } = nodeIn(await ask(1, 'POST', '/tickets', 'value=by+a+key'))
    const [, , id = ''] = key.split('/')
    expect(id).toMatch(/^\d{20}$/u)
    for (const node of everyNode) {
      await waitUntil('the ticket', async () => (await deskAt(node, `/tickets/${id}`)).body === 'by a key')
    }
    const made = await deskAt(2, '/tickets', 'POST', { value: 'by the desk' })
    expect(Number(made.body)).toBe(Number(id) + 1)
    const { body } = await ask(3, 'GET', `/tickets/${made.body}?quorum=true`)
    expect(nodeIn({ body }).value).toBe('by the desk')
    expect((await deskAt(3, `/tickets/${id}`, 'PUT', { value: 'retitled' })).status).toBe(200)
    expect((await put(1, `/tickets/${id}`, 'value=again&prevValue=retitled')).status).toBe(200)
    expect((await deskAt(2, `/tickets/${id}`, 'DELETE')).status).toBe(200)
    expect((await deskAt(3, `/tickets/${id}`, 'DELETE')).status).toBe(404)
  })

  test('number tickets without a double or a gap, made at all desks at once', async () => {
    const last = Number((await deskAt(1, '/tickets', 'POST', { value: 'the last before' })).body)
    const made = await Promise.all(
      Array.from({ length: 150 }, (_, turn) => deskAt(inTurn(turn), '/tickets', 'POST', { value: `ticket ${turn}` })),
    )
    expect(made.map(({ body }) => Number(body)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 150 }, (_, turn) => last + turn + 1),
    )
  })

  const everyNode = [1, 2, 3]

  /** 1, 2, 3, 1, 2 … */
  function inTurn(turn: number): number {
    return (turn % 3) + 1
  }

  function serverOf(node: number) {
    const server = desk.nodes[node - 1]
    if (server === undefined) throw new Error(`there is no node ${node}`)
    return server
  }

  function ask(node: number, method: string, key: string, form?: string): Promise<KeysAnswer> {
    return send(serverOf(node).keysUrl, keyRequest(method, key, form))
  }

  function put(node: number, key: string, form: string): Promise<KeysAnswer> {
    return ask(node, 'PUT', key, form)
  }

  async function watch(node: number, key: string): Promise<Running> {
    const running = start(serverOf(node).keysUrl, keyRequest('GET', key), true)
    watches.push(running)
    await running.started
    return running
  }

  function deskAt(node: number, path: string, method = 'GET', body?: unknown): Promise<KeysAnswer> {
    const asked = { method, target: path }
    const headers = { 'Content-Type': 'application/json' }
    return send(serverOf(node).deskUrl, body === undefined ? asked : { ...asked, headers, body: JSON.stringify(body) })
  }
})

/** A key or directory in an answer. */
interface Node {
  readonly key: string
  readonly value: string
  readonly createdIndex: number
  readonly modifiedIndex: number
  readonly ttl?: number
  readonly nodes?: readonly Node[]
}

function nodeIn({ body }: Pick<KeysAnswer, 'body'>): Node {
  const { node }: { readonly node: Node } = JSON.parse(body)
  return node
}

function byteOrder(a: string, b: string): number {
  return a < b ? -1 : 1
}
