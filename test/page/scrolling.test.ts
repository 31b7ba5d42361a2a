/** A long list that is scrolled: whatever the speed, what is in sight in the end is whole, in its order and where it belongs. */
import { describe, expect, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { useChromium } from '../support/browser.js'
import { openDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

const COUNT = 300

/** The rows in sight: which ticket, how far from the top of the list, and whether all of it is there. Nothing where some are not there yet. */
function rowsInSight(): { readonly number: number; readonly top: number; readonly isWhole: boolean }[] {
  const box = document.querySelector('.virtual')?.getBoundingClientRect()
  if (box === undefined) return []
  const rows = [...document.querySelectorAll<HTMLElement>('.row')]
    .map((row) => ({
      number: Number(row.dataset['number']),
      top: row.getBoundingClientRect().top - box.top,
      isWhole: row.querySelector('.check') !== null && row.querySelector('.row__time') !== null,
    }))
    .filter(({ top }) => top >= 0 && top < box.height)
    .toSorted((a, b) => a.top - b.top)
  return rows.length < Math.floor(box.height / 36) ? [] : rows
}

describe.skipIf(missing('chromium'))('a long list', () => {
  const { visit } = useChromium()

  test('that is scrolled faster than one reads is whole once it rests, down and up again', async () => {
    const desk = await openDesk()
    const client = createDeskClient({ endpoint: desk.door.url })
    for (let at = 0; at < COUNT; at += 100) {
      await client.batch(
        Array.from({ length: 100 }, (_, more) => ({ op: 'create' as const, ticket: { title: `Ticket ${at + more}` } })),
      )
    }
    const { page } = await visit(desk.door.url)
    await page.waitForSelector('.row[data-number]')
    for (const direction of [1, -1]) {
      await page.evaluate(async (by) => {
        const list = document.querySelector('.virtual')
        if (list === null) return
        for (let at = 0; at < 40; at++) {
          list.scrollTop += by * 150
          await new Promise(requestAnimationFrame)
        }
      }, direction)
      let rows: ReturnType<typeof rowsInSight> = []
      const areWhole = async (): Promise<boolean> => {
        rows = await page.evaluate(rowsInSight)
        return rows.length > 10 && rows.every(({ isWhole }) => isWhole)
      }
      await expect.poll(areWhole).toBe(true)
      for (const [at, row] of rows.entries()) {
        const above = rows[at - 1]
        if (above === undefined) continue
        expect(row.number).toBe(above.number - 1)
        expect(row.top - above.top).toBeCloseTo(36, 0)
      }
    }
    await desk.close()
  })
})
