/** Changes that the desk refuses, or that never reach it: what is shown is what is stored, a message names the ticket and the reason, and a later change stands. */
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

/** How a change is refused, and what of that is said. */
const refusals = [
  ['offline', undefined, 'can not be reached'],
  ['forbidden', [403, 'forbidden'], 'This is not for you.'],
  ['in conflict', [409, 'conflict'], 'This is in the way.'],
  ['overtaken', [412, 'not_current'], 'Somebody was faster.'],
] as const

describe.skipIf(missing('chromium'))('a change that is refused', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let ticket: Ticket
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    for await (const { number } of client.tickets.list()) await client.tickets.delete(number)
    ticket = await client.tickets.create({ title: 'Disk full' })
  })

  const now = (): Promise<Ticket> => client.tickets.get(ticket.number)
  const column = (status: string): string => `.col[aria-label^="${status},"] .card[data-number="${ticket.number}"]`
  const row = (): string => `.row[data-number="${ticket.number}"]`
  const urgent = '.prio--urgent'
  const bad = (page: Page) => page.locator('.line__bad', { hasText: String(ticket.number) })

  async function open(path: string, there: string): Promise<Page> {
    const { page } = await visit(`${desk.door.url}${path}`)
    await page.waitForSelector(there)
    await page.locator('.line--live .line__state', { hasText: 'Live' }).waitFor()
    return page
  }
  /** Holds back the first change until it is told to be refused; those after it are made. */
  async function holdFirst(page: Page, how: readonly [number, string] | undefined, detail: string) {
    let refuse = (): void => undefined
    const isRefused = new Promise<void>((resolve) => (refuse = resolve))
    let first: string | undefined
    await page.route('**/v1/batch', async (route: Route) => {
      // However often it is sent.
      const key = route.request().headers()['idempotency-key']
      first ??= key
      if (key !== first) return route.continue()
      await isRefused
      if (how === undefined) return route.abort('internetdisconnected')
      const [status, code] = how
      return route.fulfill({
        status,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'about:blank', title: code, status, code, detail, errors: [] }),
      })
    })
    return refuse
  }
  const choose = async (page: Page, key: string, word: string): Promise<void> => {
    await page.keyboard.press(key)
    await page.locator('.menu--float').waitFor()
    await page.keyboard.type(word)
    await page.keyboard.press('Enter')
  }

  describe.each(refusals)('(%s)', (_name, how, said) => {
    test('puts the card back, the row and the ticket as they were, and says why', async () => {
      const board = await open('/board', column('open'))
      const refuseMove = await holdFirst(board, how, said)
      await board.keyboard.press('ArrowDown')
      await board.keyboard.press('Shift+ArrowRight')
      await board.waitForSelector(column('in-progress'))
      refuseMove()
      await board.waitForSelector(column('open'))
      await bad(board).filter({ hasText: said }).waitFor()
      expect(await board.locator(column('in-progress')).count()).toBe(0)
      expect(await board.locator('.line__undo').count()).toBe(0)

      for (const [path, place] of [
        ['/', row()],
        [`/t/${ticket.number}`, '.panel'],
      ] as const) {
        const page = await open(path, place)
        await page.locator(place).first().waitFor()
        const refuse = await holdFirst(page, how, said)
        await choose(page, 'p', 'urg')
        await page.locator(`${place} ${urgent}`).first().waitFor()
        refuse()
        await bad(page).filter({ hasText: said }).waitFor()
        expect(await page.locator(`${place} ${urgent}`).count()).toBe(0)
        expect(await page.locator('.line__undo').count()).toBe(0)
      }
      expect((await now()).version).toBe(ticket.version)
    })
  })

  test('leaves a later one alone that was made, of the same member and of another', async () => {
    for (const [path, place] of [
      ['/', row()],
      [`/t/${ticket.number}`, '.panel'],
    ] as const) {
      await client.tickets.change(ticket.number, { priority: 'normal', status: 'open' })
      const page = await open(path, place)
      const refuse = await holdFirst(page, [409, 'conflict'], 'This is in the way.')
      await choose(page, 'p', 'urg')
      await page.locator(`${place} ${urgent}`).first().waitFor()
      await choose(page, 'p', 'high')
      await expect.poll(async () => (await now()).priority).toBe('high')
      await choose(page, 's', 'wait')
      await expect.poll(async () => (await now()).status).toBe('waiting')
      refuse()
      await bad(page).filter({ hasText: 'This is in the way.' }).waitFor()
      await page.locator(`${place} .prio--high`).first().waitFor()
      await page
        .locator(place, { hasText: /waiting|Waiting/u })
        .first()
        .waitFor()
    }
  })

  test('does not bring back what others have changed while it was on its way', async () => {
    const page = await open('/', row())
    const refuse = await holdFirst(page, undefined, '')
    await choose(page, 'p', 'urg')
    await page.locator(`${row()} ${urgent}`).waitFor()
    await client.tickets.change(ticket.number, { title: 'Disk overfull' })
    await page.locator(row(), { hasText: 'Disk overfull' }).waitFor()
    // What is on its way stays on top of it.
    expect(await page.locator(`${row()} ${urgent}`).count()).toBe(1)
    refuse()
    await bad(page).waitFor()
    await page.locator(row(), { hasText: 'Disk overfull' }).waitFor()
    expect(await page.locator(`${row()} ${urgent}`).count()).toBe(0)
  })
})
