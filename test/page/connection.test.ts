/** The page and a desk that goes away: it says so, keeps what it shows and what is written, and goes on without a gap; over several nodes too. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { expectQuiet, useChromium, watch } from '../support/browser.js'
import { startDeskNodes } from '../support/desk-nodes.js'
import { fillNewPassword } from '../support/new-password.js'
import { missing } from '../support/requirements.js'
import { startServer } from '../support/server.js'

describe.skipIf(missing('chromium'))('a page', () => {
  const { visit } = useChromium()
  const rowOf = (number: number): string => `.row[data-number="${number}"]`

  test('of a desk that is killed says so, stays readable, and goes on where it was once the desk is back', async () => {
    const first = await startServer()
    onTestFinished(() => first.removeData())
    const ticket = await createDeskClient({ endpoint: first.deskUrl }).tickets.create({ title: 'Before' })
    const { page } = await visit(first.deskUrl)
    await page.waitForSelector(rowOf(ticket.number))
    await page.locator('.line--live .line__state', { hasText: 'Live' }).waitFor()
    await first.kill9()
    await page.waitForSelector('.line--off')
    expect(await page.locator('.row__title').allTextContents()).toEqual(['Before'])
    await page.fill('.find__in', 'what I was writing')
    const { host } = new URL(first.deskUrl)
    const second = await startServer({ args: ['--listen', host], dataDirectory: first.dataDirectory })
    onTestFinished(async () => void (await second.stop()))
    await createDeskClient({ endpoint: second.deskUrl }).tickets.change(ticket.number, { title: 'After' })
    await page
      .locator('.line button', { hasText: 'Try now' })
      .click({ timeout: 5000 })
      .catch(() => undefined)
    await page.waitForSelector('.line--live')
    await page.locator(rowOf(ticket.number), { hasText: 'After' }).waitFor()
    expect(await page.inputValue('.find__in')).toBe('what I was writing')
  })

  test('is heard again after refusals that do not last: of a proxy, and of the desk', async () => {
    const server = await startServer()
    onTestFinished(async () => void (await server.stop()))
    const seed = await visit('about:blank')
    const context = seed.page.context()
    // What a shared worker asks for can't be answered here.
    await context.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'))
    const refused = { status: 403, code: 'forbidden', title: 'Forbidden', detail: 'Not now.' }
    const answers = [
      { status: 404, contentType: 'text/html', body: '<p>Back soon</p>' },
      { status: 403, contentType: 'application/problem+json', body: JSON.stringify(refused) },
    ]
    await context.route('**/v1/events*', (route) => {
      const answer = answers.shift()
      return answer === undefined ? route.continue() : route.fulfill(answer)
    })
    const { page } = await watch(await context.newPage(), server.deskUrl)
    await page.locator('.line__state', { hasText: 'Live' }).waitFor()
    expect(answers).toEqual([])
  })

  test('of whoever signs in has the counts of the side bar', async () => {
    const server = await startServer()
    onTestFinished(async () => void (await server.stop()))
    const open = createDeskClient({ endpoint: server.deskUrl })
    await open.users.create({ handle: 'ann', role: 'admin' })
    await open.tickets.create({ title: 'Of Ann', assignees: ['ann'] })
    const { secret } = await open.signInLinks.create('ann')
    const password = 'correct horse battery'
    await open.signInLinks.use({ secret, password })
    const { page } = await visit(server.deskUrl)
    await page.fill('input[name=user]', 'ann')
    await page.fill('input[name=password]', password)
    await page.click('#sign-in button')
    await page.locator('.nav__n').first().waitFor()
  })

  test('whose session ended asks to sign in, and is where it was afterwards', async () => {
    const server = await startServer()
    onTestFinished(async () => void (await server.stop()))
    const open = createDeskClient({ endpoint: server.deskUrl })
    await open.users.create({ handle: 'ann', role: 'admin' })
    const { secret } = await open.signInLinks.create('ann')
    const { page } = await visit(`${server.deskUrl}/?q=is%3Aopen+label%3Anone#link=${secret}`)
    await fillNewPassword(page, 'correct horse battery')
    await page.click('#sign-in button')
    await page.locator('.me', { hasText: 'ann' }).waitFor()
    await page.evaluate(`fetch('/v1/sessions/current', { method: 'DELETE' })`)
    await page.waitForSelector('input[name=user]')
    await page.fill('input[name=user]', 'ann')
    await page.fill('input[name=password]', 'correct horse battery')
    await page.click('#sign-in button')
    await page.locator('.me', { hasText: 'ann' }).waitFor()
    expect(await page.inputValue('.find__in')).toBe('is:open label:none')
  })
})

describe.skipIf(missing('chromium', 'etcd'))('pages of two nodes over etcd', () => {
  const { visit } = useChromium()

  test('show each what was done on the other', async () => {
    const { nodes, stop } = await startDeskNodes()
    onTestFinished(stop)
    const [one, two] = nodes
    const ticket = await createDeskClient({ endpoint: one.deskUrl }).tickets.create({ title: 'Of one' })
    const seen = await visit(two.deskUrl)
    const row = `.row[data-number="${ticket.number}"]`
    await seen.page.waitForSelector(row)
    await seen.page.waitForSelector('.line--live')
    const mine = await visit(one.deskUrl)
    await mine.page.waitForSelector(row)
    for (const key of ['p', 'u', 'r', 'g', 'Enter']) await mine.page.keyboard.press(key)
    await seen.page.locator(`${row} .prio--urgent`).waitFor()
    for (const each of [seen, mine]) expectQuiet(each)
  })

  test('of a desk that lost its etcd stays readable, says how old it is, keeps what is written, and goes on', async () => {
    const { nodes, etcd, stop } = await startDeskNodes({ args: ['--stale-reads', '3600'] })
    onTestFinished(stop)
    const [one] = nodes
    const client = createDeskClient({ endpoint: one.deskUrl })
    const { number } = await client.tickets.create({ title: 'Before' })
    const { page } = await visit(`${one.deskUrl}/t/${number}`)
    await page.locator('h1', { hasText: 'Before' }).waitFor()
    await page.waitForSelector('.line--live')
    const [member] = etcd.members
    await member?.kill()
    await page.fill('.compose textarea', 'What I was writing')
    await page.locator('.compose__do .btn--primary').click()
    // It is not shown as stored, and not lost.
    await page.locator('.compose .note--bad', { hasText: /Not sent|not known/u }).waitFor()
    expect(await page.locator('.say').count()).toBe(0)
    await page.waitForSelector('.line--stale')
    await page.locator('.line', { hasText: /as it was \d+ s ago/u }).waitFor()
    await page.goto(`${one.deskUrl}/`)
    await page.locator('.row', { hasText: 'Before' }).waitFor()
    await page.waitForSelector('.line--stale')
    member?.start()
    await page.waitForSelector('.line--live')
    await page.goto(`${one.deskUrl}/t/${number}`)
    expect(await page.inputValue('.compose textarea')).toBe('What I was writing')
    await page.locator('.compose__do .btn--primary').click()
    await page.locator('.say', { hasText: 'What I was writing' }).waitFor()
    // Whatever became of the first try.
    expect((await client.tickets.get(number, { include: 'activity' })).activity?.comments).toBe(1)
  })
})
