/** Texts while they are written, in a real browser: people and tickets are completed, and what is too long is kept and said. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { textBytesMax } from '#src/contract/limits.js'
import { faultsOf } from '../support/axe.js'
import { expectQuiet, useChromium, type Visit } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('a text that is written', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let ticket: Ticket
  let other: Ticket
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url, as: 'ben' })
    const first = createDeskClient({ endpoint: desk.door.url })
    for (const handle of ['ann', 'anton', 'ben']) await first.users.create({ handle, role: 'agent' })
    await first.users.create({ handle: 'zoë', name: 'Zoë Quist', role: 'agent' })
    await first.users.create({ handle: 'mq', name: 'Mara Quint', role: 'agent' })
    await first.users.create({ handle: "Lin O'Hara (ops)", role: 'agent' })
    other = await client.tickets.create({ title: 'Printer prints nothing' })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ticket = await client.tickets.create({ title: 'Disk full', description: 'It began.' })
  })

  async function opened(): Promise<Visit> {
    const localStorage = [{ name: 'etcdesk.as', value: JSON.stringify('ann') }]
    const shown = await visit(`${desk.door.url}/t/${ticket.number}`, {
      storageState: { cookies: [], origins: [{ origin: desk.door.url, localStorage }] },
    })
    await shown.page.waitForSelector('.line--live')
    await shown.page.waitForSelector('.talk')
    return shown
  }
  const comment = (page: Page): Locator => page.locator('.compose textarea').last()
  const options = (page: Page, list: string): Locator => page.getByRole('listbox', { name: list }).getByRole('option')
  const gone = (page: Page) => page.waitForSelector('[role="listbox"]', { state: 'detached' })
  const chosen = (field: Locator): Promise<string> =>
    field.evaluate(
      (area) => document.getElementById(area.getAttribute('aria-activedescendant') ?? '')?.textContent ?? '',
    )

  test('completes people by keys alone, and the browser takes that back', async () => {
    const shown = await opened()
    const { page } = shown
    await comment(page).focus()
    await page.keyboard.type('Ask @an')
    await options(page, 'People').first().waitFor()
    await page.getByRole('combobox', { name: 'Comment', expanded: true }).waitFor()
    expect(await chosen(comment(page))).toContain('@ann')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => chosen(comment(page))).toContain('@anton')
    expect(await faultsOf(page)).toEqual([])
    await page.keyboard.press('Enter')
    await gone(page)
    expect(await comment(page).inputValue()).toBe('Ask @anton ')
    await page.getByRole('textbox', { name: 'Comment', exact: true }).waitFor()
    await page.keyboard.type('or @quis')
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('Tab')
    expect(await comment(page).inputValue()).toBe('Ask @anton or @zoë ')
    await page.keyboard.press('Control+z')
    expect(await comment(page).inputValue()).not.toContain('@zoë')
    expectQuiet(shown)
  })

  test('completes people by names and handles of several words, and shows as people whom it completed', async () => {
    const shown = await opened()
    const { page } = shown
    await comment(page).focus()
    await page.keyboard.type("Ask @lin o'")
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.type('or @zoë qu')
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.type('or @mara q')
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.type('not @Lin or @Lin O')
    await page.keyboard.press('Escape')
    expect(await comment(page).inputValue()).toBe("Ask @Lin O'Hara (ops) or @zoë or @mq not @Lin or @Lin O")
    await page.keyboard.press('Control+Enter')
    await page.waitForSelector('.md .at')
    expect(await page.locator('.md .at').allTextContents()).toEqual(["@Lin O'Hara (ops)", '@zoë', '@mq'])
    expectQuiet(shown)
  })

  test('goes on behind a person in peace: Enter chooses nobody whose name goes on in the same way', async () => {
    const { page } = await opened()
    await client.users.create({ handle: 'ben friend', role: 'agent' })
    await page.reload()
    await comment(page).focus()
    await page.keyboard.type('Thanks @ben ')
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('Enter')
    expect(await comment(page).inputValue()).toBe('Thanks @ben \n')
    await gone(page)
  })

  test('completes tickets by words of their titles, by a press too, in a description', async () => {
    const { page } = await opened()
    await page.keyboard.press('e')
    await page.keyboard.type(' See #prin')
    await options(page, 'Tickets').first().waitFor()
    expect(await options(page, 'Tickets').first().textContent()).toContain(`#${other.number}`)
    await options(page, 'Tickets').first().click()
    const field = page.getByRole('textbox', { name: 'Description', exact: true })
    await expect.poll(() => field.inputValue()).toBe(`It began. See #${other.number} `)
    expect(await field.evaluate((area) => document.activeElement === area)).toBe(true)
  })

  test('what may be meant as it stands is left alone: Enter ends the line', async () => {
    const { page } = await opened()
    await comment(page).focus()
    await page.keyboard.type(`At 5 @ann`)
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.type(`#${other.number}`)
    await options(page, 'Tickets').first().waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.type('a@ann.example and ## no')
    await gone(page)
    expect(await comment(page).inputValue()).toBe(`At 5 @ann\n#${other.number}\na@ann.example and ## no`)
  })

  test('is sent with what is completed in it as it stands, and nothing of the list is left', async () => {
    const { page } = await opened()
    await comment(page).focus()
    await page.keyboard.type(`See #${other.number}`)
    await options(page, 'Tickets').first().waitFor()
    await page.keyboard.press('Control+Enter')
    await page.locator('.say .md .ref', { hasText: `#${other.number}` }).waitFor()
    await expect.poll(() => comment(page).inputValue()).toBe('')
    await gone(page)
  })

  test('Esc closes the list and nothing else, and it stays closed', async () => {
    const { page } = await opened()
    await page.keyboard.press('e')
    await page.keyboard.type(' Ask @a')
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('Escape')
    await gone(page)
    await page.keyboard.type('n')
    const field = page.getByRole('textbox', { name: 'Description', exact: true })
    expect(await field.inputValue()).toBe('It began. Ask @an')
    expect(await options(page, 'People').count()).toBe(0)
    await page.keyboard.press('Escape')
    await field.waitFor({ state: 'detached' })
    expect(page.url()).toBe(`${desk.door.url}/t/${ticket.number}`)
  })

  test('is completed in the description of a new ticket too, where Esc leaves the form open', async () => {
    const { page } = await opened()
    await page.keyboard.press('c')
    const field = page.getByRole('dialog').locator('textarea').nth(1)
    await field.focus()
    await page.keyboard.type('Ask @an')
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('Escape')
    await gone(page)
    await page.keyboard.type(' or @be')
    await options(page, 'People').first().waitFor()
    await page.keyboard.press('Enter')
    expect(await field.inputValue()).toBe('Ask @an or @ben ')
  })

  test('while an input method composes there is no list, and no key is one of it', async () => {
    const { page } = await opened()
    await comment(page).focus()
    await page.keyboard.type('Ask ')
    const session = await page.context().newCDPSession(page)
    await session.send('Input.imeSetComposition', { text: '@an', selectionStart: 3, selectionEnd: 3 })
    await expect.poll(() => comment(page).inputValue()).toBe('Ask @an')
    expect(await options(page, 'People').count()).toBe(0)
    await session.send('Input.insertText', { text: '@an' })
    await options(page, 'People').first().waitFor()
    for (const key of ['Enter', 'Escape', 'ArrowDown']) {
      await comment(page).dispatchEvent('keydown', { key, isComposing: true })
    }
    expect(await comment(page).inputValue()).toBe('Ask @an')
    expect(await chosen(comment(page))).toContain('@ann')
  })

  describe('that is too long', () => {
    const longest = (of: string): string => of.repeat(Math.floor(textBytesMax / Buffer.byteLength(of)))
    /** As long as may be, of each kind of character, and one unit more. */
    const texts = [
      ['emoji', longest('🦉')],
      ['letters of two bytes', longest('é')],
      ['line ends', longest(`${'x'.repeat(63)}\n`)],
      ['line ends of two signs, which fields keep as one', longest(`${'x'.repeat(63)}\n`)],
    ] as const
    test.each(texts)('is kept, and it is said by how much, as the desk counts: %s', async (name, text) => {
      const { page, requests } = await opened()
      const pasted = name.includes('two signs') ? text.replaceAll('\n', '\r\n') : text
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      const set = async (value: string): Promise<void> => {
        await page.evaluate((copied) => navigator.clipboard.writeText(copied), value)
        await comment(page).press('Control+A')
        await page.keyboard.press('Control+V')
      }
      await set(`${pasted}xy`)
      await page.locator('.compose .note--bad', { hasText: '2 bytes too many' }).waitFor()
      const send = page.locator('.compose__do .btn--primary')
      expect(await send.getAttribute('aria-disabled')).toBe('true')
      await comment(page).press('Control+Enter')
      expect(await comment(page).inputValue()).toBe(`${text}xy`)
      expect(await comment(page).getAttribute('aria-invalid')).toBe('true')
      await set(pasted)
      await page.locator('.compose .note--bad').waitFor({ state: 'detached' })
      await comment(page).press('Control+Enter')
      await page.locator('.say').waitFor()
      const [stored] = (await client.tickets.get(ticket.number, { include: 'comments' })).comments?.items ?? []
      expect(stored?.text === text).toBe(true)
      expect(requests.filter((url) => url.endsWith('/comments')).length).toBe(1)
    })

    test('a description is not saved, and is there to be made shorter', async () => {
      const { page } = await opened()
      await page.keyboard.press('e')
      const field = page.getByRole('textbox', { name: 'Description', exact: true })
      await field.fill(`${longest('🦉')}🦉`)
      await page.locator('.compose .note--bad', { hasText: '4 bytes too many' }).waitFor()
      await field.press('Control+Enter')
      await page.reload()
      await page.getByRole('button', { name: 'Go on writing' }).click()
      await field.fill(longest('🦉'))
      await field.press('Control+Enter')
      await field.waitFor({ state: 'detached' })
      expect((await client.tickets.get(ticket.number)).description === longest('🦉')).toBe(true)
    })
  })
})
