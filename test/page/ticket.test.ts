/** A ticket in a real browser: read, changed and written about, by several at once, by keys alone; nothing that was typed is lost. */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type Comment, type DeskClient, type Ticket } from '#src/client/client.js'
import { faultsOf } from '../support/axe.js'
import { expectQuiet, useChromium, type Visit } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

const DESCRIPTION =
  'It began on Tuesday, after the update.\n\n- [ ] Look at the logs\n- [ ] Roll back\n\nNo write fails yet.'

describe.skipIf(missing('chromium'))('a ticket', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let ticket: Ticket
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url, as: 'ben' })
    const first = createDeskClient({ endpoint: desk.door.url })
    for (const handle of ['ann', 'ben']) await first.users.create({ handle, role: 'agent' })
    await client.fields.create({ name: 'Site', type: 'text' })
    await client.queues.create({ name: 'storage', fields: [{ name: 'Site' }] })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ticket = await client.tickets.create({ title: 'Disk full', description: DESCRIPTION, queue: 'storage' })
  })

  /** Opens it as a user of the open desk, who nobody checks. */
  async function opened(handle = 'ann', options: BrowserContextOptions = {}): Promise<Visit> {
    const localStorage = [{ name: 'etcdesk.as', value: JSON.stringify(handle) }]
    const shown = await visit(`${desk.door.url}/t/${ticket.number}`, {
      storageState: { cookies: [], origins: [{ origin: desk.door.url, localStorage }] },
      ...options,
    })
    await isWhole(shown.page)
    return shown
  }
  const isWhole = async (page: Page): Promise<void> => {
    await page.waitForSelector('.talk')
    await page.waitForSelector('.line--live')
    await page.waitForSelector('.md .check')
  }
  const now = (): Promise<Ticket> => client.tickets.get(ticket.number)
  const comments = async (): Promise<Comment[]> => {
    const found: Comment[] = []
    for await (const comment of client.tickets.comments(ticket.number).list()) found.push(comment)
    return found
  }
  const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })

  test('is changed by keys alone: texts, properties, a comment', async () => {
    const shown = await opened()
    const { page } = shown
    await page.keyboard.press('e')
    await field(page, 'Description').press('Control+End')
    await page.keyboard.type(' Really.')
    await page.keyboard.press('Control+Enter')
    await page.locator('.md', { hasText: 'Really.' }).waitFor()
    await page.keyboard.press('Shift+E')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('Disk is full')
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: 'Disk is full' }).waitFor()
    // What happened may be heard before the answer comes, which closes the field.
    await field(page, 'Title').waitFor({ state: 'detached' })
    await page.keyboard.press('p')
    await page.keyboard.type('urg')
    await page.keyboard.press('Enter')
    await page.locator('.prop', { hasText: 'Urgent' }).waitFor()
    await page.keyboard.press('i')
    await page.locator('.prop__who', { hasText: 'ann' }).waitFor()
    await page.keyboard.press('r')
    await page.keyboard.type('See #1 and @ben')
    await page.keyboard.press('Control+Enter')
    await page.locator('.say .md a.ref', { hasText: '#1' }).waitFor()
    await page.locator('.say .at', { hasText: '@ben' }).waitFor()
    await expect.poll(now).toMatchObject({
      title: 'Disk is full',
      description: `${DESCRIPTION} Really.`,
      priority: 'urgent',
      assignees: ['ann'],
    })
    expect((await comments()).map(({ text, author }) => [text, author])).toEqual([['See #1 and @ben', 'ann']])
    expectQuiet(shown)
  })

  test('two who write at the same text lose nothing: what does not touch each other becomes one', async () => {
    const { page } = await opened()
    await page.keyboard.press('e')
    await field(page, 'Description').fill(DESCRIPTION.replace('No write fails yet.', 'Writes time out.'))
    // Another member is nobody's business here.
    await client.tickets.change(ticket.number, { priority: 'high' })
    await client.tickets.change(ticket.number, { description: DESCRIPTION.replace('Tuesday', 'Monday night') })
    await page.locator('.note', { hasText: 'ben saved the description' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await page.waitForSelector('.clash')
    expect(await page.locator('.clash__side:not(.clash__side--mine) ins').textContent()).toContain('Monday night')
    expect(await page.locator('.clash__side--mine ins').allTextContents()).toEqual([
      expect.stringContaining('Writes time out'),
    ])
    expect((await now()).description).toContain('No write fails yet.')
    await page.keyboard.press('Control+Enter')
    await page.waitForSelector('.clash', { state: 'detached' })
    const joined = DESCRIPTION.replace('Tuesday', 'Monday night').replace('No write fails yet.', 'Writes time out.')
    expect(await now()).toMatchObject({ description: joined, priority: 'high' })
  })

  test('where both changed the same words one is kept, knowing the other', async () => {
    const { page } = await opened()
    await page.keyboard.press('Shift+E')
    await field(page, 'Title').fill('Disk nearly full')
    await client.tickets.change(ticket.number, { title: 'Disk overfull' })
    await page.locator('.note', { hasText: 'ben gave it another title' }).waitFor()
    await page.keyboard.press('Enter')
    await page.locator('.clash__foot', { hasText: 'Both changed the same place' }).waitFor()
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await page.locator('h1', { hasText: 'Disk nearly full' }).waitFor()
    expect((await now()).title).toBe('Disk nearly full')
  })

  test('what is being written survives a reload, and leaving it', async () => {
    const { page } = await opened()
    await page.keyboard.press('Shift+R')
    await page.keyboard.type('Half a thought')
    await page.keyboard.press('Escape')
    await page.keyboard.press('e')
    await field(page, 'Description').press('Control+End')
    await page.keyboard.type(' More.')
    await page.keyboard.press('Escape')
    await page.reload()
    await isWhole(page)
    expect(await field(page, 'Add internal note').inputValue()).toBe('Half a thought')
    await page.getByRole('button', { name: 'Go on writing' }).click()
    expect(await field(page, 'Description').inputValue()).toBe(`${DESCRIPTION} More.`)
    expect((await now()).version).toBe(ticket.version)
  })

  test('three clicks, and an answer that was lost, make one comment', async () => {
    const { page } = await opened()
    let isLosing = true
    await page.route('**/comments', async (route) => {
      if (!isLosing) return route.continue()
      await route.fetch()
      return route.abort()
    })
    await field(page, 'Comment').fill('Once')
    const send = page.locator('.compose__do .btn--primary')
    await send.dblclick()
    await send.click()
    await page.locator('.compose .note--bad', { hasText: 'not known whether it was sent' }).waitFor()
    expect(await field(page, 'Comment').inputValue()).toBe('Once')
    isLosing = false
    await send.click()
    await page.locator('.say', { hasText: 'Once' }).waitFor()
    await expect.poll(() => field(page, 'Comment').inputValue()).toBe('')
    expect((await comments()).map(({ text }) => text)).toEqual(['Once'])
  })

  test('an internal note is one at a glance, and says so before it is sent', async () => {
    const { page } = await opened()
    await page.keyboard.press('Shift+R')
    await page.locator('.compose--internal', { hasText: 'Only the team sees this' }).waitFor()
    await page.keyboard.type('Not for mei')
    await page.keyboard.press('Control+Enter')
    await page.locator('.say--internal', { hasText: 'Not for mei' }).waitFor()
    expect(await comments()).toMatchObject([{ text: 'Not for mei', internal: true }])
  })

  test('a comment is edited and deleted with a trace, and that is taken back', async () => {
    await client.tickets.comments(ticket.number).create({ text: 'Frist' })
    const { page } = await opened('ben')
    const choose = async (what: string): Promise<void> => {
      await page.getByRole('button', { name: 'What can be done with the comment of ben' }).focus()
      await page.keyboard.press('Enter')
      await page.keyboard.type(what)
      await page.keyboard.press('Enter')
    }
    await choose('Edit')
    await field(page, 'Edit').fill('First')
    await page.keyboard.press('Control+Enter')
    await page.locator('.say', { hasText: 'First' }).locator('.say__edited').waitFor()
    await page.locator('.ev', { hasText: 'ben edited a comment' }).locator('summary').click()
    await page.locator('.ev del', { hasText: 'Frist' }).waitFor()
    await choose('Delete')
    await page.locator('.ev', { hasText: 'ben deleted a comment' }).waitFor()
    await page.locator('.line__undo', { hasText: 'deleted a comment' }).waitFor()
    await page.keyboard.press('z')
    await page.locator('.say', { hasText: 'First' }).waitFor()
  })

  test('what others do comes in beside what one writes, and moves none of it', async () => {
    const { page } = await opened()
    await field(page, 'Comment').fill('Before and after')
    await field(page, 'Comment').evaluate((area: HTMLTextAreaElement) => area.setSelectionRange(6, 6))
    const place = () =>
      field(page, 'Comment').evaluate((area: HTMLTextAreaElement) => ({
        isFocused: document.activeElement === area,
        caret: [area.selectionStart, area.selectionEnd],
        text: area.value,
        top: Math.round(area.getBoundingClientRect().top),
      }))
    await field(page, 'Comment').scrollIntoViewIfNeeded()
    const before = await place()
    // It is marked for a while: it is looked for from before on.
    const isMarked = page.locator('.say.is-fresh', { hasText: 'Comment 8' }).waitFor({ state: 'attached' })
    for (let count = 1; count <= 8; count++) {
      await client.tickets.comments(ticket.number).create({ text: `Comment ${count}` })
      await client.tickets.change(ticket.number, { title: `Title ${count}` })
    }
    await isMarked
    await page.locator('h1', { hasText: 'Title 8' }).waitFor({ state: 'attached' })
    expect(await place()).toEqual(before)
  })

  test('what others do while it is being read is there too', async () => {
    const { page } = await visit('about:blank')
    const changed = async (): Promise<void> => {
      const { version } = await client.tickets.change(ticket.number, { title: 'Disk overfull' })
      await page.waitForFunction((at) => Number(document.querySelector('.line__index')?.textContent) >= at, version)
    }
    await page.route(
      `**/v1/tickets/${ticket.number}?*`,
      async (route) => {
        const response = await route.fetch()
        await changed()
        await route.fulfill({ response })
      },
      { times: 1 },
    )
    await page.goto(`${desk.door.url}/t/${ticket.number}`)
    await page.locator('h1', { hasText: 'Disk overfull' }).waitFor()
  })

  test('while an input method composes nothing is sent and nothing closes', async () => {
    const { page, requests } = await opened()
    await field(page, 'Comment').fill('資料')
    for (const key of ['Enter', 'Escape']) {
      await field(page, 'Comment').dispatchEvent('keydown', { key, ctrlKey: true, isComposing: true })
    }
    await page.keyboard.press('End')
    expect(requests.filter((url) => url.endsWith('/comments'))).toEqual([])
    await page.keyboard.press('Control+Enter')
    await page.locator('.say', { hasText: '資料' }).waitFor()
    expect((await comments()).length).toBe(1)
  })

  test('a box is ticked in the text, whatever else of it has changed', async () => {
    const { page } = await opened()
    await page.getByRole('checkbox', { name: 'Roll back' }).click()
    await expect.poll(async () => (await now()).description).toBe(DESCRIPTION.replace('[ ] Roll', '[x] Roll'))
  })

  test('is shown as it was, and a change is taken back from its line', async () => {
    const changed = await client.tickets.change(ticket.number, { title: 'Disk is full', priority: 'low' })
    const { page } = await opened()
    await page
      .getByRole('link', { name: String(ticket.version), exact: true })
      .first()
      .click()
    await page.waitForURL(`**/t/${ticket.number}?at=${ticket.version}`)
    await page.locator('.strip', { hasText: String(ticket.version) }).waitFor()
    await page.locator('h1', { hasText: 'Disk full' }).waitFor()
    expect(await page.locator('textarea').count()).toBe(0)
    await page.getByRole('link', { name: 'To the ticket as it is now' }).click()
    await page.getByRole('button', { name: `Undo this change (${changed.version})` }).focus()
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: 'Disk full' }).waitFor()
    expect(await now()).toMatchObject({ title: 'Disk full', priority: 'normal' })
  })

  test('fields, links and watchers are set where they stand', async () => {
    const other = await client.tickets.create({ title: 'Order a disk' })
    const { page } = await opened()
    await page.getByRole('button', { name: 'Site: None' }).click()
    await page.keyboard.type('fra1')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Site: fra1' }).waitFor()
    await page.getByRole('button', { name: 'Add a link' }).click()
    await page.getByLabel('Kind').selectOption('blocked by')
    await page.getByLabel('Number of the other ticket').fill(`#${other.number}`)
    await page.keyboard.press('Enter')
    await page.locator('.tlink', { hasText: 'Order a disk' }).waitFor()
    // What happened may be heard before the answer comes, which closes the form.
    await page.locator('.addlink').waitFor({ state: 'detached' })
    await page.keyboard.press('w')
    await page.getByRole('button', { name: 'Watching' }).waitFor()
    await expect.poll(async () => (await now()).fields).toEqual({ Site: 'fra1' })
  })

  test('goes into the bin and comes back; one that is not there says so', async () => {
    const { page } = await opened()
    await page.getByRole('button', { name: 'More' }).click()
    await page.keyboard.type('bin')
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: `Ticket ${ticket.number} was deleted` }).waitFor()
    await page.getByRole('button', { name: 'Bring it back' }).click()
    await isWhole(page)
    expect((await now()).deletedAt).toBeNull()
    await page.goto(`${desk.door.url}/t/987654`)
    await page.locator('h1', { hasText: 'There is no ticket 987654' }).waitFor()
  })

  test.each(['light', 'dark'] as const)(
    'nothing of it is in the way of anybody, wide and narrow: %s',
    async (colorScheme) => {
      await client.tickets
        .comments(ticket.number)
        .create({ text: `${'long'.repeat(60)} [link](https://example.com) \`code\`` })
      await client.tickets.comments(ticket.number).create({ text: 'Internal', internal: true })
      await client.tickets.change(ticket.number, {
        title: 'W'.repeat(256),
        priority: 'urgent',
        due: '2026-01-01',
        assignees: ['ben'],
      })
      const { page } = await opened('ann', { colorScheme })
      expect(await faultsOf(page)).toEqual([])
      await page.keyboard.press('Shift+R')
      await page.keyboard.type('A note')
      expect(await faultsOf(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.keyboard.press('e')
      await field(page, 'Description').fill('Mine')
      await client.tickets.change(ticket.number, { description: `Theirs ${colorScheme}` })
      await page.locator('.note', { hasText: 'ben saved' }).waitFor()
      await page.keyboard.press('Control+Enter')
      await page.waitForSelector('.clash')
      expect(await faultsOf(page)).toEqual([])
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 700 })
        const [wide, room] = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.clientWidth,
        ])
        expect(wide).toBeLessThanOrEqual(room ?? 0)
        const scroll = await page.locator('.scroll').evaluate((box) => box.scrollWidth - box.clientWidth)
        expect(scroll).toBeLessThanOrEqual(0)
        expect(await faultsOf(page)).toEqual([])
      }
      await page.getByRole('button', { name: 'Keep ben’s' }).click()
    },
  )
})
