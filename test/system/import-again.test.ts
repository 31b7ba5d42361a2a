/** An import that breaks off anywhere, at either side, and is run again, also twice at once: each row is one ticket, each comment is there once. */
import { afterEach, expect, test } from 'vitest'
import { startServer, type RunningServer } from '../support/server.js'

const ROWS = 500
const PART = 50

const servers: RunningServer[] = []
afterEach(async () => {
  for (const server of servers) await server.stop()
  servers[0]?.removeData()
})

const parts = Array.from({ length: ROWS / PART }, (_, part) =>
  Array.from({ length: PART }, (_row, at) => ({
    ticket: { title: `row ${part * PART + at}`, ref: `source/${part * PART + at}` },
    createdAt: '2024-02-29T08:00:00.000Z',
    createdBy: null,
    comments: ['one', 'two'].map((text) => ({ text, createdAt: '2024-03-01T08:00:00.000Z', author: null })),
  })),
)

interface Report {
  readonly results: readonly { readonly outcome: string; readonly comments: number }[]
}

async function send(server: RunningServer, part: number, signal?: AbortSignal): Promise<Report> {
  const answer = await fetch(`${server.deskUrl}/v1/import`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ tickets: parts[part] }),
    ...(signal && { signal }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  const report: Report = JSON.parse(await answer.text())
  return report
}

async function all(server: RunningServer): Promise<Report['results']> {
  const reports: Report[] = []
  for (const part of parts.keys()) reports.push(await send(server, part))
  return reports.flatMap(({ results }) => results)
}

async function read<T>(server: RunningServer, path: string): Promise<T> {
  const answer: T = JSON.parse(await (await fetch(`${server.deskUrl}/v1${path}`)).text())
  return answer
}

test('500 rows: the client broken off after 200, the server killed after 300, run again, and twice at once', async () => {
  const first = await startServer({ deadlineMs: 60_000 })
  servers.push(first)
  for (const part of [0, 1, 2, 3]) await send(first, part)
  // The client goes while its next part is on the way: that one was carried out whole, or not at all.
  const broken = new AbortController()
  const given = send(first, 4, broken.signal).catch(() => undefined)
  broken.abort()
  await given
  await send(first, 5)
  const cut = send(first, 6).catch(() => undefined)
  await first.kill9()
  await cut

  const { dataDirectory } = first
  const second = await startServer({ dataDirectory, deadlineMs: 60_000 })
  servers.push(second)
  const again = await all(second)
  expect(again).toHaveLength(ROWS)
  const isPresent = ({ outcome, comments }: { outcome: string; comments: number }) =>
    outcome === 'present' && comments === 0
  // What was answered is there; the two that were broken off are there whole, or were made now.
  expect([...again.slice(0, 4 * PART), ...again.slice(5 * PART, 6 * PART)].every(isPresent)).toBe(true)
  for (const part of [4, 6]) {
    const outcomes = new Set(again.slice(part * PART, (part + 1) * PART).map((row) => JSON.stringify(isPresent(row))))
    expect(outcomes.size).toBe(1)
  }
  expect(again.slice(7 * PART).every(({ outcome, comments }) => outcome === 'created' && comments === 2)).toBe(true)

  for (const results of await Promise.all([all(second), all(second)])) expect(results.every(isPresent)).toBe(true)
  const refs: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    interface Page {
      readonly total: number
      readonly next: string | null
      readonly tickets: readonly { readonly ref: string; readonly activity: { readonly comments: number } }[]
    }
    const page: Page = await read(second, `/tickets?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`)
    expect(page.total).toBe(ROWS)
    for (const { ref, activity } of page.tickets) {
      refs.push(ref)
      expect(activity.comments).toBe(2)
    }
    cursor = page.next
  }
  expect(new Set(refs).size).toBe(ROWS)
})

test('an import of new rows that runs twice at once makes each row once', async () => {
  const server = await startServer({ deadlineMs: 60_000 })
  servers.push(server)
  const [one, other] = await Promise.all([all(server), all(server)])
  for (let row = 0; row < ROWS; row++) {
    expect(new Set([one[row]?.outcome, other[row]?.outcome])).toEqual(new Set(['created', 'present']))
  }
  expect(await read(server, '/tickets?limit=1')).toMatchObject({ total: ROWS })
})
