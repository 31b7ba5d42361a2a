/** What who hears the page is told: of pickers what they are, what is active, set and found; of what others do, little and never into a word. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

/** What the browser tells of a picker that is open. */
interface Picker {
  readonly name: string
  readonly isExpanded: boolean
  /** The name of the option that Enter would take. */
  readonly active: string | undefined
  readonly options: readonly string[]
  readonly chosen: readonly string[]
}

async function pickerOf(page: Page): Promise<Picker | undefined> {
  const session = await page.context().newCDPSession(page)
  const { nodes } = await session.send('Accessibility.getFullAXTree')
  await session.detach()
  const field = nodes.find(
    ({ role, properties }) =>
      role?.value === 'combobox' && properties?.some(({ name, value }) => name === 'focused' && value.value === true),
  )
  if (field === undefined) return undefined
  const propertyOf = (name: string) => field.properties?.find((one) => one.name === name)?.value
  const options = nodes.filter(({ role, ignored }) => role?.value === 'option' && !ignored)
  const active = propertyOf('activedescendant')?.relatedNodes?.[0]?.backendDOMNodeId
  const nameOf = (option: (typeof nodes)[number] | undefined): string => String(option?.name?.value)
  return {
    name: String(field.name?.value),
    isExpanded: propertyOf('expanded')?.value === true,
    active: active === undefined ? undefined : nameOf(options.find((one) => one.backendDOMNodeId === active)),
    options: options.map(nameOf),
    chosen: options
      .filter(({ properties }) => properties?.some(({ name, value }) => name === 'checked' && value.value === 'true'))
      .map(nameOf),
  }
}

/** So soon after a letter nothing is said: the page waits longer for the next one. */
const SOON_MS = 2000

interface Said {
  readonly text: string
  /** Whether a letter was written just before. */
  readonly isInWord: boolean
}

