/** A closed desk: whoever is not signed in is asked to sign in, and the page asks for nothing more; who is signed in waits for no answer more than before. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { faultsInBothThemes } from '../support/axe.js'
import { useChromium } from '../support/browser.js'
import { missing } from '../support/requirements.js'
import { startServer, type RunningServer } from '../support/server.js'

const PASSWORD = 'correct horse battery'

describe.skipIf(missing('chromium'))('the page of a closed desk', () => {
  const { visit, another } = useChromium()
  let server: RunningServer
  let url: string
  beforeAll(async () => {
    server = await startServer()
    url = `${server.deskUrl}/`
    const open = createDeskClient({ endpoint: server.deskUrl })
    await open.users.create({ handle: 'ann', role: 'admin' })
    await open.tickets.create({ title: 'Disk full' })
    const { secret } = await open.signInLinks.create('ann')
    await open.signInLinks.use({ secret, password: PASSWORD })
  })
  afterAll(() => server.stop())

  test('asks for nothing that would be refused: in a browser that was never there, and in one that signed out', async () => {
    const { page, complaints } = await visit(url)
    await page.waitForSelector('input[name=user]:focus')
    // Of what is refused the browser complains.
    expect(complaints).toEqual([])
    await page.fill('input[name=user]', 'ann')
    await page.fill('input[name=password]', PASSWORD)
    await page.click('#sign-in button')
    await page.click('.me')
    await page.locator('.menu__item', { hasText: 'Sign out' }).click()
    await page.waitForSelector('input[name=user]')
    for (const path of ['', 't/1', 'dashboard']) {
      await page.goto(url + path)
      await page.waitForSelector('input[name=user]')
    }
    expect(complaints).toEqual([])
  })

  test('shows all that there is in every tab that asked to sign in, once one has in one of them', async () => {
    const first = await visit(url)
    const other = await another(first, url)
    for (const { page } of [first, other]) await page.waitForSelector('input[name=user]')
    await first.page.fill('input[name=user]', 'ann')
    await first.page.fill('input[name=password]', PASSWORD)
    await first.page.click('#sign-in button')
    for (const { page } of [first, other]) {
      await page.waitForSelector('.me')
      await page.locator('.line__state', { hasText: 'Live' }).waitFor()
      await page.locator('.nav__n').first().waitFor()
      await page.keyboard.press('g')
      await page.keyboard.press('b')
      await page.locator('.col__name', { hasText: 'open' }).waitFor()
    }
  })

  test('says where the first admin’s link is, in the same words on a desk that has an admin and on one that has none', async () => {
    const fresh = await startServer({ args: ['--listen', '0.0.0.0:0'] })
    onTestFinished(async () => void (await fresh.stop()))
    const told: string[] = []
    for (const at of [url, fresh.deskUrl.replace('0.0.0.0', '127.0.0.1')]) {
      const { page } = await visit(at)
      told.push((await page.locator('.door__more').textContent()) ?? '')
      expect(await faultsInBothThemes(page)).toEqual([])
    }
    expect(told[0]).toContain('when it started')
    expect(told[0]).toContain('etcdesk desk link')
    expect(told[1]).toBe(told[0])
  })

  test('asks who is signed in beside all that is shown first, not before', async () => {
    const { page } = await visit(url)
    await page.fill('input[name=user]', 'ann')
    await page.fill('input[name=password]', PASSWORD)
    await page.click('#sign-in button')
    await page.waitForSelector('.me')
    const isAsked = ['/v1/statuses', '/v1/tickets'].map((path) =>
      page.waitForRequest((request) => new URL(request.url()).pathname === path),
    )
    await page.route('**/v1/me', async (route) => {
      await Promise.all(isAsked)
      await route.continue()
    })
    await page.reload()
    await page.waitForSelector('.me')
  })
})
