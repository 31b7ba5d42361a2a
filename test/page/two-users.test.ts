/** Two users one after the other in the same browser: nothing of the first is left to the second, in any tab. */
import { describe, expect, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { fillNewPassword } from '../support/new-password.js'
import { missing } from '../support/requirements.js'
import { startServer } from '../support/server.js'

const PASSWORD = 'correct horse battery'

describe.skipIf(missing('chromium'))('a browser in which somebody else signs in', () => {
  const { visit, another } = useChromium()

  test('shows all its tabs as that one, and tells none what only the first may hear', async () => {
    const server = await startServer()
    const open = createDeskClient({ endpoint: server.deskUrl })
    await open.users.create({ handle: 'mei', role: 'requester' })
    await open.users.create({ handle: 'ann', role: 'admin' })
    const shown = await open.tickets.create({ title: 'Disk full', requester: 'mei' })
    const hidden = await open.tickets.create({ title: 'Not for mei', internal: true })
    const { secret } = await open.signInLinks.create('ann')
    const first = await visit(`${server.deskUrl}/t/${shown.number}#link=${secret}`)
    await fillNewPassword(first.page, PASSWORD)
    await first.page.click('#sign-in button')
    await first.page.locator('.me', { hasText: 'ann' }).waitFor()
    const ann = createDeskClient({ endpoint: server.deskUrl, user: 'ann', password: PASSWORD })
    await ann.tickets.change(hidden.number, { priority: 'high' })
    await first.page.locator('.line', { hasText: `changed #${hidden.number}` }).waitFor()

    const link = await ann.signInLinks.create('mei')
    const second = await another(first, `${server.deskUrl}/t/${shown.number}#link=${link.secret}`)
    await fillNewPassword(second.page, PASSWORD)
    await second.page.click('#sign-in button')
    for (const { page } of [first, second]) {
      await page.locator('.me', { hasText: 'mei' }).waitFor()
      await page.waitForSelector('.line--live')
      expect(await page.locator('.line').textContent()).not.toContain(`changed #${hidden.number}`)
    }
    await ann.tickets.change(hidden.number, { priority: 'low' })
    await ann.tickets.change(shown.number, { priority: 'low' })
    for (const { page } of [first, second]) {
      await page.locator('.line', { hasText: `changed #${shown.number}` }).waitFor()
      expect(await page.locator('.line').textContent()).not.toContain(`changed #${hidden.number}`)
    }
    await server.stop()
  })
})
