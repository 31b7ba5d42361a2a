/** The settings on a phone: a table is a list there, in which all that a row says can be read, and nothing is moved sideways to be found. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { Ends, openAccessDesk } from '../support/access-desk.js'
import { faultsInBothThemes } from '../support/axe.js'
import { useChromium } from '../support/browser.js'
import { signedIn } from '../support/session.js'
import { missing } from '../support/requirements.js'
import { sqliteTarget } from '../support/target.js'

const PARTS = ['users', 'statuses', 'queues', 'labels', 'fields', 'tokens', 'sessions'] as const

/** What of the settings can be scrolled sideways, and what of a row lies outside of the screen or under something else of its row. */
function lostOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const name = (element: Element): string => `${element.className}: ${element.textContent.slice(0, 40)}`
    const wide = [...document.querySelectorAll('.set .table-wrap, .set .seg')].filter(
      ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth,
    )
    const rectsOf = (cell: Element): readonly DOMRect[] => {
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
      const rects: DOMRect[] = []
      while (texts.nextNode() !== null) {
        // What is only heard has no place.
        if (texts.currentNode.parentElement?.closest('.sr') !== null) continue
        const words = document.createRange()
        words.selectNodeContents(texts.currentNode)
        rects.push(...words.getClientRects())
      }
      return rects
    }
    // Whether a person is active is said beside the name, where it is worth a word.
    const gone = [...document.querySelectorAll('.set td:not(.table--users td:has(.word))')].filter(
      (cell) => cell.textContent.trim() !== '' && rectsOf(cell).length === 0,
    )
    const covered = [...document.querySelectorAll('.set td')].filter((cell) => {
      const others = [...(cell.parentElement?.children ?? [])].filter((other) => other !== cell)
      return rectsOf(cell).some(
        ({ left, right, top, bottom }) =>
          left < -1 ||
          right > innerWidth + 1 ||
          others.some((other) => {
            const box = other.getBoundingClientRect()
            return left < box.right - 1 && box.left + 1 < right && top < box.bottom - 1 && box.top + 1 < bottom
          }),
      )
    })
    return [...wide, ...covered, ...gone].map(name)
  })
}

describe.skipIf(missing('chromium'))('the settings on a phone', () => {
  const { visit } = useChromium()
  const ends = new Ends()
  let url: string
  let cookie: string
  beforeAll(async () => {
    const desk = await openAccessDesk({ target: sqliteTarget, until: ends.until })
    const { secret } = await desk.token('ada')
    cookie = await desk.signIn('ada')
    ;({ url } = desk.doorOf(0))
    const client = createDeskClient({ endpoint: url, token: secret })
    await client.users.create({ handle: 'maximilian-alexander', name: 'Maximilian Alexander von und zu Hohenfels' })
    await client.fields.create({ name: 'kind', type: 'choice', choices: ['Disk', 'Fan', 'Power supply', 'Controller'] })
    for (const name of ['serial number', 'root cause']) await client.fields.create({ name, type: 'text' })
    const description = 'Disks, arrays, and all that they hold'
    const fields = ['kind', 'serial number', 'root cause'].map((name) => ({ name }))
    await client.queues.create({ name: 'storage and its network', description, fields })
    await client.statuses.create({ name: 'waiting for the answer of the customer', category: 'waiting' })
    await client.labels.create({ name: 'needs information from the requester', description })
    await client.tokens.create({ name: 'nightly report of all that is open', scopes: ['read', 'write'] })
  })
  afterAll(() => ends.end())

  test.each(PARTS)('nothing of a row is cut, covered or out of sight: %s', async (part) => {
    const { page } = await visit(`${url}/settings/${part}`, {
      ...signedIn(cookie),
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await page.locator('.set td').first().waitFor()
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 })
      expect([width, await lostOf(page)]).toEqual([width, []])
    }
    expect(await faultsInBothThemes(page)).toEqual([])
  })

  test('what stands in a column says which one', async () => {
    const { page } = await visit(`${url}/settings/statuses`, {
      ...signedIn(cookie),
      viewport: { width: 390, height: 844 },
    })
    const row = page.locator('.set tbody tr', { hasText: 'in-progress' })
    await row.waitFor()
    const named = await row
      .locator('td')
      .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell, '::before').content))
    expect(named.slice(1, 4)).toEqual(['"Category"', '"May go to"', '"Order"'])
    await row.getByRole('button', { name: 'in-progress' }).last().click()
    await page.getByRole('option', { name: 'Change' }).click()
    await page.locator('.more').getByLabel('Name').waitFor()
    expect(await lostOf(page)).toEqual([])
  })
})
