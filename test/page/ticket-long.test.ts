/** A ticket with very much said of it, in a real browser: the newest at once, all of it within reach, and never more of it held than is good. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { useChromium, type Visit } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

/** More than a page holds at once. */
const COUNT = 620
const HELD_MAX = 600

describe.skipIf(missing('chromium'))('a ticket with hundreds of comments', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let ticket: Ticket
  let ids: number[]
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url, as: 'ben' })
    const first = createDeskClient({ endpoint: desk.door.url })
    for (const handle of ['ann', 'ben']) await first.users.create({ handle, role: 'agent' })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ticket = await client.tickets.create({ title: 'Much said', description: 'It began on Tuesday.' })
    ids = []
    await say(COUNT)
  })

  /** Comments, each of which says its number. */
  async function say(count: number): Promise<void> {
    const { number } = ticket
    for (const end = ids.length + count; ids.length < end;) {
      const operations = Array.from({ length: Math.min(500, end - ids.length) }, (_, at) => ({
        op: 'comment' as const,
        number,
        comment: { text: `Said as number ${ids.length + at + 1}.` },
      }))
      const { results } = await client.batch(operations)
      ids.push(...results.map(({ index }) => index ?? 0))
    }
  }

  async function opened(hash = ''): Promise<Visit> {
    const localStorage = [{ name: 'etcdesk.as', value: JSON.stringify('ann') }]
    const shown = await visit(`${desk.door.url}/t/${ticket.number}${hash}`, {
      storageState: { cookies: [], origins: [{ origin: desk.door.url, localStorage }] },
    })
    await shown.page.waitForSelector('.talk')
    await shown.page.waitForSelector('.line--live')
    // Until what reads Markdown is loaded texts stand as they are written, in other heights.
    await shown.page.waitForSelector('.md:not(:has(.md__plain))')
    return shown
  }
  /** The numbers of the comments that are shown, from the top. */
  const shown = (page: Page): Promise<number[]> =>
    page
      .locator('.say .md')
      .allTextContents()
      .then((texts) => texts.map((text) => Number(/number (\d+)/u.exec(text)?.[1])))
  const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at)
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const topOf = (page: Page, number: number): Promise<number> =>
    page
      .locator('.say', { hasText: `Said as number ${number}.` })
      .evaluate((entry) => Math.round(entry.getBoundingClientRect().top))

  test('shows the newest in the order in which they were said, and how many there are', async () => {
    const { page, requests } = await opened()
    await page.locator('.say', { hasText: `number ${COUNT}.` }).waitFor()
    expect(await shown(page)).toEqual(upTo(COUNT - 49, COUNT))
    await page.getByRole('button', { name: `Comments ${COUNT}` }).waitFor()
    await page.locator('.talk__gap', { hasText: `${COUNT - 50} earlier comments` }).waitFor()
    expect(requests.filter((url) => /\/(?:history|comments)\?/u.test(url))).toEqual([])
    await button(page, 'To the newest').click()
    const newest = page.locator('.say', { hasText: `number ${COUNT}.` })
    await expect.poll(() => newest.evaluate((entry) => entry.getBoundingClientRect().bottom <= innerHeight)).toBe(true)
  })

  test('earlier ones come above what is read, which stays where it is', async () => {
    const { page } = await opened()
    await page.locator('.say', { hasText: `number ${COUNT}.` }).waitFor()
    for (const from of [COUNT - 149, COUNT - 249]) {
      const [first = 0] = await shown(page)
      await button(page, 'Show earlier').scrollIntoViewIfNeeded()
      const before = await topOf(page, first)
      await button(page, 'Show earlier').click()
      await expect.poll(() => shown(page)).toEqual(upTo(from, COUNT))
      expect(await topOf(page, first)).toBe(before)
    }
  })

  test('holds no more than a page can bear: what lies at the other end goes, and is there again when it is asked for', async () => {
    const { page } = await opened()
    await page.locator('.say', { hasText: `number ${COUNT}.` }).waitFor()
    for (let rounds = 0; (await button(page, 'Show earlier').count()) > 0; rounds++) {
      const [before = 0] = await shown(page)
      await button(page, 'Show earlier').click()
      await expect.poll(async () => ((await shown(page))[0] ?? 0) < before).toBe(true)
      expect(await page.locator('.talk > li').count()).toBeLessThan(HELD_MAX)
      expect(rounds).toBeLessThan(20)
    }
    const seen = await shown(page)
    expect(seen).toEqual(upTo(1, seen.length))
    await button(page, 'Show later').click()
    await expect.poll(() => shown(page)).toEqual(upTo((seen.at(-1) ?? 0) + 100 - 399, (seen.at(-1) ?? 0) + 100))
    await button(page, 'To the newest').click()
    await page.locator('.say', { hasText: `number ${COUNT}.` }).waitFor()
    await button(page, 'To the beginning').click()
    await page.locator('.ev', { hasText: 'ben opened this' }).waitFor()
    expect((await shown(page)).slice(0, 3)).toEqual([1, 2, 3])
  })

  test('a link leads to any comment, and what is said then does not come behind a gap', async () => {
    const { page } = await opened(`#c${ids[299]}`)
    await page.locator('.say', { hasText: 'number 300.' }).waitFor()
    await expect.poll(() => page.locator('.say', { hasText: 'number 300.' }).isVisible()).toBe(true)
    expect(await shown(page)).toEqual(upTo(200, 399))
    await say(1)
    await page.getByRole('button', { name: `Comments ${COUNT + 1}` }).waitFor()
    expect(await shown(page)).toEqual(upTo(200, 399))
    await button(page, 'To the newest').click()
    await page.locator('.say', { hasText: `number ${COUNT + 1}.` }).waitFor()
    // One's own is shown, wherever one reads.
    await button(page, 'To the beginning').click()
    await page.locator('.ev', { hasText: 'ben opened this' }).waitFor()
    await page.getByRole('textbox', { name: 'Comment', exact: true }).fill('My own')
    await page.keyboard.press('Control+Enter')
    await page.locator('.say', { hasText: 'My own' }).waitFor()
  })

  test('stays within its bounds while others say hundreds more, and shows the newest of them', async () => {
    const { page } = await opened()
    await page.locator('.say', { hasText: `number ${COUNT}.` }).waitFor()
    for (let round = 1; round <= 4; round++) {
      await say(200)
      await page.locator('.say', { hasText: `number ${COUNT + round * 200}.` }).waitFor()
    }
    const seen = await shown(page)
    expect(seen).toEqual(upTo(seen[0] ?? 0, COUNT + 800))
    expect(seen.length).toBeLessThanOrEqual(HELD_MAX)
  })

  test('comments alone are found behind many changes', async () => {
    const { number } = ticket
    const operations = Array.from({ length: 130 }, (_, at) => ({
      op: 'change' as const,
      number,
      change: { title: `Title ${at}` },
    }))
    await client.batch(operations)
    const { page } = await opened()
    await page.locator('.ev').first().waitFor()
    expect(await shown(page)).toEqual([])
    await page.getByRole('button', { name: `Comments ${COUNT}` }).click()
    await page.locator('.say', { hasText: `number ${COUNT}.` }).waitFor()
  })
})
