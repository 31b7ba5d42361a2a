/**
 * A page of another origin in a real browser: whatever it tries with either door, it changes nothing, shows nothing, and learns
 * not even whether a key or a ticket exists. A person who follows a link sees what is there.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../../scripts/chromium.mjs'
import { findProgram, missing } from '../support/requirements.js'
import { startServer, WAIT_MS, type RunningServer } from '../support/server.js'

/** Elements that load what is at a URL, with the attribute that names it. */
const ELEMENTS = [
  ['object', 'data'],
  ['embed', 'src'],
  ['iframe', 'src'],
  ['img', 'src'],
  ['script', 'src'],
  ['link', 'href'],
  ['video', 'src'],
] as const

describe.skipIf(missing('chromium'))('in Chromium', () => {
  let server: RunningServer
  let browser: Browser
  let foreign: Server
  let foreignPort: number

  beforeAll(async () => {
    server = await startServer()
    await fetch(`${server.keysUrl}/v2/keys/secret`, {
      method: 'PUT',
      body: new URLSearchParams({ value: 'tell-nobody' }),
    })
    await fetch(`${server.deskUrl}/tickets`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ value: 'tell-nobody' }),
    })
    foreign = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><body>a page of somebody else')
    }).listen(0, '127.0.0.1')
    await once(foreign, 'listening')
    const address = foreign.address()
    foreignPort = typeof address === 'object' && address !== null ? address.port : 0
    browser = await launchChromium(findProgram('chromium') ?? 'chromium')
  })

  afterAll(async () => {
    await browser.close()
    foreign.close()
    await server.stop()
  })

  /** The doors are 127.0.0.1: to a browser `localhost` is another site, 127.0.0.1 on another port another origin of the same site. */
  describe.each(['localhost', '127.0.0.1'])('a page at %s', (host) => {
    async function foreignPage(): Promise<Page> {
      const page = await browser.newPage()
      page.context().setDefaultTimeout(WAIT_MS)
      await page.goto(`http://${host}:${foreignPort}/`)
      return page
    }

    /** A URL at which something is and one at which nothing is, of either door. */
    const pairs = (): [there: string, nowhere: string][] => [
      [`${server.keysUrl}/v2/keys/secret`, `${server.keysUrl}/v2/keys/nothing`],
      [`${server.deskUrl}/tickets/00000000000000000001`, `${server.deskUrl}/tickets/00000000000000000002`],
    ]

    test('can not tell by any element whether there is something, and shows nothing of it', async () => {
      const page = await foreignPage()
      for (const [there, nowhere] of pairs()) {
        for (const [element, attribute] of ELEMENTS) {
          const outcome = async (url: string): Promise<unknown> => page.evaluate(loadBy(element, attribute, url))
          const told = await outcome(there)
          const frames = page.frames().filter((frame) => !frame.isDetached())
          const shown = await Promise.all(frames.map((frame) => frame.content().catch(() => '')))
          expect([element, shown.join('').includes('tell-nobody')]).toEqual([element, false])
          expect([element, there, await outcome(nowhere)]).toEqual([element, there, told])
        }
      }
      await page.close()
    })

    test('can not tell so by a request without CORS, and reads nothing', async () => {
      const page = await foreignPage()
      for (const [there, nowhere] of pairs()) {
        const outcome = (url: string, mode: 'cors' | 'no-cors'): Promise<string> =>
          page.evaluate(
            ({ url: asked, mode: how }) =>
              fetch(asked, { mode: how }).then(
                async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`,
                () => 'refused',
              ),
            { url, mode },
          )
        expect([there, await outcome(there, 'no-cors')]).toEqual([there, await outcome(nowhere, 'no-cors')])
        expect([await outcome(there, 'cors'), await outcome(nowhere, 'cors')]).toEqual(['refused', 'refused'])
      }
      await page.close()
    })

    test('changes nothing by a form', async () => {
      for (const url of [`${server.keysUrl}/v2/keys/jobs`, `${server.deskUrl}/tickets`]) {
        const page = await foreignPage()
        const form = `<form method="post" action="${url}"><input name="value" value="x"></form>`
        const [answer] = await Promise.all([
          page.waitForResponse(url),
          page.evaluate(`document.body.innerHTML = '${form}'; document.querySelector('form').submit()`),
        ])
        expect(answer.status()).toBe(403)
        await page.close()
      }
      const { headers } = await fetch(`${server.keysUrl}/v2/keys/`)
      expect(headers.get('x-etcd-index')).toBe('2')
    })

    test('may send a person to what is there, and sees nothing of that window', async () => {
      const page = await foreignPage()
      for (const url of pairs().flat()) {
        const [opened] = await Promise.all([
          page.waitForEvent('popup'),
          page.evaluate(`window.opened = window.open('${url}'); undefined`),
        ])
        await opened.waitForLoadState()
        const isThere = url === pairs()[0]?.[0] || url === pairs()[1]?.[0]
        expect([url, (await opened.content()).includes('tell-nobody')]).toEqual([url, isThere])
        await page.waitForFunction('window.opened.closed')
        await opened.close()
      }
      await page.close()
    })

    test('may link to the page and the docs', async () => {
      const page = await foreignPage()
      for (const path of ['/', '/docs']) {
        await page.goto(`http://${host}:${foreignPort}/`)
        await page.evaluate(`document.body.innerHTML = '<a href="${server.deskUrl}${path}">desk</a>'`)
        await Promise.all([page.waitForURL(server.deskUrl + path), page.click('a')])
        expect(await page.title()).toContain('etcdesk')
      }
      await page.close()
    })
  })
})

/** A script that adds an element which loads a URL and answers with the event it gets: all that a page sees of it. */
function loadBy(element: string, attribute: string, url: string): string {
  return `new Promise((resolve) => {
    document.body.replaceChildren()
    const added = document.createElement('${element}')
    for (const event of ['load', 'error', 'loadeddata']) {
      added.addEventListener(event, () => resolve([event, added.clientWidth, added.clientHeight, window.length].join()))
    }
    added.setAttribute('rel', 'stylesheet')
    added.setAttribute('${attribute}', '${url}')
    document.body.append(added)
  })`
}
