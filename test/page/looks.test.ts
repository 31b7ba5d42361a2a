/** The page for who has set the system otherwise: less motion, colours of one's own. Nothing is lost by it. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('as the system is set', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann' })
    await client.labels.create({ name: 'disk', color: '#1d76db' })
    for (const title of ['First', 'Second']) {
      await client.tickets.create({ title, labels: ['disk'], priority: 'urgent', assignees: ['ann'] })
    }
  })
  afterAll(() => desk.close())
  const opened = async (path: string, options: BrowserContextOptions): Promise<Page> => {
    const { page } = await visit(desk.door.url + path, options)
    await page.waitForSelector('.row, .card, .talk, .hbars')
    await page.waitForSelector('.line--live')
    return page
  }
  const styleOf = (locator: Locator, name: string): Promise<string> =>
    locator.evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), name)

  describe.each(['light', 'dark'] as const)('with forced colours, %s', (colorScheme) => {
    const options = { forcedColors: 'active', colorScheme } as const

    test('the row one is at, what is chosen and what has the focus can be told apart', async () => {
      const page = await opened('/', options)
      await page.keyboard.press('j')
      const [here, other] = [page.locator('.row.is-cursor'), page.locator('.row:not(.is-cursor)').first()]
      expect(await styleOf(here, 'outline-style')).toBe('solid')
      expect(await styleOf(other, 'outline-style')).toBe('none')
      await page.keyboard.press('x')
      const box = page.locator('.check:checked').first()
      expect(await styleOf(box, 'background-color')).not.toBe(
        await styleOf(page.locator('.check:not(:checked)').first(), 'background-color'),
      )
      await page.keyboard.press('l')
      await page.waitForSelector('.menu--float')
      expect(await styleOf(page.locator('.menu__item[aria-selected="true"]'), 'outline-style')).toBe('solid')
      expect(await styleOf(page.locator('.menu--float'), 'border-top-style')).toBe('solid')
      await page.keyboard.press('Escape')
      await page.locator('.side .nav').first().focus()
      await page.keyboard.press('Tab')
      const focused = page.locator(':focus')
      expect(await styleOf(focused, 'outline-style')).not.toBe('none')
      expect(Number.parseFloat(await styleOf(focused, 'outline-width'))).toBeGreaterThanOrEqual(2)
    })

    test.each(['/', '/board', '/t/1', '/dashboard'])(
      'every icon is drawn in a colour that is seen: %s',
      async (path) => {
        const page = await opened(path, options).catch(() => undefined)
        const shown = page ?? (await visit(desk.door.url + path, options)).page
        await shown.waitForSelector('.i')
        const hidden = await shown.locator('svg.i').evaluateAll((icons) =>
          icons
            .filter((icon) => icon.getBoundingClientRect().width > 0 && getComputedStyle(icon).opacity !== '0')
            .filter((icon) => {
              const { stroke, color } = getComputedStyle(icon)
              let behind: Element | null = icon
              let ground = 'rgba(0, 0, 0, 0)'
              for (; behind !== null && ground.endsWith(', 0)'); behind = behind.parentElement) {
                ground = getComputedStyle(behind).backgroundColor
              }
              return (stroke === 'none' ? color : stroke) === ground
            })
            .map((icon) => icon.innerHTML),
        )
        expect(hidden).toEqual([])
      },
    )
  })

  test('with less motion nothing moves by itself, and all is there', async () => {
    const page = await opened('/', { reducedMotion: 'reduce' })
    await page.keyboard.press('x')
    await page.waitForSelector('.acts')
    await page.keyboard.press('l')
    await page.waitForSelector('.menu--float')
    await client.tickets.change(1, { title: 'First of all' })
    await page.locator('.row', { hasText: 'First of all' }).waitFor()
    const moving = await page.evaluate(() =>
      document
        .getAnimations()
        .filter(({ effect }) => {
          const { duration, iterations } = effect?.getComputedTiming() ?? {}
          return Number(duration) * Number(iterations) > 1
        })
        .map(({ effect }) => (effect instanceof KeyframeEffect ? effect.target?.outerHTML.slice(0, 80) : '')),
    )
    expect(moving).toEqual([])
    for (const shown of ['.acts', '.menu--float', '.beat']) {
      expect([shown, await styleOf(page.locator(shown).first(), 'opacity')]).toEqual([shown, '1'])
    }
  })
})
