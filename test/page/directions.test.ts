/**
 * Writing from right to left beside writing from left to right: each name and each text has a direction of its own, so that no mark in
 * one turns what stands beside it.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

const TITLE = 'القرص ممتلئ (node-4)'
const LABEL = 'דיסק קשיח'
const QUEUE = 'قائمة'
const NAME = 'مريم'
const WRITTEN = [TITLE, LABEL, QUEUE, NAME]

/** Where a text of ours stands in a line with other letters, and nothing keeps its direction to itself. */
function spillsOf(page: Page): Promise<string[]> {
  return page.evaluate((written) => {
    const spills: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const { data } = walker.currentNode instanceof Text ? walker.currentNode : { data: '' }
      const found = written.find((text) => data.includes(text))
      let element = walker.currentNode.parentElement
      if (found === undefined || element === null || element.closest('.sr, [aria-hidden="true"], script, textarea'))
        continue
      if (element.getBoundingClientRect().width === 0) continue
      // Marks of Unicode do in plain text what elements do elsewhere.
      if (data.includes(`\u2068${found}\u2069`)) continue
      for (; element !== null; element = element.parentElement) {
        const { unicodeBidi, display } = getComputedStyle(element)
        const isOwn = ['isolate', 'plaintext', 'isolate-override'].includes(unicodeBidi)
        const isAlone: boolean = element.textContent.trim() === found
        if (
          (isOwn && (isAlone || element.matches('bdi, [dir="auto"], .md *'))) ||
          element.matches('[dir="auto"], option')
        )
          break
        // A box of its own is a line of its own: nothing stands beside what it holds alone.
        if (!display.startsWith('inline')) {
          if (!isAlone) spills.push(`${element.className}: ${element.textContent.slice(0, 80)}`)
          break
        }
      }
    }
    return [...new Set(spills)]
  }, WRITTEN)
}

describe.skipIf(missing('chromium'))('texts from right to left', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'maryam', name: NAME, role: 'agent' })
    await client.labels.create({ name: LABEL })
    await client.queues.create({ name: QUEUE })
    await client.views.create({ name: TITLE, query: `label:"${LABEL}"` })
    const as = createDeskClient({ endpoint: desk.door.url, as: 'maryam' })
    await as.tickets.create({ title: 'First in English', assignees: ['maryam'] })
    const number = 1
    await as.tickets.change(number, { title: TITLE, queue: QUEUE, labels: { add: [LABEL] } })
    await as.tickets.comments(number).create({ text: `${TITLE}\n\nand then in English` })
    const other = await as.tickets.create({ title: 'In English', labels: [LABEL] })
    await as.tickets.links(number).create({ kind: 'blocks', ticket: other.number })
  })
  afterAll(() => desk.close())

  test.each([
    { name: 'the list', at: '/', shown: '.row' },
    { name: 'the list in groups', at: '/?group=queue', shown: '.row' },
    { name: 'the board', at: '/board', shown: '.card' },
    { name: 'a ticket and its history', at: '/t/1', shown: '.talk .ev' },
    { name: 'the dashboard', at: '/dashboard', shown: '.hbars' },
    { name: 'the settings of labels', at: '/settings/labels', shown: '.set__body table' },
    { name: 'the settings of people', at: '/settings/users', shown: '.set__body table' },
    { name: 'the palette', at: '/', shown: '.row', key: 'Control+K', text: 'maryam' },
    { name: 'a picker', at: '/t/1', shown: '.talk', key: 'l' },
    { name: 'a change that can be taken back', at: '/t/1', shown: '.talk', key: 'l', text: LABEL, send: true },
  ])('keep to themselves: $name', async ({ at, shown, key, text, send }) => {
    const { page } = await visit(desk.door.url + at)
    await page.waitForSelector(shown)
    await page.waitForSelector('.line--live')
    if (key !== undefined) {
      await page.keyboard.press(key)
      await page.waitForSelector(':is(.menu--float, dialog[open]) input:focus')
      if (text !== undefined) await page.keyboard.type(text)
      if (send === true) {
        await page.keyboard.press('Enter')
        await page.keyboard.press('Escape')
        await page.locator('.line__undo', { hasText: LABEL }).waitFor()
      }
    }
    await expect.poll(() => spillsOf(page)).toEqual([])
  })

  test('begin where they are read from: title, text and comment, and what is being written', async () => {
    const { page } = await visit(`${desk.door.url}/t/1`)
    await page.waitForSelector('.say .md')
    const directionOf = (selector: string): Promise<string> =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).direction)
    expect(await directionOf('.say .md p:has-text("القرص")')).toBe('rtl')
    expect(await directionOf('.say .md p:has-text("English")')).toBe('ltr')
    await page.keyboard.press('r')
    await page.keyboard.type('שלום')
    expect(await directionOf('.compose textarea')).toBe('rtl')
    await page.keyboard.press('/')
    const marks = await page.evaluate(() => {
      const [field, behind] = [document.querySelector('.compose textarea'), document.querySelector('.find__marks')]
      return [field?.getAttribute('dir'), behind === null ? 'auto' : behind.getAttribute('dir')]
    })
    expect(marks).toEqual(['auto', 'auto'])
  })
})
