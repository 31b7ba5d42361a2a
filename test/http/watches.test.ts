/** Which of the watches goes where there are too many, held against a plain look at all of them. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Watches } from '#src/http/watches.js'

const watchesMax = 12

test('the oldest of whoever holds the most goes first, whatever was opened and ended before', () => {
  const all = Array.from({ length: watchesMax }, () => new ServerResponse(new IncomingMessage(new Socket())))
  const step = fc.record({ place: fc.nat(watchesMax - 1), holder: fc.constantFrom('ann', 'ben', 'carl', undefined) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const watches = new Watches()
      let model: { readonly watch: ServerResponse; readonly holder: string }[] = []
      for (const { place, holder } of steps) {
        const watch = all[place]
        if (watch === undefined) continue
        model = model.filter((one) => one.watch !== watch)
        if (holder === undefined) watches.delete(watch)
        else {
          watches.add(watch, holder)
          model.push({ watch, holder })
        }
        const heldBy = (of: string): number => model.filter((one) => one.holder === of).length
        const most = Math.max(0, ...model.map((one) => heldBy(one.holder)))
        const first = watches.first()
        expect(watches.size).toBe(model.length)
        expect(all.map((one) => watches.has(one))).toEqual(
          all.map((one) => model.some(({ watch: own }) => own === one)),
        )
        const goer = model.find((one) => one.watch === first)
        expect(goer === undefined ? 0 : heldBy(goer.holder)).toBe(most)
        if (goer !== undefined) expect(model.find((one) => one.holder === goer.holder)).toBe(goer)
      }
    }),
  )
})
