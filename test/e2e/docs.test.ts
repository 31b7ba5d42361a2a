/**
 * The pages for people in a real browser: they show what they promise under their own strict policy, and no request leaves
 * for anywhere else.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../../scripts/chromium.mjs'
import { faintIn } from '../support/axe.js'
import { expectQuiet, watch, type Visit } from '../support/browser.js'
import { openDesk } from '../support/desk-door.js'
import type { OpenDesk } from '../support/desk-door.js'
import { findProgram, missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('in Chromium', () => {
  let desk: OpenDesk
  let browser: Browser
  beforeAll(async () => {
    desk = await openDesk()
    browser = await launchChromium(findProgram('chromium') ?? 'chromium')
  })
  afterAll(async () => {
    await browser.close()
    await desk.close()
  })

  /** It draws every operation that there is, for which the browser needs long: once for all who look at it. */
  let docsPage: Promise<Visit> | undefined
  const visitDocs = (): Promise<Visit> =>
    (docsPage ??= browser.newPage().then((page) => watch(page, `${desk.door.url}/docs`)))

  test('/docs shows every path of the API', async () => {
    const docs = await visitDocs()
    const shown = (): Promise<unknown> =>
      docs.page.locator('.opblock').evaluateAll((blocks) =>
        blocks.map((block) => {
          const read = (selector: string): string =>
            block.querySelector(selector)?.textContent?.replace(/\u200b/gu, '') ?? ''
          return `${read('.opblock-summary-method')} ${read('.opblock-summary-path')}`
        }),
      )
    await expect
      .poll(shown)
      .toEqual(
        expect.arrayContaining([
          'GET /tickets',
          'POST /tickets',
          'PUT /tickets',
          'DELETE /tickets',
          'GET /tickets/{id}',
          'PUT /tickets/{id}',
          'DELETE /tickets/{id}',
          'DELETE /remove_all_tickets',
        ]),
      )
    expect(docs.requests).toContain(`${desk.door.url}/openapi.json`)
    // Of each part that one which belongs to this page, whatever a browser has kept of an older one.
    const parts = docs.requests.filter((url) => url.includes('/docs/'))
    expect(parts).toHaveLength(4)
    for (const url of parts) expect(url).toMatch(/\?v=[0-9a-f]{16}$/u)
    expectQuiet(docs)
  })

  test('/docs has a gap between the columns of the table of errors, in its heading too, wide or narrow', async () => {
    const { page } = await visitDocs()
    await page.locator('#errors table tbody tr').first().waitFor()
    const wide = page.viewportSize() ?? { width: 1280, height: 720 }
    for (const size of [wide, { ...wide, width: 390 }]) {
      await page.setViewportSize(size)
      const least = await page.evaluate<number>(`Math.min(
        ...[...document.querySelectorAll('#errors table tr')].flatMap((row) =>
          [...row.children].slice(1).map((cell, at) => {
            const before = document.createRange()
            before.selectNodeContents(row.children[at])
            return cell.getBoundingClientRect().left - before.getBoundingClientRect().right
          }),
        ),
      )`)
      expect([size.width, least >= 16]).toEqual([size.width, true])
    }
    await page.setViewportSize(wide)
  })

  test('/docs shows what the type of a problem names', async () => {
    const answer = await fetch(`${desk.door.url}/v1/tickets/1?at=x`)
    const [, type = '', code = ''] = /"type":"([^"]*#(\w+))"/u.exec(await answer.text()) ?? []
    const page = await browser.newPage()
    await page.goto(new URL(type, desk.door.url).href)
    const row = page.locator('#errors tr.is-meant')
    await row.waitFor()
    expect(await row.locator('code').first().textContent()).toBe(code)
    const isOnScreen = `(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(
      document.querySelector('#errors tr.is-meant').getBoundingClientRect(),
    )`
    await expect.poll(() => page.evaluate<boolean>(isOnScreen)).toBe(true)
    await page.goto(`${desk.door.url}/docs#not_found`)
    await page.locator('#errors tr.is-meant', { hasText: 'not_found' }).waitFor()
    await page.close()
  })

  test('/docs has the errors behind all paths, and a way to them and back to the desk', async () => {
    const { page } = await visitDocs()
    await page.locator('#errors table tbody tr').first().waitFor()
    expect(await page.locator('.info table:visible').count()).toBe(0)
    const lowest = await page
      .locator('.opblock')
      .evaluateAll((blocks) => Math.max(...blocks.map((block) => block.getBoundingClientRect().bottom)))
    const { y = 0 } = (await page.locator('#errors').boundingBox()) ?? {}
    expect(y).toBeGreaterThan(lowest)
    await page.getByRole('link', { name: 'Errors by their codes' }).click()
    const isAtErrors = `document.querySelector('#errors').getBoundingClientRect().top < innerHeight / 2`
    await expect.poll(() => page.evaluate<boolean>(isAtErrors)).toBe(true)
    const back = page.getByRole('link', { name: 'Back to the desk' })
    expect(new URL((await back.getAttribute('href')) ?? '', page.url()).href).toBe(`${desk.door.url}/`)
  })

  test('/docs is dark where the system is, or where the desk was set so in this browser', async () => {
    const page = await browser.newPage({ colorScheme: 'dark' })
    const ground = (): Promise<string> =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('.swagger-ui')).backgroundColor`)
    const dark = 'rgb(28, 32, 34)'
    await page.goto(`${desk.door.url}/docs`)
    await page.locator('.opblock').first().waitFor()
    expect(await ground()).toBe(dark)
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(ground).not.toBe(dark)
    await page.evaluate(`localStorage.setItem('etcdesk.theme', '"dark"')`)
    await page.reload()
    await page.locator('.opblock').first().waitFor()
    expect(await ground()).toBe(dark)
    await page.close()
  })

  test('/docs can try a request: it creates a ticket', async () => {
    const docs = await visitDocs()
    const create = docs.page.locator('#operations-lab-createTicket')
    await create.locator('.opblock-summary').click()
    await create.locator('.try-out__btn').click()
    await create.locator('.execute').click()
    await create.locator('.live-responses-table .response-col_status').filter({ hasText: '201' }).waitFor()
    expect(desk.store.history.head()).toBe(1)
    expectQuiet(docs)
  })

  test('/docs shows the example of what may be left out, and tries a request without it until something is filled in', async () => {
    const docs = await visitDocs()
    const sent: string[] = []
    docs.page.on('request', (request) => sent.push(`${request.url()} ${request.headers()['desk-index'] ?? ''}`))
    const list = docs.page.locator('#operations-tickets-v1ListTickets')
    await list.locator('.opblock-summary').click()
    await list.locator('.try-out__btn').click()
    const index = list.locator('tr[data-param-name="Desk-Index"]')
    await index.getByText('Example: 812').waitFor()
    const fields = await list.locator('.parameters :is(input, select)').all()
    const filled = await Promise.all(fields.map((field) => field.inputValue()))
    expect([filled.length > 8, filled.filter((value) => value !== '')]).toEqual([true, []])
    const isAnswered = list.locator('.live-responses-table .response-col_status').filter({ hasText: '200' })
    await list.locator('.execute').click()
    await isAnswered.waitFor()
    await list.locator('tr[data-param-name="q"] input').pressSequentially('adding')
    await index.locator('input').fill('1')
    await list.locator('.execute').click()
    await isAnswered.waitFor()
    expect(sent).toEqual([`${desk.door.url}/v1/tickets `, `${desk.door.url}/v1/tickets?q=adding 1`])
    for (const name of ['tickets-v1GetTicket', 'lab-getTicket']) {
      const one = docs.page.locator(`#operations-${name}`)
      await one.locator('.opblock-summary').click()
      await one.locator('.try-out__btn').click()
      await one.locator('.execute').click()
      await one.locator('.live-responses-table .response-col_status').filter({ hasText: '200' }).waitFor()
    }
    expectQuiet(docs)
  })

  test('/docs can be read in light and in dark, a request that is tried and its answer too', async () => {
    const page = await browser.newPage()
    await page.goto(`${desk.door.url}/docs`)
    for (const name of ['tickets-v1CreateComment', 'tickets-v1PutWatcher']) {
      const opened = page.locator(`#operations-${name}`)
      await opened.locator('.opblock-summary').click()
      await opened.locator('.try-out__btn').click()
      await opened.locator('.execute').click()
      await opened.locator('.live-responses-table, .validation-errors').first().waitFor()
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.locator(`html.${colorScheme}-mode`).waitFor()
      expect(await faintIn(page, '.opblock.is-open')).toEqual([])
    }
    await page.close()
  })

  test('a page of another origin can neither read the tickets nor change them', async () => {
    const page = await browser.newPage()
    await page.goto('about:blank')
    const head = desk.store.history.head()
    const outcome = (method: string): Promise<string> =>
      page.evaluate(
        ([url = '', method = '']) =>
          fetch(url, { method }).then(
            () => 'done',
            () => 'refused',
          ),
        [`${desk.door.url}/remove_all_tickets`, method],
      )
    expect(await outcome('DELETE')).toBe('refused')
    expect(await outcome('GET')).toBe('refused')
    expect(desk.store.history.head()).toBe(head)
  })
})
