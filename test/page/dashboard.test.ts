/** The dashboard in a real browser: figures that are the desk's, findings in words, tables beside charts, and new figures as things happen. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { faultsInBothThemes } from '../support/axe.js'
import { Ends, openAccessDesk } from '../support/access-desk.js'
import { expectQuiet, useChromium } from '../support/browser.js'
import { openDesk } from '../support/desk-door.js'
import { signedIn } from '../support/session.js'
import { missing } from '../support/requirements.js'
import { sqliteTarget } from '../support/target.js'

describe.skipIf(missing('chromium'))('the dashboard', () => {
  const { visit } = useChromium()

  async function openWith(): Promise<{ readonly url: string; readonly client: DeskClient }> {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    return { url: desk.door.url, client: createDeskClient({ endpoint: desk.door.url }) }
  }

  test('has the headings of all charts, and what shows one as a table, at one height and in the chart, wide or narrow', async () => {
    const { url, client } = await openWith()
    await client.users.create({ handle: 'ann' })
    for (const status of ['open', 'in-progress', 'open', 'open', 'open', 'open', 'open', 'open', 'open'])
      await client.tickets.create({ title: 'A', status, assignees: ['ann'] })
    for (const width of [1280, 768, 390]) {
      const { page } = await visit(`${url}/dashboard`, { viewport: { width, height: 800 } })
      await page.waitForSelector('.figs')
      const places = await page.locator('.chart:has(header .btn)').evaluateAll((charts) =>
        charts.map((chart) => {
          const { top, right } = chart.getBoundingClientRect()
          const line = document.createRange()
          line.selectNodeContents(chart.querySelector('h2') ?? chart)
          const [first] = line.getClientRects()
          const button = chart.querySelector('header .btn')?.getBoundingClientRect()
          return [(first?.top ?? 0) - top, (button?.top ?? 0) - top, (button?.right ?? 0) - right].map(Math.round)
        }),
      )
      expect(places.length).toBeGreaterThan(3)
      // What scrolls is the view, never the frame around it.
      expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBe(0)
      expect([width, places.filter((place) => String(place) !== String(places[0]))]).toEqual([width, []])
    }
  })

  test('says what it finds, as charts and as tables, and says it anew when it changes', async () => {
    const { url, client } = await openWith()
    await client.users.create({ handle: 'ann' })
    await client.queues.create({ name: 'storage' })
    const due = '2020-02-02'
    for (const title of ['A', 'B', 'C']) await client.tickets.create({ title, queue: 'storage', assignees: ['ann'] })
    await client.tickets.create({ title: 'D', priority: 'urgent', due })
    await client.tickets.create({ title: 'E', status: 'closed' })
    const shown = await visit(`${url}/dashboard`)
    const { page } = shown
    await page.waitForSelector('.figs')
    expect(await page.locator('.fig b').allTextContents()).toEqual(['4', '5', '1', '1', '1'])
    expect(await page.locator('.chart h2').allTextContents()).toEqual([
      'More was opened than closed on 1 of 30 days',
      'Nothing open is older than a week',
      'ann has the most: 3 of 4',
      'Most is in storage: 3 of 4',
      '1 of 4 is urgent',
      'Longest without a change: #1',
    ])
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.getByRole('button', { name: 'As a table' }).first().click()
    const today = page.locator('.chart__table tbody tr').first()
    expect(await today.locator('td').allTextContents()).toEqual([
      expect.any(String),
      '5',
      '0',
      '0',
      '0',
      '1',
      '0',
      '0',
      '4',
    ])
    expect(await faultsInBothThemes(page)).toEqual([])
    await client.tickets.change(4, { status: 'closed' })
    await page.locator('.fig', { hasText: 'Closed' }).locator('b', { hasText: '2' }).waitFor()
    // What happened is counted within the queue that is chosen.
    await page.getByRole('button', { name: 'Queue' }).click()
    await page.keyboard.type('stor')
    await page.keyboard.press('Enter')
    await page.locator('.fig', { hasText: 'Closed' }).locator('b', { hasText: '0' }).waitFor()
    expectQuiet(shown)
  })

  test('counts what was reopened apart from what was opened, in figures, chart and finding', async () => {
    const { url, client } = await openWith()
    for (const title of ['A', 'B', 'C']) await client.tickets.create({ title })
    for (const number of [1, 2]) {
      await client.tickets.change(number, { status: 'closed' })
      await client.tickets.change(number, { status: 'open' })
    }
    const { page } = await visit(`${url}/dashboard`)
    await page.waitForSelector('.figs')
    const opened = page.locator('.fig', { has: page.locator('dt', { hasText: 'Opened' }) })
    expect(await opened.locator('b').textContent()).toBe('3')
    expect(await opened.locator('span').allTextContents()).toEqual(['3 today', 'and 2 reopened'])
    expect(await page.locator('.chart h2').first().textContent()).toBe(
      'More was opened or reopened than closed on 1 of 30 days',
    )
    expect(await page.locator('.plot__key').first().locator('span').allTextContents()).toEqual([
      'opened 3',
      'reopened 2',
      'closed 2',
      'open at the end of the day',
    ])
    const heightOf = (bar: string): Promise<number> =>
      page.locator(bar).evaluateAll((all) => all.reduce((sum, each) => sum + Number(each.getAttribute('height')), 0))
    expect((await heightOf('.plot__a')) / (await heightOf('.plot__again'))).toBeCloseTo(3 / 2)
    const bars = await page.locator('.plot__box').last().boundingBox()
    await page.mouse.move((bars?.x ?? 0) + (bars?.width ?? 0) - 2, (bars?.y ?? 0) + 5)
    expect(await page.locator('.tip span').allTextContents()).toEqual(['3 opened', '2 reopened', '2 closed', '3 open'])
    expect(await faultsInBothThemes(page)).toEqual([])
  })

  test('writes the number of a ticket so that it reads as none of a count', async () => {
    const { url, client } = await openWith()
    await client.tickets.create({ title: 'A', due: '2020-02-02' })
    const { page } = await visit(`${url}/dashboard`)
    await page.waitForSelector('.figs')
    expect(await page.locator('.fig__bad').textContent()).toBe('#1')
    expect(await page.locator('.chart--words tbody td').first().textContent()).toBe('#1')
    await page.waitForSelector('.line--live')
    await client.tickets.change(1, { priority: 'high' })
    await page.locator('.line__last').waitFor()
    expect(await page.locator('.line__last').textContent()).toBe('Somebody changed #1')
  })

  test('says of which queue its figures are, as long as those that one chose are not there', async () => {
    const { url, client } = await openWith()
    await client.users.create({ handle: 'ann' })
    await client.queues.create({ name: 'storage' })
    for (const queue of ['storage', 'default', 'default'])
      await client.tickets.create({ title: queue, queue, assignees: ['ann'] })
    const { page } = await visit(`${url}/dashboard`)
    await page.waitForSelector('.figs')
    let isAway = true
    await page.route('**/v1/stats?*', (route) => (isAway ? route.abort('internetdisconnected') : route.continue()))
    const note = page.getByRole('status').filter({ hasText: 'These are the figures of all queues' })
    const ofAnn = page.locator('.hbars a', { hasText: 'ann' })
    const searched = async (): Promise<string | null> =>
      new URL((await ofAnn.getAttribute('href')) ?? '', url).searchParams.get('q')
    await page.getByRole('button', { name: 'Queue' }).click()
    await page.keyboard.type('stor')
    await page.keyboard.press('Enter')
    await note.filter({ hasText: 'storage' }).waitFor()
    await page.getByRole('alert').waitFor()
    expect(await page.locator('.fig b').first().textContent()).toBe('3')
    expect(await searched()).toBe('is:open assignee:ann')
    isAway = false
    await client.tickets.change(1, { priority: 'high' })
    await note.waitFor({ state: 'detached' })
    expect(await page.locator('.fig b').first().textContent()).toBe('1')
    expect(await searched()).toBe('is:open assignee:ann queue:storage')
  })

  test('says that there is nothing to count on an empty desk', async () => {
    const { url } = await openWith()
    const { page } = await visit(`${url}/dashboard`)
    await page.locator('.blank h2', { hasText: 'nothing to count' }).waitFor()
  })

  test("shows a requester figures of his own, and nothing that is staff's", async () => {
    const ends = new Ends()
    onTestFinished(() => ends.end())
    const desk = await openAccessDesk({ target: sqliteTarget, until: ends.until })
    const { secret } = await desk.token('rita')
    const cookie = await desk.signIn('rita')
    const { url } = desk.doorOf(0)
    const client = createDeskClient({ endpoint: url, token: secret })
    await client.tickets.create({ title: 'My chair squeaks' })
    const shown = await visit(`${url}/dashboard`, signedIn(cookie))
    const { page } = shown
    await page.waitForSelector('.figs')
    expect(await page.locator('.fig b').first().textContent()).toBe('1')
    expect(await page.locator('.plot').count()).toBe(0)
    expect(await page.locator('.fig', { hasText: 'Closed' }).count()).toBe(0)
    expectQuiet(shown)
  })
})
