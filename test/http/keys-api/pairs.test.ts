/** Forms, held against a model that says Go's rules in the plainest way: `net/url`'s `parseQuery` and `unescape`. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeUtf8, LARGE_TEXT_BYTES, plainText } from '#src/journal/text.js'
import { type Form, PARAMETER_NAMES, readPairs } from '#src/http/keys-api/pairs.js'

interface Read {
  readonly form: Readonly<Record<string, string>>
  readonly problem: string | undefined
}

function read(bytes: Buffer): Read & { readonly steps: number } {
  const form: Form = {}
  const reading = readPairs(Buffer.from(bytes), form)
  let steps = 1
  let step = reading.next()
  for (; step.done !== true; steps++) step = reading.next()
  const texts = Object.entries(form).map(([name, text]) => [name, plainText(text)])
  return { form: Object.fromEntries(texts), problem: step.value, steps }
}

function model(bytes: Buffer): Read {
  const form: Record<string, string> = {}
  let problem: string | undefined
  for (const pair of bytes.toString('latin1').split('&')) {
    if (pair.includes(';')) problem = 'invalid semicolon separator in query'
    if (pair === '' || pair.includes(';')) continue
    const [name = '', ...rest] = pair.split('=')
    const bad = /%(?![0-9a-fA-F]{2}).{0,2}/su
    const escape = (bad.exec(name) ?? bad.exec(rest.join('=')))?.[0]
    if (escape !== undefined) {
      problem ??= 'a bad escape'
      continue
    }
    const [plainName = '', value = ''] = [name, rest.join('=')].map((text) => {
      const whole = text
        .replaceAll('+', ' ')
        .replaceAll(/%(..)/gsu, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
      return decodeUtf8(Buffer.from(whole, 'latin1'))
    })
    if (PARAMETER_NAMES.some((known) => known === plainName)) form[plainName] ??= value
  }
  return { form, problem }
}

const piece = fc.oneof(
  fc.constantFrom(
    'value',
    'prevValue',
    'ttl',
    'val%75e',
    '=',
    '=',
    '&',
    '&',
    ';',
    '+',
    '%',
    '%4',
    '%zz',
    '%00',
    '%C3%A9',
    '%ff',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)

describe('a form', () => {
  test('is read as Go reads it', () => {
    const form = fc.array(
      fc.oneof(
        piece.map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 3 }),
      ),
      { maxLength: 25 },
    )
    fc.assert(
      fc.property(form, (parts) => {
        const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)))
        const [found, expected] = [read(bytes), model(bytes)]
        // Of a malformed form nothing counts but what is wrong with it.
        if (expected.problem === undefined) expect(found.form).toEqual(expected.form)
        if (expected.problem !== 'a bad escape') expect(found.problem).toBe(expected.problem)
        else expect(found.problem).toMatch(/^invalid URL escape "%/u)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['+', ' '],
    ['%41', 'A'],
    ['%01', '\u0001'],
    ['v', 'v'],
    ['€', '€'],
    ['%ff', '\ufffd'],
  ])('of 3 MiB of %j is read the same, in steps where there is much to do', (unit, character) => {
    const count = Math.floor((3 * 1024 * 1024) / Buffer.byteLength(unit))
    const { form, problem, steps } = read(Buffer.from(`ttl=5&value=${unit.repeat(count)}&dir=true`))
    expect(problem).toBeUndefined()
    expect({ ...form, value: '' }).toEqual({ ttl: '5', value: '', dir: 'true' })
    expect(form['value'] === character.repeat(count)).toBe(true)
    expect(steps > 2).toBe(unit !== 'v' && unit !== '€')
  })

  test('of many pairs is read in steps, however short or long they are', () => {
    expect(read(Buffer.from('a&'.repeat(9999))).steps).toBeGreaterThan(5)
    // Each of these alone is less than a step.
    const pair = `value=${'%41'.repeat(10_000)}&`
    expect(read(Buffer.from(pair.repeat(100))).steps).toBeGreaterThan(20)
  })

  test.each(['%&', 'a=%zz&', '%', '+%4&', ';&'])('of bad pairs (%j) is read up to the first of them', (pair) => {
    const form: Form = {}
    const bytes = Buffer.from(`ttl=5&${pair.repeat(1_000_000)}&value=%41`)
    const last = readPairs(bytes, form).next()
    expect(last).toEqual({ done: true, value: expect.stringMatching(/^invalid (?:URL escape|semicolon)/u) })
    expect(form).toEqual({ ttl: '5' })
    // What it reads it unescapes in its place: nothing behind the first pair was.
    expect(bytes.subarray(-3).toString()).toBe('%41')
  })

  test('of bad pairs and a semicolon is refused for the semicolon, as in Go, wherever it is', () => {
    const problem = 'invalid semicolon separator in query'
    expect(read(Buffer.from(`%&${'a&'.repeat(20_000)};`))).toMatchObject({ problem, steps: 1 })
    expect(read(Buffer.from(';&%&'))).toMatchObject({ problem })
  })

  test('keeps a large value in the bytes of the body, unless it is the smaller part of them', () => {
    const body = Buffer.from(`value=${'v'.repeat(LARGE_TEXT_BYTES + 1)}`)
    const form: Form = {}
    readPairs(body, form).next()
    expect(form.value instanceof Uint8Array && form.value.buffer === body.buffer).toBe(true)
    const longer = Buffer.concat([Buffer.from(`other=${'o'.repeat(5 * LARGE_TEXT_BYTES)}&`), body])
    const other: Form = {}
    for (const step of readPairs(longer, other)) expect(step).toBeUndefined()
    expect(other.value instanceof Uint8Array && other.value.buffer.byteLength).toBe(LARGE_TEXT_BYTES + 1)
  })
})
