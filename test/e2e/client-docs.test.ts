/** docs/CLIENT.md: every example runs as it stands, against the program as it ships, and prints what it says that it prints. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { startProgram, startServer, waitUntil, type RunningServer } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

const usualUrl = 'http://127.0.0.1:2224'
const page = readFileSync(join(repositoryRoot, 'docs/CLIENT.md'), 'utf8')
const blocks = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gmu)].map(([, text = '']) => text)
const [beginning = '', ...examples] = blocks
/** The loop that has no end stands on its own. */
const loop = examples.pop() ?? ''

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-client-'))
let server: RunningServer
beforeAll(async () => {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(repositoryRoot, join(folder, 'node_modules/etcdesk'))
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string, url: string): string {
  const path = join(folder, name)
  writeFileSync(path, text.replaceAll(usualUrl, url))
  return path
}

/** What an example says that it prints. */
function promised(example: string): string[] {
  return [...example.matchAll(/\/\/ → (.*)$/gmu)].map(([, line = '']) => line)
}

describe('the examples of docs/CLIENT.md', () => {
  test('are there', () => {
    expect(examples.length).toBeGreaterThan(5)
    expect(examples.flatMap(promised).length).toBeGreaterThan(10)
    expect(loop).toContain('desk.follow()')
  })

  test.each(examples.map((example, at) => [at + 1, example] as const))('example %i runs', async (at, example) => {
    const path = write(`example-${at}.mjs`, `${beginning}\n${example}`, server.deskUrl)
    const run = startProgram([process.execPath, path])
    expect([await run.ended, run.stderr()]).toEqual([{ code: 0, signal: null }, ''])
    expect(run.stdout().split('\n').filter(Boolean)).toEqual(promised(example))
  })

  test('the loop that follows runs until it is stopped', async () => {
    const text = loop.replace(
      'titles.set(event.ticket,',
      'console.log(event.ticket, titles.size) || titles.set(event.ticket,',
    )
    const run = startProgram([process.execPath, write('loop.mjs', text, server.deskUrl)])
    const desk = createDeskClient({ endpoint: server.deskUrl })
    const { number } = await desk.tickets.create({ title: 'Changed' })
    // When it began to follow it does not say.
    let title = 0
    const change = () => desk.tickets.change(number, { title: `Changed ${title++}` })
    // One may be under way when the server is stopped.
    const changing = setInterval(() => void change().catch(() => undefined), 100)
    await waitUntil(
      () => run.stderr(),
      () => new RegExp(`^${number} \\d+$`, 'mu').test(run.stdout()),
    ).finally(() => clearInterval(changing))
    run.process.kill('SIGTERM')
    await run.ended
  })
})
