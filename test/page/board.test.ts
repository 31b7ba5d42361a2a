/** The board in a real browser: cards in their columns, moved by hand, by keys and by a menu, refused by the rules, and never moving by themselves. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { faultsInBothThemes } from '../support/axe.js'
import { expectQuiet, useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('the board', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let tickets: Ticket[]
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann' })
    await client.labels.create({ name: 'disk' })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    for await (const { number } of client.tickets.list()) await client.tickets.delete(number)
    tickets = []
    for (const title of ['First', 'Second', 'Third']) {
      tickets.push(await client.tickets.create({ title, labels: ['disk'], assignees: ['ann'] }))
    }
  })
  const numberOf = (at: number): number => tickets[at]?.number ?? 0
  const cardOf = (at: number, status = 'open'): string =>
    `.col[aria-label^="${status},"] .card[data-number="${numberOf(at)}"]`
  const statusOf = async (at: number): Promise<string> => (await client.tickets.get(numberOf(at))).status
  /** The columns, each with how many it has. */
  const columns = (page: Page): Promise<(string | null)[]> =>
    page.locator('.col').evaluateAll((all) => all.map((column) => column.getAttribute('aria-label')))
  const open = async (): Promise<Page> => {
    const { page } = await visit(`${desk.door.url}/board`)
    await page.waitForSelector(cardOf(0))
    await page.waitForSelector('.line--live')
    return page
  }

  test('has a column for each status, with its number and its cards, and nobody is kept from it', async () => {
    await client.tickets.change(numberOf(2), { status: 'waiting' })
    const shown = await visit(`${desk.door.url}/board`)
    const { page } = shown
    await page.waitForSelector(cardOf(2, 'waiting'))
    // Cards and numbers come by answers of their own.
    await expect
      .poll(() => columns(page))
      .toEqual(['open, 2', 'in-progress, 0', 'waiting, 1', 'resolved, 0', 'closed, 0'])
    expect(await page.locator('.card__tags').first().textContent()).toBe('disk')
    expect(await faultsInBothThemes(page)).toEqual([])
    expectQuiet(shown)
  })

  test('moves what is dragged, and takes it back', async () => {
    const page = await open()
    await page.dragAndDrop(cardOf(0), '.col[aria-label^="waiting,"]')
    await page.waitForSelector(cardOf(0, 'waiting'))
    await expect.poll(() => statusOf(0)).toBe('waiting')
    await page.waitForSelector('.line__undo')
    await page.keyboard.press('z')
    await page.waitForSelector(cardOf(0))
    expect(await statusOf(0)).toBe('open')
  })

  test('is walked by arrows, and moves the card by them, in the words of a drop', async () => {
    const page = await open()
    for (const key of ['ArrowDown', 'ArrowDown', 'Shift+ArrowRight']) await page.keyboard.press(key)
    await page.waitForSelector(`${cardOf(1, 'in-progress')} .card__title:focus`)
    await page.locator('.boardwrap [role="status"]', { hasText: `${numberOf(1)} is in in-progress.` }).waitFor()
    await expect.poll(() => statusOf(1)).toBe('in-progress')
    // The menu does the same.
    await page.keyboard.press('s')
    await page.keyboard.type('wait')
    await page.keyboard.press('Enter')
    await page.waitForSelector(cardOf(1, 'waiting'))
    await expect.poll(() => statusOf(1)).toBe('waiting')
  })

  test('leaves the keys that press a link or a button to those that have the focus, and opens the card from the card', async () => {
    const page = await open()
    await page.keyboard.press('ArrowDown')
    await page.locator(`${cardOf(2)} .card__more`).focus()
    await page.keyboard.press('Delete')
    await page.keyboard.press('Enter')
    await page.locator('.menu input:focus').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.side a[href$="/dashboard"]').focus()
    await page.keyboard.press('Delete')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/dashboard')
    const now = await Promise.all(tickets.map(({ number }) => client.tickets.get(number)))
    expect(now.map(({ deletedAt }) => deletedAt)).toEqual([null, null, null])
    await page.goBack()
    await page.waitForSelector(cardOf(2))
    await page.locator(`${cardOf(2)} .card__title`).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/t/${numberOf(2)}`)
  })

  test('refuses what the rules of a status forbid before it is sent, and says so', async () => {
    await client.statuses.change('open', { moves: ['in-progress'] })
    onTestFinished(async () => void (await client.statuses.change('open', { moves: null })))
    const page = await open()
    await page.dragAndDrop(cardOf(0), '.col[aria-label^="waiting,"]')
    await page.locator('.line__bad', { hasText: 'nothing goes from open to waiting' }).waitFor()
    expect(await page.locator(cardOf(0)).count()).toBe(1)
    await page.locator(cardOf(0)).hover()
    await page.getByRole('button', { name: `Move ${numberOf(0)}` }).click()
    expect(await page.locator('.menu__what-is').allTextContents()).toEqual(['open', 'in-progress'])
  })

  test('puts a card back whose move the desk refused, and leaves a later move alone', async () => {
    const page = await open()
    let refuse: (() => void) | undefined
    const isFirst = new Promise<void>((resolve) => (refuse = resolve))
    let first: string | undefined
    await page.route('**/v1/batch', async (route) => {
      // However often it is sent.
      const key = route.request().headers()['idempotency-key']
      first ??= key
      if (key !== first) return route.continue()
      await isFirst
      return route.abort()
    })
    for (let steps = 0; steps < 3; steps++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Shift+ArrowRight')
    await page.waitForSelector(cardOf(0, 'in-progress'))
    await page.keyboard.press('Shift+ArrowRight')
    await expect.poll(() => statusOf(0)).toBe('waiting')
    refuse?.()
    await page.locator('.line__bad', { hasText: `${numberOf(0)} was not moved` }).waitFor()
    expect(await page.locator(cardOf(0, 'waiting')).count()).toBe(1)
  })

  test('marks what others move, and moves it when it is asked for', async () => {
    const page = await open()
    // It is marked for a while: it is looked for from before on.
    const isMarked = page.waitForSelector(`${cardOf(1)}.is-fresh`)
    await client.tickets.change(numberOf(1), { status: 'waiting' })
    await isMarked
    await page.locator('.hint', { hasText: '1 change' }).waitFor()
    await page.keyboard.press('.')
    await page.waitForSelector(cardOf(1, 'waiting'))
    expect(await page.locator(cardOf(1)).count()).toBe(0)
  })

  test('has a card where others moved it while one looked elsewhere, though one had moved it oneself', async () => {
    const page = await open()
    for (const key of ['ArrowDown', 'Shift+ArrowRight']) await page.keyboard.press(key)
    const at = tickets.findLastIndex(Boolean)
    await page.waitForSelector(cardOf(at, 'in-progress'))
    await expect.poll(() => statusOf(at)).toBe('in-progress')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/t/${numberOf(at)}`)
    await client.tickets.change(numberOf(at), { status: 'waiting' })
    await page.goBack()
    await page.waitForSelector(cardOf(at, 'waiting'))
    await expect.poll(() => page.locator(cardOf(at, 'in-progress')).count()).toBe(0)
    expect(await columns(page)).toEqual(['open, 2', 'in-progress, 0', 'waiting, 1', 'resolved, 0', 'closed, 0'])
  })

  test('lets go of what is deleted, and of what is no longer found, when it is asked for', async () => {
    const { page } = await visit(`${desk.door.url}/board?q=is:open+label:disk`)
    for (const at of [0, 1, 2]) await page.waitForSelector(cardOf(at))
    await page.waitForSelector('.line--live')
    await page.locator(`${cardOf(0)} .card__title`).focus()
    await page.keyboard.press('Shift+ArrowRight')
    await page.waitForSelector(cardOf(0, 'in-progress'))
    await expect.poll(() => statusOf(0)).toBe('in-progress')
    const isMarked = page.waitForSelector(`${cardOf(0, 'in-progress')}.is-fresh`)
    await client.tickets.change(numberOf(0), { labels: [] })
    await isMarked
    await page.locator(`${cardOf(1)} .card__title`).focus()
    const isDeleted = page.waitForResponse('**/v1/batch')
    await page.keyboard.press('Delete')
    await isDeleted
    await page.keyboard.press('.')
    await expect
      .poll(() => columns(page))
      .toEqual(['open, 1', 'in-progress, 0', 'waiting, 0', 'resolved, 0', 'closed, 0'])
    expect(await page.locator('.card').count()).toBe(1)
  })

  test('shows nothing of what it let go of while that was read', async () => {
    const { page } = await visit(`${desk.door.url}/board?q=is:open+label:disk`)
    for (const at of [0, 2]) await page.waitForSelector(cardOf(at))
    await page.waitForSelector('.line--live')
    let letCome = (): void => undefined
    const mayCome = new Promise<void>((resolve) => (letCome = resolve))
    await page.route(`**/v1/tickets/${numberOf(0)}?*`, async (route) => {
      await mayCome
      await route.continue()
    })
    const isAsked = page.waitForRequest(`**/v1/tickets/${numberOf(0)}?*`)
    await client.tickets.change(numberOf(0), { labels: [] })
    await isAsked
    await page.keyboard.press('.')
    await page.waitForSelector(cardOf(0), { state: 'detached' })
    letCome()
    // What changes next is read after it.
    await client.tickets.change(numberOf(2), { title: 'Read after it' })
    await page.locator(cardOf(2), { hasText: 'Read after it' }).waitFor()
    expect(await page.locator(cardOf(0)).count()).toBe(0)
  })

  test('counts what is moved into a column that is folded away once', async () => {
    const { page } = await visit(`${desk.door.url}/board?q=is:open+label:disk`)
    await page.waitForSelector(cardOf(0))
    await page.waitForSelector('.line--live')
    const counted = page.waitForResponse(async (response) => {
      if (!response.url().includes('stats') || !response.url().includes('is%3Adone')) return false
      return (await response.text()).includes('"closed"')
    })
    await page.dragAndDrop(cardOf(0), '.col[aria-label^="closed,"]')
    await page.waitForSelector('.col[aria-label="closed, 1"]')
    await counted
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    expect(await columns(page)).toEqual(['open, 2', 'in-progress, 0', 'waiting, 0', 'resolved, 0', 'closed, 1'])
  })

  test('leaves a card where one has moved it while that is on its way, though all is read anew', async () => {
    const page = await open()
    let send: (() => void) | undefined
    const isHeld = new Promise<void>((resolve) => (send = resolve))
    await page.route('**/v1/batch', async (route) => {
      await isHeld
      await route.continue()
    })
    await page.locator(`${cardOf(0)} .card__title`).focus()
    await page.keyboard.press('Shift+ArrowRight')
    await page.waitForSelector(cardOf(0, 'in-progress'))
    // What has come is shown once it is read.
    const { number } = await client.tickets.create({ title: 'Fourth' })
    await page.locator('.hint').waitFor()
    await page.keyboard.press('.')
    await page.waitForSelector(`.card[data-number="${number}"]`)
    expect(await columns(page)).toEqual(['open, 3', 'in-progress, 1', 'waiting, 0', 'resolved, 0', 'closed, 0'])
    send?.()
    await expect.poll(() => statusOf(0)).toBe('in-progress')
    await page.locator('.line__undo').waitFor()
    expect(await page.locator(cardOf(0, 'in-progress')).count()).toBe(1)
  })

  test('is counted once at a time, however much happens', async () => {
    const { page } = await visit('about:blank')
    let asked = 0
    await page.route('**/v1/stats?*', (route) => {
      // Those of the side bar are answered.
      if (!route.request().url().includes('disk')) return route.continue()
      asked++
      return undefined
    })
    await page.goto(`${desk.door.url}/board?q=is:open+label:disk`)
    await page.waitForSelector(cardOf(0))
    await page.waitForSelector('.line--live')
    for (let count = 1; count <= 4; count++) {
      await client.tickets.create({ title: `New ${count}`, labels: ['disk'] })
      await page.locator('.hint', { hasText: `${count} change` }).waitFor()
    }
    expect(asked).toBe(1)
  })

  test('is of whom one acts as, with the counts and the views of the side bar', async () => {
    await client.users.create({ handle: 'ben' })
    for (const [as, name] of [
      ['ann', 'Views of Ann'],
      ['ben', 'Views of Ben'],
    ] as const) {
      await createDeskClient({ endpoint: desk.door.url, as }).views.create({ name, owner: as, query: 'label:disk' })
    }
    const mine = await client.tickets.create({ title: 'Of Ben', assignees: ['ben'] })
    const { page } = await visit(`${desk.door.url}/board?q=is:open+assignee:@me`)
    const actAs = async (handle: string): Promise<void> => {
      await page.click('.me')
      await page.keyboard.type(handle)
      await page.keyboard.press('Enter')
    }
    const forMe = page.locator('.nav', { hasText: 'For me' })
    await actAs('ann')
    await page.waitForSelector(cardOf(0))
    await forMe.locator('.nav__n', { hasText: '3' }).waitFor()
    await page.locator('.nav', { hasText: 'Views of Ann' }).waitFor()
    await actAs('ben')
    await page.waitForSelector(`.card[data-number="${mine.number}"]`)
    expect(await page.locator('.card').count()).toBe(1)
    await forMe.locator('.nav__n', { hasText: '1' }).waitFor()
    await page.locator('.nav', { hasText: 'Views of Ben' }).waitFor()
    expect(await page.locator('.nav', { hasText: 'Views of Ann' }).count()).toBe(0)
  })

  test('reads on as a column is scrolled', async () => {
    const operations = Array.from({ length: 130 }, (_, at) => ({
      op: 'create' as const,
      ticket: { title: `Card ${at}` },
    }))
    await client.batch(operations)
    const { page } = await visit(`${desk.door.url}/board`)
    await page.locator('.col[aria-label="open, 133"] .card[data-number]').first().waitFor()
    const cards = page.locator('.col[aria-label^="open,"] .card[data-number]')
    await expect.poll(() => cards.count()).toBe(50)
    const column = page.locator('.col__cards').first()
    // Cards are as high as they turn out to be: the end may lie elsewhere once they are drawn, and then more are read.
    const countAtEnd = async (): Promise<number> => {
      await column.evaluate((list) => (list.scrollTop = list.scrollHeight))
      return cards.count()
    }
    await expect.poll(countAtEnd).toBeGreaterThan(50)
  })
})
