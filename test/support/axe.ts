/** What axe-core finds wrong with a page, by the rules of WCAG 2.2 AA. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const tags = JSON.stringify(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])

/** Each fault as its rule and the first places. */
export async function faultsOf(page: Page): Promise<string[]> {
  // As text: the page's policy allows no script of others, what the debugger evaluates is none.
  await page.evaluate(source)
  // Colours that are on their way would be measured as they are just then. What waits for an answer breathes without an end.
  await page.evaluate(`Promise.allSettled(
    document
      .getAnimations()
      .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
      .map((animation) => animation.finished),
  )`)
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: { type: 'tag', values: ${tags} } })`,
  )
  return violations.map(({ id, nodes }) => {
    const places = nodes.slice(0, 3).map(({ html }) => html.slice(0, 160))
    return `${id}: ${places.join(' | ')}`
  })
}

/** What of a part of a page is too faint to be read, with its colours. */
export async function faintIn(page: Page, selector: string): Promise<string[]> {
  await page.evaluate(source)
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify(selector)}, { runOnly: ['color-contrast'] })`,
  )
  return violations.flatMap(({ nodes }) => nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary ?? ''}`))
}

/** The faults of a page in the light and in the dark theme. */
export async function faultsInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
    for (const fault of await faultsOf(page)) found.push(`${theme}: ${fault}`)
  }
  return found
}
