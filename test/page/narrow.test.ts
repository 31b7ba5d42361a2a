/**
 * The page on screens of every size, with words of every length: at 1280 pixels enlarged to 400 % there is room for 320 by 256. Nothing
 * scrolls sideways as a whole, what has the focus can be seen, and what is cut off somewhere can be read in full elsewhere.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createClient, createDeskClient } from '#src/client/client.js'
import { faultsOf } from '../support/axe.js'
import { useChromium } from '../support/browser.js'
import { openDesk, openDeskWithKeys, type OpenDesk } from '../support/desk-door.js'
import { sidewaysOf, walkByTab } from './layout.js'
import { missing } from '../support/requirements.js'

const TITLE = 'W'.repeat(256)
const LABEL = 'L'.repeat(50)
const QUEUE = 'Q'.repeat(50)
const ADDRESS = `https://example.org/${'a'.repeat(300)}`
const KEY = 'k'.repeat(200)
const ENLARGED = { width: 320, height: 256 }

interface Place {
  readonly name: string
  readonly at: string
  readonly shown: string
  /** What is pressed there. */
  readonly key?: string
}

const places: readonly Place[] = [
  { name: 'the list', at: '/', shown: '.row' },
  { name: 'a ticket', at: '/t/1', shown: '.talk' },
  { name: 'a comment that is being written', at: '/t/1', shown: '.talk', key: 'r' },
  { name: 'a title that is being written', at: '/t/1', shown: '.talk', key: 'Shift+E' },
  { name: 'the board', at: '/board', shown: '.card' },
  { name: 'the dashboard', at: '/dashboard', shown: '.hbars' },
  { name: 'a key', at: `/keys/${KEY}`, shown: '.val__t' },
  ...['preferences', 'tokens', 'sessions', 'users', 'statuses', 'queues', 'labels', 'fields'].map((part) => ({
    name: `the settings of ${part}`,
    at: `/settings/${part}`,
    shown: '.set__body > *',
  })),
  { name: 'a new ticket', at: '/', shown: '.row', key: 'c' },
  { name: 'the palette', at: '/', shown: '.row', key: 'Control+K' },
  { name: 'the shortcuts', at: '/', shown: '.row', key: '?' },
  { name: 'a picker', at: '/t/1', shown: '.talk', key: 'l' },
]

