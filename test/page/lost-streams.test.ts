/** A stream of events that is lost: again and again, or for longer than the desk keeps events. The page ends up with what the desk has. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium, type Visit } from '../support/browser.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

const CHANGES = 500
const CUTS = 20
const TICKETS = 40
const SEED = 51

/** Numbers from 0 to 1 that are the same at each run. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe.skipIf(missing('chromium'))('a page whose stream is lost', () => {
  const { visit, another } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
  })
  afterAll(() => desk.close())

  /** A way to the desk that can be cut. */
  async function proxy(): Promise<CuttingProxy> {
    const made = await startCuttingProxy(new URL(desk.door.url).host)
    onTestFinished(() => made.close())
    return made
  }
  async function newTickets(count: number, title: string): Promise<number[]> {
    const { results } = await client.batch(
      Array.from({ length: count }, (_, at) => ({ op: 'create' as const, ticket: { title: `${title} ${at}` } })),
    )
    return results.map(({ number }) => number ?? 0)
  }
  const titlesOf = async (q: string): Promise<(string | null)[]> => {
    const found: (string | null)[] = []
    for await (const { title } of client.tickets.list({ q })) found.push(title)
    return found
  }
  const shownTitles = ({ page }: Visit): Promise<string[]> => page.locator('.row__title').allTextContents()
  const isLive = ({ page }: Visit): Promise<unknown> =>
    page.locator('.line--live .line__state', { hasText: 'Live' }).waitFor()

  /** There is a stream, as soon as the browser says that it has a network: its wait of some seconds is not what is looked at. */
  async function isHeard({ page }: Visit): Promise<void> {
    const listeners = async (): Promise<number> => {
      await page.evaluate(() => dispatchEvent(new Event('online')))
      return desk.door.eventFigures().listeners
    }
    await expect.poll(listeners).toBe(1)
  }

  test('20 times during 500 changes has them all, and reads nothing anew for that', async () => {
    const random = chance(SEED)
    const numbers = await newTickets(TICKETS, 'Cut')
    const way = await proxy()
    const shown = await visit(`http://${way.endpoint}/?q=is:open+Cut`, { viewport: { width: 1280, height: 2400 } })
    await shown.page.locator('.row', { hasText: 'Cut 0' }).waitFor()
    await isLive(shown)
    const isCut = new Set<number>()
    while (isCut.size < CUTS) isCut.add(Math.floor(random() * CHANGES))
    const before = shown.requests.length
    for (let count = 0; count < CHANGES; count++) {
      const number = numbers[Math.floor(random() * TICKETS)] ?? 0
      await client.tickets.change(number, { title: `Cut ${number} by change ${count}` })
      if (!isCut.has(count)) continue
      await isHeard(shown)
      way.cut()
    }
    await isHeard(shown)
    const last = (await client.tickets.change(numbers[0] ?? 0, { title: 'Cut last' })).version
    await shown.page.waitForFunction(
      (index) => document.querySelector('.line__index')?.textContent === index,
      `${last}`,
    )
    await expect.poll(() => shownTitles(shown)).toEqual(await titlesOf('is:open Cut'))
    // Names are read at the beginning, and again where something was missed.
    expect(shown.requests.slice(before).filter((url) => url.includes('/v1/statuses'))).toEqual([])
  })

  test('for longer than events are kept reads anew, and keeps what is typed', async () => {
    const numbers = await newTickets(10, 'Gone')
    const number = numbers[0] ?? 0
    const way = await proxy()
    const list = await visit(`http://${way.endpoint}/?q=is:open+Gone`)
    const ticket = await another(list, `http://${way.endpoint}/t/${number}`)
    await list.page.locator('.row', { hasText: 'Gone 0' }).waitFor()
    await ticket.page.waitForSelector('.compose textarea')
    for (const each of [list, ticket]) await isLive(each)
    await list.page.fill('.find__in', 'what I was looking for')
    await ticket.page.fill('.compose textarea', 'what I was writing')
    way.refuse(true)
    way.cut()
    for (const { page } of [list, ticket]) await page.waitForSelector('.line--off')
    // Of 1,000 events that are kept none is left of those that the page has seen.
    for (let count = 0; count < 5; count++) {
      await client.batch(
        Array.from({ length: 300 }, (_, at) => ({
          op: 'change' as const,
          number: numbers[(at % 9) + 1] ?? 0,
          change: { title: `Gone by change ${count} ${at}` },
        })),
      )
    }
    await client.tickets.change(number, { title: 'Gone and back' })
    await client.tickets.comments(number).create({ text: 'Said meanwhile' })
    way.refuse(false)
    await isHeard(list)
    for (const each of [list, ticket]) await isLive(each)
    await expect.poll(() => shownTitles(list)).toEqual(await titlesOf('is:open Gone'))
    await ticket.page.locator('.say', { hasText: 'Said meanwhile' }).waitFor()
    await ticket.page.locator('h1', { hasText: 'Gone and back' }).waitFor()
    expect(await list.page.inputValue('.find__in')).toBe('what I was looking for')
    expect(await ticket.page.inputValue('.compose textarea')).toBe('what I was writing')
  })
})
