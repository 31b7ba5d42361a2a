/** The page in three time zones: times in the reader's own, days as days, and midnight where the reader is. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium, type Visit } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

/** Half past eleven in the morning, in Greenwich: in Auckland the next day has just begun. */
const NOW = '2026-11-29T11:30:00Z'

const zones = [
  {
    timezoneId: 'Pacific/Auckland',
    locale: 'en-NZ',
    today: '2026-11-30',
    clock: '00:30',
    near: ['yesterday', 'today'],
  },
  {
    timezoneId: 'America/Los_Angeles',
    locale: 'ar-EG',
    today: '2026-11-29',
    clock: '03:30',
    near: ['today', 'tomorrow'],
  },
  { timezoneId: 'UTC', locale: 'de-DE', today: '2026-11-29', clock: '11:30', near: ['today', 'tomorrow'] },
] as const

describe.skipIf(missing('chromium')).each(zones)('in $timezoneId', ({ timezoneId, locale, today, clock, near }) => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  const numbers: number[] = []
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann' })
    for (const due of ['2026-11-29', '2026-11-30', '2027-06-15']) {
      numbers.push((await client.tickets.create({ title: `Due ${due}`, due })).number)
    }
    await client.import([
      {
        ticket: { title: 'From before', ref: 'before' },
        createdAt: NOW,
        comments: [{ text: 'Said then', createdAt: NOW, author: null }],
      },
    ])
  })
  afterAll(() => desk.close())

  /** Opens it when it is that time there; the clock can be put forward. */
  async function openedAt(time: string, path: string, shown: string): Promise<Visit> {
    const visited = await visit('about:blank', { timezoneId, locale })
    await visited.page.clock.install({ time })
    await visited.page.goto(desk.door.url + path)
    await visited.page.waitForSelector(shown)
    return visited
  }
  const dueOf = (page: Page, at: number) => page.locator(`.row[data-number="${numbers[at]}"] .due`)

  test('due days are the same day everywhere, and near ones are near where the reader is', async () => {
    const { page } = await openedAt(NOW, '/', '.row .due')
    expect(await dueOf(page, 0).textContent()).toBe(near[0])
    expect(await dueOf(page, 1).textContent()).toBe(near[1])
    expect(await dueOf(page, 2).textContent()).toBe('15 Jun 2027')
    const states = await Promise.all([0, 1].map((at) => dueOf(page, at).getAttribute('class')))
    expect(states).toEqual(near[0] === 'yesterday' ? ['due due--over', 'due due--now'] : ['due due--now', 'due'])
    expect(await dueOf(page, 0).getAttribute('title')).toBe('2026-11-29')
  })

  test('a page that is open over midnight turns the day with the reader', async () => {
    const before = { 'Pacific/Auckland': '2026-11-30T10:30:00Z', 'America/Los_Angeles': '2026-12-01T07:30:00Z' }
    const halfAnHourBefore = timezoneId === 'UTC' ? '2026-11-30T23:30:00Z' : before[timezoneId]
    const { page } = await openedAt(halfAnHourBefore, '/', '.row .due')
    expect(await dueOf(page, 1).textContent()).toBe('today')
    await page.clock.fastForward('31:00')
    await expect.poll(() => dueOf(page, 1).textContent()).toBe('yesterday')
    expect(await dueOf(page, 1).getAttribute('class')).toBe('due due--over')
  })

  test('the day that is chosen as today is the reader’s', async () => {
    const { number } = await client.tickets.create({ title: 'Soon' })
    const { page } = await openedAt(NOW, `/t/${number}`, '.talk')
    await page.keyboard.press('d')
    await page.keyboard.type('Today')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await client.tickets.get(number)).due).toBe(today)
  })

  test('times stand in the reader’s zone, in the same letters whatever the locale', async () => {
    const { page } = await openedAt(NOW, `/t/${numbers.length + 1}`, '.say time')
    expect(await page.locator('.say time').getAttribute('datetime')).toMatch(/^2026-11-29T11:30:00/u)
    expect(await page.locator('.say time').getAttribute('title')).toContain(`${clock}:00`)
    expect(await page.locator('.say time').textContent()).toBe(clock)
  })

  test('every search is asked in the reader’s zone, whose days @today means', async () => {
    const { page, requests } = await openedAt(NOW, '/?q=due:@today', '.list, .nil, .row, .find')
    await page.keyboard.press('Control+K')
    await page.waitForSelector('dialog[open] input:focus')
    await page.keyboard.type('due:@today')
    const searches = (): URL[] =>
      requests
        .map((url) => new URL(url))
        .filter(({ pathname, searchParams }) => pathname === '/v1/tickets' && searchParams.get('q') === 'due:@today')
    const soon = async (): Promise<number> => {
      await page.clock.runFor(200)
      return searches().length
    }
    await expect.poll(soon).toBeGreaterThan(1)
    expect(searches().map(({ searchParams }) => searchParams.get('tz'))).toEqual(searches().map(() => timezoneId))
  })
})
