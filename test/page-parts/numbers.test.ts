/** Numbers as people write them. */
import { describe, expect, test } from 'vitest'
import { numberIn } from '../../web/state/numbers.js'

describe('a number that is written', () => {
  test.each([
    ['4', 4],
    [' -2.5 ', -2.5],
    ['2,5', 2.5],
    ['0,125', 0.125],
    ['1500,125', 1500.125],
    ['1.500', 1.5],
  ])('is read with a point or a comma: %s', (text, number) => {
    expect(numberIn(text)).toBe(number)
  })

  test.each(['', ' ', 'four', '1e999', '1 500', '1,500,000', '1.500,5'])('is none: %j', (text) => {
    expect(numberIn(text)).toBeUndefined()
  })

  test.each(['1,500', '-12,000', '+999,999'])('is not guessed where it could be two: %s', (text) => {
    expect(numberIn(text)).toBeUndefined()
  })
})
