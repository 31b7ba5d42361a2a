/** The reader of server-sent events: the same blocks wherever the text was cut, whichever line ends it has. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventParser, type EventBlock } from '#src/client/event-parser.js'

function parse(pieces: readonly string[]): EventBlock[] {
  const parser = new EventParser()
  return pieces.flatMap((piece) => parser.push(piece))
}

/** A text cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [0, ...ends].map((start, at) => text.slice(start, ends[at] ?? text.length))
}

const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
/** Text without line ends. */
const word = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll(/[\r\n\0]/gu, ' '))

/** A block and one way to write it. */
const written = fc
  .record({
    id: fc.option(fc.nat().map(String), { nil: undefined }),
    event: fc.option(word, { nil: undefined }),
    data: fc.option(fc.array(word, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    retryMs: fc.option(fc.nat(), { nil: undefined }),
    comments: fc.array(word, { maxLength: 2 }),
    isSpaced: fc.boolean(),
    end: lineEnd,
  })
  .map(({ id, event, data, retryMs, comments, isSpaced, end }) => {
    const field = (name: string, value: string): string =>
      `${name}:${isSpaced || value.startsWith(' ') ? ' ' : ''}${value}`
    const lines = [
      ...comments.map((comment) => `:${comment}`),
      ...(retryMs === undefined ? [] : [field('retry', `${retryMs}`)]),
      ...(id === undefined ? [] : [field('id', id)]),
      ...(event === undefined ? [] : [field('event', event)]),
      ...(data ?? []).map((line) => field('data', line)),
    ]
    const block: EventBlock = {
      ...(id !== undefined && { id }),
      ...(event !== undefined && { event }),
      ...(data !== undefined && { data: data.join('\n') }),
      ...(retryMs !== undefined && { retryMs }),
    }
    return { block, text: [...lines, ''].map((line) => line + end).join('') }
  })

describe('any blocks', () => {
  test('come out as they were written, wherever the text is cut', () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (blocks, places) => {
        const text = blocks.map((one) => one.text).join('')
        const expected = blocks.map(({ block }) => block).filter((block) => Object.keys(block).length > 0)
        expect(parse(cut(text, places))).toEqual(expected)
      }),
    )
  })

  test('come out of any text the same as of its single characters', () => {
    const noise = fc.string({
      unit: fc.constantFrom('\n', '\r', ':', ' ', 'data', 'id', 'event', 'retry', '7', 'ü', '\0'),
      maxLength: 60,
    })
    fc.assert(
      fc.property(noise, fc.array(fc.nat(), { maxLength: 10 }), (text, places) => {
        const whole = parse([text])
        expect(parse(cut(text, places))).toEqual(whole)
        expect(parse(Array.from(text))).toEqual(whole)
      }),
    )
  })
})

test('a block comes out with the end of its empty line, also where that is a CR whose LF is still to come', () => {
  const parser = new EventParser()
  expect(parser.push('id: 1\r\ndata: a\r\n\r')).toEqual([{ id: '1', data: 'a' }])
  expect(parser.push('\n')).toEqual([])
  expect(parser.push('data: b\r\r')).toEqual([{ data: 'b' }])
})

test('a block that was cut off is none, and neither are comments alone', () => {
  expect(parse([': hello\n\n', 'id: 1\ndata: a\n'])).toEqual([])
})

test('a field without a colon is empty, an unknown one is passed over, and an odd id or retry is none', () => {
  expect(parse(['data\nother: 1\nid: a\0b\nretry: soon\n\n'])).toEqual([{ data: '' }])
})

test('a block without an end is given up', () => {
  const parser = new EventParser()
  const piece = 'x'.repeat(1024 * 1024)
  expect(() => {
    for (let at = 0; at < 9; at++) parser.push(piece)
  }).toThrow('too long')
})
