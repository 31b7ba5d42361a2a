/** Texts that want to harm whoever reads them, and texts that are read and ticked while other things happen. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { expectQuiet, useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('a hostile text', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
  })
  afterAll(() => desk.close())

  test('does nothing: no script, no frame, no picture, no request', async () => {
    const bad = [
      '<script>window.ran = 1</script>',
      '<img src=https://evil.example/a.png onerror="window.ran = 2">',
      '![x](https://evil.example/b.png)',
      '![x](data:image/svg+xml;base64,PHN2Zy8+)',
      '[a](javascript:window.ran=3)',
      '[a](JaVa\tScRiPt:window.ran=4)',
      '[a](java&#115;cript:window.ran=5)',
      '[a](data:text/html,<script>window.ran=6</script>)',
      '[a](vbscript:x)',
      '<javascript:window.ran=7>',
      '[a]: javascript:window.ran=8\n\n[a]',
      '<svg><script>window.ran = 9</script></svg>',
      '<math><mtext><table><mglyph><style><img src=x onerror="window.ran=10">',
      '<iframe src="https://evil.example/"></iframe>',
      '<form action="https://evil.example/"><input name=a><button>Go</button></form>',
      '<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example">',
      '<style>body { display: none }</style>',
      '<template><script>window.ran = 11</script></template>',
      '<a href="https://evil.example" onclick="window.ran = 12">x</a>',
      '`` `<img src=x onerror=window.ran=13>` ``',
      '[![x](https://evil.example/c.png)](javascript:window.ran=14)',
      '[a](https://evil.example/"onmouseover="window.ran=15)',
      '```"><img src=x onerror=window.ran=16>\ncode\n```',
      '| <img src=x onerror=window.ran=17> |\n| - |\n| ![x](http://evil.example/d.png) |',
      '\u202eevil\u202c \u2067right to left',
      '> '.repeat(3000),
    ]
    // What would hold the page up is shown as it is written: the last one, where it stands alone.
    const text = `- [ ] box\n\n${bad.slice(0, -1).join('\n\n')}`
    const title = '<img src=x onerror=window.ran=20>\u202e'
    const { number } = await client.tickets.create({ title, description: text })
    for (const one of bad) await client.tickets.comments(number).create({ text: one })
    const shown = await visit(`${desk.door.url}/t/${number}`)
    const { page } = shown
    await page.locator('.say .md', { hasText: 'right to left' }).waitFor()
    await page
      .locator('.say .md:not(:empty)')
      .nth(bad.length - 1)
      .waitFor()
    // Until what reads Markdown is loaded texts stand as they are written.
    await page.locator('.say .md a').first().waitFor()
    expect(await page.evaluate('window.ran')).toBeUndefined()
    expect(
      await page.locator('.md :is(script, img, svg, iframe, form, base, meta, style, template, math, button)').count(),
    ).toBe(0)
    const links = await page
      .locator('.md a')
      .evaluateAll((all) => all.map((link) => `${link.getAttribute('href')} ${link.getAttribute('rel')}`))
    expect(links.filter((link) => !/^https?:\/\/\S+ noopener noreferrer$/u.test(link))).toEqual([])
    const handlers = await page
      .locator('.md *')
      .evaluateAll((all) =>
        all
          .flatMap(({ attributes }) => [...attributes].map(({ name }) => name))
          .filter((name) => name.startsWith('on')),
      )
    expect(handlers).toEqual([])
    expectQuiet(shown)
  })
})

describe.skipIf(missing('chromium'))('a text that is shown', () => {
  const { visit } = useChromium()
  let desk: OpenDesk
  let client: DeskClient
  beforeAll(async () => {
    desk = await openDesk()
    client = createDeskClient({ endpoint: desk.door.url })
    await client.users.create({ handle: 'ben', role: 'agent' })
  })
  afterAll(() => desk.close())

  test('keeps the focus on a box that is ticked by a key, and is not made anew while people are renamed', async () => {
    const description = '- [x] Look\n- [ ] Roll back'
    const { number } = await client.tickets.create({ title: 'Disk full', description, assignees: ['ben'] })
    const { page } = await visit(`${desk.door.url}/t/${number}`)
    const box = page.getByRole('checkbox', { name: 'Roll back' })
    await box.focus()
    await page.keyboard.press(' ')
    await expect
      .poll(async () => (await client.tickets.get(number)).description)
      .toBe(description.replace('[ ]', '[x]'))
    await expect.poll(() => box.isChecked()).toBe(true)
    await expect.poll(() => box.evaluate((element) => document.activeElement === element)).toBe(true)
    const first = await page.locator('.md').first().locator('> *').first().elementHandle()
    await client.users.change('ben', { name: 'Benedict' })
    await page.locator('.who[title="Benedict"]').first().waitFor({ state: 'attached' })
    await page.evaluate(() => new Promise(requestAnimationFrame))
    expect(await first?.evaluate((element) => element.isConnected)).toBe(true)
    // Who is new is known in it.
    await client.tickets.comments(number).create({ text: 'Ask @carl' })
    await page.locator('.say', { hasText: 'Ask @carl' }).waitFor()
    expect(await page.locator('.say .at').count()).toBe(0)
    await client.users.create({ handle: 'carl', role: 'agent' })
    await page.locator('.say .at', { hasText: 'carl' }).waitFor()
  })

  test('marks people in whichever case they are written, and nobody inside of a word or an address', async () => {
    await client.users.create({ handle: 'Zoë Quist', role: 'agent' })
    const description = [
      'Ask @ben, @BEN, **@Ben** or @zoë QUIST (@ben).',
      'Not foo@ben, foo+@ben, é@ben, x.y@ben, mail me@ben or ben@ben.example, @ben@elsewhere.example, @benedict, `@ben`.',
      'See #1, not x#1 nor me@x#1.',
    ].join('\n\n')
    const { number } = await client.tickets.create({ title: 'Disk full', description })
    const { page } = await visit(`${desk.door.url}/t/${number}`)
    await page.locator('.md .at').first().waitFor()
    expect(await page.locator('.md .at').allTextContents()).toEqual(['@ben', '@BEN', '@Ben', '@zoë QUIST', '@ben'])
    expect(await page.locator('.md .ref').allTextContents()).toEqual(['#1'])
  })
})
