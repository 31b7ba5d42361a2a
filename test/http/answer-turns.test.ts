/** Whose turn it is where several large answers are to be made, and what comes in between. */
import { expect, test } from 'vitest'
import { AnswerTurns } from '#src/http/answer-turns.js'

/** Longer than one turn is at it. */
function work(): void {
  for (const until = performance.now() + 6; performance.now() < until;);
}

test('large answers are made one in a turn of the event loop, by turns of their callers', async () => {
  const turns = new AnswerTurns()
  const made: string[] = []
  let left = 5
  const add = (caller: string, ...names: string[]): Promise<unknown> =>
    Promise.all(
      names.map(
        (name) =>
          new Promise<void>((resolve) => {
            turns.add(caller, () => {
              work()
              made.push(name)
              left -= 1
              resolve()
            })
          }),
      ),
    )
  const others = (): void => {
    made.push('others')
    if (left > 0) setImmediate(others)
  }
  const all = Promise.all([add('ann', 'a1', 'a2', 'a3'), add('ben', 'b1'), add('cy', 'c1')])
  setImmediate(others)
  await all
  expect(made).toEqual(['a1', 'others', 'b1', 'others', 'c1', 'others', 'a2', 'others', 'a3'])
})

test('short ones share a turn, and one that comes when all are made has a turn again', async () => {
  const turns = new AnswerTurns()
  const made: string[] = []
  const add = (name: string): Promise<void> =>
    new Promise((resolve) =>
      turns.add('ann', () => {
        made.push(name)
        resolve()
      }),
    )
  const all = Promise.all([add('one'), add('two'), add('three')])
  setImmediate(() => made.push('others'))
  await all
  await new Promise((resolve) => setImmediate(resolve))
  await add('four')
  expect(made).toEqual(['one', 'two', 'three', 'others', 'four'])
})

test('what is done with an answer belongs to its turn', async () => {
  const turns = new AnswerTurns()
  const made: string[] = []
  const add = async (name: string): Promise<void> => {
    await new Promise<void>((resolve) => turns.add('ann', resolve)).then(() => undefined)
    work()
    made.push(name)
  }
  const all = Promise.all([add('one'), add('two')])
  setImmediate(() => made.push('others'))
  await all
  expect(made).toEqual(['one', 'others', 'two'])
})
