/** Writing with an input method, in every kind of field: what is being composed is nobody's but the input method's, until it is chosen. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium, type Visit } from '../support/browser.js'
import { openDesk, openDeskWithKeys, type OpenDesk } from '../support/desk-door.js'
import { InputMethod } from '../support/input-method.js'
import { missing } from '../support/requirements.js'

interface Field {
  readonly name: string
  /** Where it is; `/t` is the ticket of the test. */
  readonly at: string
  /** Makes it appear. */
  readonly open: (page: Page) => Promise<void>
  readonly field: (page: Page) => Locator
  /** Sends what is written, where something is sent. */
  readonly send?: string
}

const pressed = (key: string) => (page: Page) => page.keyboard.press(key)
const clicked = (name: string) => (page: Page) => page.getByRole('button', { name }).click()
const box = (name: string) => (page: Page) => page.getByRole('textbox', { name, exact: true })
const combobox = (name: string) => (page: Page) => page.getByRole('combobox', { name, exact: true })

const fields: readonly Field[] = [
  { name: 'comment', at: '/t', open: pressed('r'), field: box('Comment'), send: 'Control+Enter' },
  { name: 'title', at: '/t', open: pressed('Shift+E'), field: box('Title'), send: 'Enter' },
  { name: 'description', at: '/t', open: pressed('e'), field: box('Description'), send: 'Control+Enter' },
  { name: 'field of its queue', at: '/t', open: clicked('Site: None'), field: box('Site'), send: 'Enter' },
  { name: 'search', at: '/', open: pressed('/'), field: combobox('Search tickets') },
  { name: 'palette', at: '/', open: pressed('Control+K'), field: combobox('Go to or do') },
  { name: 'picker of labels', at: '/t', open: pressed('l'), field: combobox('Labels') },
  { name: 'picker of people', at: '/t', open: pressed('a'), field: combobox('Assignees') },
  { name: 'new ticket’s title', at: '/', open: pressed('c'), field: box('Title'), send: 'Control+Enter' },
  { name: 'new label', at: '/settings/labels', open: clicked('New label'), field: box('Name'), send: 'Enter' },
  { name: 'new queue', at: '/settings/queues', open: clicked('New queue'), field: box('Name'), send: 'Control+Enter' },
  { name: 'key tree’s search', at: '/keys', open: pressed('/'), field: box('Jump to a key') },
  { name: 'new key’s path', at: '/keys', open: pressed('n'), field: (page) => page.locator('#new-key-path') },
]

describe.skipIf(missing('chromium'))('while an input method composes', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let number: number
  beforeAll(async () => {
    desk = await openDeskWithKeys()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann', role: 'agent' })
    await client.labels.create({ name: 'disk' })
    await client.fields.create({ name: 'Site', type: 'text' })
    await client.queues.create({ name: 'storage', fields: [{ name: 'Site' }] })
  })
  afterAll(() => desk.close())
  beforeEach(async () => {
    ;({ number } = await client.tickets.create({ title: '満杯', description: '朝から。', queue: 'storage' }))
  })

  async function opened({ at, open, field }: Field): Promise<Visit> {
    const shown = await visit(`${desk.door.url}${at === '/t' ? `/t/${number}` : at}`)
    const { page } = shown
    await page.waitForSelector(
      { '/t': '.talk', '/': '.row', '/keys': '.keys' }[at] ?? '.set__body table, .set__body .nil',
    )
    await open(page)
    await field(page).focus()
    return shown
  }

  test.each(fields)('keys mean nothing to the page: $name', async (each) => {
    const shown = await opened(each)
    const { page } = shown
    const field = each.field(page)
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() !== 'GET') sent.push(`${request.method()} ${request.url()}`)
    })
    await page.keyboard.press('End')
    const before = await field.inputValue()
    const looks = (): Promise<unknown> =>
      page.evaluate(() => ({
        url: location.href,
        dialogs: document.querySelectorAll('dialog[open], .menu--float').length,
        chosen: document.querySelectorAll('[aria-checked="true"]').length,
      }))
    const seen = await looks()
    const method = await InputMethod.on(page)
    await method.compose('にほんg')
    await method.pressAll()
    await expect.poll(() => field.inputValue()).toBe(`${before}にほんg`)
    expect(await looks()).toEqual(seen)
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(sent).toEqual([])
    await method.commit('日本語')
    await expect.poll(() => field.inputValue()).toBe(`${before}日本語`)
    if (each.send === undefined) return
    await page.keyboard.press(each.send)
    await expect.poll(() => sent.length).toBe(1)
  })

  test('the first ticket of a desk is sent once, when its title is written', async () => {
    const empty = await openDesk()
    onTestFinished(() => empty.close())
    const { page } = await visit(empty.door.url)
    const field = page.locator('.first__in input:focus')
    await field.waitFor()
    const method = await InputMethod.on(page)
    await method.compose('まんぱi')
    await method.pressAll()
    await expect.poll(() => field.inputValue()).toBe('まんぱi')
    await method.commit('満杯')
    await expect.poll(() => field.inputValue()).toBe('満杯')
    await page.keyboard.press('Enter')
    await page.locator('.first__made', { hasText: '満杯' }).waitFor()
    expect(await createDeskClient({ endpoint: empty.door.url }).tickets.get(1)).toMatchObject({ title: '満杯' })
  })
})
