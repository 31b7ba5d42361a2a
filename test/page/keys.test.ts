/** The key tree in a real browser: walked, kept true by what happens, changed only over what one has seen, and quick however much lies in it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type KeysClient } from '#src/client/client.js'
import { faultsInBothThemes } from '../support/axe.js'
import { expectQuiet, useChromium, watch } from '../support/browser.js'
import { openDeskWithKeys, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('the key tree', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let keys: KeysClient
  beforeAll(async () => {
    desk = await openDeskWithKeys()
    keys = createClient({ endpoint: desk.door.url }).keys
  })
  afterAll(() => desk.close())
  const at = (path: string): string => `${desk.door.url}/keys${path}`
  const nameOf = (name: string): string => `.node:has([title=${JSON.stringify(name)}])`

  test('is walked by keys, down to names that need escaping, and shows what they hold', async () => {
    await keys.set('/walk/a+b %?#/ü "x"', '{"id":12345678901234567890}')
    const shown = await visit(at('/walk'))
    const { page } = shown
    await page.waitForSelector(`${nameOf('walk')}.is-on`)
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key)
    await page.waitForSelector(`${nameOf('ü "x"')}.is-on`)
    // As it is written, no number made shorter.
    await page.locator('.val__t', { hasText: '12345678901234567890' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/keys/walk/a%2Bb%20%25%3F%23/%C3%BC%20%22x%22')
    expect(await faultsInBothThemes(page)).toEqual([])
    expectQuiet(shown)
  })

  test('shows what others do as they do it, holds it when asked, and misses nothing', async () => {
    await keys.set('/live/one', '1')
    const { page } = await visit(at('/live'))
    await page.locator('.log__n', { hasText: 'since' }).waitFor()
    await page.keyboard.press('ArrowRight')
    await page.waitForSelector(nameOf('one'))
    await keys.set('/live/deep/er/two', '2', { ttl: 500 })
    await page.waitForSelector(nameOf('deep'))
    await page.keyboard.press(' ')
    await page.locator('.log__n', { hasText: 'held' }).waitFor()
    await keys.set('/live/three', '3')
    await keys.delete('/live/one')
    await page.locator('.log__n', { hasText: '2 held' }).waitFor()
    expect(await page.locator(nameOf('one')).count()).toBe(1)
    await page.keyboard.press(' ')
    await page.waitForSelector(nameOf('three'))
    await page.locator(nameOf('one')).waitFor({ state: 'detached' })
    expect(await page.locator('.log .act').allTextContents()).toEqual(['delete', 'set', 'set'])
  })

  test('has what was typed after a reload, of a value and of a new key, until it is given up', async () => {
    await keys.set('/kept/one', 'before')
    const { page } = await visit(at('/kept/one'))
    const field = page.getByRole('textbox', { name: 'Value' })
    await page.waitForSelector('.val__t')
    await page.keyboard.press('e')
    await field.fill('what I was changing')
    await page.reload()
    await field.waitFor()
    expect(await field.inputValue()).toBe('what I was changing')
    // Others wrote meanwhile: that is said, as ever.
    await keys.set('/kept/one', 'by others')
    await field.press('Control+Enter')
    await page.getByText('Somebody else changed this key').waitFor()
    await page.getByRole('button', { name: 'Take theirs' }).click()
    await page.waitForSelector('.val:not(.val--edit)')
    await page.keyboard.press('n')
    await page.locator('#new-key-path').fill('/kept/two')
    await page.locator('#new-key-value').fill('a new value')
    await page.reload()
    await page.locator('#new-key-value').waitFor()
    expect(await page.locator('#new-key-path').inputValue()).toBe('/kept/two')
    expect(await page.locator('#new-key-value').inputValue()).toBe('a new value')
    // Whoever comes to see a key sees that key.
    await page.goto(at('/kept/one'))
    await page.waitForSelector('.val__t')
    expect(await page.locator('#new-key-value').count()).toBe(0)
    await page.keyboard.press('n')
    expect(await page.locator('#new-key-value').inputValue()).toBe('a new value')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.reload()
    await page.waitForSelector('.val__t')
    expect(await page.locator('#new-key-value').count()).toBe(0)
    expect(await field.count()).toBe(0)
  })

  test('writes only over what one has seen: else both stand side by side, and are put together', async () => {
    await keys.set('/edit/config', '{"weight":100,"zone":"fra","draining":false}', { ttl: 900 })
    const { page } = await visit(at('/edit/config'))
    await page.waitForSelector('.val__t')
    await page.keyboard.press('e')
    const field = page.getByRole('textbox', { name: 'Value' })
    await field.fill('{"weight":40,"zone":"fra","draining":false}')
    await keys.set('/edit/config', '{"weight":100,"zone":"fra","draining":true}')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Somebody else changed this key').waitFor()
    expect(await page.locator('.val--two ins').allTextContents()).toEqual(['"draining": true', '"weight": 40,'])
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.getByRole('button', { name: 'Put both together' }).click()
    await page.keyboard.press('Control+Enter')
    await page.waitForSelector('.val:not(.val--edit)')
    const { node } = await keys.get('/edit/config')
    expect(JSON.parse(node.value ?? '')).toEqual({ weight: 40, zone: 'fra', draining: true })
  })

  test('leaves a key what it has to live, also on a clock that is an hour fast', async () => {
    await keys.set('/fast/clock', 'before', { ttl: 1800 })
    const seed = await visit('about:blank')
    await seed.page.context().addInitScript(() => {
      const real = Date.now
      Date.now = () => real() + 3_600_000
    })
    const { page } = await watch(await seed.page.context().newPage(), at('/fast/clock'))
    await page.waitForSelector('.val__t')
    await page.keyboard.press('e')
    await page.getByRole('textbox', { name: 'Value' }).fill('after')
    await page.keyboard.press('Control+Enter')
    await page.waitForSelector('.val:not(.val--edit)')
    const { node } = await keys.get('/fast/clock')
    expect(node.value).toBe('after')
    expect(node.ttl).toBeGreaterThan(1000)
  })

  test('makes a key, and deletes a directory after saying how much is in it', async () => {
    for (const name of ['a', 'b/c', 'b/d']) await keys.set(`/heap/${name}`, name)
    const { page } = await visit(at('/heap'))
    await page.waitForSelector(`${nameOf('heap')}.is-on`)
    await page.keyboard.press('n')
    await page.locator('#new-key-path').fill('/heap/new one')
    await page.getByLabel('Value', { exact: true }).last().fill('text')
    await page.getByLabel('Time to live, in seconds').fill('300')
    await page.keyboard.press('Enter')
    await page.waitForSelector(`${nameOf('new one')}.is-on`)
    expect((await keys.get('/heap/new one')).node).toMatchObject({ value: 'text', ttl: expect.any(Number) })
    await page.locator(nameOf('heap')).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('4 keys are in it').waitFor()
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.locator('.make .btn--danger').click()
    await page.locator(nameOf('heap')).waitFor({ state: 'detached' })
    await expect(keys.get('/heap')).rejects.toThrow('Key not found')
  })

  test('draws of a large directory only what is in sight', async () => {
    const many = 3000
    await Promise.all(Array.from({ length: many }, (_, at) => keys.set(`/many/${String(at).padStart(6, '0')}`, 'x')))
    const { page } = await visit(at('/many/001500'))
    await page.waitForSelector(`${nameOf('001500')}.is-on`)
    expect(await page.locator('.node').count()).toBeLessThan(100)
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Home')
    await page.waitForSelector('.node.is-on[aria-posinset="1"]')
    expect(await page.locator(`${nameOf('many')} .node__c`).textContent()).toBe('3,000')
  })

  test('says plainly what there is not, and what is hidden is found by its whole path', async () => {
    await keys.set('/_secret/key', 'hidden')
    const { page } = await visit(at('/nothing/here'))
    await page.getByRole('heading', { name: 'There is no key here' }).waitFor()
    await page.keyboard.press('/')
    await page.getByLabel('Jump to a key').fill('/_secret/key')
    await page.keyboard.press('Enter')
    await page.locator('.val__t', { hasText: 'hidden' }).waitFor()
    expect(await page.locator(nameOf('_secret')).count()).toBe(0)
  })
})
