/** The pieces of a list of tickets: whole, in order, and no more than a few at once. */
import { expect, test } from 'vitest'
import { ticketPieces } from '#src/http/desk-api/ticket-list.js'

/** So many tickets. */
function ticketsUpTo(count: number) {
  const page = (after: string, limit: number): string[] => {
    const first = after === '' ? 1 : Number(after) + 1
    const length = Math.max(0, Math.min(limit, count - first + 1))
    return Array.from({ length }, (_, offset) => String(first + offset).padStart(20, '0'))
  }
  return { page }
}

test.each([1000, 1001, 2000, 1_000_000])(
  'are a list as JSON also where the last read is full or nearly empty: %i tickets',
  (count) => {
    let body = ''
    let longest = 0
    for (const piece of ticketPieces(ticketsUpTo(count))) {
      body += piece
      longest = Math.max(longest, piece.length)
    }
    const { tickets } = JSON.parse(body)
    expect(tickets).toHaveLength(count)
    expect(tickets.at(-1)).toBe(String(count).padStart(20, '0'))
    expect(body.slice(0, 200)).toBe(JSON.stringify({ tickets }, undefined, 2).slice(0, 200))
    expect(longest).toBeLessThan(40_000)
  },
)
