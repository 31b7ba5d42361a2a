/** A ticket of a closed desk: drafts outlive a session, and each sees and may what the role says. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { fillNewPassword } from '../support/new-password.js'
import { missing } from '../support/requirements.js'
import { startServer, type RunningServer } from '../support/server.js'

const PASSWORD = 'correct horse battery'

describe.skipIf(missing('chromium'))('a ticket of a closed desk', () => {
  const { visit } = useChromium()
  let server: RunningServer
  let client: DeskClient
  let number: number
  let secret: string
  beforeAll(async () => {
    server = await startServer()
    const open = createDeskClient({ endpoint: server.deskUrl })
    await open.users.create({ handle: 'mei', role: 'requester' })
    await open.users.create({ handle: 'kim', role: 'agent' })
    await open.users.create({ handle: 'ann', role: 'admin' })
    ;({ number } = await open.tickets.create({ title: 'Disk full', description: 'Of mei', requester: 'mei' }))
    await open.tickets.comments(number).create({ text: 'For the team', internal: true })
    // Once it is used, the desk is closed.
    ;({ secret } = await open.signInLinks.create('ann'))
    client = createDeskClient({ endpoint: server.deskUrl, user: 'ann', password: PASSWORD })
  })
  afterAll(() => server.stop())

  async function comesIn(link: string): Promise<Page> {
    const { page } = await visit(`${server.deskUrl}/t/${number}#link=${link}`)
    await fillNewPassword(page, PASSWORD)
    await page.click('#sign-in button')
    await page.waitForSelector('.talk')
    return page
  }

  test('keeps what is written when the session ends, and purges only when told so twice', async () => {
    const page = await comesIn(secret)
    await page.keyboard.press('Shift+R')
    await page.keyboard.type('Half a thought')
    await page.evaluate(`fetch('/v1/sessions/current', { method: 'DELETE' })`)
    await page.waitForSelector('input[name=user]')
    await page.fill('input[name=user]', 'ann')
    await page.fill('input[name=password]', PASSWORD)
    await page.click('#sign-in button')
    await page.waitForSelector('.compose--internal')
    expect(await page.getByRole('textbox', { name: 'Add internal note' }).inputValue()).toBe('Half a thought')
    const other = await client.tickets.create({ title: 'To be purged' })
    await page.goto(`${server.deskUrl}/t/${other.number}`)
    await page.getByRole('button', { name: 'More' }).click()
    await page.keyboard.type('purge')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect((await client.tickets.get(other.number)).deletedAt).toBeNull()
    await page.getByRole('button', { name: 'More' }).click()
    await page.keyboard.type('purge')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Purge for ever' }).click()
    await page.locator('h1', { hasText: `Ticket ${other.number} was purged` }).waitFor()
  })

  test('lets admins alone erase texts', async () => {
    for (const [handle, count] of [
      ['ann', 1],
      ['kim', 0],
    ] as const) {
      const link = await client.signInLinks.create(handle)
      const page = await comesIn(link.secret)
      await page
        .getByRole('button', { name: /^What can be done with the comment/u })
        .first()
        .click()
      await page.getByRole('option', { name: 'Delete' }).waitFor()
      expect([handle, await page.getByRole('option', { name: 'Erase for ever…' }).count()]).toEqual([handle, count])
      await page.keyboard.press('Escape')
      expect([handle, await page.getByRole('button', { name: /^Erase/u }).count()]).toEqual([handle, count])
    }
  })

  test('shows a requester no longer what was erased of a public field, on a page that is open', async () => {
    await client.fields.create({ name: 'site', type: 'text' })
    await client.queues.create({ name: 'places', public: true, fields: [{ name: 'site', public: true }] })
    const given = { title: 'Door', requester: 'mei', queue: 'places', fields: { site: 'Code 4711' } }
    const door = await client.tickets.create(given)
    await client.tickets.change(door.number, { fields: { site: 'Berlin' } })
    const link = await client.signInLinks.create('mei')
    const page = await comesIn(link.secret)
    await page.goto(`${server.deskUrl}/t/${door.number}`)
    await page.waitForSelector('.line--live')
    await page.locator('.talk', { hasText: 'Code 4711' }).waitFor()
    await client.tickets.redact(door.number, { index: door.version, field: 'fields.site' })
    await expect.poll(() => page.locator('.talk').textContent()).not.toContain('4711')
    expect(await page.locator('.talk').textContent()).toContain('Berlin')
  })

  test('shows a requester what is public, and lets close and comment, no more', async () => {
    const link = await client.signInLinks.create('mei')
    const page = await comesIn(link.secret)
    expect(await page.locator('main').textContent()).not.toContain('For the team')
    expect(await page.getByText('Internal').count()).toBe(0)
    expect(await page.getByRole('button', { name: /^(?:Priority|Queue|Labels|Edit|Watch)/u }).count()).toBe(0)
    await page.keyboard.press('e')
    await page.keyboard.press('r')
    await page.keyboard.type('Thank you')
    await page.keyboard.press('Control+Enter')
    await page.locator('.say', { hasText: 'Thank you' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('s')
    await page.keyboard.type('resolved')
    await page.keyboard.press('Enter')
    await page.locator('.ev', { hasText: 'moved it from open to' }).waitFor()
    expect((await client.tickets.get(number)).category).toBe('done')
  })
})
