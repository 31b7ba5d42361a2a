/** A list of more rows than are read at once: each ticket in one row and none left out, whatever came or went above since its first rows were read. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

const COUNT = 220
/** Rows are read a hundred at once. */
const [FROM, TO] = [94, 110]

describe.skipIf(missing('chromium'))('a long list', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  /** The newest first, as they are shown. */
  let numbers: number[]
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
  })
  afterAll(() => desk.close())
  const make = async (count: number): Promise<number[]> => {
    const made: number[] = []
    for (let at = 0; at < count; at += 100) {
      const { results } = await client.batch(
        Array.from({ length: Math.min(100, count - at) }, (_, more) => {
          return { op: 'create' as const, ticket: { title: `Ticket ${at + more}` } }
        }),
      )
      made.push(...results.map(({ number }) => number ?? 0))
    }
    return made.toReversed()
  }
  beforeEach(async () => {
    const old: number[] = []
    for await (const { number } of client.tickets.list({ q: 'is:open' })) old.push(number)
    while (old.length > 0) await client.batch(old.splice(0, 100).map((number) => ({ op: 'delete' as const, number })))
    numbers = await make(COUNT)
  })
  const numberAt = (page: Page, place: number): Promise<number> =>
    page
      .locator(`.row[aria-posinset="${place}"][data-number]`)
      .getAttribute('data-number')
      .then((number) => Number(number))
  /** Walks over the end of what was read first, and which ticket each row had; and the last of all. */
  const walk = async (page: Page): Promise<number[]> => {
    for (let place = 1; place < FROM; place++) await page.keyboard.press('j')
    const seen: number[] = []
    for (let place = FROM; place <= TO; place++) {
      await page.waitForSelector(`.row.is-cursor[aria-posinset="${place}"][data-number] .row__title:focus`)
      seen.push(await numberAt(page, place))
      await page.waitForSelector(`.row[aria-posinset="${place + 1}"][data-number]`)
      await page.keyboard.press('j')
    }
    await page.keyboard.press('End')
    await page.waitForSelector(`.row[aria-posinset="${COUNT}"][data-number]`)
    return [...seen, await numberAt(page, COUNT)]
  }
  const walked = (): number[] => [...numbers.slice(FROM - 1, TO), numbers[COUNT - 1] ?? 0]

  test('is walked on to its end where others have come above', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector('.line--live .beat')
    await page.waitForSelector('.row.is-cursor[aria-posinset="1"]')
    await page.keyboard.press('Home')
    await make(5)
    await page.waitForFunction(() => document.querySelector('.hint')?.textContent.startsWith('5'))
    expect(await walk(page)).toEqual(walked())
    expect(await page.locator('.bar__n').textContent()).toContain(String(COUNT))
  })

  test('leaves nothing out where some of those above have gone', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector('.line--live .beat')
    await page.waitForSelector('.row.is-cursor[aria-posinset="1"]')
    await page.keyboard.press('Home')
    for (const number of numbers.slice(10, 13)) await client.tickets.change(number, { status: 'closed' })
    await page.waitForSelector(`.row[data-number="${numbers[12]}"][data-done]`)
    expect(await walk(page)).toEqual(walked())
  })

  test('has each ticket once where one jumps to its end and walks back', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector('.line--live .beat')
    await page.waitForSelector('.row.is-cursor[aria-posinset="1"]')
    await page.keyboard.press('End')
    await page.waitForSelector(`.row[aria-posinset="${COUNT}"][data-number]`)
    await make(3)
    await page.waitForFunction(() => document.querySelector('.hint') !== null)
    for (let place = COUNT; place > 180; place--) await page.keyboard.press('k')
    await page.waitForSelector('.row[aria-posinset="200"][data-number]')
    const known = (): Promise<number[]> =>
      page
        .locator('.row[data-number]')
        .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-number'))))
    await expect
      .poll(async () => {
        const shown = (await known()).toSorted((a, b) => b - a)
        return shown.every((number, at) => at === 0 || number === (shown[at - 1] ?? 0) - 1)
      })
      .toBe(true)
  })
})
