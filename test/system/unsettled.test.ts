/** Writes of which nobody can find out in time whether they happened: callers are told so, and each happened once or not at all. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { seed } from '../faults/extent.js'
import { runRound } from '../faults/round.js'
import { unsettledFaults } from '../faults/unsettled-faults.js'
import { World, type DeskNode } from '../faults/world.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import { waitUntil } from '../support/server.js'

const say = (line: string): boolean => process.stdout.write(`${line}\n`)

describe.skipIf(missing('etcd'))('when nobody can find out in time what became of a write', () => {
  test(
    'its callers are told so, what they ask again is done once, and the nodes go on by themselves',
    { timeout: 600_000 },
    async () => {
      const size = { members: 1, nodes: 2 } as const
      const { violations, toldUnknown, ...counts } = await runRound({
        seed,
        seconds: 0,
        say,
        size,
        inOrder: unsettledFaults,
      })
      say(`${toldUnknown} answers that nobody knows; ${JSON.stringify(counts)}`)
      expect(violations, `seed ${seed}`).toEqual([])
      expect(toldUnknown).toBeGreaterThan(0)
    },
  )

  test('a write that was erased and forgotten by etcd meanwhile is made no second time, and its node goes on', async () => {
    const world = await World.start({ folder: temporaryFolder(), members: 1, nodes: 2 })
    onTestFinished(() => world.stop())
    const [cut, other] = world.nodes
    if (cut === undefined || other === undefined) throw new Error('there are no two nodes')
    const { number, version: made } = await done(other, 'POST', '/tickets', { title: 'at first' })
    const path = `/tickets/${number}`
    await done(cut, 'PATCH', path, { title: 'a secret' }, made)
    cut.everyWay((way) => way.dropReplies(true))
    const asked = ask(cut, 'POST', `${path}/comments`, { text: 'once' })
    const commentsAt = async (node: DeskNode): Promise<unknown> =>
      (await done(node, 'GET', `${path}/comments`)).comments?.length
    await waitUntil('the other node to hear of it', async () => (await commentsAt(other)) === 1)
    const { version: secret = 0 } = await done(other, 'GET', path)
    await done(other, 'PATCH', path, { title: 'no secret' })
    await done(other, 'POST', `${path}/redact`, { index: secret, field: 'title' })
    await world.compact()
    cut.heal()
    const { status, body } = await asked
    expect([status, body.code]).toEqual([503, 'unknown_outcome'])
    const { version } = await done(cut, 'PATCH', path, { title: 'behind it' })
    expect(version).toBeGreaterThan(secret)
    expect([await commentsAt(cut), await commentsAt(other)]).toEqual([1, 1])
  })
})

/** What is looked at of an answer of `/v1`. */
interface Body {
  readonly code?: string
  readonly number?: number
  readonly version?: number
  readonly comments?: readonly unknown[]
}

/** Asks a node, which first comes as far as `known`. */
async function ask(node: DeskNode, method: string, path: string, value?: unknown, known = 0) {
  const headers = { 'Content-Type': 'application/json', 'Desk-Index': String(known) }
  const init = { method, headers, ...(value === undefined ? {} : { body: JSON.stringify(value) }) }
  const answer = await fetch(`${node.doors?.deskUrl}/v1${path}`, init)
  const text = await answer.text()
  const body: Body = JSON.parse(text === '' ? '{}' : text)
  return { status: answer.status, body }
}

async function done(...request: Parameters<typeof ask>): Promise<Body> {
  const { status, body } = await ask(...request)
  expect({ request: request.slice(1), status, body }).toMatchObject({ status: expect.toSatisfy((code) => code < 300) })
  return body
}
