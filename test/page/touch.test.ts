/** The page under fingers: what scrolls changes nothing, what moves can be put back, and all that is pressed is large enough for it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** What WCAG 2.2 asks for at least, and what the page gives fingers, in pixels; one less, as lengths are rounded. */
const [LEAST, FOR_FINGERS] = [24, 43]

/** Controls in sight of which a finger hits less than so much, measured by what lies under each point around their middle. */
function smallOf(page: Page, least: number, selector: string): Promise<string[]> {
  return page.evaluate(
    ({ least, selector }) =>
      [...document.querySelectorAll<HTMLElement>(selector)].flatMap((element) => {
        const label = element instanceof HTMLInputElement ? element.labels?.[0] : undefined
        const [own, named] = [element.getBoundingClientRect(), label?.getBoundingClientRect()]
        const { left, top, width, height } = named !== undefined && named.height > own.height ? named : own
        const [x, y] = [left + width / 2, top + height / 2]
        const isHit = (dx: number, dy: number): boolean => {
          const hit = document.elementFromPoint(x + dx, y + dy)
          return hit !== null && (element.contains(hit) || label?.contains(hit) === true)
        }
        const reach = (dx: number, dy: number): number => {
          let far = 0
          while (far < 30 && isHit(dx * (far + 1), dy * (far + 1))) far++
          return far
        }
        if (width === 0 || !isHit(0, 0)) return []
        // What is cut off by the edge of what scrolls is whole once it is scrolled to.
        if (top < 60 || top + height > innerHeight - 70 || left < 0 || left + width > innerWidth) return []
        const [across, down] = [reach(-1, 0) + 1 + reach(1, 0), reach(0, -1) + 1 + reach(0, 1)]
        const name = `${element.className} ${element.ariaLabel ?? element.textContent.slice(0, 30)}`
        return across < least || down < least ? [`${name}: ${across} x ${down}`] : []
      }),
    { least, selector },
  )
}

