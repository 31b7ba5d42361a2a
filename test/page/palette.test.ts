/** The palette in a real browser: what Enter takes is what was chosen, and was found by what is written. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { createDeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('the palette', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  beforeAll(async () => {
    desk = await openDesk()
    const client = createDeskClient({ endpoint: desk.door.url })
    for (const title of ['Printer on fire', 'Printer jams', 'Backup fails', 'Dark in the server room'])
      await client.tickets.create({ title, description: title === 'Backup fails' ? 'Not the printer' : 'Paper' })
  })
  afterAll(() => desk.close())

  async function open(): Promise<Page> {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector('.row')
    await page.keyboard.press('Control+k')
    await page.waitForSelector('.palette input:focus')
    return page
  }
  const tickets = (page: Page) => page.locator('.palette .menu__item:has(.num)')
  const chosen = (page: Page) => page.locator('.palette [aria-selected="true"]')

  test('opens nothing that was found by what was written before', async () => {
    const page = await open()
    await page.keyboard.type('printer')
    await expect.poll(() => tickets(page).count()).toBe(3)
    await page.route('**/v1/tickets?*', (route) => route.abort('internetdisconnected'))
    // What is still meant by it stays.
    await page.keyboard.type(' on')
    await expect.poll(() => tickets(page).allTextContents()).toEqual([expect.stringContaining('Printer on fire')])
    await page.locator('.palette input').fill('drives')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/?q=drives')
  })

  test('leads to what is in the bin', async () => {
    const page = await open()
    await page.keyboard.type('the bin')
    await page.locator('.palette [aria-selected="true"]', { hasText: 'Tickets in the bin' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/?q=is%3Abin')
    await page.locator('h1', { hasText: 'Tickets in the bin' }).waitFor()
  })

  test('takes what was chosen, whatever is found meanwhile', async () => {
    const page = await open()
    let answer = (): void => undefined
    const search = /\/v1\/tickets\?.*dark/u
    const isAsked = page.waitForRequest(search)
    await page.route(search, async (route) => {
      await new Promise<void>((resolve) => (answer = resolve))
      return route.continue()
    })
    await page.keyboard.type('dark')
    await isAsked
    await page.keyboard.press('ArrowDown')
    const name = await chosen(page).textContent()
    expect(name).toContain('dark')
    answer()
    await expect.poll(() => tickets(page).allTextContents()).toEqual([expect.stringContaining('server room')])
    expect(await chosen(page).textContent()).toBe(name)
  })

  test('keeps what was first chosen, though tickets are found above it', async () => {
    const page = await open()
    let answer = (): void => undefined
    const search = /\/v1\/tickets\?.*jams/u
    const isAsked = page.waitForRequest(search)
    await page.route(search, async (route) => {
      await new Promise<void>((resolve) => (answer = resolve))
      return route.continue()
    })
    await page.keyboard.type('jams')
    await isAsked
    const first = await chosen(page).textContent()
    expect(first).toContain('jams')
    answer()
    await expect.poll(() => tickets(page).count()).toBe(1)
    expect(await chosen(page).textContent()).toBe(first)
    await page.unroute(search)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/?q=jams')
  })
})
