/** What readers keep in memory: within its bytes, and what is asked for again stays. */
import { expect, test } from 'vitest'
import { Kept } from '#src/search/index/kept.js'

/** What one costs beside its bytes is counted too, so ten of these are less than a hundred thousand. */
const BYTES = 9000
const BYTES_MAX = 10 * 10_000

function open() {
  const read: number[] = []
  const kept = new Kept<number>(BYTES_MAX, () => BYTES)
  const ask = (id: number): number | undefined =>
    kept.get(id, () => {
      read.push(id)
      return id % 2 === 0 ? id : undefined
    })
  return { kept, read, ask }
}

test('what was read is not read again, nor that there is nothing', () => {
  const { read, ask, kept } = open()
  expect([ask(2), ask(3), ask(2), ask(3)]).toEqual([2, undefined, 2, undefined])
  expect(read).toEqual([2, 3])
  kept.clear()
  expect(ask(2)).toBe(2)
  expect(read).toEqual([2, 3, 2])
})

test('what is asked for again and again stays, however much else is asked for once', () => {
  const { read, ask } = open()
  for (let id = 2; id < 2000; id += 2) {
    ask(0)
    ask(id)
  }
  expect(read.filter((id) => id === 0)).toEqual([0])
  // And what is asked for once goes: only the last ones are still there.
  read.length = 0
  for (let id = 1998; id > 0; id -= 2) ask(id)
  expect(read.length).toBeGreaterThan(980)
  expect(read.length).toBeLessThan(999)
})