describe.skipIf(missing('chromium'))('under fingers', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let number: number
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann' })
    await client.labels.create({ name: 'disk' })
    await client.tickets.create({ title: 'A ticket', description: 'With a text', labels: ['disk'] })
    await client.tickets.comments(1).create({ text: 'A comment' })
    const operations = Array.from({ length: 40 }, (_, at) => ({
      op: 'create' as const,
      ticket: { title: `Card ${at}`, status: at % 2 === 0 ? 'open' : 'waiting' },
    }))
    await client.batch(operations)
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ;({ number } = await client.tickets.create({ title: 'First' }))
  })
  const head = async (): Promise<unknown> =>
    (await fetch(`${desk.door.url}/v1/tickets?limit=1`)).headers.get('desk-index')
  const cardIn = (status: string): string => `.col[aria-label^="${status},"] .card[data-number="${number}"]`
  const openBoard = async (options = {}): Promise<Page> => {
    const { page } = await visit(`${desk.door.url}/board`, options)
    await page.waitForSelector(cardIn('open'))
    await page.waitForSelector('.line--live', { state: 'attached' })
    return page
  }

  test('twenty swipes over cards scroll the board, and change nothing', async () => {
    const page = await openBoard(PHONE)
    const before = await head()
    expect(before).toMatch(/^\d+$/u)
    const input = await page.context().newCDPSession(page)
    // As a finger does it: the browser makes nothing of gestures that it is told of whole.
    const swipe = async (dx: number, dy: number): Promise<void> => {
      const at = (part: number) => [{ x: 195 + dx * (part - 0.5), y: 430 + dy * (part - 0.5) }]
      await input.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) })
      for (let step = 1; step <= 10; step++) {
        await input.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(step / 10) })
      }
      await input.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    }
    // How far each went, whenever that is drawn.
    const far = await page.evaluateHandle(() => {
      const most = { across: 0, down: 0 }
      const note = ({ target }: Event): void => {
        if (!(target instanceof Element)) return
        if (target.matches('.board')) most.across = Math.max(most.across, target.scrollLeft)
        if (target.matches('.col__cards')) most.down = Math.max(most.down, target.scrollTop)
      }
      addEventListener('scroll', note, true)
      return most
    })
    for (let at = 0; at < 20; at++) {
      const way = [
        [0, -250],
        [0, 200],
        [0, -250],
        [-200, 0],
        [200, 0],
      ][at % 5] ?? [0, 0]
      await swipe(way[0] ?? 0, way[1] ?? 0)
    }
    // It was scrolled both ways.
    await expect.poll(() => far.evaluate(({ across, down }) => Math.min(across, down))).toBeGreaterThan(50)
    expect(await head()).toBe(before)
    expect(new URL(page.url()).pathname).toBe('/board')
    expect(await page.locator('.line__undo').count()).toBe(0)
  })

  test('a card can be dragged by holding it, and its menu moves it, which can be undone', async () => {
    const page = await openBoard(PHONE)
    // The browser begins to drag after a long press; a swipe is its own to scroll by.
    const card = page.locator(cardIn('open'))
    expect(await card.getAttribute('draggable')).toBe('true')
    expect(await card.evaluate((element) => getComputedStyle(element).touchAction)).toBe('pan-x pan-y')
    await page.getByRole('button', { name: `Move ${number}` }).tap()
    await page.locator('.menu__item', { hasText: 'waiting' }).tap()
    await expect.poll(async () => (await client.tickets.get(number)).status).toBe('waiting')
    await page.locator('.line__undo').tap()
    await expect.poll(async () => (await client.tickets.get(number)).status).toBe('open')
    await page.waitForSelector(cardIn('open'))
  })

  test.each([
    { name: 'Escape', end: (page: Page) => page.keyboard.press('Escape') },
    {
      name: 'dropping it outside',
      end: async (page: Page) => {
        await page.mouse.move(20, 400)
        await page.mouse.up()
      },
    },
  ])('$name puts back a card that is dragged', async ({ end }) => {
    const page = await openBoard()
    const before = await head()
    const target = await page.locator('.col[aria-label^="waiting,"]').boundingBox()
    await page.locator(cardIn('open')).hover()
    await page.mouse.down()
    await page.mouse.move((target?.x ?? 0) + 40, (target?.y ?? 0) + 120, { steps: 8 })
    await page.waitForSelector('.col.is-target')
    await end(page)
    await page.waitForSelector('.col.is-target', { state: 'detached' })
    await page.mouse.up()
    await page.waitForSelector(cardIn('open'))
    expect(await head()).toBe(before)
  })

  test.each([
    '/',
    '/board',
    '/t/1',
    '/dashboard',
    '/keys',
    '/settings/labels',
    '/settings/users',
    '/settings/tokens',
    '/settings/preferences',
  ])('all that is pressed is large enough: %s', async (path) => {
    const { page } = await visit(desk.door.url + path, PHONE)
    await page.waitForSelector('.row, .card, .talk, .hbars, .keys, .set__body > *')
    const all = 'a[href]:not(.md a), button:not(:disabled), input, select, textarea, summary, [role="treeitem"]'
    expect(await smallOf(page, LEAST, all)).toEqual([])
    expect(await smallOf(page, FOR_FINGERS, 'button:not(:disabled), .tab, select, summary')).toEqual([])
  })

  test('a tab is called as what it opens, also where there is little room', async () => {
    const { page } = await visit(desk.door.url, { ...PHONE, viewport: { width: 320, height: 568 } })
    await page.locator('.tab', { hasText: 'Dashboard' }).tap()
    await page.locator('h1', { hasText: 'Dashboard' }).waitFor()
    const wide = await page
      .locator('.tab')
      .evaluateAll((tabs) => tabs.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length)
    expect(wide).toBe(0)
  })

  test.each([
    ['/board', '.card__meta', '.num', '.card__more .i'],
    ['/settings/labels', '.set tbody tr', 'td:first-child', '.row-more .i'],
    ['/settings/users', '.set tbody tr', '.person b', '.row-more .i'],
    ['/settings/queues', '.set tbody tr', 'td:first-child', '.row-more .i'],
  ])('what opens the menu of a row stands at the height of its name: %s', async (path, row, name, dots) => {
    const { page } = await visit(desk.door.url + path, PHONE)
    await page.waitForSelector(`${row} ${dots}`)
    const apart = await page.evaluate(
      ([row, name, dots]) => {
        const middleOf = ({ top, height }: DOMRect): number => top + height / 2
        const cell = document.querySelector(`${row} ${name}`)
        const icon = document.querySelector(`${row} ${dots}`)
        const text = cell && document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode()
        if (text === null || icon === null) return Infinity
        const letters = document.createRange()
        letters.selectNodeContents(text)
        return middleOf(letters.getBoundingClientRect()) - middleOf(icon.getBoundingClientRect())
      },
      [row, name, dots] as const,
    )
    expect(Math.abs(apart)).toBeLessThan(1.5)
  })

  test('what has the focus in a row that scrolls has all of its ring', async () => {
    const { page } = await visit(`${desk.door.url}/t/1`, PHONE)
    const box = await page.locator('.sum').boundingBox()
    const value = await page.locator('.sum__b').first().boundingBox()
    const RING = 3
    expect((value?.y ?? 0) - (box?.y ?? 0)).toBeGreaterThanOrEqual(RING)
    expect((box?.y ?? 0) + (box?.height ?? 0) - (value?.y ?? 0) - (value?.height ?? 0)).toBeGreaterThanOrEqual(RING)
  })
})
