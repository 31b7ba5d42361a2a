/**
 * The desk's page in a real browser, for tests: one Chromium for a file, a page of its own for each visit. What the page asked for, and
 * whatever the browser complained of, is kept: `expectQuiet` says that nothing went elsewhere and nothing was complained of.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { launchChromium } from '../../scripts/chromium.mjs'
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

/** Opens a URL in a page, and keeps what it asks for and what the browser complains of. */
export async function watch(page: Page, url: string): Promise<Visit> {
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

/** Starts Chromium before the tests of a file, and ends it after them. */
export function useChromium(): Visits {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium(findProgram('chromium') ?? 'chromium', ['--disable-gpu'])
  }, WAIT_MS)
  afterAll(() => browser.close())

  return {
    async visit(url, options) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      onTestFinished(() => context.close())
      return watch(await context.newPage(), url)
    },
    another: async ({ page }, url) => watch(await page.context().newPage(), url),
  }
}

/** Nothing was asked for from elsewhere, and nothing was complained of. */
export function expectQuiet({ requests, complaints, page }: Visit): void {
  const { origin } = new URL(page.url())
  expect(complaints).toEqual([])
  expect(requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))).toEqual([])
}
