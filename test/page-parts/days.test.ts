/** Days as people write them. */
import { describe, expect, test } from 'vitest'
import { readDay } from '../../web/parts/days.js'
import { similarIn, wordsOf } from '../../web/parts/similar.js'

// A Sunday.
const now = new Date(2026, 10, 29)

describe('a day', () => {
  test.each([
    ['2026-12-24', '2026-12-24'],
    ['24 Dec', '2026-12-24'],
    ['dec 24 2027', '2027-12-24'],
    ['24.12.', '2026-12-24'],
    ['24. 12. 2027', '2027-12-24'],
    ['tomorrow', '2026-11-30'],
    ['+7', '2026-12-06'],
    ['Sunday', '2026-12-06'],
    ['mon', '2026-11-30'],
    // One without a year that is past is next year's.
    ['28 November', '2027-11-28'],
    ['29 Feb 2028', '2028-02-29'],
  ])('is understood as %s', (text, day) => {
    expect(readDay(text, now)).toEqual({ day })
  })

  test('that there is not comes with those that may be meant', () => {
    expect(readDay('31 Nov', now)).toEqual({ month: 'November', days: 30, near: ['2026-11-30', '2026-12-01'] })
    expect(readDay('29 Feb 2027', now)).toMatchObject({ days: 28, near: ['2027-02-28', '2027-03-01'] })
  })

  test.each(['', 'soon', '2026-13-01', '0 Dec', '24 Ma', '1 Jan 1969'])('is not %j', (text) => {
    expect(readDay(text, now)).toBeUndefined()
  })
})

describe('titles that may say the same', () => {
  const titles = [
    { title: 'etcd member 3 answers fsync above 90 ms' },
    { title: 'Renew the certificate' },
    { title: '資料庫連線逾時' },
  ]

  test('share enough of their words, in any script', () => {
    expect(similarIn(wordsOf('Fsync of etcd member 2'), titles)).toEqual([titles[0]])
    expect(similarIn(wordsOf('資料庫逾時錯誤'), titles)).toEqual([titles[2]])
    expect(similarIn(wordsOf('The new printer'), titles)).toEqual([])
  })

  test('are not looked for by words that tell nothing', () => {
    expect(wordsOf('It is on')).toEqual([])
  })
})
