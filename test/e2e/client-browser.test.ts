/** The client as an ES module in a real browser: a page of the desk's own origin, the built files as they ship, no bundler. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request as requestOf, type Server } from 'node:http'
import { extname, join, normalize } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { launchChromium } from '../../scripts/chromium.mjs'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { findProgram, missing } from '../support/requirements.js'
import { WAIT_MS } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

const dist = join(repositoryRoot, 'dist')

/** Serves a page and the built files, and hands all else to the desk: to the browser they are one origin. */
function serveBefore(desk: URL): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/page') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>page</title>')
    } else if (pathname.startsWith('/dist/') && extname(pathname) === '.js') {
      const path = join(dist, normalize(pathname.slice('/dist'.length)))
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(path))
    } else {
      const { method, url: path = '/', headers } = request
      const { hostname, port } = desk
      const passed = requestOf({ hostname, port, path, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
      })
      passed.on('error', () => response.destroy())
      response.on('close', () => passed.destroy())
      request.pipe(passed)
    }
  }).listen(0, '127.0.0.1')
}

describe.skipIf(missing('chromium'))('in Chromium', () => {
  let desk: OpenDesk
  let front: Server
  let browser: Browser
  let url: string
  beforeAll(async () => {
    desk = await openDesk()
    front = serveBefore(new URL(desk.door.url))
    await once(front, 'listening')
    const address = front.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    browser = await launchChromium(findProgram('chromium') ?? 'chromium')
  })
  afterAll(async () => {
    await browser.close()
    front.closeAllConnections()
    front.close()
    await desk.close()
  })

  /** Runs a script with a `desk`, on a page of the desk's own origin. */
  async function run(script: string): Promise<unknown> {
    const page = await browser.newPage()
    page.setDefaultTimeout(WAIT_MS)
    try {
      await page.goto(`${url}/page`)
      return await page.evaluate(`(async () => {
        const client = await import('/dist/client/client.js')
        const desk = client.createDeskClient({ endpoint: location.origin, door: 'page' })
        ${script}
      })()`)
    } finally {
      await page.close()
    }
  }

  test('a ticket is made, changed, walked to and refused', async () => {
    const told = await run(`
      const made = await desk.tickets.create({ title: 'From a page' })
      const changed = await desk.tickets.change(made.number, { priority: 'low', version: made.version })
      const late = await desk.tickets.delete(made.number, { version: made.version }).catch((error) => error)
      const titles = []
      for await (const { title } of desk.tickets.list()) titles.push(title)
      return [changed.priority, late instanceof client.NotCurrent, late.ticket.priority, titles, desk.index]
    `)
    expect(told).toEqual(['low', true, 'low', ['From a page'], desk.store.history.head()])
  })

  test('a call is given up, and a desk that is not there is a ConnectionError', async () => {
    const told = await run(`
      const given = await desk.tickets.get(1, { signal: AbortSignal.abort(new Error('enough')) }).catch(String)
      const nobody = client.createDeskClient({ endpoint: 'http://127.0.0.1:9', retry: { tries: 2, baseMs: 1 } })
      const lost = await nobody.tickets.get(1).catch((error) => error.name)
      return [given, lost]
    `)
    expect(told).toEqual(['Error: enough', 'ConnectionError'])
  })

  test('events come, over a connection that was cut', async () => {
    const head = desk.store.history.head()
    const following = run(`
      const told = []
      for await (const { type, index, changes } of desk.follow()) {
        told.push(type === 'reset' ? 'reset ' + index : type + ' ' + index + ' ' + changes.title.to)
        if (told.length === 1) await desk.tickets.create({ title: '漢字' })
        if (told.length === 3) return told
      }
    `)
    await vi.waitUntil(() => desk.store.history.head() > head, { timeout: 60_000 })
    front.closeAllConnections()
    await desk.store.run('ticket.create', { ticket: { title: 'cut' } })
    expect(await following).toEqual([
      `reset ${head}`,
      `ticket.created ${head + 1} 漢字`,
      `ticket.created ${head + 2} cut`,
    ])
  })
})
