/** The client packed on its own: in an empty folder it installs, imports and has types, with no dependency at all. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type RunningServer } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-alone-'))
const installed = join(folder, 'node_modules/etcdesk-client')
let server: RunningServer

beforeAll(async () => {
  execFileSync(process.execPath, [join(repositoryRoot, 'scripts/pack-client.mjs'), folder], { cwd: folder })
  const [archive = ''] = readdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  // There is nothing to fetch: it has to work without a registry.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${archive}`], { cwd: folder })
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('etcdesk-client', () => {
  test('is all that was installed, and holds no more than it needs', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'etcdesk-client',
    ])
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    expect(dependencies).toBeUndefined()
    expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'client', 'contract', 'package.json'])
    const texts = readdirSync(installed, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(?:js|ts)$/u.test(path))
      .map((path) => readFileSync(join(installed, path), 'utf8'))
    expect(texts.length).toBeGreaterThan(20)
    expect(texts.filter((text) => /from ['"](?:typebox|node:)|sourceMappingURL/u.test(text))).toEqual([])
  })

  test('makes a ticket', () => {
    writeFileSync(
      join(folder, 'first.js'),
      `import { createDeskClient } from 'etcdesk-client'
       const desk = createDeskClient({ endpoint: '${server.deskUrl}' })
       console.log((await desk.tickets.create({ title: 'Alone' })).title)`,
    )
    expect(execFileSync(process.execPath, ['first.js'], { cwd: folder, encoding: 'utf8' })).toBe('Alone\n')
  })

  test('has types, which a strict compiler takes and holds programs to', () => {
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          target: 'ES2023',
          lib: ['ES2023', 'DOM'],
          module: 'NodeNext',
          types: [],
        },
        include: ['*.ts'],
      }),
    )
    const program = `
      import { createDeskClient, NotCurrent, type Ticket } from 'etcdesk-client'
      const desk = createDeskClient({ token: 'edk_x', retry: { tries: 2 } })
      const ticket: Ticket = await desk.tickets.create({ title: 'x', priority: 'high', due: null, ref: undefined })
      const labels: string[] = ticket.labels
      const comments: number | undefined = ticket.activity?.comments
      const { comments: first } = await desk.tickets.get(1, { include: ['comments', 'links'] })
      const [said, rest]: [string | null | undefined, string | null | undefined] = [first?.items[0]?.text, first?.rest]
      console.log(said, rest)
      await desk.batch([{ op: 'change', number: 1, change: { labels: { add: ['x'] } } }])
      for await (const item of desk.follow()) {
        if (item.type === 'reset') continue
        const number: number | undefined = item.ticket
        console.log(number, labels, comments, NotCurrent)
      }
      const view: number = (await desk.views.create({ name: 'x', query: 'is:open' })).id
      for await (const status of desk.statuses.list()) console.log(view, status.moves?.length)
      const may: string[] = (await desk.me()).may
      await desk.tickets.redact(1, { comment: may.length })
      // @ts-expect-error views have ids
      await desk.views.get('x')
      // @ts-expect-error and nothing takes a queue's place
      await desk.queues.delete('x', { into: 'y' })
      // @ts-expect-error there are no such events
      desk.events({ types: ['ticket.exploded'] })
      // @ts-expect-error there is no such priority
      await desk.tickets.create({ title: 'x', priority: 'highest' })
      // @ts-expect-error nor such an operation
      await desk.batch([{ op: 'explode', number: 1 }])
      // @ts-expect-error and this is a text
      const status: number = (await desk.tickets.get(1)).status`
    writeFileSync(join(folder, 'program.ts'), program)
    const tsc = join(repositoryRoot, 'node_modules/typescript/bin/tsc')
    expect(spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8' }).stdout).toBe('')
  })
})
