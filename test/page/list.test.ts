/** The list in a real browser: found, walked, changed one by one and together, and true to what others do meanwhile. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type Ticket } from '#src/client/client.js'
import { faultsOf } from '../support/axe.js'
import { expectQuiet, useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('the list', () => {
  const { visit, another } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let tickets: Ticket[]
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann' })
    await client.users.create({ handle: 'Bo Lind' })
    await client.fields.create({ name: 'root cause', type: 'text' })
    await client.labels.create({ name: 'disk' })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    for await (const { number } of client.tickets.list({ q: 'is:open' })) await client.tickets.delete(number)
    tickets = []
    for (const title of ['First', 'Second', 'Third']) tickets.push(await client.tickets.create({ title }))
  })
  const rowOf = (number: number | undefined): string => `.row[data-number="${number}"]`

  test('shows what is open, the newest first, and asks nothing of anybody else', async () => {
    const shown = await visit(desk.door.url)
    await shown.page.waitForSelector(rowOf(tickets[0]?.number))
    expect(await shown.page.locator('.row__title').allTextContents()).toEqual(['Third', 'Second', 'First'])
    expectQuiet(shown)
  })

  test('is walked by keys, and Back returns to the row', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/t/${tickets[1]?.number}`)
    await page.goBack()
    await page.waitForSelector(`${rowOf(tickets[1]?.number)}.is-cursor`)
  })

  test('keeps the cursor and the focus at the ticket that one came from, whatever came above it meanwhile', async () => {
    const { page } = await visit(desk.door.url)
    const first = tickets[0]?.number ?? 0
    await page.waitForSelector(rowOf(first))
    for (const key of ['j', 'j', 'Enter']) await page.keyboard.press(key)
    await page.waitForURL(`**/t/${first}`)
    const later = await client.tickets.create({ title: 'Fourth' })
    await client.tickets.create({ title: 'Fifth' })
    await page.goBack()
    await page.waitForSelector(rowOf(later.number))
    await page.waitForSelector(`${rowOf(first)}.is-cursor .row__title:focus`)
    await page.keyboard.press('Delete')
    await expect.poll(async () => (await client.tickets.get(first)).deletedAt).not.toBeNull()
    expect((await client.tickets.get(tickets[2]?.number ?? 0)).deletedAt).toBeNull()
  })

  test('puts the cursor on the first of what has come, and the focus with it, where it was on a row', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    await page.waitForSelector('.line--live .beat')
    await page.keyboard.press('j')
    const { number } = await client.tickets.create({ title: 'Fourth' })
    await page.waitForSelector('.hint')
    await page.keyboard.press('.')
    await page.waitForSelector(`${rowOf(number)}.is-cursor .row__title:focus`)
  })

  test('keeps the cursor near where its ticket was, once that is no longer found', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    for (const key of ['j', 'j', 'Enter']) await page.keyboard.press(key)
    await page.waitForURL(`**/t/${tickets[0]?.number}`)
    await client.tickets.change(tickets[0]?.number ?? 0, { status: 'closed' })
    await page.goBack()
    await page.waitForSelector(`${rowOf(tickets[1]?.number)}.is-cursor`)
  })

  test('selects from the ticket where one began, wherever that stands by now', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    await page.waitForSelector('.line--live .beat')
    await page.locator(`${rowOf(tickets[1]?.number)} .check`).click()
    await client.tickets.create({ title: 'Fourth' })
    await page.waitForSelector('.hint')
    await page.keyboard.press('.')
    await page.locator('.row__title', { hasText: 'Fourth' }).waitFor()
    await page.locator(`${rowOf(tickets[0]?.number)} .check`).click({ modifiers: ['Shift'] })
    await page.waitForSelector(`${rowOf(tickets[0]?.number)}.is-picked`)
    expect(await page.locator('.row.is-picked .row__title').allTextContents()).toEqual(['Second', 'First'])
  })

  test('changes several as one, all or none, and takes it back', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    for (const key of ['x', 'j', 'x', 'p']) await page.keyboard.press(key)
    await page.keyboard.type('urg')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.line__undo')
    const priorities = async (): Promise<string[]> => {
      const found: string[] = []
      for await (const { priority } of client.tickets.list({ q: 'is:open' })) found.push(priority)
      return found
    }
    expect(await priorities()).toEqual(['urgent', 'urgent', 'normal'])
    await page.keyboard.press('Escape')
    await page.keyboard.press('z')
    await expect.poll(priorities).toEqual(['normal', 'normal', 'normal'])
  })

  test('selects no longer what the key has deleted, so that the next change is for what is left', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    for (const key of ['x', 'Delete']) await page.keyboard.press(key)
    await page.waitForSelector('.line__undo')
    await page.waitForSelector('.acts', { state: 'detached' })
    for (const key of ['j', 'x', 'p']) await page.keyboard.press(key)
    await page.keyboard.type('urg')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await client.tickets.get(tickets[1]?.number ?? 0)).priority).toBe('urgent')
  })

  test('a link or a button that has the focus is pressed by its keys, and nothing is deleted there', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    for (const key of ['Delete', 'Enter']) {
      await page.getByRole('button', { name: 'Group' }).focus()
      await page.keyboard.press(key)
    }
    await page.locator('.menu input:focus').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Group' }).focus()
    await page.keyboard.press('Space')
    await page.locator('.menu input:focus').waitFor()
    await page.keyboard.press('Escape')
    const link = page.locator('.side a[href$="/dashboard"]')
    await link.focus()
    await page.keyboard.press('Delete')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/dashboard')
    const now = await Promise.all(tickets.map(({ number }) => client.tickets.get(number)))
    expect(now.map(({ deletedAt }) => deletedAt)).toEqual([null, null, null])
  })

  test('what the next key opens has the focus, however late a frame is drawn', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    const draw = await page.evaluateHandle(() => {
      const held: FrameRequestCallback[] = []
      window.requestAnimationFrame = (callback) => held.push(callback)
      return () => held.splice(0).forEach((callback) => callback(performance.now()))
    })
    for (const key of ['j', 'l']) await page.keyboard.press(key)
    await draw.evaluate((drawHeld) => drawHeld())
    await page.keyboard.type('disk')
    for (const key of ['Enter', 'Escape']) await page.keyboard.press(key)
    await expect.poll(async () => (await client.tickets.get(tickets[1]?.number ?? 0)).labels).toEqual(['disk'])
    await page.waitForSelector(`${rowOf(tickets[1]?.number)}.is-cursor .row__title:focus`)
  })

  test('says what of a search is not understood, and where', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    await page.keyboard.press('/')
    await page.keyboard.type('🔥 is:opne disk')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.tok--bad')
    expect(await page.locator('.tok--bad').textContent()).toBe('is:opne')
    expect(await page.locator('#find-wrong').textContent()).toContain('is:open')
  })

  test('completes a name with a space in quotes, whichever key takes it, and asks for who is meant', async () => {
    await client.tickets.change(tickets[0]?.number ?? 0, { assignees: ['Bo Lind'] })
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    const field = page.getByRole('combobox', { name: 'Search tickets' })
    for (const [typed, keys, text] of [
      ['assignee:bo', ['Tab'], 'assignee:"Bo Lind" '],
      ['assignee:bo l', ['ArrowDown', 'Enter'], 'assignee:"Bo Lind" '],
      ['assignee:ann,bo li', ['Tab'], 'assignee:ann,"Bo Lind" '],
      ['no:root', ['Tab'], 'no:"field.root cause" '],
      // Nothing of the list was taken.
      ['assignee:bo lind', [], 'assignee:bo lind'],
    ] as const) {
      await field.fill('')
      await page.keyboard.type(typed)
      await page.locator('.menu--find').waitFor()
      for (const key of keys) await page.keyboard.press(key)
      expect(await field.inputValue()).toBe(text)
    }
    await page.keyboard.press('Enter')
    await page.waitForSelector(rowOf(tickets[2]?.number), { state: 'detached' })
    await page.waitForSelector(rowOf(tickets[0]?.number))
    expect(await field.inputValue()).toBe('assignee:"Bo Lind"')
    expect(await page.locator('.tok--bad').count()).toBe(0)
  })

  test('shows of a long list of completions what is active', async () => {
    const { page } = await visit(desk.door.url)
    await page.waitForSelector(rowOf(tickets[0]?.number))
    await page.keyboard.press('/')
    await page.keyboard.press('Delete')
    for (let n = 0; n < 18; n++) await page.keyboard.press('ArrowDown')
    const active = page.locator('#find-completions [aria-selected="true"]')
    expect(await active.textContent()).toContain(':')
    await expect
      .poll(() =>
        active.evaluate((row) => {
          const { left, top, bottom } = row.getBoundingClientRect()
          return row.contains(document.elementFromPoint(left + 5, (top + bottom) / 2))
        }),
      )
      .toBe(true)
    expect(await faultsOf(page)).toEqual([])
  })

  test.each(['light', 'dark'] as const)(
    'has no fault that axe knows, in groups and with a menu open, %s',
    async (colorScheme) => {
      const { page } = await visit(`${desk.door.url}/?group=status`, { colorScheme })
      await page.waitForSelector(rowOf(tickets[0]?.number))
      expect(await faultsOf(page)).toEqual([])
      for (const key of ['x', 'l']) await page.keyboard.press(key)
      await page.waitForSelector('.menu--float')
      expect(await faultsOf(page)).toEqual([])
    },
  )

  test('shows what others change where it stands, and new ones only when asked for', async () => {
    const shown = await visit(desk.door.url)
    const { page } = shown
    const second = await another(shown, desk.door.url)
    for (const each of [page, second.page]) await each.waitForSelector(rowOf(tickets[0]?.number))
    await page.waitForSelector('.line--live .beat')
    // It is marked for a while: it is looked for from before on, on both.
    const areMarked = Promise.all(
      [page, second.page].map((each) => each.waitForSelector(`${rowOf(tickets[0]?.number)}.is-fresh`)),
    )
    await client.tickets.change(tickets[0]?.number ?? 0, { title: 'First of all', status: 'in-progress' })
    await areMarked
    for (const each of [page, second.page]) {
      await each.locator(rowOf(tickets[0]?.number), { hasText: 'First of all' }).waitFor()
    }
    const fourth = await client.tickets.create({ title: 'Fourth' })
    await page.waitForSelector('.hint')
    expect(await page.locator(rowOf(fourth.number)).count()).toBe(0)
    await page.keyboard.press('.')
    await page.waitForSelector(rowOf(fourth.number))
    // One stream for all tabs of a browser.
    expect(desk.door.eventFigures().listeners).toBe(1)
  })

  test('reads anew of many groups those that are in sight, and how many the others have', async () => {
    const handles = Array.from({ length: 60 }, (_, at) => `user-${String(at).padStart(2, '0')}`)
    for (const handle of handles) await client.users.create({ handle })
    const { results } = await client.batch(
      ['user-59', 'user-59', ...handles].map((handle) => ({
        op: 'create' as const,
        ticket: { title: 'Grouped', assignees: [handle] },
      })),
    )
    const { page } = await visit(`${desk.door.url}/?q=is:open+Grouped&group=assignee`)
    await page.locator('.row[data-number]').nth(3).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/t/*')
    await client.tickets.change(results[0]?.number ?? 0, { status: 'closed' })
    const reads: string[] = []
    page.on('request', (request) => {
      if (decodeURIComponent(request.url()).includes('assignee:')) reads.push(request.url())
    })
    await page.goBack()
    await page.locator('.bar__n', { hasText: '61' }).waitFor()
    await expect.poll(() => reads.length).toBeGreaterThan(0)
    expect(reads.length).toBeLessThan(50)
  })

  test('says in groups how many tickets there are, each once, though several have it', async () => {
    await client.tickets.change(tickets[0]?.number ?? 0, { assignees: ['ann', 'Bo Lind'] })
    const { page } = await visit(`${desk.door.url}/?group=assignee`)
    await expect.poll(() => page.locator('.group__n').allTextContents()).toEqual(['2', '1', '1'])
    expect(await page.locator('.bar__n').textContent()).toBe('3')
  })

  test('tells of all that came, though one that is shown was changed between them', async () => {
    const { page } = await visit(`${desk.door.url}/?sort=updated`)
    const number = tickets[0]?.number ?? 0
    await page.waitForSelector(rowOf(number))
    await page.waitForSelector('.line--live .beat')
    await client.tickets.create({ title: 'Before it' })
    await client.tickets.change(number, { title: 'First, and changed' })
    await client.tickets.create({ title: 'After it' })
    await page.locator('.hint', { hasText: '2 tickets new above' }).waitFor()
  })
})
