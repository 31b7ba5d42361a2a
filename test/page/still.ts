/**
 * What stays the same under one's hands while others change things: looked at in every frame that the browser draws, so that what jumps
 * and jumps back is seen too.
 */
import type { Page } from 'playwright-core'

export interface Watched {
  /** An element whose place on the screen is to stay. */
  readonly anchor?: string
  /** Elements that are to be there, and nothing else that they are found as. */
  readonly there?: readonly string[]
}

/**
 * Begins to look: at the focus, caret, selection and text, the end of a composition, the place of an anchor. What is returned tells how
 * that differed from how it began, each difference once; nothing where it never did.
 */
export async function lookAtHands(page: Page, { anchor, there = [] }: Watched = {}): Promise<() => Promise<string[]>> {
  const looking = await page.evaluateHandle(
    async ([anchored, others]) => {
      let compositionsEnded = 0
      addEventListener('compositionend', () => compositionsEnded++, true)
      const anchorElement = anchored === null ? null : document.querySelector(anchored)
      // What has just come may be on its way to its place by itself.
      await Promise.all((anchorElement?.getAnimations() ?? []).map(({ finished }) => finished))
      const found = others.map((one) => document.querySelector(one))
      const first = document.activeElement
      const look = (): string => {
        const { activeElement } = document
        const isField = activeElement instanceof HTMLInputElement || activeElement instanceof HTMLTextAreaElement
        return JSON.stringify({
          hasFocus: activeElement === first,
          field: isField && [activeElement.value, activeElement.selectionStart, activeElement.selectionEnd],
          scrolled: isField && [activeElement.scrollTop, activeElement.scrollLeft],
          compositionsEnded,
          anchor:
            anchorElement !== null &&
            anchorElement.isConnected &&
            Math.round(anchorElement.getBoundingClientRect().top),
          there: found.map((element, at) => element !== null && element === document.querySelector(others[at] ?? '')),
        })
      }
      const seen = [look()]
      let isOver = false
      let frames = 0
      const again = (): void => {
        frames++
        const now = look()
        if (!seen.includes(now)) seen.push(now)
        if (!isOver) requestAnimationFrame(again)
      }
      requestAnimationFrame(again)
      return {
        end(): string[] {
          isOver = true
          if (frames === 0) return ['no frame was drawn']
          return seen.length > 1 ? seen : []
        },
      }
    },
    [anchor ?? null, there] as const,
  )
  return () => looking.evaluate((one) => one.end())
}
