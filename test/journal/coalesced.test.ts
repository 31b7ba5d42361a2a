/** Questions that are shared, as reads of the head are. */
import { expect, test } from 'vitest'
import { Coalesced } from '#src/journal/coalesced.js'

test('who asks while an answer is on its way gets the next one, and all of them the same', async () => {
  const answers: ((answer: number) => void)[] = []
  const question = new Coalesced(() => new Promise<number>((resolve) => answers.push(resolve)))
  const first = question.run()
  const [second, third] = [question.run(), question.run()]
  expect(answers).toHaveLength(1)
  answers[0]?.(1)
  expect(await first).toBe(1)
  await expect.poll(() => answers.length).toBe(2)
  const fourth = question.run()
  answers[1]?.(2)
  expect(await Promise.all([second, third])).toEqual([2, 2])
  await expect.poll(() => answers.length).toBe(3)
  answers[2]?.(3)
  expect(await fourth).toBe(3)
})

test('a question that fails is asked again for the next who ask', async () => {
  let asked = 0
  const question = new Coalesced(() => (++asked === 1 ? Promise.reject(new Error('away')) : Promise.resolve(asked)))
  const [first, second] = [question.run(), question.run()]
  await expect(first).rejects.toThrow('away')
  expect(await second).toBe(2)
})
