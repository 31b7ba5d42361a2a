/** How a page lies on a screen: whether it scrolls sideways as a whole, and whether what has the focus can be seen. */
import { expect } from 'vitest'
import type { Page } from 'playwright-core'

/** Where the page, or a part that holds all of what it shows, is wider than the screen: each such part. */
export function sidewaysOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const whole =
      '.scroll, .keys__scroll, .keys__node, .side__scroll, .dialog, .dialog__body, .menu, .palette__list, .virtual'
    const parts = [document.documentElement, document.body, ...document.querySelectorAll<HTMLElement>(whole)]
    return parts
      .filter((part) => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1)
      .map((part) => `${part.tagName} ${part.className}: ${part.scrollWidth} > ${part.clientWidth}`)
  })
}

/** What has the focus, and whether any of it can be seen; undefined where nothing has. */
function focused(page: Page): Promise<{ readonly name: string; readonly isSeen: boolean } | undefined> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement) || element === document.body) return undefined
    const seen = (part: DOMRect): boolean =>
      [0.05, 0.25, 0.5, 0.75, 0.95].some((x) =>
        [0.1, 0.5, 0.9].some((y) => {
          const hit = document.elementFromPoint(part.left + part.width * x, part.top + part.height * y)
          const label = element instanceof HTMLInputElement ? element.labels?.[0] : undefined
          return hit !== null && (element.contains(hit) || label?.contains(hit) === true)
        }),
      )
    const name = `${element.tagName} ${element.className} ${element.ariaLabel ?? element.textContent.slice(0, 40)}`
    return { name, isSeen: [...element.getClientRects()].some(seen) }
  })
}

/** Walks from control to control with Tab, once around or as far as `most`: each can be seen while it has the focus. Returns how many. */
export async function walkByTab(page: Page, most = 40): Promise<number> {
  const seen = new Set<string>()
  for (let steps = 0; steps < most; steps++) {
    await page.keyboard.press('Tab')
    const here = await focused(page)
    if (here === undefined) break
    // What is scrolled to may be on its way.
    await expect.poll(() => focused(page), { message: here.name }).toMatchObject({ isSeen: true })
    seen.add(here.name)
  }
  return seen.size
}
