/** What is typed in forms beside those of tickets: it outlasts a reload, an ended session and a sign-out, is its writer's alone, and one is told where it can not be kept. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { Ends, openAccessDesk, passwordOf, type AccessDesk } from '../support/access-desk.js'
import { useChromium, watch } from '../support/browser.js'
import { missing } from '../support/requirements.js'
import { sqliteTarget } from '../support/target.js'

/** Forms of the settings: where each is opened, and what is typed in it. */
const forms = [
  ['queues', 'New queue', 'Name', 'storage'],
  ['statuses', 'New status', 'Name', 'parked'],
  ['labels', 'New label', 'Name', 'disk'],
  ['fields', 'New field', 'Name', 'site'],
  ['users', 'New person', 'Handle', 'carl'],
  ['tokens', 'New token', 'What is it for?', 'nightly export'],
] as const

describe.skipIf(missing('chromium'))('what is typed in a form', () => {
  const { visit } = useChromium()
  const ends = new Ends()
  let desk: AccessDesk
  let admin: DeskClient
  beforeAll(async () => {
    desk = await openAccessDesk({ target: sqliteTarget, until: ends.until })
    const { secret } = await desk.token('ada')
    admin = createDeskClient({ endpoint: desk.doorOf(0).url, token: secret })
    await admin.labels.create({ name: 'network' })
  })
  afterAll(() => ends.end())

  async function signIn(page: Page, user: string): Promise<void> {
    await page.fill('input[name=user]', user)
    await page.fill('input[name=password]', passwordOf(user))
    await page.click('#sign-in button')
    await page.locator('.me', { hasText: user }).waitFor()
  }
  const at = (path: string): string => `${desk.doorOf(0).url}${path}`
  const typed = (page: Page, label: string): Promise<string> =>
    page.locator('.make').getByRole('textbox', { name: label, exact: true }).inputValue()

  test('of the settings is there after a reload, until it is given up', async () => {
    const { page } = await visit(at('/settings/queues'))
    await signIn(page, 'ada')
    for (const [part, button, label, text] of forms) {
      await page.goto(at(`/settings/${part}`))
      await page.getByRole('button', { name: button }).click()
      await page.locator('.make').getByRole('textbox', { name: label, exact: true }).fill(text)
    }
    for (const [part, , label, text] of forms) {
      await page.goto(at(`/settings/${part}`))
      await page.waitForSelector('.make')
      expect(await typed(page, label)).toBe(text)
      await page.locator('.make').getByRole('button', { name: 'Cancel' }).click()
      await page.reload()
      await page.locator('.set__head button').first().waitFor()
      expect(await page.locator('.make').count()).toBe(0)
    }
  })

  test('is there when one comes back, what others changed meanwhile is not overwritten, and nobody else sees it', async () => {
    const { page } = await visit(at('/settings/labels'))
    await signIn(page, 'ada')
    await page.getByRole('button', { name: 'More about network' }).click()
    await page.keyboard.press('Enter')
    await page.getByLabel('Description').fill('Cables and what is on them')
    // The session ends, and somebody else sits down.
    await page.evaluate(`fetch('/v1/sessions/current', { method: 'DELETE' })`)
    await page.waitForSelector('input[name=user]')
    await signIn(page, 'abe')
    await page.getByRole('button', { name: 'More about network' }).waitFor()
    expect(await page.locator('.make').count()).toBe(0)
    await admin.labels.change('network', { name: 'networks' })
    await page.locator('.me').click()
    await page.locator('.menu__item', { hasText: 'Sign out' }).click()
    await page.waitForSelector('input[name=user]')
    await signIn(page, 'ada')
    await page.locator('.make').waitFor()
    expect(await typed(page, 'Description')).toBe('Cables and what is on them')
    // The label has another name by now: that is said, and what was typed is still there.
    await page.getByRole('status').filter({ hasText: 'network' }).waitFor()
  })

  test.each([
    [
      'forbidden',
      `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })`,
    ],
    ['full', `Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }`],
  ])('where storage is %s the page works, and says that nothing is kept', async (_how, script) => {
    const seed = await visit('about:blank')
    await seed.page.context().addInitScript(script)
    const { page, complaints } = await watch(await seed.page.context().newPage(), at('/settings/labels'))
    await signIn(page, 'ada')
    await page.getByRole('button', { name: 'New label' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('printer')
    await page.locator('.line', { hasText: 'This browser keeps nothing' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByRole('button', { name: 'More about printer' }).waitFor()
    await page.getByRole('button', { name: 'More about printer' }).click()
    await page.keyboard.type('delete')
    await page.keyboard.press('Enter')
    await page.locator('.make .btn--danger').click()
    await page.getByRole('button', { name: 'More about printer' }).waitFor({ state: 'detached' })
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
  })
})
