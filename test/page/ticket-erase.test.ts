/** A text that should never have been written is erased by an admin in a real browser: asked about before, and gone on every page that shows it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { faultsOf } from '../support/axe.js'
import { expectQuiet, useChromium, type Visit } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

const SECRET = 'hunter2'

describe.skipIf(missing('chromium'))('a text of a ticket', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let ticket: Ticket
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url, as: 'ben' })
    const first = createDeskClient({ endpoint: desk.door.url })
    await first.users.create({ handle: 'ada', role: 'admin' })
    for (const handle of ['ann', 'ben']) await first.users.create({ handle, role: 'agent' })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ticket = await client.tickets.create({ title: 'Login', description: `It is ${SECRET}.` })
  })

  async function opened(handle: string): Promise<Visit> {
    const localStorage = [{ name: 'etcdesk.as', value: JSON.stringify(handle) }]
    const shown = await visit(`${desk.door.url}/t/${ticket.number}`, {
      storageState: { cookies: [], origins: [{ origin: desk.door.url, localStorage }] },
    })
    await shown.page.waitForSelector('.line--live')
    await shown.page.waitForSelector('.talk')
    return shown
  }
  const choose = async (page: Page, menu: string, what: string): Promise<void> => {
    await page.getByRole('button', { name: menu, exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.type(what)
    await page.keyboard.press('Enter')
  }
  const dialog = (page: Page) => page.getByRole('dialog')
  const forEver = (page: Page) => dialog(page).getByRole('button', { name: 'Erase for ever' })

  test('is erased with all that a comment ever said, once that was asked about, on other pages too', async () => {
    const comments = client.tickets.comments(ticket.number)
    const { id } = await comments.create({ text: `Is it ${SECRET}?` })
    await comments.change(id, { text: `It was ${SECRET}, changed now.` })
    const [mine, theirs] = [await opened('ada'), await opened('ann')]
    await theirs.page.locator('.ev', { hasText: 'edited a comment' }).locator('summary').click()
    await theirs.page.locator('.ev ins, .ev del').first().waitFor()
    await choose(mine.page, 'What can be done with the comment of ben', 'Erase')
    await dialog(mine.page).getByText('This can not be taken back.').waitFor()
    expect(await faultsOf(mine.page)).toEqual([])
    await mine.page.keyboard.press('Escape')
    await dialog(mine.page).waitFor({ state: 'detached' })
    expect((await comments.get(id)).text).toContain(SECRET)
    await choose(mine.page, 'What can be done with the comment of ben', 'Erase')
    await forEver(mine.page).click()
    await dialog(mine.page).waitFor({ state: 'detached' })
    expect(await comments.get(id)).toMatchObject({ text: null, redacted: true })
    for (const { page } of [mine, theirs]) {
      await page.locator('.say', { hasText: 'Erased by an admin' }).waitFor()
      await page.locator('.ev', { hasText: 'ada erased a text' }).waitFor()
      await page.locator('.ev', { hasText: 'edited a comment' }).getByText('Its text was erased').waitFor()
      await expect.poll(() => page.locator('.talk').textContent()).not.toContain(SECRET)
    }
    expectQuiet(mine)
  })

  test('is erased where it stands as the description, wherever in the history that came from', async () => {
    const operations = Array.from({ length: 120 }, (_, at) => ({
      op: 'comment' as const,
      number: ticket.number,
      comment: { text: `Comment ${at}` },
    }))
    await client.batch(operations)
    const [{ page }, theirs] = [await opened('ada'), await opened('ann')]
    await theirs.page.locator('.ticket__desc', { hasText: SECRET }).waitFor()
    // What came since is not what was asked about.
    await choose(page, 'More', 'Erase the description')
    await client.tickets.change(ticket.number, { description: `It is ${SECRET}, and more.` })
    await page.locator('.ticket__desc', { hasText: 'and more' }).waitFor()
    await forEver(page).click()
    await dialog(page).getByText('Somebody has changed it since').waitFor()
    await page.keyboard.press('Escape')
    await choose(page, 'More', 'Erase the description')
    await forEver(page).click()
    for (const shown of [page, theirs.page]) {
      await shown.locator('.ph', { hasText: 'Erased by an admin' }).waitFor()
      await shown.locator('.ev', { hasText: 'ada erased a text' }).waitFor()
    }
    expect((await client.tickets.get(ticket.number)).redacted).toEqual(['description'])
  })

  test('is forgotten by a browser that kept it as what was being changed, once the ticket is opened there again', async () => {
    const { page } = await opened('ann')
    const kept = (): Promise<string> => page.evaluate(() => JSON.stringify(localStorage))
    await page.keyboard.press('e')
    await page.locator('.ticket__desc textarea, textarea:focus').first().fill(`It was ${SECRET}.`)
    await expect.poll(kept).toContain(SECRET)
    await page.goto(`${desk.door.url}/docs`)
    const ada = createDeskClient({ endpoint: desk.door.url, as: 'ada' })
    await ada.tickets.redact(ticket.number, { index: ticket.version, field: 'description' })
    await page.goto(`${desk.door.url}/t/${ticket.number}`)
    await page.locator('.ph', { hasText: 'Erased by an admin' }).waitFor()
    await expect.poll(kept).not.toContain(SECRET)
  })

  test('that a change gave is erased at its line in the history; a title that stands is refused with what to do', async () => {
    const changed = await client.tickets.change(ticket.number, { title: `Login ${SECRET}`, description: 'Without it.' })
    const { page } = await opened('ada')
    await page.locator('.ev', { hasText: 'ben opened this' }).hover()
    await choose(page, `Erase a text of this for ever (${ticket.version})`, 'the description')
    await forEver(page).click()
    await page.locator('.ev', { hasText: 'renamed this' }).getByText('Its text was erased').waitFor()
    await choose(page, `Erase a text of this for ever (${changed.version})`, 'the title')
    await forEver(page).click()
    await dialog(page).locator('[role="alert"]', { hasText: 'Change it first' }).waitFor()
    await dialog(page).getByRole('button', { name: 'Cancel' }).click()
    expect((await client.tickets.get(ticket.number)).title).toBe(`Login ${SECRET}`)
  })
})
