/** Making a ticket in a real browser: kept while it is written, made once, refused where it is wrong, and taken back. */
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Page } from 'playwright-core'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { faultsInBothThemes } from '../support/axe.js'
import { Ends, openAccessDesk } from '../support/access-desk.js'
import { expectQuiet, useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { signedIn } from '../support/session.js'
import { missing } from '../support/requirements.js'
import { sqliteTarget } from '../support/target.js'

describe.skipIf(missing('chromium'))('a new ticket', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann' })
    await client.labels.create({ name: 'disk' })
    await client.fields.create({ name: 'site', type: 'choice', choices: ['fra', 'ams'] })
    await client.queues.create({ name: 'storage', fields: [{ name: 'site', required: true }] })
    await client.fields.create({ name: 'cores', type: 'number' })
    await client.queues.create({ name: 'machines', fields: [{ name: 'cores' }] })
    await client.tickets.create({ title: 'etcd member 3 answers fsync above 90 ms' })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    for await (const { number } of client.tickets.list({ q: 'number:>1' })) await client.tickets.delete(number)
  })
  const open = async (page: Page): Promise<void> => {
    await page.waitForSelector('.row')
    await page.keyboard.press('c')
    await page.waitForSelector('.new__in:focus')
  }
  /** What makes a ticket arrives, and the answer does not. */
  const loseAnswers = (page: Page): Promise<unknown> =>
    page.route('**/v1/tickets', async (route) => {
      if (route.request().method() !== 'POST') return route.continue()
      await route.fetch()
      return route.abort()
    })
  const made = async (): Promise<Ticket[]> => {
    const found: Ticket[] = []
    for await (const ticket of client.tickets.list({ q: 'number:>1' })) found.push(ticket)
    return found
  }

  test('needs a title alone, is opened once it is made, and taken back by Z', async () => {
    const shown = await visit(desk.door.url)
    const { page } = shown
    await open(page)
    await page.keyboard.type('Fans of rack C14 are loud')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL('**/t/*')
    const [ticket] = await made()
    expect(page.url()).toMatch(new RegExp(`/t/${ticket?.number}$`, 'u'))
    expect(ticket).toMatchObject({ title: 'Fans of rack C14 are loud', status: 'open', queue: 'default' })
    await page.keyboard.press('z')
    await expect.poll(made).toEqual([])
    expectQuiet(shown)
  })

  test('is all that its pills say', async () => {
    const { page } = await visit(desk.door.url)
    await open(page)
    await page.keyboard.type('Disk full')
    const choose = async (pill: string, text: string, more: readonly string[] = []): Promise<void> => {
      await page.getByRole('button', { name: pill }).click()
      await page.keyboard.type(text)
      for (const key of ['Enter', ...more]) await page.keyboard.press(key)
    }
    await choose('Queue', 'storage')
    await choose('Priority', 'urg')
    await choose('Assign', 'ann', ['Escape'])
    await choose('Label', 'disk', ['Escape'])
    await choose('Due', '24 Dec 2027')
    await page.getByRole('button', { name: 'Internal' }).click()
    await page.keyboard.press('Control+Enter')
    // The queue asks for more.
    await page.waitForSelector('[aria-invalid="true"]:focus')
    expect(await page.locator('.field__bad').textContent()).toContain('asks for site')
    await page.getByLabel('site').selectOption('ams')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL('**/t/*')
    expect((await made())[0]).toMatchObject({
      queue: 'storage',
      priority: 'urgent',
      assignees: ['ann'],
      labels: ['disk'],
      due: '2027-12-24',
      internal: true,
      fields: { site: 'ams' },
    })
  })

  test('asks whether it is one of those that are there, and leads to it', async () => {
    const { page } = await visit(desk.door.url)
    await open(page)
    await page.keyboard.type('fsync of etcd member 2')
    await page.locator('.new__similar', { hasText: 'member 3' }).waitFor()
    await page.locator('.new__similar a').click()
    await page.waitForURL('**/t/1')
    expect(await page.locator('dialog[open]').count()).toBe(0)
  })

  test('is written from title to text by Tab, whatever it may be the same as, and nothing comes between the two', async () => {
    const { page } = await visit(desk.door.url)
    await open(page)
    const text = page.getByRole('textbox', { name: 'Description' })
    // The dialog has come to rest.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)))
    const before = await text.boundingBox()
    await page.keyboard.type('fsync of etcd member 2')
    await page.locator('.new__similar').waitFor()
    expect((await text.boundingBox())?.y).toBe(before?.y)
    await page.keyboard.press('Tab')
    await page.keyboard.type('It takes four seconds')
    expect(await text.inputValue()).toBe('It takes four seconds')
    await page.keyboard.press('Tab')
    await page.waitForSelector('.new__similar a:focus')
  })

  test('is kept over Esc and a reload, and made once although nobody heard of the first', async () => {
    const { page } = await visit(desk.door.url)
    await open(page)
    await page.keyboard.type('Kept')
    await page.keyboard.press('Enter')
    await page.keyboard.type('What is **known**')
    await page.keyboard.press('Escape')
    await page.reload()
    await open(page)
    expect(await page.locator('.new__in').inputValue()).toBe('Kept')
    expect(await page.locator('.new__text').inputValue()).toBe('What is **known**')
    await loseAnswers(page)
    const create = page.getByRole('button', { name: 'Create' })
    await create.click({ clickCount: 3 })
    await page.locator('.foot__say', { hasText: 'not two' }).waitFor()
    await page.unroute('**/v1/tickets')
    await page.locator('.new__in').fill('Kept and changed')
    await create.click()
    await page.waitForURL('**/t/*')
    expect(await made()).toMatchObject([{ title: 'Kept and changed', description: 'What is **known**' }])
    await page.goto(desk.door.url)
    await open(page)
    expect(await page.locator('.new__in').inputValue()).toBe('')
  })

  test.each([
    { how: 'was emptied', keys: ['ControlOrMeta+A', 'Delete'] },
    { how: 'is typed over', keys: ['ControlOrMeta+A'] },
  ])('is another where the form $how after a send without an answer', async ({ keys }) => {
    const { page } = await visit(desk.door.url)
    await open(page)
    await page.locator('.new__in').fill('Printer is out of paper')
    await page.locator('.new__text').fill('On the third floor')
    await loseAnswers(page)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.locator('.foot__say', { hasText: 'not two' }).waitFor()
    await page.unroute('**/v1/tickets')
    for (const [field, text] of [
      ['.new__in', 'No VPN for Ben'],
      ['.new__text', 'Since today'],
    ] as const) {
      await page.locator(field).focus()
      for (const key of keys) await page.keyboard.press(key)
      await page.keyboard.type(text)
    }
    await page.getByRole('button', { name: 'Create' }).click()
    await page.waitForURL('**/t/*')
    const found = await made()
    expect(found.map(({ title }) => title)).toEqual(['No VPN for Ben', 'Printer is out of paper'])
    expect(found.map(({ description }) => description)).toEqual(['Since today', 'On the third floor'])
  })

  /** Writes a ticket, and sends it in vain although it arrives. */
  const makeUnheard = async (page: Page, title: string): Promise<number> => {
    await open(page)
    await page.locator('.new__in').fill(title)
    await page.locator('.new__text').fill('It began at noon.')
    await loseAnswers(page)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.locator('.foot__say', { hasText: 'not two' }).waitFor()
    await page.unroute('**/v1/tickets')
    return (await made())[0]?.number ?? 0
  }

  test('is not made twice in silence by who comes back to it after the weekend', async () => {
    const { page } = await visit(desk.door.url)
    await makeUnheard(page, 'Disk full')
    await page.keyboard.press('Escape')
    await page.clock.setSystemTime(Date.now() + 2 * 86_400_000)
    await page.reload()
    await open(page)
    const create = page.getByRole('button', { name: 'Create' })
    await create.click()
    await page.locator('.foot__say', { hasText: 'more than a day ago' }).waitFor()
    expect(await made()).toHaveLength(1)
    await create.click()
    await page.waitForURL('**/t/*')
    expect(await made()).toHaveLength(2)
  })

  test('changes of what arrived only what was written otherwise since, and nothing that others made of it', async () => {
    const { page } = await visit(desk.door.url)
    const number = await makeUnheard(page, 'Disk fulll')
    await client.tickets.change(number, { labels: ['disk'], assignees: ['ann'], internal: true, description: 'Noon.' })
    await page.locator('.new__in').fill('Disk full')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.waitForURL(`**/t/${number}`)
    expect(await made()).toMatchObject([
      { title: 'Disk full', description: 'Noon.', labels: ['disk'], assignees: ['ann'], internal: true },
    ])
  })

  test('says beside what arrived what others have written otherwise there', async () => {
    const { page } = await visit(desk.door.url)
    const number = await makeUnheard(page, 'Disk')
    await client.tickets.change(number, { description: 'Since Friday.' })
    await page.locator('.new__in').fill('Disk full')
    await page.locator('.new__text').fill('It began at one.')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.waitForURL(`**/t/${number}`)
    expect(await made()).toMatchObject([{ title: 'Disk full', description: 'Since Friday.' }])
    const { value: comments } = await client.tickets.comments(number).pages().next()
    expect(JSON.stringify(comments)).toContain('It began at one.')
  })

  test.each(['in the bin', 'purged'])('is made anew where what arrived is %s by now', async (where) => {
    const { page } = await visit(desk.door.url)
    const number = await makeUnheard(page, 'Disk')
    await client.tickets.delete(number)
    if (where === 'purged') await client.tickets.purge(number)
    await page.locator('.new__in').fill('Disk full')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.waitForURL('**/t/*')
    expect(await made()).toMatchObject([{ title: 'Disk full' }])
  })

  test('says at each field what is wrong with it, and loses nothing', async () => {
    const { page } = await visit(desk.door.url)
    await open(page)
    await page.locator('.new__in').fill('x'.repeat(258))
    await page.getByRole('button', { name: 'Due' }).click()
    await page.keyboard.type('31 Nov 2027')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.locator('.foot__say', { hasText: '2 things to put right' }).waitFor()
    expect(await page.locator('.new__title mark').textContent()).toBe('xx')
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.locator('.field__bad .link').first().click()
    await page.locator('.new__in').fill('Short')
    // What stands on the desk may have changed since the page read it.
    await page.getByRole('button', { name: 'Label' }).click()
    await page.keyboard.type('disk')
    for (const key of ['Enter', 'Escape']) await page.keyboard.press(key)
    await client.labels.change('disk', { archived: true })
    onTestFinished(async () => void (await client.labels.change('disk', { archived: false })))
    await page.getByRole('button', { name: 'Create' }).click()
    await page.locator('.pill.is-bad', { hasText: 'disk' }).waitFor()
    expect(await page.locator('.new__in').inputValue()).toBe('Short')
    expect(await made()).toEqual([])
  })

  test('takes no number that could be two', async () => {
    const { page } = await visit(`${desk.door.url}/?q=queue:default`)
    await open(page)
    await page.keyboard.type('A machine')
    await page.getByRole('button', { name: 'Queue' }).click()
    await page.keyboard.type('machines')
    await page.keyboard.press('Enter')
    await page.getByLabel('cores').fill('1,500')
    await page.keyboard.press('Control+Enter')
    await page.locator('.field__bad', { hasText: 'such as 1500' }).waitFor()
    await page.getByLabel('cores').fill('1,5')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL('**/t/*')
    expect(await made()).toMatchObject([{ fields: { cores: 1.5 } }])
  })

  test('is neither sent nor left while an input method composes', async () => {
    const { page } = await visit(desk.door.url)
    await open(page)
    const input = await page.context().newCDPSession(page)
    for (const key of ['Enter', 'Escape', 'Control+Enter']) {
      await input.send('Input.imeSetComposition', { text: '画面', selectionStart: 2, selectionEnd: 2 })
      await page.keyboard.press(key)
      expect(await page.locator('dialog[open]').count()).toBe(1)
    }
    expect(await made()).toEqual([])
  })
})

describe.skipIf(missing('chromium'))('a new ticket by a requester', () => {
  const { visit } = useChromium()

  test('has a title, a text and a public queue, and nothing of what staff decides', async () => {
    const ends = new Ends()
    onTestFinished(() => ends.end())
    const closed = await openAccessDesk({ target: sqliteTarget, until: ends.until })
    const cookie = await closed.signIn('rita')
    const shown = await visit(closed.doorOf(0).url, signedIn(cookie))
    const { page } = shown
    await page.locator('.blank').waitFor()
    await page.keyboard.press('c')
    await page.waitForSelector('.new__in:focus')
    expect(await page.locator('.new .picks').count()).toBe(0)
    expect(await page.locator('.new .pill').count()).toBe(1)
    await page.keyboard.type('My chair squeaks')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL('**/t/*')
  })
})
