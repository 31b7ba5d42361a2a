/** The programs of examples/ that use the client, as they stand, against the program as it ships. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { startProgram, startServer, waitUntil, type RunningProgram, type RunningServer } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

let server: RunningServer
let desk: DeskClient
beforeAll(async () => {
  server = await startServer()
  desk = createDeskClient({ endpoint: server.deskUrl })
})
afterAll(() => server.stop())

function start(example: string, ...args: readonly string[]): RunningProgram {
  return startProgram([process.execPath, join(repositoryRoot, 'examples', example), ...args])
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('examples/ticket-from-alert.mjs', () => {
  const file = async (started: string): Promise<string> => {
    const run = start('ticket-from-alert.mjs', 'node4/disk', started, 'Disk full on node 4', server.deskUrl)
    expect([await run.ended, run.stderr()]).toEqual([{ code: 0, signal: null }, ''])
    return run.stdout().trim()
  }

  test('files one ticket however often it is run, at once or later, and comments once for each start', async () => {
    const told = await Promise.all([file('10:00'), file('10:00'), file('10:00')])
    expect(told.sort()).toEqual(['Filed ticket 1', 'Known as ticket 1', 'Known as ticket 1'])
    expect(await file('10:00')).toBe('Known as ticket 1')
    expect(await file('12:00')).toBe('Known as ticket 1')
    const [ticket, ...others] = await all(desk.tickets.list())
    expect([ticket?.ref, others]).toEqual(['node4/disk', []])
    const comments = await all(desk.tickets.comments(1).list())
    expect(comments.map(({ text }) => text)).toEqual(['The alert began at 10:00.', 'The alert began at 12:00.'])
  })
})

describe('examples/mirror-tickets.mjs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-mirror-'))
  const file = join(folder, 'tickets.jsonl')
  let run: RunningProgram | undefined
  afterAll(() => {
    run?.process.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const mirrored = (): { readonly index: number; readonly tickets: unknown[] } => {
    const [first, ...lines] = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    const index = typeof first === 'object' && first !== null && 'index' in first ? Number(first.index) : 0
    return { index, tickets: lines }
  }
  const expectMirrored = async (): Promise<void> => {
    const isCurrent = (): boolean => {
      try {
        return mirrored().index === desk.index
      } catch {
        return false
      }
    }
    await waitUntil(() => run?.stderr() ?? '', isCurrent)
    const byNumber = (a: Ticket, b: Ticket): number => a.number - b.number
    const expected = (await all(desk.tickets.list())).sort(byNumber)
    expect(mirrored().tickets).toHaveLength(expected.length)
    expect(mirrored().tickets).toEqual(expect.arrayContaining(expected))
  }

  test('makes the mirror, keeps it current, and goes on after it was killed', async () => {
    const { number } = await desk.tickets.create({ title: 'Mirrored' })
    run = start('mirror-tickets.mjs', file, server.deskUrl)
    await expectMirrored()

    await desk.tickets.change(number, { title: 'Changed' })
    await desk.tickets.comments(number).create({ text: 'And talked about' })
    await expectMirrored()

    run.process.kill('SIGKILL')
    await run.ended
    await desk.tickets.delete(number)
    await desk.tickets.create({ title: 'Made meanwhile' })
    run = start('mirror-tickets.mjs', file, server.deskUrl)
    await expectMirrored()
  })

  test('is made anew where the history is gone, and by what is not about one ticket', async () => {
    run?.process.kill('SIGKILL')
    await run?.ended
    const { number, version } = await desk.tickets.create({ title: 'The password' })
    await desk.tickets.change(number, { title: 'No password' })
    await desk.tickets.redact(number, { index: version, field: 'title' })
    run = start('mirror-tickets.mjs', file, server.deskUrl)
    await expectMirrored()
    await desk.labels.create({ name: 'disk' })
    await desk.tickets.change(number, { labels: ['disk'] })
    await desk.labels.change('disk', { name: 'disks' })
    await expectMirrored()
  })
})
