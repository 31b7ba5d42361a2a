/** Whose turn it is where what is short and what is heavy wait. */
import { expect, test } from 'vitest'
import type { Request } from '#src/store/batch.js'
import { NOBODY } from '#src/store/command.js'
import { Queue } from '#src/store/queue.js'

const request = (isHeavy: boolean): Request => ({
  asker: NOBODY,
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
