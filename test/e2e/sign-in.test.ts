/** How people come in, in a real browser: by a link that sets their password, and with that; on an open desk nobody is asked. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { launchChromium } from '../../scripts/chromium.mjs'
import { fillNewPassword } from '../support/new-password.js'
import { findProgram, missing } from '../support/requirements.js'
import { runEtcdesk, startServer, WAIT_MS, waitUntil, type RunningServer } from '../support/server.js'

const PASSWORD = 'correct horse battery'

describe.skipIf(missing('chromium'))('in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium(findProgram('chromium') ?? 'chromium')
  })
  afterAll(() => browser.close())

  async function openPage(url: string): Promise<Page> {
    const context = await browser.newContext()
    onTestFinished(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(WAIT_MS)
    await page.goto(url)
    return page
  }

  async function started(args: readonly string[] = []): Promise<RunningServer> {
    const server = await startServer({ args })
    onTestFinished(() => server.kill9())
    return server
  }

  async function onMachine({ dataDirectory }: RunningServer, ...words: readonly string[]): Promise<string> {
    const { code, stdout } = await runEtcdesk([...words, '--data', dataDirectory])
    expect(code).toBe(0)
    return stdout
  }

  const secretIn = (text: string): string => /edl_\w+/u.exec(text)?.[0] ?? ''

  /** Waits until the page says what is wrong. */
  const refused = (page: Page, text: string): Promise<void> =>
    page.locator('#sign-in-problem', { hasText: text }).waitFor()

  /** Waits until somebody is in. */
  const isIn = (page: Page, handle: string): Promise<void> => page.locator('.me', { hasText: handle }).waitFor()

  const signOut = async (page: Page): Promise<void> => {
    await page.click('.me')
    await page.locator('.menu__item', { hasText: 'Sign out' }).click()
    await page.waitForSelector('#sign-in input[name=user]')
  }

  const signIn = async (page: Page, password: string, user?: string): Promise<void> => {
    if (user !== undefined) await page.fill('input[name=user]', user)
    await page.fill('input[name=password]', password)
    await page.click('#sign-in button')
  }

  const setPassword = async (page: Page, password: string, user?: string): Promise<void> => {
    if (user !== undefined) await page.fill('input[name=user]', user)
    await fillNewPassword(page, password)
    await page.click('#sign-in button')
  }

  test('a link sets a password, once, and leaves no trace of itself in the address; with that one comes in again', async () => {
    const server = await started()
    await onMachine(server, 'users', 'add', 'ann', '--role', 'admin')
    const secret = secretIn(await onMachine(server, 'users', 'link', 'ann'))
    const page = await openPage(`${server.deskUrl}/#link=${secret}`)
    // It says whose it is: to whoever reads it, and to a password manager.
    await page.getByRole('heading', { name: 'Set the password of \u2068ann\u2069' }).waitFor()
    expect(await page.inputValue('input[autocomplete=username]')).toBe('ann')
    await page.waitForSelector('input[name=password]:focus')
    await setPassword(page, 'short')
    await refused(page, 'characters')
    await page.fill('input[name=password]', PASSWORD)
    await page.fill('input[name=again]', `${PASSWORD}!`)
    await page.click('#sign-in button')
    await refused(page, 'not the same')
    await setPassword(page, PASSWORD)
    await isIn(page, 'ann')
    expect(page.url()).toBe(`${server.deskUrl}/`)
    await page.reload()
    await isIn(page, 'ann')
    await signOut(page)
    await signIn(page, 'not the password', 'ann')
    await refused(page, 'password')
    await signIn(page, PASSWORD, 'ANN')
    await isIn(page, 'ann')
    // A link that is written behind the address of the page as it stands.
    await signOut(page)
    const next = secretIn(await onMachine(server, 'users', 'link', 'ann'))
    await page.evaluate(`location.hash = '#link=${next}'`)
    await page.waitForSelector('input[name=user]', { state: 'detached' })
    await page.waitForSelector('input[name=password]')
    // The same one once more: it is still to be used.
    await page.evaluate(`location.hash = '#link=${next}'`)
    await page.waitForFunction(`location.hash === ''`)
    await setPassword(page, 'another horse battery')
    await isIn(page, 'ann')
    expect(page.url()).toBe(`${server.deskUrl}/`)
  })

  test('of a link that was used one is told at once, before a password is asked for, and how to get another', async () => {
    const server = await started()
    await onMachine(server, 'users', 'add', 'ann', '--role', 'admin')
    const secret = secretIn(await onMachine(server, 'users', 'link', 'ann'))
    const page = await openPage(`${server.deskUrl}/#link=${secret}`)
    // It is used elsewhere while one writes.
    await fillNewPassword(page, PASSWORD)
    const other = await openPage(`${server.deskUrl}/#link=${secret}`)
    await setPassword(other, PASSWORD)
    await isIn(other, 'ann')
    await page.click('#sign-in button')
    for (const late of [page, await openPage(`${server.deskUrl}/#link=${secret}`)]) {
      await late.getByRole('heading', { name: 'This link has ended' }).waitFor()
      expect(await late.locator('.door__p').textContent()).toContain('An admin of this desk can make another one')
      expect(await late.locator('input').count()).toBe(0)
      // What is left is to sign in.
      await late.getByRole('button', { name: 'Sign in' }).click()
      await late.waitForSelector('input[name=user]:focus')
      expect(await late.locator('#sign-in-problem').textContent()).toBe('')
    }
    const first = await openPage(`${server.deskUrl}/#link=${secret}&first`)
    await first.locator('.cmd', { hasText: 'etcdesk desk link' }).waitFor()
    expect(await first.locator('input').count()).toBe(0)
  })

  test('a password can be set by a link also before a slow desk has said anything of it', async () => {
    const server = await started()
    await onMachine(server, 'users', 'add', 'ann', '--role', 'admin')
    const secret = secretIn(await onMachine(server, 'users', 'link', 'ann'))
    const page = await openPage('about:blank')
    const looks: string[] = []
    // What asks of the link is never answered, and is not given up before there is a form.
    await page.route(/sign-in-links\/look/u, (route) => void looks.push(route.request().url()))
    page.on('requestfailed', (request) => looks.push(`given up: ${request.url()}`))
    await page.goto(`${server.deskUrl}/#link=${secret}`)
    await page.waitForSelector('input[name=password]')
    expect(looks).toEqual([expect.stringContaining('/look')])
    await setPassword(page, PASSWORD)
    await isIn(page, 'ann')
  })

  test('the link of a first start makes the first admin, and asks who that is to be', async () => {
    const server = await started(['--listen', '0.0.0.0:0'])
    await waitUntil(
      () => server.stdout(),
      () => server.stdout().includes('link='),
    )
    const port = new URL(server.deskUrl).port
    const page = await openPage(`http://127.0.0.1:${port}/#link=${secretIn(server.stdout())}&first`)
    await page.waitForSelector('input[name=user]')
    await setPassword(page, PASSWORD, 'root')
    await isIn(page, 'root')
  })

  test('on an open desk nobody is asked', async () => {
    const server = await started()
    const page = await openPage(`${server.deskUrl}/`)
    await page.waitForSelector('.me')
    expect(await page.isVisible('#sign-in')).toBe(false)
  })
})
