/** What passes by itself: a desk that has no time for a moment, answers that come late or not at all. What was missed is shown afterwards. */
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

/** How often a client asks, where the desk has no time. */
const TRIES = 4

describe.skipIf(missing('chromium'))('what passes by itself', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let ticket: Ticket
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ben' })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ticket = await client.tickets.create({ title: 'Disk full' })
  })

  const others = (): DeskClient => createDeskClient({ endpoint: desk.door.url, as: 'ben' })
  const overloaded = (route: Route): Promise<void> =>
    route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 503, code: 'overloaded', detail: 'The desk has no time.', errors: [] }),
    })
  /** Has no time for lists, and for what is asked of the ticket, until the client has given that up. */
  async function refuseFor(page: Page): Promise<void> {
    let count = 0
    await page.route(/\/v1\/tickets(?:\/\d+)?(?:\?|$)/u, (route) => {
      const isOwn = new URL(route.request().url()).pathname.endsWith(`/${ticket.number}`)
      if (isOwn) count++
      return count <= (isOwn ? TRIES : TRIES - 1) ? overloaded(route) : route.continue()
    })
  }
  const hears = (page: Page, index: number): Promise<unknown> =>
    page.waitForFunction((at) => Number(document.querySelector('.line__index')?.textContent) >= at, index)

  test('what happens to a ticket while it is first read is shown', async () => {
    const page = await visit(`${desk.door.url}/`).then((shown) => shown.page)
    await page.waitForSelector(`.row[data-number="${ticket.number}"]`)
    await page.waitForSelector('.line--live')
    let letCome = (): void => undefined
    const mayCome = new Promise<void>((resolve) => (letCome = resolve))
    let wasRead = (): void => undefined
    const isRead = new Promise<void>((resolve) => (wasRead = resolve))
    let count = 0
    await page.route(`**/v1/tickets/${ticket.number}?*`, async (route) => {
      if (++count > 1) return route.continue()
      const response = await route.fetch()
      wasRead()
      await mayCome
      return route.fulfill({ response })
    })
    await page.locator(`.row[data-number="${ticket.number}"] .row__title`).click()
    await isRead
    const { version } = await others().tickets.change(ticket.number, { title: 'Renamed meanwhile', priority: 'urgent' })
    await hears(page, version)
    letCome()
    await page.locator('h1', { hasText: 'Renamed meanwhile' }).waitFor()
  })

  test('what could not be read anew of a ticket is read once the desk has time again', async () => {
    const { id } = await client.tickets.comments(ticket.number).create({ text: 'Before' })
    const { page } = await visit(`${desk.door.url}/t/${ticket.number}`)
    await page.locator('.say', { hasText: 'Before' }).waitFor()
    await page.waitForSelector('.line--live')
    await refuseFor(page)
    await others().tickets.comments(ticket.number).change(id, { text: 'After' })
    await page.locator('.say', { hasText: 'After' }).waitFor()
  })

  test('a row that could not be read anew is, once the desk has time again', async () => {
    const { page } = await visit(`${desk.door.url}/`)
    const row = page.locator(`.row[data-number="${ticket.number}"]`)
    await row.waitFor()
    await page.waitForSelector('.line--live')
    await refuseFor(page)
    await others().tickets.change(ticket.number, { title: 'Renamed' })
    await row.filter({ hasText: 'Renamed' }).waitFor()
  })

  test.each([
    ['the list', '/', '.row'],
    ['groups', '/?group=queue', '.group'],
    ['the board', '/board', '.card'],
    ['the dashboard', '/dashboard', '.figs'],
  ])('what was asked for while the desk could not be reached comes by itself: %s', async (_, path, shown) => {
    const { page } = await visit(`${desk.door.url}/settings/preferences`)
    await page.waitForSelector('.line--live')
    const asked = /\/v1\/(?:tickets|stats)\?/u
    await page.route(asked, (route) => route.abort('internetdisconnected'))
    await page.goto(desk.door.url + path)
    const said = page.getByText('The desk can not be reached.', { exact: true })
    await said.waitFor()
    await page.unroute(asked)
    await page.waitForSelector(shown)
    await said.waitFor({ state: 'detached' })
  })

  test('what could not be taken back is what is taken back the next time, and a key that is held does it once', async () => {
    const before = await client.tickets.create({ title: 'Before' })
    const { page } = await visit(`${desk.door.url}/`)
    await page.waitForSelector('.line--live')
    for (const { number } of [before, ticket]) {
      await page.locator(`.row[data-number="${number}"] .row__title`).focus()
      for (const key of ['p', 'u', 'r', 'g', 'Enter']) await page.keyboard.press(key)
      await page.locator(`.row[data-number="${number}"] .prio--urgent`).waitFor()
      await expect.poll(async () => (await client.tickets.get(number)).priority).toBe('urgent')
      await page.locator('.line', { hasText: String(number) }).waitFor()
    }
    await page.route('**/v1/undo', (route) => route.abort())
    await page.keyboard.press('z')
    await page.locator('.line__bad').waitFor()
    await page.unroute('**/v1/undo')
    // Held down: the browser says so of every press but the first.
    await page.keyboard.down('z')
    await page.keyboard.down('z')
    await page.keyboard.down('z')
    await page.keyboard.up('z')
    await expect.poll(async () => (await client.tickets.get(ticket.number)).priority).toBe('normal')
    await page.locator(`.row[data-number="${ticket.number}"] .prio--normal`).waitFor()
    expect((await client.tickets.get(before.number)).priority).toBe('urgent')
  })

  const comments = async (): Promise<(readonly [string | null, boolean])[]> => {
    const found: (readonly [string | null, boolean])[] = []
    for await (const { text, internal } of client.tickets.comments(ticket.number).list()) found.push([text, internal])
    return found
  }
  const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })

  test.each([
    { name: 'arrived', arrives: true },
    { name: 'never arrived', arrives: false },
  ])('what is written on after a send that $name is one comment', async ({ arrives }) => {
    const { page } = await visit(`${desk.door.url}/t/${ticket.number}`)
    await page.waitForSelector('.line--live')
    await page.route('**/comments', async (route) => {
      if (arrives) await route.fetch()
      return route.abort()
    })
    await field(page, 'Comment').fill('Sent once')
    const send = page.locator('.compose__do .btn--primary')
    await send.click()
    await page.locator('.compose .note--bad', { hasText: 'not known whether it was sent' }).waitFor()
    await page.reload()
    await field(page, 'Comment').fill('Written since')
    await page.unroute('**/comments')
    await send.click()
    await expect.poll(() => field(page, 'Comment').inputValue()).toBe('')
    await page.locator('.say', { hasText: 'Written since' }).waitFor()
    expect(await comments()).toEqual([['Written since', false]])
    // What was taken back before it arrived is nowhere, not even in the past.
    const { value: past } = await client.tickets.history(ticket.number).pages().next()
    expect(JSON.stringify(past).includes('Sent once')).toBe(arrives)
  })

  test('what is written once the text was emptied after a send whose answer was lost is a comment of its own', async () => {
    const { page } = await visit(`${desk.door.url}/t/${ticket.number}`)
    await page.waitForSelector('.line--live')
    await page.route('**/comments', async (route) => {
      await route.fetch()
      return route.abort()
    })
    await field(page, 'Comment').fill('The first')
    const send = page.locator('.compose__do .btn--primary')
    await send.click()
    await page.locator('.compose .note--bad', { hasText: 'not known whether it was sent' }).waitFor()
    await page.unroute('**/comments')
    await field(page, 'Comment').fill('')
    await field(page, 'Comment').fill('Another')
    await send.click()
    await page.locator('.say', { hasText: 'Another' }).waitFor()
    expect(await comments()).toEqual([
      ['The first', false],
      ['Another', false],
    ])
  })

  const sendWith = async (page: Page): Promise<void> => {
    await page.locator('.compose__do button[aria-haspopup]').click()
    await page.keyboard.type('resolved')
    await page.keyboard.press('Enter')
  }

  test('what is written on after a send with a status, whose comment somebody has deleted, is made anew', async () => {
    const { page } = await visit(`${desk.door.url}/t/${ticket.number}`)
    await page.waitForSelector('.line--live')
    await page.route('**/v1/batch', async (route) => {
      await route.fetch()
      return route.abort()
    })
    await field(page, 'Comment').fill('Sent once')
    await sendWith(page)
    await page.locator('.compose .note--bad').waitFor()
    await page.unroute('**/v1/batch')
    const { value: all } = await client.tickets.comments(ticket.number).pages().next()
    await client.tickets.comments(ticket.number).delete(all?.comments.at(-1)?.id ?? 0)
    await field(page, 'Comment').fill('Sent once, and more')
    await page.locator('.compose__do .btn--primary').click()
    await page.locator('.say', { hasText: 'and more' }).waitFor()
    expect((await comments()).filter(([text]) => text !== null)).toEqual([['Sent once, and more', false]])
  })

  test('what was stored is not sent again because it could not be read', async () => {
    const { page } = await visit(`${desk.door.url}/t/${ticket.number}`)
    await page.waitForSelector('.line--live')
    await page.route(/\/comments\/\d+$/u, (route) => route.abort())
    await field(page, 'Comment').fill('Once')
    await sendWith(page)
    await expect.poll(() => field(page, 'Comment').inputValue()).toBe('')
    expect(await comments()).toEqual([['Once', false]])
  })

  test('an edit that was saved without an answer is not said not to be, and is saved when it is sent again', async () => {
    await client.tickets.comments(ticket.number).create({ text: 'Frist' })
    const { page } = await visit(`${desk.door.url}/t/${ticket.number}`)
    await page.waitForSelector('.line--live')
    await page.route(/\/v1\/tickets\/\d+(?:\/comments\/\d+)?$/u, async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue()
      await route.fetch()
      return route.abort()
    })
    await page.locator('.say__more').click()
    await page.keyboard.type('Edit')
    await page.keyboard.press('Enter')
    await field(page, 'Edit').fill('First')
    await field(page, 'Edit').press('Control+Enter')
    await page.locator('.say .note--bad', { hasText: 'not known whether it was saved' }).waitFor()
    await page
      .locator('.ticket')
      .first()
      .click({ position: { x: 1, y: 1 } })
    await page.keyboard.press('Shift+E')
    await field(page, 'Title').fill('Disk is full')
    await page.keyboard.press('Enter')
    await page.locator('.note--bad', { hasText: 'not known whether it was saved' }).nth(1).waitFor()
    await page.unroute(/\/v1\/tickets\/\d+(?:\/comments\/\d+)?$/u)
    await field(page, 'Title').press('Enter')
    await field(page, 'Title').waitFor({ state: 'detached' })
    await field(page, 'Edit').press('Control+Enter')
    await field(page, 'Edit').waitFor({ state: 'detached' })
    expect(await page.locator('.note--bad').count()).toBe(0)
  })

  test('what is made internal after a send whose answer was lost is read by the team alone', async () => {
    const { page } = await visit(`${desk.door.url}/t/${ticket.number}`)
    await page.waitForSelector('.line--live')
    await page.route('**/comments', async (route) => {
      await route.fetch()
      return route.abort()
    })
    await field(page, 'Comment').fill('Not for everyone')
    const send = page.locator('.compose__do .btn--primary')
    await send.click()
    await page.locator('.compose .note--bad', { hasText: 'not known whether it was sent' }).waitFor()
    await page.unroute('**/comments')
    await page.locator('.compose .seg button', { hasText: 'Internal' }).click()
    await send.click()
    await page.locator('.say--internal', { hasText: 'Not for everyone' }).waitFor()
    expect((await comments()).filter(([text]) => text !== null)).toEqual([['Not for everyone', true]])
  })

  test('a link that somebody had made already is not taken back', async () => {
    const other = await client.tickets.create({ title: 'Other' })
    await others().tickets.links(ticket.number).create({ kind: 'relates-to', ticket: other.number })
    const { page, requests } = await visit(`${desk.door.url}/t/${ticket.number}`)
    await page.waitForSelector('.line--live')
    await page.locator('.tlink', { hasText: 'Other' }).waitFor()
    await page.locator('.links h2 button').click()
    await page.locator('.addlink input').fill(String(other.number))
    await page.keyboard.press('Enter')
    await page.waitForSelector('.addlink', { state: 'detached' })
    // What was done here comes after it, and is what is taken back.
    for (const key of ['z', 'p', 'u', 'r', 'g', 'Enter']) await page.keyboard.press(key)
    await expect.poll(async () => (await client.tickets.get(ticket.number)).priority).toBe('urgent')
    expect(requests.filter((url) => url.endsWith('/v1/undo'))).toEqual([])
  })
})
