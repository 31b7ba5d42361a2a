/** The desk below a path of a proxy: its page and the page of its API ask for nothing beside that path. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { expectQuiet, useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { startPrefixProxy, type PrefixProxy } from '../support/prefix-proxy.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('below a path of a proxy', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let proxy: PrefixProxy
  beforeAll(async () => {
    desk = await openDesk()
    proxy = await startPrefixProxy(desk.door.url, '/team/desk/')
    await createDeskClient({ endpoint: desk.door.url }).tickets.create({ title: 'Below' })
  })
  afterAll(async () => {
    await proxy.close()
    await desk.close()
  })

  test('the page of the API shows it, and its requests reach the desk', async () => {
    const shown = await visit(`${proxy.url}docs`)
    const { page } = shown
    const version = page.locator('.opblock:has([data-path="/version"])')
    await version.locator('.opblock-summary-control').click()
    await version.getByRole('button', { name: 'Try it out' }).click()
    await version.getByRole('button', { name: 'Execute' }).click()
    await version.locator('.live-responses-table', { hasText: '1.2.3' }).waitFor()
    expect(shown.requests).toContain(`${proxy.url}version`)
    expect(proxy.strays).toEqual([])
    expectQuiet(shown)
  })

  test('the page works: list, ticket and back, and what others do is heard', async () => {
    const shown = await visit(proxy.url)
    const { page } = shown
    await page.locator('.row', { hasText: 'Below' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(`${proxy.url}t/1`)
    await page.reload()
    await page.waitForSelector('.talk')
    await page.waitForSelector('.line--live .beat')
    await createDeskClient({ endpoint: proxy.url }).tickets.change(1, { title: 'Below and heard' })
    await page.locator('h1', { hasText: 'Below and heard' }).waitFor()
    expect(proxy.strays).toEqual([])
    expectQuiet(shown)
  })
})
