/** Lines from a pipe: each is one answer, none is lost, however they are cut into chunks. */
import { PassThrough, Readable } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pipedLines } from '#src/cli/lines.js'

/** Feeds the chunks and asks until there are no more lines. */
async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  // Each chunk arrives as it is: a stream of bytes would join those that wait.
  const reader = pipedLines(Readable.from(chunks), () => {})
  const lines: string[] = []
  for (let line = await reader.ask('?'); line !== undefined; line = await reader.ask('?')) lines.push(line)
  reader.close()
  return lines
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('lines from a pipe', () => {
  test('any lines, cut anywhere, come whole and in order', async () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\uFEFF]/gu, ''))
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.integer({ min: 1, max: 20 })), async (lines, sizes) => {
        const all = bytes(lines.map((text) => `${text}\n`).join(''))
        const chunks: Uint8Array[] = []
        let start = 0
        for (let turn = 0; start < all.length; turn += 1) {
          const size = sizes.length === 0 ? all.length : (sizes[turn % sizes.length] ?? 1)
          chunks.push(all.subarray(start, start + size))
          start += size
        }
        expect(await linesOf(chunks)).toEqual(lines)
      }),
    )
  })

  test('a carriage return before the line feed belongs to neither line', async () => {
    expect(await linesOf([bytes('1\r\n2\r'), bytes('\n')])).toEqual(['1', '2'])
  })

  test('a last line without an end counts', async () => {
    expect(await linesOf([bytes('1\n2')])).toEqual(['1', '2'])
  })

  test('a line separator (U+2028) is part of a line', async () => {
    expect(await linesOf([bytes('a\u2028b\n')])).toEqual(['a\u2028b'])
  })

  test('an empty input has no line', async () => {
    expect(await linesOf([])).toEqual([])
  })

  test('a line without end is refused before it fills the memory', async () => {
    const chunk = bytes('x'.repeat(600_000))
    await expect(linesOf([chunk, chunk])).rejects.toThrow('longer than 1 MiB')
  })

  test('each prompt has a line of its own, since no answer is echoed', async () => {
    const input = new PassThrough()
    let shown = ''
    const reader = pipedLines(input, (text) => (shown += text))
    input.end('1\n2\n')
    await reader.ask('First: ')
    await reader.ask('Second: ')
    reader.close()
    expect(shown).toBe('First:\nSecond:\n')
  })
})
