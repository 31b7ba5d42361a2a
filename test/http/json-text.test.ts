/** What a body is looked through for before anything is made of it. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { lookThrough } from '#src/http/desk-api/json-text.js'

describe('a text is not parsed at all', () => {
  test.each([
    ['that is nested more than 32 deep', `${'['.repeat(33)}${']'.repeat(33)}`, /nested more than 32 deep/u],
    ['that never ends', '['.repeat(1_000_000), /nested more than 32 deep/u],
    ['with 200,001 numbers', `[${'1,'.repeat(200_001)}1]`, /more than 200000/u],
    ['with as many objects', `[${'{},'.repeat(120_000)}{}]`, /more than 200000/u],
    ['with as many texts', '""'.repeat(200_001), /more than 200000/u],
  ])('%s', (_, text, detail) => {
    for (const isStrict of [true, false]) expect(lookThrough(text, isStrict).bound?.detail).toMatch(detail)
  })

  test('with too many members behind a fault, with their place', () => {
    const members = Array.from({ length: 10_001 }, (_, at) => `"m${at}":1`).join()
    expect(lookThrough(`{"a":1,"a":1,"in":{${members}}}`, true).bound).toMatchObject({ pointer: '/in', kind: 'much' })
    expect(lookThrough(`{${members}}`, false)).toEqual({})
  })

  test('with more members in one object than there is any use for', () => {
    const members = (count: number): string =>
      `{"in": {${Array.from({ length: count }, (__, at) => `"m${at}":${at}`).join()}}}`
    expect(lookThrough(members(10_000), true)).toEqual({})
    expect(lookThrough(members(10_001), true).bound).toMatchObject({ pointer: '/in' })
  })
})

describe('of what may be parsed', () => {
  test('nothing is wrong with what is written as anybody would', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 20, depthSize: 'medium' }), (text) => {
        expect(lookThrough(text, true)).toEqual({})
      }),
    )
  })

  test('nothing is decoded behind what is no JSON', () => {
    const parse = vi.spyOn(JSON, 'parse')
    expect(lookThrough(String.raw`["\\",${String.raw`"\q\ud",`.repeat(50_000)}1]`, true)).toEqual({})
    expect(parse.mock.calls.map(([text]) => text)).toEqual([String.raw`"\q\ud"`])
    parse.mockRestore()
  })

  test('the first fault is told, whatever comes behind it', () => {
    const text = String.raw`{"a": ["\\", "\"", {"b": 1, "\u0062": "\ud800", "c": [`
    expect(lookThrough(text, true).fault).toMatchObject({ pointer: '/a/2/b' })
    expect(lookThrough(text, false)).toEqual({})
  })

  test('what is behind a fault is bounded all the same', () => {
    const { bound, fault } = lookThrough(`{"a": 1, "a": ${'['.repeat(100)}`, true)
    expect(bound?.detail).toMatch(/nested/u)
    expect(fault).toBeUndefined()
  })

  test('nothing that is no JSON is too much for it', () => {
    const piece = fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'a', '\\u12', '\ud800')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.boolean(), (pieces, isStrict) => {
        const text = pieces.join('')
        const { bound } = lookThrough(text, isStrict)
        if (bound !== undefined) expect(text.split(/[[{]/u).length).toBeGreaterThan(32)
      }),
    )
  })
})
