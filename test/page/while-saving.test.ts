/** A slow line: what is typed while something is on its way is not lost, and an answer takes neither the focus nor the view from who went on. */
import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createClient, createDeskClient, type DeskClient, type KeysClient, type Ticket } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDeskWithKeys, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('while something is on its way', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let keys: KeysClient
  let ticket: Ticket
  beforeAll(async () => {
    desk = await openDeskWithKeys()
    client = createDeskClient({ endpoint: desk.door.url })
    keys = createClient({ endpoint: desk.door.url }).keys
    await client.fields.create({ name: 'Serial number', type: 'text' })
    await client.fields.create({ name: 'Cores', type: 'number' })
    await client.queues.create({ name: 'storage', fields: [{ name: 'Serial number' }, { name: 'Cores' }] })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ticket = await client.tickets.create({ title: 'Disk full', description: 'It began.', queue: 'storage' })
  })

  async function open(path = `/t/${ticket.number}`): Promise<Page> {
    const { page } = await visit(`${desk.door.url}${path}`)
    await page.locator('.line--live .line__state', { hasText: 'Live' }).waitFor()
    if (path.startsWith('/t/')) await page.waitForSelector('.talk')
    return page
  }

  /** The ticket, with the list behind it to go back to: within one page. */
  async function openFromList(): Promise<Page> {
    const page = await open('/')
    await page.locator(`.row[data-number="${ticket.number}"] .row__title`).click()
    await page.waitForSelector('.talk')
    return page
  }

  interface Held {
    /** Until it was asked for. */
    readonly arrived: Promise<unknown>
    /** Lets it through, or has it refused. */
    readonly let: (how?: 'refused') => void
  }
  /** Holds back what is sent first by a method to a path. */
  async function hold(page: Page, method: string, path: string): Promise<Held> {
    let answer: (how: 'refused' | undefined) => void = () => undefined
    const answered = new Promise<'refused' | undefined>((resolve) => (answer = resolve))
    let count = 0
    // Bounded, and says what never came.
    const arrived = page.waitForRequest((request) => request.method() === method && request.url().endsWith(path))
    await page.route(`**${path}`, async (route: Route) => {
      if (route.request().method() !== method || ++count > 1) return route.continue()
      if ((await answered) === undefined) return route.continue()
      return route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: 'about:blank',
          title: 'Conflict',
          status: 409,
          code: 'conflict',
          detail: 'This is in the way.',
          errors: [],
        }),
      })
    })
    return { arrived, let: (how) => answer(how) }
  }
  const now = (): Promise<Ticket> => client.tickets.get(ticket.number)
  const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
  const isFocused = (page: Page, name: string): Promise<boolean> =>
    field(page, name).evaluate((area) => document.activeElement === area)
  const done = (page: Page, what: string) => page.locator('.line__undo', { hasText: what })

  describe('what is typed', () => {
    test.each([
      ['Title', 'Shift+E', 'Enter', 'title'],
      ['Description', 'e', 'Control+Enter', 'description'],
    ] as const)('over a %s is a change of what was saved', async (name, key, send, member) => {
      const page = await open()
      await page.keyboard.press(key)
      await field(page, name).fill('On saturday')
      const held = await hold(page, 'PATCH', `/v1/tickets/${ticket.number}`)
      await page.keyboard.press(send)
      await held.arrived
      await page.keyboard.type(' night')
      // What is on its way is neither left nor given up.
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Discard' }).click({ force: true })
      held.let()
      await expect.poll(async () => (await now())[member]).toBe('On saturday')
      await done(page, String(ticket.number)).waitFor()
      expect(await field(page, name).inputValue()).toBe('On saturday night')
      await field(page, name).press(send)
      await field(page, name).waitFor({ state: 'detached' })
      expect((await now())[member]).toBe('On saturday night')
      expect(await page.locator('.clash, .ticket__kept').count()).toBe(0)
    })

    test('over a description is there after a reload, too', async () => {
      const page = await open()
      await page.keyboard.press('e')
      await field(page, 'Description').fill('One')
      const held = await hold(page, 'PATCH', `/v1/tickets/${ticket.number}`)
      await page.keyboard.press('Control+Enter')
      await held.arrived
      await page.keyboard.type(' and two')
      held.let()
      await done(page, String(ticket.number)).waitFor()
      await page.reload()
      await page.getByRole('button', { name: 'Go on writing' }).click()
      expect(await field(page, 'Description').inputValue()).toBe('One and two')
    })

    test('over a description, left while it was saved, is there after one came back and wrote on', async () => {
      const page = await openFromList()
      await page.keyboard.press('e')
      await field(page, 'Description').fill('One')
      const held = await hold(page, 'PATCH', `/v1/tickets/${ticket.number}`)
      await page.keyboard.press('Control+Enter')
      await held.arrived
      await page.goBack()
      await page.waitForSelector('.row')
      await page.goForward()
      await page.getByRole('button', { name: 'Go on writing' }).click()
      await field(page, 'Description').fill('One and two')
      held.let()
      await done(page, String(ticket.number)).waitFor()
      await page.reload()
      await page.getByRole('button', { name: 'Go on writing' }).click()
      expect(await field(page, 'Description').inputValue()).toBe('One and two')
    })

    test('in another tab over the same description stays, though it is discarded in this one', async () => {
      const page = await open()
      await page.keyboard.press('e')
      await field(page, 'Description').fill('Here')
      const other = await page.context().newPage()
      await other.goto(page.url())
      await other.getByRole('button', { name: 'Go on writing' }).click()
      await field(other, 'Description').fill('There')
      await page.getByRole('button', { name: 'Discard' }).click()
      await other.reload()
      await other.getByRole('button', { name: 'Go on writing' }).click()
      expect(await field(other, 'Description').inputValue()).toBe('There')
    })

    test('over a comment is a change of what was saved', async () => {
      const { id } = await client.tickets.comments(ticket.number).create({ text: 'Frist' })
      const page = await open()
      await page.locator('.say__more').click()
      await page.keyboard.type('Edit')
      await page.keyboard.press('Enter')
      await field(page, 'Edit').fill('First')
      const held = await hold(page, 'PATCH', `/comments/${id}`)
      await page.keyboard.press('Control+Enter')
      await held.arrived
      await page.keyboard.type(' and last')
      held.let()
      await page.locator('.say__edited').waitFor()
      expect(await field(page, 'Edit').inputValue()).toBe('First and last')
      await field(page, 'Edit').press('Control+Enter')
      await field(page, 'Edit').waitFor({ state: 'detached' })
      await page.locator('.say', { hasText: 'First and last' }).waitFor()
    })

    test('over a comment, left while it was saved, is there after one came back and wrote on', async () => {
      const { id } = await client.tickets.comments(ticket.number).create({ text: 'Frist' })
      const page = await openFromList()
      await page.locator('.say__more').click()
      await page.keyboard.type('Edit')
      await page.keyboard.press('Enter')
      await field(page, 'Edit').fill('First')
      const held = await hold(page, 'PATCH', `/comments/${id}`)
      await page.keyboard.press('Control+Enter')
      await held.arrived
      await page.goBack()
      await page.waitForSelector('.row')
      await page.goForward()
      await field(page, 'Edit').fill('First and last')
      held.let()
      await done(page, 'comment').waitFor()
      await page.reload()
      expect(await field(page, 'Edit').inputValue()).toBe('First and last')
    })

    test('as a comment, left while it was sent, is there after one came back and wrote on', async () => {
      const page = await openFromList()
      await page.keyboard.press('r')
      await page.keyboard.type('First')
      const held = await hold(page, 'POST', `/v1/tickets/${ticket.number}/comments`)
      await page.keyboard.press('Control+Enter')
      await held.arrived
      await page.goBack()
      await page.waitForSelector('.row')
      await page.goForward()
      await field(page, 'Comment').fill('First and last')
      held.let()
      await done(page, 'comment').waitFor()
      await page.reload()
      expect(await field(page, 'Comment').inputValue()).toBe('First and last')
    })

    test('into a field stays where the desk refuses it, also after one has left it', async () => {
      const page = await open()
      await page.getByRole('button', { name: 'Serial number: None' }).click()
      const held = await hold(page, 'POST', '/v1/batch')
      await page.keyboard.type('SN-1234')
      await page.keyboard.press('Enter')
      await held.arrived
      await page.locator('.talk').click()
      held.let('refused')
      const problem = page.locator('.prop .field__bad', { hasText: 'This is in the way.' })
      await problem.waitFor()
      expect(await field(page, 'Serial number').inputValue()).toBe('SN-1234')
      // What is wrong with it is said of it, though its name has a space.
      const says = await field(page, 'Serial number').getAttribute('aria-describedby')
      expect(await problem.getAttribute('id')).toBe(says)
      expect(says).toMatch(/^\S+$/u)
      await field(page, 'Serial number').press('Enter')
      await page.getByRole('button', { name: 'Serial number: SN-1234' }).waitFor()
      expect((await now()).fields).toEqual({ 'Serial number': 'SN-1234' })
    })

    test('into a field after it was sent is stored once one leaves it', async () => {
      const page = await open()
      await page.getByRole('button', { name: 'Serial number: None' }).click()
      const held = await hold(page, 'POST', '/v1/batch')
      await page.keyboard.type('SN')
      await page.keyboard.press('Enter')
      await held.arrived
      await page.keyboard.type('-1234')
      await page.locator('.talk').click()
      held.let()
      await page.getByRole('button', { name: 'Serial number: SN-1234' }).waitFor()
      await expect.poll(async () => (await now()).fields).toEqual({ 'Serial number': 'SN-1234' })
    })

    test('in the settings is a change of what was stored, under its new name', async () => {
      const page = await open('/settings/labels')
      await page.getByRole('button', { name: 'New label' }).click()
      await field(page, 'Name').fill('disk')
      const held = await hold(page, 'POST', '/v1/labels')
      await page.keyboard.press('Control+Enter')
      await held.arrived
      await field(page, 'Description').fill('Disks and what is on them')
      held.let()
      await page.locator('.more .make').waitFor()
      expect(await client.labels.get('disk')).toMatchObject({ description: null })
      expect(await field(page, 'Description').inputValue()).toBe('Disks and what is on them')
      await field(page, 'Description').press('Control+Enter')
      await page.locator('.make').waitFor({ state: 'detached' })
      expect(await client.labels.get('disk')).toMatchObject({ description: 'Disks and what is on them' })
    })

    test('into a key is a change of what was stored', async () => {
      await keys.set('/slow', 'before')
      const page = await open('/keys/slow')
      await page.waitForSelector('.val__t')
      await page.keyboard.press('e')
      await field(page, 'Value').fill('after')
      const held = await hold(page, 'PUT', '/v2/keys/slow')
      await page.keyboard.press('Control+Enter')
      await held.arrived
      await page.keyboard.type('wards')
      held.let()
      await page.locator('.line', { hasText: 'Saved' }).waitFor()
      expect((await keys.get('/slow')).node.value).toBe('after')
      expect(await field(page, 'Value').inputValue()).toBe('afterwards')
      await field(page, 'Value').press('Control+Enter')
      await field(page, 'Value').waitFor({ state: 'detached' })
      expect((await keys.get('/slow')).node.value).toBe('afterwards')
    })
  })

  test('what Esc gives up in a field is not stored, nor is a number that could be two', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Serial number: None' }).click()
    await page.keyboard.type('SN-1234')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Serial number: None' }).waitFor()
    await page.getByRole('button', { name: 'Cores: None' }).click()
    await page.keyboard.type('1,500')
    await page.keyboard.press('Enter')
    await page.locator('.prop .field__bad', { hasText: 'such as 1500' }).waitFor()
    await field(page, 'Cores').fill('1,5')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Cores: 1.5' }).waitFor()
    expect((await now()).fields).toEqual({ Cores: 1.5 })
  })

  test('a comment takes no focus from what is written beside it, and no word of that', async () => {
    const page = await open()
    await field(page, 'Comment').fill('Public')
    const held = await hold(page, 'POST', `/v1/tickets/${ticket.number}/comments`)
    await page.keyboard.press('Control+Enter')
    await held.arrived
    await page.getByRole('button', { name: 'Edit the description' }).click()
    await page.keyboard.type(' Not')
    held.let()
    await page.locator('.say', { hasText: 'Public' }).waitFor()
    await page.keyboard.type(' public')
    expect(await field(page, 'Description').inputValue()).toBe('It began. Not public')
    expect(await field(page, 'Comment').inputValue()).toBe('')
    // Who stays has the next one to write.
    await field(page, 'Comment').fill('Second')
    await page.keyboard.press('Control+Enter')
    await page.locator('.say', { hasText: 'Second' }).waitFor()
    await expect.poll(() => isFocused(page, 'Comment')).toBe(true)
  })

  describe('a new ticket', () => {
    async function send(page: Page): Promise<Held> {
      await page.keyboard.press('c')
      await page.waitForSelector('.new__in:focus')
      await page.keyboard.type('Fans are loud')
      const held = await hold(page, 'POST', '/v1/tickets')
      await page.keyboard.press('Control+Enter')
      await held.arrived
      return held
    }
    const title = (page: Page): Promise<string> => page.locator('.new__in').inputValue()

    test('is made while one does something else, and leaves one there', async () => {
      const page = await open()
      const held = await send(page)
      await page.keyboard.press('Escape')
      await field(page, 'Comment').focus()
      await page.keyboard.type('Half a')
      held.let()
      await done(page, 'made').waitFor()
      await page.keyboard.type(' sentence')
      expect(new URL(page.url()).pathname).toBe(`/t/${ticket.number}`)
      expect(await field(page, 'Comment').inputValue()).toBe('Half a sentence')
      await page.locator('.talk').click()
      await page.keyboard.press('c')
      await page.waitForSelector('.new__in:focus')
      expect(await title(page)).toBe('')
      await page.keyboard.press('Escape')
      // Whoever wants to go there now is led there.
      await page.locator('.line__end a', { hasText: 'made' }).click()
      await page.waitForURL(`**/t/${ticket.number + 1}`)
    })

    test('is not changed while it is sent, also by who closes the dialog and comes back, and is led to', async () => {
      const page = await open()
      const held = await send(page)
      await page.keyboard.type(' indeed')
      await page.locator('.new').getByRole('button', { name: 'Priority' }).click()
      expect(await page.locator('.menu--float').count()).toBe(0)
      await page.keyboard.press('Escape')
      await page.locator('dialog[open]').waitFor({ state: 'detached' })
      await page.keyboard.press('c')
      await page.waitForSelector('.new__in:focus')
      await page.keyboard.type('!')
      expect(await title(page)).toBe('Fans are loud')
      await page.getByRole('button', { name: 'Creating' }).waitFor()
      held.let('refused')
      await page.locator('.foot__say', { hasText: 'This is in the way.' }).waitFor()
      await page.locator('.new__in').fill('Fans are loud!')
      await page.keyboard.press('Control+Enter')
      await page.locator('.ticket__title', { hasText: 'Fans are loud!' }).waitFor()
    })
  })
})
