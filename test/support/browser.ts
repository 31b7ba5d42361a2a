/**
 * The desk's page in a real browser, for tests: one Chromium for a file, a page of its own for each visit. What the page asked for, and
 * whatever the browser complained of, is kept: `expectQuiet` says that nothing went elsewhere and nothing was complained of.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { findProgram } from './requirements.js'
import { WAIT_MS } from './server.js'

export interface Visit {
  readonly page: Page
  /** URLs that the page asked for. */
  readonly requests: string[]
  /** Errors of scripts, and complaints of the browser, about the policy for instance. */
  readonly complaints: string[]
}

export interface Visits {
  /** Opens a page in a browser context of its own, until the test ends. */
  readonly visit: (url: string, options?: BrowserContextOptions) => Promise<Visit>
  /** Another page in the context of one that is open: another tab of the same browser. */
  readonly another: (visit: Visit, url: string) => Promise<Visit>
}

/** Starts Chromium before the tests of a file, and ends it after them. */
export function useChromium(): Visits {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: findProgram('chromium') ?? 'chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-gpu'],
    })
  }, WAIT_MS)
  afterAll(() => browser.close())

  const watch = async (page: Page, url: string): Promise<Visit> => {
    page.setDefaultTimeout(WAIT_MS)
    const requests: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    await page.goto(url)
    return { page, requests, complaints }
  }
  return {
    async visit(url, options) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      onTestFinished(() => context.close())
      return watch(await context.newPage(), url)
    },
    another: async ({ page }, url) => watch(await page.context().newPage(), url),
  }
}

let axe: string | undefined

/** What of the page axe finds against WCAG 2.2 AA: rule and places. (A script element of it would be refused by the page's policy.) */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  axe ??= await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  // What is still fading in has not the colours that it will have.
  await page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined)))')
  return page.evaluate(`axe
    .run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(', ')))`)
}

/** Nothing was asked for from elsewhere, and nothing was complained of. */
export function expectQuiet({ requests, complaints, page }: Visit): void {
  const { origin } = new URL(page.url())
  expect(complaints).toEqual([])
  expect(requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))).toEqual([])
}
