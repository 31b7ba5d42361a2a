/** Many tabs of one browser over HTTP/1.1, where six connections are all that there are: one stream for all of them, whichever tab goes. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { expectQuiet, useChromium, watch, type Visit } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

const TABS = 12

describe.skipIf(missing('chromium'))('a dozen tabs of a browser', () => {
  const { visit, another } = useChromium()
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
    ticket = await client.tickets.create({ title: 'Before' })
  })
  const isLive = async ({ page }: Visit): Promise<void> => {
    await page.waitForSelector(`.row[data-number="${ticket.number}"]`)
    await page.waitForSelector('.line--live')
    await page.locator('.line__state', { hasText: 'Live' }).waitFor()
  }
  const allSay = async (tabs: readonly Visit[], title: string): Promise<void> => {
    await client.tickets.change(ticket.number, { title })
    for (const { page } of tabs) await page.locator('.row', { hasText: title }).waitFor()
  }

  /** Opens as many, the first as it is told. */
  async function open(first: Visit): Promise<Visit[]> {
    await isLive(first)
    const others = await Promise.all(Array.from({ length: TABS - 1 }, () => another(first, desk.door.url)))
    for (const tab of others) await isLive(tab)
    return [first, ...others]
  }

  test('all load and are live by one stream, also when the first of them is closed; a private window has its own', async () => {
    const [first, ...others] = await open(await visit(desk.door.url))
    expect(desk.door.eventFigures().listeners).toBe(1)
    await allSay(others, 'To all')
    await first?.page.close()
    await allSay(others, 'Without the first')
    const secret = await visit(desk.door.url)
    await isLive(secret)
    expect(desk.door.eventFigures().listeners).toBe(2)
    await allSay([...others, secret], 'In private too')
    for (const tab of [...others, secret]) expectQuiet(tab)
  })

  test('without a shared worker one of them follows for all, and the next one when it is closed, without a gap', async () => {
    const seed = await visit('about:blank')
    await seed.page.context().addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'))
    const first = await watch(await seed.page.context().newPage(), desk.door.url)
    const [, ...others] = await open(first)
    await expect.poll(() => desk.door.eventFigures().listeners).toBe(1)
    await allSay([first, ...others], 'To all')
    await first.page.close()
    // What happens before the next one has taken over is told too.
    await allSay(others, 'Without the first')
    await allSay(others, 'And on')
    await expect.poll(() => desk.door.eventFigures().listeners).toBe(1)
    for (const tab of others) expectQuiet(tab)
  })

  test('what happens between what a tab has read and its stream is not missed', async () => {
    const seed = await visit('about:blank')
    const context = seed.page.context()
    await context.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'))
    let goOn: (() => void) | undefined
    const held = new Promise<void>((resolve) => (goOn = resolve))
    await context.route('**/v1/events*', async (route) => {
      await held
      await route.continue()
    })
    const tab = await watch(await context.newPage(), desk.door.url)
    await tab.page.locator('.row', { hasText: 'Before' }).waitFor()
    await client.tickets.change(ticket.number, { title: 'In between' })
    goOn?.()
    await tab.page.locator('.row', { hasText: 'In between' }).waitFor()
  })

  test('a worker that can not be loaded is done without', async () => {
    const seed = await visit('about:blank')
    await seed.page.context().addInitScript(() => {
      Object.defineProperty(window, 'SharedWorker', {
        value: class extends EventTarget {
          readonly port = new MessageChannel().port1
          constructor() {
            super()
            setTimeout(() => this.dispatchEvent(new Event('error')))
          }
        },
      })
    })
    const tab = await watch(await seed.page.context().newPage(), desk.door.url)
    await isLive(tab)
    await allSay([tab], 'All the same')
  })
})
