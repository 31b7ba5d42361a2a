/** Names, titles, values and searches that want to harm whoever looks at them: nothing of them runs, loads or is asked for, wherever the page shows them. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, createDeskClient, type DeskClient } from '#src/client/client.js'
import { expectQuiet, useChromium, watch, type Visit } from '../support/browser.js'
import { openDeskWithKeys, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

/** Text that would run where it became markup, a style, an attribute or an address. */
const bad = (mark: number): string =>
  `"><img src=x onerror="window.ran=${mark}"><script>window.ran=${mark}</script>'\`\${7*7}{{7*7}}`
const SCHEME = 'javascript:window.ran=99'

describe.skipIf(missing('chromium'))('a hostile name', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  let number: number
  let other: number
  const label = bad(1).slice(0, 45)
  const queue = bad(2).slice(0, 45)
  const view = bad(3).slice(0, 45)
  const title = bad(4)
  const person = bad(5).slice(0, 90)
  const status = bad(6).slice(0, 45)
  const keyName = 'a"><img src=x onerror=window.ran=7>'

  beforeAll(async () => {
    desk = await openDeskWithKeys()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ann', name: person, role: 'admin' })
    await client.labels.create({ name: label, description: SCHEME, color: '#d73a4a' })
    await client.fields.create({ name: 'Site', type: 'text', description: bad(8) })
    await client.queues.create({ name: queue, description: bad(9), fields: [{ name: 'Site' }] })
    await client.statuses.create({ name: status, category: 'active' })
    await client.views.create({ name: view, query: `is:open "${SCHEME}"` })
    ;({ number: other } = await client.tickets.create({ title }))
    ;({ number } = await client.tickets.create({
      title,
      description: `${bad(10)}\n\n[x](${SCHEME}) ![y](https://evil.example/p.png)`,
      labels: [label],
      queue,
      status,
      assignees: ['ann'],
      fields: { Site: SCHEME },
    }))
    await client.tickets.comments(number).create({ text: bad(11) })
    await client.tickets.links(number).create({ kind: 'blocks', ticket: other })
    await createClient({ endpoint: desk.door.url }).keys.set(`/hostile/${keyName}`, bad(12))
  })
  afterAll(() => desk.close())

  /** A page that notes what the policy of its document stopped. */
  async function open(path: string): Promise<Visit> {
    const seed = await visit('about:blank')
    await seed.page.context().addInitScript(() => {
      Reflect.set(window, 'stopped', [])
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        const stopped: unknown = Reflect.get(window, 'stopped')
        if (Array.isArray(stopped)) stopped.push(`${violatedDirective} ${blockedURI}`)
      })
    })
    const shown = await watch(await seed.page.context().newPage(), `${desk.door.url}${path}`)
    await shown.page.locator('.line--live .line__state', { hasText: 'Live' }).waitFor()
    return shown
  }
  async function expectHarmless(shown: Visit): Promise<void> {
    const { page } = shown
    expect(await page.evaluate(() => [Reflect.get(window, 'ran'), Reflect.get(window, 'stopped')])).toEqual([
      undefined,
      [],
    ])
    const harm = await page.evaluate(() =>
      [...document.querySelectorAll('body *')].flatMap((element) => {
        const handlers = [...element.attributes].filter(
          ({ name, value }) => name.startsWith('on') || /^\s*(?:javascript|vbscript|data:text)/iu.test(value),
        )
        const isForeign = element.matches('img, iframe, object, embed, base, meta, form[action], body script')
        return handlers.length > 0 || isForeign ? [element.outerHTML.slice(0, 200)] : []
      }),
    )
    // What fields hold as their value is text, whatever it says.
    expect(harm.filter((html) => !/^<(?:input|textarea|button)\b/u.test(html))).toEqual([])
    // Of what is refused, such as a search that is not understood, the browser itself says so.
    expectQuiet({
      ...shown,
      complaints: shown.complaints.filter((text) => !text.startsWith('Failed to load resource')),
    })
  }
  const shows = (page: Page, text: string): Promise<void> => page.getByText(text.slice(0, 30)).first().waitFor()

  test.each([
    ['the list, in groups of queues', '/?group=queue'],
    ['the list, in groups of people', '/?group=assignee'],
    ['the board', '/board'],
    ['the dashboard', '/dashboard'],
    ['the settings of queues', '/settings/queues'],
    ['the settings of labels', '/settings/labels'],
    ['the settings of statuses', '/settings/statuses'],
    ['the settings of fields', '/settings/fields'],
    ['the settings of people', '/settings/users'],
    ['a search for it', `/?q=${encodeURIComponent(`label:"${SCHEME}" ${bad(13)}`)}`],
    ['an address that is none', `/settings/${encodeURIComponent(bad(14))}`],
  ])('does nothing in %s', async (_where, path) => {
    const shown = await open(path)
    await shown.page.locator(':is(h1, h2):visible').first().waitFor()
    if (!path.startsWith('/?q') && !path.startsWith('/settings/%')) await shows(shown.page, '"><img src=x onerror')
    await expectHarmless(shown)
  })

  test('does nothing in a ticket, its notices, its menus and the palette', async () => {
    const shown = await open(`/t/${number}`)
    const { page } = shown
    await shows(page, title)
    await page.locator('.say .md').waitFor()
    for (const key of ['l', 'a', 's', 'q']) {
      await page.keyboard.press(key)
      await page.locator('.menu--float').waitFor()
      await page.keyboard.press('Escape')
      await page.locator('.menu--float').waitFor({ state: 'detached' })
    }
    await page.keyboard.press('p')
    await page.locator('.menu--float').waitFor()
    await page.keyboard.type('urg')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.line__undo')
    await createDeskClient({ endpoint: desk.door.url, as: 'ann' }).tickets.change(number, { title: bad(15) })
    await page.locator('h1', { hasText: 'window.ran=15' }).waitFor()
    await page.keyboard.press('Control+K')
    await page.waitForSelector('dialog[open] input:focus')
    await page.keyboard.type('onerror')
    await page.locator('[role=dialog] [role=option], dialog [role=option]').first().waitFor()
    await expectHarmless(shown)
  })

  test('does nothing in the key tree, as a name and as a value', async () => {
    const shown = await open('/keys/hostile')
    const { page } = shown
    await page.waitForSelector('.node.is-on')
    await page.keyboard.press('ArrowRight')
    await shows(page, keyName)
    await page.goto(`${desk.door.url}/keys/hostile/${encodeURIComponent(keyName)}`)
    await page.locator('.val__t', { hasText: 'window.ran=12' }).waitFor()
    await createClient({ endpoint: desk.door.url }).keys.set(`/hostile/${keyName}`, bad(16))
    await page.locator('.val__t', { hasText: 'window.ran=16' }).waitFor()
    await page.keyboard.press('e')
    await page.getByRole('textbox', { name: 'Value' }).fill(bad(17))
    await page.keyboard.press('Control+Enter')
    await page.locator('.val__t', { hasText: 'window.ran=17' }).waitFor()
    await expectHarmless(shown)
  })
})
