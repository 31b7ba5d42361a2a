/** Whose turn it is where what is short and what is heavy wait. */
import { expect, test } from 'vitest'
import type { Request } from '#src/store/batch.js'
import { NOBODY, type Asker } from '#src/store/command.js'
import { Queue } from '#src/store/queue.js'

const request = (isHeavy: boolean, asker: Asker = NOBODY): Request => ({
  asker,
  run: () => undefined,
  deadline: Infinity,
  isHeavy,
  answer: () => undefined,
})

/** A queue in which more of both wait than the turns of a test take. */
function fullQueue() {
  const queue = new Queue()
  for (let count = 0; count < 100; count++) {
    queue.push(request(false))
    queue.push(request(true))
  }
  const turn = (): string => (queue.take(1)[0]?.isHeavy === true ? 'heavy' : 'short')
  /** A turn of commands that all turn out to be heavy. */
  const turnInVain = (): string => {
    const kind = turn()
    queue.passOver()
    return kind
  }
  return { queue, turn, turnInVain }
}

test('short and heavy commands take turns', () => {
  const { turn } = fullQueue()
  expect([turn(), turn(), turn(), turn()]).toEqual(['heavy', 'short', 'heavy', 'short'])
})

test('after a turn of short ones that came to nothing there is another, and then heavy ones have theirs, be it in vain again', () => {
  const { turn, turnInVain } = fullQueue()
  turn()
  const turns = [turnInVain(), turn(), turn(), turnInVain(), turnInVain(), turn(), turnInVain(), turnInVain(), turn()]
  expect(turns).toEqual(['short', 'short', 'heavy', 'short', 'short', 'heavy', 'short', 'short', 'heavy'])
})

test('heavy commands of several callers take turns, and those that a commit had no room for are the next of their callers', () => {
  const queue = new Queue()
  const [one, two, three] = [1, 2, 3].map((actor) => ({ actor, door: 'api' }))
  const add = (asker: Asker | undefined, count: number): readonly Request[] => {
    const requests = Array.from({ length: count }, () => request(true, asker))
    for (const each of requests) queue.push(each)
    return requests
  }
  const [a1, a2, a3, a4] = add(one, 4)
  const [b1] = add(two, 1)
  const taken = queue.take(512)
  expect(taken).toEqual([a1, b1, a2, a3, a4])
  const [c1, c2] = add(three, 2)
  queue.putBack(taken.slice(2))
  expect(queue.length).toBe(5)
  expect([...queue.take(2), ...queue.take(3)]).toEqual([a2, c1, a3, c2, a4])
})
