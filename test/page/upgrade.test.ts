/** A page that is open while the desk is upgraded: it goes on, never reloads by itself, says that there is a newer one, and loses nothing typed. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { makeLaterBuild } from '../support/later-build.js'
import { missing } from '../support/requirements.js'
import { startServer } from '../support/server.js'

describe.skipIf(missing('chromium'))('a page whose desk is upgraded', () => {
  const { visit } = useChromium()

  test('goes on, says that there is a newer one, and has what was typed after a reload', async () => {
    const later = makeLaterBuild()
    onTestFinished(() => later.remove())
    const first = await startServer()
    onTestFinished(() => first.removeData())
    const { number } = await createDeskClient({ endpoint: first.deskUrl }).tickets.create({ title: 'Before' })
    const { page } = await visit(`${first.deskUrl}/t/${number}`)
    const live = page.locator('.line--live .line__state', { hasText: 'Live' })
    await live.waitFor()
    await page.fill('.compose textarea', 'What I was writing')
    let loads = 0
    page.on('load', () => loads++)
    await first.kill9()
    await page.waitForSelector('.line--off')
    const { host } = new URL(first.deskUrl)
    const second = await startServer({
      args: ['--listen', host],
      dataDirectory: first.dataDirectory,
      command: later.command,
    })
    onTestFinished(async () => void (await second.stop()))
    await createDeskClient({ endpoint: second.deskUrl }).tickets.change(number, { title: 'After' })
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await live.waitFor()
    await page.locator('h1', { hasText: 'After' }).waitFor()
    await page.locator('.line', { hasText: 'The desk has a new version.' }).waitFor()
    expect(await page.inputValue('.compose textarea')).toBe('What I was writing')

    // What it has not loaded yet is gone: it says so, with a way out, wherever that would be shown.
    const cannot = page.getByRole('alert').filter({ hasText: 'This can not be shown' })
    await page.locator('.compose textarea').press('Escape')
    for (const keys of [
      ['g', 'd'],
      ['g', 's'],
    ]) {
      for (const key of keys) await page.keyboard.press(key)
      await cannot.getByRole('button', { name: 'Reload' }).waitFor()
    }
    await page.goBack()
    await page.goBack()
    await page.locator('h1', { hasText: 'After' }).waitFor()
    expect(await page.inputValue('.compose textarea')).toBe('What I was writing')
    // So do dialogs, over what is shown.
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'This can not be shown' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    const reload = page.getByRole('dialog').getByRole('button', { name: 'Reload' })
    await reload.waitFor()
    const box = await reload.boundingBox()
    expect(box).not.toBeNull()
    expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThanOrEqual(800)
    expect(loads).toBe(0)

    // Until then the page is still the one before.
    const isLoaded = page.waitForEvent('load')
    await reload.click()
    await isLoaded
    await live.waitFor()
    await page.locator('.compose textarea').waitFor()
    expect(await page.inputValue('.compose textarea')).toBe('What I was writing')
    for (const [key, shown] of [
      ['d', '/dashboard'],
      ['s', '/settings'],
    ] as const) {
      for (const one of ['g', key]) await page.keyboard.press(one)
      await page.waitForURL(`**${shown}**`)
      await page.locator(':is(h1, h2):visible').first().waitFor()
      expect(await cannot.count()).toBe(0)
    }
  })
})