describe.skipIf(missing('chromium'))('with long words', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  beforeAll(async () => {
    desk = await openDeskWithKeys()
    const client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'b'.repeat(32), name: 'N'.repeat(60), role: 'admin' })
    await client.labels.create({ name: LABEL })
    await client.fields.create({ name: 'F'.repeat(40), type: 'text' })
    await client.queues.create({ name: QUEUE, fields: [{ name: 'F'.repeat(40) }] })
    await client.views.create({ name: 'V'.repeat(50), query: 'is:open' })
    await client.tickets.create({
      title: TITLE,
      queue: QUEUE,
      labels: [LABEL],
      assignees: ['b'.repeat(32)],
      fields: { ['F'.repeat(40)]: 'V'.repeat(200) },
      description: `See ${ADDRESS} and \`${'c'.repeat(200)}\`\n\n\`\`\`\n${'d'.repeat(300)}\n\`\`\`\n\n| a |\n|---|\n| ${'e'.repeat(200)} |`,
    })
    await client.tickets.comments(1).create({ text: ADDRESS })
    await createClient({ endpoint: desk.door.url }).keys.set(`/${KEY}`, 'v'.repeat(500))
  })
  afterAll(() => desk.close())

  async function opened({ at, shown, key }: Place, viewport: { width: number; height: number }): Promise<Page> {
    const { page } = await visit(desk.door.url + at, { viewport })
    await page.waitForSelector(shown)
    await page.waitForSelector('.line--live', { state: 'attached' })
    if (key !== undefined) await page.keyboard.press(key)
    if (key === 'c' || key === 'Control+K' || key === '?') await page.waitForSelector('dialog[open]')
    if (key === 'l') await page.waitForSelector('.menu--float')
    return page
  }

  // One page for both: it is made smaller as a window is.
  test.each(places)('nothing is lost from right to left, and at 400 %: $name', async (place) => {
    const page = await opened(place, { width: 1280, height: 800 })
    await page.evaluate(() => (document.documentElement.dir = 'rtl'))
    expect(await sidewaysOf(page)).toEqual([])
    expect(await faultsOf(page)).toEqual([])
    // Where the text begins: the side bar is at the right.
    const side = await page.locator('.side').boundingBox()
    expect(side?.x).toBeGreaterThan(640)
    await page.evaluate(() => document.documentElement.removeAttribute('dir'))
    // A picker stands where it was opened.
    if (place.key === 'l') await page.keyboard.press('Escape')
    await page.setViewportSize(ENLARGED)
    if (place.key === 'l') {
      await page.keyboard.press('l')
      await page.waitForSelector('.menu--float')
    }
    expect(await sidewaysOf(page)).toEqual([])
    // A picker is left by Tab.
    if (place.key !== 'l') expect(await walkByTab(page)).toBeGreaterThan(0)
    expect(await sidewaysOf(page)).toEqual([])
  })

  test('nor where one signs in, or has just begun', async () => {
    const empty = await openDesk()
    onTestFinished(() => empty.close())
    const { page } = await visit(empty.door.url, { viewport: ENLARGED })
    await page.waitForSelector('.first')
    expect(await sidewaysOf(page)).toEqual([])
    await walkByTab(page)
    const client = createDeskClient({ endpoint: empty.door.url })
    await client.users.create({ handle: 'ann', name: 'Ann', role: 'admin' })
    const { secret } = await client.signInLinks.create('ann')
    for (const [link, shown] of [
      [secret, '#sign-in .btn'],
      ['a'.repeat(43), '.door__box [tabindex="-1"]'],
    ] as const) {
      // From elsewhere: within the page only what stands behind the # would change.
      await page.goto('about:blank')
      await page.goto(`${empty.door.url}/#link=${link}`)
      await page.waitForSelector(shown)
      expect(await sidewaysOf(page)).toEqual([])
      await walkByTab(page)
    }
  })

  test('all of a title, a label and an address can be read', async () => {
    const page = await opened({ name: '', at: '/t/1', shown: '.talk' }, { width: 1280, height: 800 })
    for (const [selector, text] of [
      ['h1', TITLE],
      ['.panel .label bdi', LABEL],
      ['.say .md a', ADDRESS],
    ] as const) {
      const isCut = await page.locator(selector, { hasText: text }).evaluate((element) => {
        const holder = element.parentElement ?? element
        return element.scrollWidth > element.clientWidth + 1 && getComputedStyle(holder).overflowX !== 'visible'
      })
      expect([selector, isCut]).toEqual([selector, false])
    }
  })

  test('what opens a menu says so, and whether it is open', async () => {
    const page = await opened({ name: '', at: '/t/1', shown: '.say' }, { width: 390, height: 844 })
    const more = page.locator('.say__more').first()
    expect(await more.getAttribute('aria-haspopup')).toBe('listbox')
    await more.click()
    await page.waitForSelector('.menu--float')
    expect(await more.getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.menu--float', { state: 'detached' })
    expect(await more.getAttribute('aria-expanded')).toBe('false')
  })

  test('a wide screen has lines that can be read', async () => {
    const page = await opened({ name: '', at: '/t/1', shown: '.talk' }, { width: 3840, height: 2160 })
    const text = await page.locator('.ticket__main').boundingBox()
    expect(text?.width).toBeLessThan(1000)
    expect(await sidewaysOf(page)).toEqual([])
  })

  test('a narrow list has one plus, that of a new ticket', async () => {
    const page = await opened({ name: '', at: '/', shown: '.row' }, { width: 390, height: 844 })
    const buttons = page.locator('.bar .btn:visible', { has: page.locator('.i') })
    const shapes = await buttons.evaluateAll((all) => all.map((each) => each.querySelector('.i')?.innerHTML ?? ''))
    const plus = await page.evaluate(() => document.getElementById('i-plus')?.innerHTML.trim() ?? '')
    expect(shapes.filter((shape) => shape.trim() === plus)).toHaveLength(1)
  })
})
