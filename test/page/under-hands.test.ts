/** What others change while one writes, chooses, reads or presses: it comes in beside, and nothing moves under one's hands. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'
import { lookAtHands } from './still.js'

const CHANGES = 50
const DESCRIPTION = Array.from({ length: 30 }, (_, at) => `Paragraph ${at}, with some words in it.`).join('\n\n')

describe.skipIf(missing('chromium'))('while others change what one looks at', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    for (const handle of ['ann', 'ben']) await client.users.create({ handle, role: 'agent' })
  })
  afterAll(() => desk.close())

  const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
  const rowOf = (number: number): string => `.row[data-number="${number}"]`

  /** A ticket that others have written to already. */
  async function busyTicket(): Promise<number> {
    const { number } = await client.tickets.create({ title: 'Disk full', description: DESCRIPTION })
    const operations = Array.from({ length: 30 }, (_, at) => ({
      op: 'comment' as const,
      number,
      comment: { text: `Comment ${at}` },
    }))
    await client.batch(operations)
    return number
  }

  async function opened(number: number): Promise<Page> {
    const { page } = await visit(`${desk.door.url}/t/${number}`)
    await page.waitForSelector('.talk')
    await page.waitForSelector('.line--live')
    await page.locator('.say .md', { hasText: 'Comment 29' }).waitFor()
    // Until what reads Markdown is loaded texts stand as they are written, in other heights.
    await page.waitForSelector('.md__plain', { state: 'detached' })
    return page
  }

  /** What others do to a ticket: two comments and three titles in turn. */
  async function changeByOthers(number: number, word: string): Promise<void> {
    const others = createDeskClient({ endpoint: desk.door.url, as: 'ben' })
    for (let count = 1; count <= CHANGES; count++) {
      if (count % 5 < 2) await others.tickets.comments(number).create({ text: `${word} ${count}` })
      else await others.tickets.change(number, { title: `${word} title ${count}` })
    }
  }
  /** The same, until its page shows all of it. */
  async function changeIt(page: Page, number: number, word = 'Foreign'): Promise<void> {
    await changeByOthers(number, word)
    await page.locator('.say', { hasText: `${word} ${CHANGES}` }).waitFor({ state: 'attached' })
    await page.locator('.ev', { hasText: `${word} title ${CHANGES - 1}` }).waitFor({ state: 'attached' })
  }

  test.each([
    ['title', 'Shift+E', 'Title', 7],
    ['description', 'e', 'Description', 12],
    ['comment', 'r', 'Comment', 7],
  ] as const)(
    'one who writes in the %s keeps focus, caret, selection, text, and a word that is composed',
    async (...how) => {
      const [, key, name, to] = how
      const number = await busyTicket()
      const page = await opened(number)
      await page.keyboard.press(key)
      await field(page, name).fill('What I am writing here')
      await field(page, name).evaluate((element, end) => {
        if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)
          element.setSelectionRange(7, end)
      }, to)
      const end = await lookAtHands(page)
      await changeIt(page, number)
      expect(await end()).toEqual([])
      const input = await page.context().newCDPSession(page)
      await input.send('Input.imeSetComposition', { text: 'しりょ', selectionStart: 3, selectionEnd: 3 })
      const endOfWord = await lookAtHands(page)
      await changeIt(page, number, 'Later')
      expect(await endOfWord()).toEqual([])
      await input.send('Input.insertText', { text: '資料' })
      await expect.poll(() => field(page, name).inputValue()).toBe(`What I 資料${'What I am writing here'.slice(to)}`)
    },
  )

  test('one who reads in the middle of what was said stays there', async () => {
    const number = await busyTicket()
    const page = await opened(number)
    await page.locator('.say', { hasText: 'Comment 12' }).evaluate((said) => said.scrollIntoView({ block: 'start' }))
    const id = await page.locator('.say', { hasText: 'Comment 12' }).getAttribute('id')
    const end = await lookAtHands(page, { anchor: `[id="${id}"]` })
    await changeIt(page, number)
    const others = createDeskClient({ endpoint: desk.door.url, as: 'ben' })
    await others.tickets.change(number, { description: `Much shorter.` })
    await page.locator('.md', { hasText: 'Much shorter.' }).waitFor({ state: 'attached' })
    expect(await end()).toEqual([])
  })

  test('a menu stays open with what was typed in it, on a ticket and in the list', async () => {
    const number = await busyTicket()
    const page = await opened(number)
    await page.keyboard.press('p')
    await page.keyboard.type('urg')
    await page.locator('.menu--float', { hasText: 'Urgent' }).waitFor()
    const end = await lookAtHands(page, { there: ['.menu--float'], anchor: '.menu--float' })
    await changeIt(page, number)
    expect(await end()).toEqual([])
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await client.tickets.get(number)).priority).toBe('urgent')
    await page.goto(`${desk.door.url}/?sort=updated`)
    await page.waitForSelector(rowOf(number))
    await page.waitForSelector('.line--live')
    await page.keyboard.press('p')
    await page.keyboard.type('low')
    await page.locator('.menu--float', { hasText: 'Low' }).waitFor()
    const endOfList = await lookAtHands(page, { there: ['.menu--float'], anchor: '.menu--float' })
    await changeByOthers(number, 'Later')
    await page.locator(rowOf(number), { hasText: `Later title ${CHANGES - 1}` }).waitFor()
    expect(await endOfList()).toEqual([])
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await client.tickets.get(number)).priority).toBe('low')
  })

  describe('in a list that they put in another order', () => {
    let numbers: number[]
    beforeAll(async () => {
      const { results } = await client.batch(
        Array.from({ length: 120 }, (_, at) => ({ op: 'create' as const, ticket: { title: `Listed ${at}` } })),
      )
      numbers = results.map(({ number }) => number ?? 0)
    })
    async function list(): Promise<Page> {
      const { page } = await visit(`${desk.door.url}/?q=is:open+Listed&sort=updated`)
      await page.waitForSelector('.row[data-number]')
      await page.waitForSelector('.line--live')
      return page
    }
    /** Others change tickets from the end of the list, so that they belong at its beginning, and make and close some. */
    async function reorder(page: Page, word = 'by ben'): Promise<void> {
      const others = createDeskClient({ endpoint: desk.door.url, as: 'ben' })
      for (let count = 1; count <= CHANGES; count++) {
        const number = numbers[count] ?? 0
        if (count % 10 === 0) await others.tickets.create({ title: `Listed anew ${count}` })
        else if (count % 10 === 5) await others.tickets.change(numbers.at(-count) ?? 0, { status: 'closed' })
        else await others.tickets.change(number, { title: `Listed ${number} ${word}` })
      }
      const { version } = await others.tickets.change(numbers.at(-1) ?? 0, { title: `Listed last ${word}` })
      await page.waitForFunction((at) => Number(document.querySelector('.line__index')?.textContent) >= at, version)
      await page.waitForSelector('.hint')
    }

    test('one who writes a search keeps focus, caret, selection and text, and a word that is composed', async () => {
      const page = await list()
      await page.keyboard.press('/')
      await page.locator('.find__in').fill('is:open Listed la')
      await page.waitForSelector('.menu--find')
      const input = await page.context().newCDPSession(page)
      await page.locator('.find__in').evaluate((element) => {
        if (element instanceof HTMLInputElement) element.setSelectionRange(8, 14)
      })
      const end = await lookAtHands(page, { there: ['.menu--find'] })
      await reorder(page)
      expect(await end()).toEqual([])
      await input.send('Input.imeSetComposition', { text: 'しりょ', selectionStart: 3, selectionEnd: 3 })
      const endOfWord = await lookAtHands(page)
      await reorder(page, 'later')
      expect(await endOfWord()).toEqual([])
    })

    test('one who reads in the middle of it stays there, and its rows are where they were', async () => {
      const page = await list()
      await page.locator('.virtual').evaluate((box) => (box.scrollTop = 1500))
      const rows = () =>
        page.locator('.row[data-number]').evaluateAll((all) =>
          all
            .map((row) => [row.getAttribute('data-number'), Math.round(row.getBoundingClientRect().top)] as const)
            .filter(([, top]) => top > 200 && top < 700)
            .toSorted(([, one], [, other]) => one - other),
        )
      await expect.poll(async () => (await rows()).length).toBeGreaterThan(10)
      // None that is still to be read, or to be made whole.
      await page.waitForSelector('.row:not(:has(.row__time))', { state: 'detached' })
      const before = await rows()
      const end = await lookAtHands(page, { anchor: `.row[data-number="${before[5]?.[0]}"]` })
      await reorder(page)
      expect(await end()).toEqual([])
      expect(await rows()).toEqual(before)
    })

    test('what is pressed is what is released, and what is opened', async () => {
      const page = await list()
      const row = page.locator('.row[data-number]').nth(3)
      const number = await row.getAttribute('data-number')
      const box = await row.locator('.row__title').boundingBox()
      const [x, y] = [(box?.x ?? 0) + 20, (box?.y ?? 0) + 8]
      await page.mouse.move(x, y)
      await page.mouse.down()
      const end = await lookAtHands(page, { anchor: `.row[data-number="${number}"]` })
      await reorder(page)
      expect(await end()).toEqual([])
      await page.mouse.up()
      await page.waitForURL(`**/t/${number}`)
    })
  })
})
