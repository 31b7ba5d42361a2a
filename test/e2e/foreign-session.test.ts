/**
 * A person who is signed in visits a page of somebody else, in a real browser: whatever that page sends with the person's cookie, it changes
 * nothing and reads nothing; nor can it sign the person in as somebody, or out.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../../scripts/chromium.mjs'
import { findProgram, missing } from '../support/requirements.js'
import { programPath, startProgram, startServer, WAIT_MS, type RunningServer } from '../support/server.js'

const PASSWORD = 'correct horse battery'

describe.skipIf(missing('chromium'))('in Chromium, with a session', () => {
  let server: RunningServer
  let browser: Browser
  let person: BrowserContext
  let own: Page
  let foreign: Server
  let foreignPort: number
  let token: string

  async function onMachine(...args: readonly string[]): Promise<string> {
    const program = startProgram([process.execPath, programPath, ...args, '--data', server.dataDirectory])
    await program.ended
    return program.stdout().trim()
  }

  /** What the desk answers its own page. */
  const askOwn = (path: string, method = 'GET', body?: object): Promise<{ status: number; text: string }> =>
    own.evaluate(
      async ([path, method, body]) => {
        const headers = { 'Content-Type': 'application/json' }
        const answer = await fetch(path, { method, ...(body !== null && { headers, body }) })
        return { status: answer.status, text: await answer.text() }
      },
      [path, method, body === undefined ? null : JSON.stringify(body)] as const,
    )

  const audited = async (): Promise<string> => {
    const answer = await fetch(`${server.deskUrl}/v1/audit`, { headers: { Authorization: `Bearer ${token}` } })
    return answer.text()
  }

  beforeAll(async () => {
    server = await startServer()
    await onMachine('users', 'add', 'ann', '--role', 'admin')
    token = (await onMachine('tokens', 'add', 'ann', '--scopes', 'admin')).split('\n').at(-1) ?? ''
    const secret = /edl_\w+/u.exec(await onMachine('users', 'link', 'ann'))?.[0]
    browser = await launchChromium(findProgram('chromium') ?? 'chromium')
    person = await browser.newContext()
    person.setDefaultTimeout(WAIT_MS)
    own = await person.newPage()
    await own.goto(`${server.deskUrl}/docs`)
    const used = await askOwn('/v1/sign-in-links/use', 'POST', { secret, password: PASSWORD })
    const made = await askOwn('/v1/tickets', 'POST', { title: 'tell-nobody' })
    if (used.status !== 201 || made.status !== 201) throw new Error(`${used.text}, ${made.text}`)
    foreign = createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><body>a page of somebody else')
    }).listen(0, '127.0.0.1')
    await once(foreign, 'listening')
    const address = foreign.address()
    foreignPort = typeof address === 'object' && address !== null ? address.port : 0
  })

  afterAll(async () => {
    await browser.close()
    foreign.close()
    await server.stop()
  })

  test('no script of a page can read the cookie', async () => {
    expect(await own.evaluate('document.cookie')).toBe('')
    const [cookie] = await person.cookies()
    expect(cookie).toMatchObject({ name: 'etcdesk_session', httpOnly: true, sameSite: 'Lax' })
  })

  /** To a browser 127.0.0.1 on another port is another origin of the same site, so the cookie goes with all that it sends. */
  describe.each(['localhost', '127.0.0.1'])('a page at %s', (host) => {
    test('changes nothing by any request or form, and reads nothing', async () => {
      const page = await person.newPage()
      await page.goto(`http://${host}:${foreignPort}/`)
      const before = await audited()
      const read = await page.evaluate(
        async ([desk, password]) => {
          const told: string[] = []
          const types = ['application/json', 'text/plain', 'application/x-www-form-urlencoded']
          const bodies: readonly (readonly [string, string, object])[] = [
            ['POST', '/v1/tickets', { title: 'forged' }],
            ['POST', '/tickets', { value: 'forged' }],
            ['DELETE', '/remove_all_tickets', {}],
            ['POST', '/v1/tokens', { name: 'forged', scopes: ['admin'] }],
            ['PUT', '/v1/password', { current: password, password: 'a forged password' }],
            ['POST', '/v1/sessions', { user: 'ann', password }],
            ['DELETE', '/v1/sessions/current', {}],
          ]
          for (const [method, path, body] of bodies) {
            for (const type of types) {
              for (const mode of ['cors', 'no-cors'] as const) {
                const init = { method, mode, credentials: 'include', body: JSON.stringify(body) } as const
                await fetch(`${desk}${path}`, { ...init, headers: { 'Content-Type': type } }).then(
                  async (answer) => told.push(await answer.text()),
                  () => undefined,
                )
              }
            }
          }
          for (const path of ['/v1/tickets', '/v1/events?since=0', '/tickets', '/v1/tokens', '/v1/me']) {
            for (const mode of ['cors', 'no-cors'] as const) {
              await fetch(`${desk}${path}`, {
                mode,
                credentials: 'include',
                headers: { Accept: 'application/json' },
              }).then(
                async (answer) => told.push(await answer.text()),
                () => undefined,
              )
            }
          }
          return told.join('')
        },
        [server.deskUrl, PASSWORD] as const,
      )
      expect(read).toBe('')
      const form = `<form method="post" enctype="text/plain" action="${server.deskUrl}/v1/tickets"><input name='{"title":"forged","x":"' value='"}'></form>`
      await page.setContent(form)
      const [answered] = await Promise.all([
        page.waitForResponse((response) => response.url().startsWith(server.deskUrl)),
        page.evaluate('document.forms[0].submit()'),
      ])
      expect(answered.status()).toBe(403)
      expect(await audited()).toBe(before)
      const { status, text } = await askOwn('/v1/tickets')
      expect([status, text.includes('forged'), text.includes('tell-nobody')]).toEqual([200, false, true])
      await page.close()
    })
  })
})