/** Keeps what is said from now on. */
async function listen(page: Page): Promise<() => Promise<readonly Said[]>> {
  await page.evaluate((soonMs) => {
    const told: Said[] = []
    let written = -Infinity
    addEventListener('input', () => (written = performance.now()), true)
    const isLive = '[role="status"], [role="alert"], [role="log"], [aria-live]:not([aria-live="off"])'
    new MutationObserver((changes) => {
      const regions = new Set(
        changes.flatMap(({ target, addedNodes }) => {
          const here = target instanceof Element ? target : target.parentElement
          const within = [...addedNodes].flatMap((node) =>
            node instanceof Element ? [node.closest(isLive)].concat([...node.querySelectorAll(isLive)]) : [],
          )
          return [here?.closest(isLive), ...within]
        }),
      )
      for (const region of regions) {
        const text = region?.textContent?.trim() ?? ''
        if (text !== '') told.push({ text, isInWord: performance.now() - written < soonMs })
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
    Object.assign(globalThis, { told })
  }, SOON_MS)
  return () => page.evaluate<readonly Said[]>('told')
}

/** What makes a label of a name that none has. */
const labelMade = (name: string): string => `Make the label \u2068${name}\u2069`

describe.skipIf(missing('chromium'))('who hears the page', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let number: number
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    for (const handle of ['ann', 'ben']) await client.users.create({ handle, role: 'agent' })
    for (const name of ['disk', 'node', 'network']) await client.labels.create({ name })
    await client.queues.create({ name: 'storage' })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ;({ number } = await client.tickets.create({ title: 'Full', labels: ['disk', 'node'], assignees: ['ben'] }))
  })
  const openTicket = async (): Promise<Page> => {
    const { page } = await visit(`${desk.door.url}/t/${number}`)
    await page.waitForSelector('.talk')
    // That is said too, once.
    await page.locator('.line--live .line__state', { hasText: 'Live' }).waitFor()
    return page
  }

  test.each([
    { key: 's', name: 'Status', chosen: ['open'], text: 'wait', found: ['waiting'] },
    { key: 'a', name: 'Assignees', chosen: ['ben'], text: 'an', found: ['ann'] },
    { key: 'l', name: 'Labels', chosen: ['disk', 'node'], text: 'n', found: ['network', 'node'], made: labelMade },
    { key: 'q', name: 'Queue', chosen: ['default'], text: 'stor', found: ['storage'] },
  ])(
    'is told what a picker is, and all that changes in it: $name',
    async ({ key, name, chosen, text, found, made }) => {
      const { version } = await client.tickets.get(number)
      const page = await openTicket()
      const opener = page.getByRole('button', { name: `${name}: ` })
      expect(await opener.getAttribute('aria-expanded')).toBe('false')
      await opener.focus()
      await page.keyboard.press(key)
      await page.waitForSelector('.menu--float')
      expect(await opener.getAttribute('aria-expanded')).toBe('true')
      const first = await pickerOf(page)
      expect(first).toMatchObject({ name, isExpanded: true, chosen })
      expect(chosen).toContain(first?.active)
      await page.keyboard.type(text)
      await page.locator('.menu--float [role="status"]', { hasText: `${found.length} found` }).waitFor()
      const narrowed = await pickerOf(page)
      const others = made === undefined ? [] : [made(text)]
      expect(narrowed?.options.toSorted()).toEqual([...found, ...others].toSorted())
      expect(narrowed?.active).toBe(narrowed?.options[0])
      await page.keyboard.press('End')
      expect((await pickerOf(page))?.active).toBe(narrowed?.options.at(-1))
      await page.keyboard.type('no such')
      await page.locator('.menu--float [role="status"]', { hasText: 'Nothing found' }).waitFor()
      const offered = made?.(`${text}no such`)
      const options = offered === undefined ? [] : [offered]
      expect(await pickerOf(page)).toMatchObject({ active: offered, options })
      await page.keyboard.press('Escape')
      await page.waitForSelector('.menu--float', { state: 'detached' })
      expect(await opener.getAttribute('aria-expanded')).toBe('false')
      expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true)
      expect((await client.tickets.get(number)).version).toBe(version)
    },
  )

  test('gets the focus back where it was, wherever a picker was opened by a key', async () => {
    const page = await openTicket()
    const link = page.getByRole('link', { name: 'Board' }).first()
    await link.focus()
    await page.keyboard.press('l')
    await page.waitForSelector('.menu--float')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.menu--float', { state: 'detached' })
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  /** Thirty changes by somebody else: titles, statuses, comments, new tickets, keys. */
  async function changeMuch(between: () => Promise<void> = async () => {}): Promise<void> {
    const other = createDeskClient({ endpoint: desk.door.url, as: 'ben' })
    for (let at = 1; at <= 10; at++) {
      await other.tickets.change(number, { title: `Full, ${at}`, priority: at % 2 === 0 ? 'high' : 'low' })
      await between()
      await other.tickets.comments(number).create({ text: `Look ${at}` })
      await between()
      await other.tickets.create({ title: `Another ${at}` })
      await between()
    }
  }

  test.each([
    { name: 'the list', at: () => '/', isShown: '.hint' },
    { name: 'the board', at: () => '/board', isShown: '.hint' },
    { name: 'a ticket', at: () => `/t/${number}`, isShown: 'h1 :text("Full, 10")' },
  ])('is told little of what others do: $name', async ({ at, isShown }) => {
    const { page } = await visit(desk.door.url + at())
    await page.waitForSelector('.line--live .beat')
    await page.waitForSelector('.row, .card, .talk')
    const told = await listen(page)
    await changeMuch()
    await page.waitForSelector(isShown)
    expect((await told()).length).toBeLessThanOrEqual(3)
  })

  test.each([
    { name: 'a comment', open: 'r' },
    { name: 'the title that others change', open: 'Shift+E' },
  ])('is told nothing of it while writing $name', async ({ open }) => {
    const page = await openTicket()
    await page.keyboard.press(open)
    await page.locator('textarea:focus').waitFor()
    const told = await listen(page)
    await changeMuch(() => page.keyboard.type('a'))
    await page.locator('textarea:focus').waitFor()
    expect(await page.locator('textarea:focus').inputValue()).toContain('a'.repeat(30))
    // However long the others took: who pauses may be told.
    expect((await told()).filter(({ isInWord }) => isInWord)).toEqual([])
    if (open === 'r') return
    await page.locator('.ticket__says [role="status"]', { hasText: 'ben gave it another title' }).waitFor()
  })
})
