/**
 * How the page lies on a phone and on a desk's screen: what belongs together stands on one line, words have the width that there is, nothing
 * is cut or covered, and what one writes in stays in sight.
 */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient, type TicketChange } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'
import { sidewaysOf } from './layout.js'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const SCREEN = { viewport: { width: 1280, height: 800 } }
const DESCRIPTION = '- [ ] clean `/var/log` today\n\n| a | b |\n|---|---:|\n| 1 | 2 |'

describe.skipIf(missing('chromium'))('on a screen', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let changed: number
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann' })
    for (const name of ['disk', 'on call', 'security', 'needs information from the requester'])
      await client.labels.create({ name, color: '#d73a4a' })
    await client.fields.create({ name: 'kind', type: 'choice', choices: ['bug', 'question'] })
    await client.queues.create({ name: 'network operations', fields: [{ name: 'kind' }] })
    const { number } = await client.tickets.create({
      title: 'Cannot reach the wiki from building 3',
      description: DESCRIPTION,
      queue: 'network operations',
      labels: ['disk', 'on call', 'security', 'needs information from the requester'],
      assignees: ['ann'],
      due: '2020-02-02',
      fields: { kind: 'bug' },
    })
    changed = number
    await client.tickets.change(number, { title: 'Cannot reach the wiki from building 32, nor from any other one' })
    await client.tickets.create({ title: 'أولا', description: '- أولا\n- ثانيا' })
  })
  afterAll(() => desk.close())

  const opened = async (path: string, options: BrowserContextOptions): Promise<Page> => {
    const { page } = await visit(desk.door.url + path, options)
    await page.waitForSelector('.row, .card, .talk, .hbars')
    await page.waitForSelector('.line--live', { state: 'attached' })
    return page
  }
  const boxOf = async (locator: Locator) => {
    const box = await locator.boundingBox()
    if (box === null) throw new Error('It is not shown.')
    return box
  }

  test.each([
    { name: 'a phone', options: PHONE },
    { name: 'a screen', options: SCREEN },
  ])('the head of a group stands right above its first ticket: $name', async ({ options }) => {
    const page = await opened('/?group=queue', options)
    const [head, row] = [await boxOf(page.locator('.group').first()), await boxOf(page.locator('.row').first())]
    expect(Math.abs(head.y + head.height - row.y)).toBeLessThan(2)
    const name = await boxOf(page.locator('.group h2').first())
    expect(row.y - (name.y + name.height)).toBeLessThan(16)
  })

  test('the time of an entry begins no line: it stands with the last word of what was done', async () => {
    const { number } = await client.tickets.create({ title: 'Disk full', queue: 'network operations' })
    const long = 'needs information from the requester'
    const changes: TicketChange[] = [
      { status: 'in-progress' },
      { priority: 'urgent' },
      { labels: ['disk', 'security', long] },
      { labels: [] },
      { due: '2020-02-02' },
      { assignees: ['ann'] },
      { fields: { kind: 'bug' } },
      { queue: 'default' },
      { title: 'Disk full on the third node from the left', status: 'closed', labels: [long], due: '2020-12-24' },
    ]
    for (const change of changes) await client.tickets.change(number, change)
    const page = await opened(`/t/${number}`, SCREEN)
    await page.locator('.ev').nth(9).waitFor()
    // The width at which a line is full is another one for each font: so many are looked at.
    for (let width = 1280; width > 330; width -= width > 700 ? 23 : 9) {
      await page.setViewportSize({ width, height: 800 })
      const alone = await page.locator('.ev time').evaluateAll((times) =>
        times
          .filter((time) => {
            const before = document.createRange()
            before.setStart(time.parentNode ?? time, 0)
            before.setEndBefore(time.previousSibling ?? time)
            const { top } = time.getBoundingClientRect()
            return ![...before.getClientRects()].some(({ bottom, width }) => width > 0 && bottom > top + 2)
          })
          .map((time) => time.parentElement?.textContent),
      )
      expect([width, alone]).toEqual([width, []])
    }
  })

  test.each([
    { name: 'a phone', options: PHONE },
    { name: 'a screen', options: SCREEN },
  ])('the name of a property stands at the height of its value: $name', async ({ options }) => {
    const page = await opened(`/t/${changed}`, options)
    if (options === PHONE) await page.locator('.sum__all').tap()
    const apart = await page.locator('.prop:visible').evaluateAll((props) =>
      props.map((prop) => {
        const middleOf = (holder: Element | null): number => {
          const texts = document.createTreeWalker(holder ?? prop, NodeFilter.SHOW_TEXT)
          const line = document.createRange()
          while (texts.nextNode() !== null) {
            // What is for readers of screens alone stands nowhere.
            if (texts.currentNode.parentElement?.closest('.sr') !== null) continue
            line.selectNodeContents(texts.currentNode)
            const [first] = line.getClientRects()
            if (first !== undefined && first.height > 0) return first.top + first.height / 2
          }
          return 0
        }
        const by = Math.abs(middleOf(prop.querySelector('dt')) - middleOf(prop.querySelector('dd')))
        return by > 2 ? `${prop.querySelector('dt')?.textContent}: ${by}` : ''
      }),
    )
    expect(apart.length).toBeGreaterThan(8)
    expect(apart.filter((one) => one !== '')).toEqual([])
  })

  test('an entry of a history has the width of a phone, and what can be done with it is a menu', async () => {
    const page = await opened(`/t/${changed}`, PHONE)
    const entry = page.locator('.ev', { hasText: 'renamed' })
    expect((await boxOf(entry.locator('.ev__text'))).width).toBeGreaterThan(0.6 * 390)
    expect(await entry.locator('.ev__end button:visible').count()).toBe(1)
    await entry.getByRole('button', { name: 'What can be done' }).tap()
    await page.locator('.menu__item', { hasText: 'Undo this change' }).tap()
    await expect
      .poll(async () => (await client.tickets.get(changed)).title)
      .toBe('Cannot reach the wiki from building 3')
  })

  test('all of a title on the board can be read, its labels with their colours', async () => {
    const page = await opened('/board', PHONE)
    const card = page.locator(`.card[data-number="${changed}"]`)
    const covered = await card.locator('.card__title').evaluate((title) => {
      const line = document.createRange()
      line.selectNodeContents(title)
      const cardOf = title.closest('.card')
      return [...line.getClientRects()].flatMap(({ right, top, height }) => {
        const over = document.elementFromPoint(right - 2, top + height / 2)
        const ground = over === null ? '' : getComputedStyle(over).backgroundColor
        return over === title || over === cardOf || ground === 'rgba(0, 0, 0, 0)' ? [] : [over?.className]
      })
    })
    expect(covered).toEqual([])
    const dots = await card
      .locator('.card__tags .label')
      .evaluateAll((labels) => labels.map((label) => getComputedStyle(label, '::before').backgroundColor))
    expect(dots).toHaveLength(4)
    expect(dots).not.toContain('rgba(0, 0, 0, 0)')
  })

  test('the dashboard has its whole name, and its figures in rows', async () => {
    const page = await opened('/dashboard', PHONE)
    const isCut = await page.locator('h1').evaluate((title) => title.scrollWidth > title.clientWidth)
    expect(isCut).toBe(false)
    const tops = await page
      .locator('.fig')
      .evaluateAll((figures) => figures.map((figure) => figure.querySelector('b')?.getBoundingClientRect().top ?? 0))
    expect(tops).toHaveLength(5)
    expect([tops[0], tops[2]]).toEqual([tops[1], tops[3]])
    expect(await sidewaysOf(page)).toEqual([])
  })

  test('the numbers beside its charts rise, each once', async () => {
    const page = await opened('/dashboard', SCREEN)
    for (const axis of await page.locator('.plot__y').all()) {
      const ticks = (await axis.locator('span').allTextContents()).map((text) => Number(text.replace('−', '-')))
      expect(ticks.length).toBeGreaterThan(1)
      expect(ticks).toEqual([...new Set(ticks)].toSorted((a, b) => a - b))
      const tops = await axis.locator('span').evaluateAll((all) => all.map((tick) => tick.getBoundingClientRect().top))
      expect(tops).toEqual(tops.toSorted((a, b) => b - a))
    }
  })

  test('what edits the description stands within it', async () => {
    for (const options of [PHONE, SCREEN]) {
      const page = await opened(`/t/${changed}`, options)
      const [text, button] = await Promise.all([
        boxOf(page.locator('.ticket__desc')),
        boxOf(page.getByRole('button', { name: 'Edit the description' })),
      ])
      expect(button.x).toBeGreaterThanOrEqual(text.x - 10)
      expect(button.x + button.width).toBeLessThanOrEqual(text.x + text.width + 1)
      expect(button.y + button.height).toBeLessThanOrEqual(text.y + text.height + 1)
    }
  })

  test('an item of a task list is one line of words, a table has its columns aligned, a mark stands where its text begins', async () => {
    const page = await opened(`/t/${changed}`, SCREEN)
    const code = await boxOf(page.locator('.todo code'))
    const box = await boxOf(page.locator('.todo .check'))
    expect(Math.abs(code.y + code.height / 2 - (box.y + box.height / 2))).toBeLessThan(4)
    const align = await page
      .locator('.md td')
      .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell).textAlign))
    expect(align).toEqual(['start', '-webkit-right'])
    await page.goto(`${desk.door.url}/t/2`)
    const list = await boxOf(page.locator('.md ul'))
    const item = await boxOf(page.locator('.md li').first())
    expect(list.x + list.width - (item.x + item.width)).toBeGreaterThan(15)
  })

  test('a name in a menu stands at the height of its mark', async () => {
    const page = await opened(`/t/${changed}`, SCREEN)
    await page.keyboard.press('s')
    const apart = await page.locator('.menu__item').evaluateAll((items) =>
      items.map((item) => {
        const middleOf = (selector: string): number => {
          const { top = 0, height = 0 } = item.querySelector(selector)?.getBoundingClientRect() ?? {}
          return top + height / 2
        }
        return Math.abs(middleOf('.menu__what-is') - middleOf('.stat'))
      }),
    )
    expect(apart.length).toBeGreaterThan(3)
    expect(Math.max(...apart)).toBeLessThan(1)
  })

  test.each([
    { name: 'a phone', options: PHONE },
    { name: 'a screen', options: SCREEN },
  ])('where one writes is whole in sight after a comment was sent: $name', async ({ options }) => {
    const page = await opened(`/t/${changed}`, options)
    const field = page.getByRole('combobox', { name: 'Comment' }).or(page.getByRole('textbox', { name: 'Comment' }))
    for (const text of ['One', `Two\n\n${'and more of it\n\n'.repeat(20)}`, 'Three']) {
      await field.fill(text)
      await field.press('Control+Enter')
      await expect.poll(() => field.inputValue()).toBe('')
      await expect
        .poll(() =>
          page.locator('section.compose').evaluate((compose) => {
            const [own, room] = [compose, compose.closest('.scroll')].map((part) => part?.getBoundingClientRect())
            return (own?.bottom ?? Infinity) <= (room?.bottom ?? 0) && (own?.top ?? 0) >= (room?.top ?? Infinity)
          }),
        )
        .toBe(true)
    }
  })

  test('the side bar counts what is overdue', async () => {
    const page = await opened('/', SCREEN)
    await page.locator('.nav', { hasText: 'Overdue' }).locator('.nav__n', { hasText: '1' }).waitFor()
  })
})
