/**
 * What the page can say it says somewhere: a text that nothing shows any more is taken out with what showed it. Below the parts of the page
 * texts are looked for by their names alone: one that is called as something else is, is not missed.
 */
import { expect, test } from 'vitest'
import { words } from '../../web/words/words.js'
import { sourceFiles } from '../support/source.js'

const code = sourceFiles('web')
  .map(({ text }) => text)
  .join('\n')

const all = (form: RegExp): string[] => [...code.matchAll(form)].map(([, ...found]) => found.join('.'))

/** All that is asked of something, with the name of that: `list.sorts`. */
const asked = new Set(all(/(\w+)\s*\.\s*(?=(\w+))/gu))
const members = new Set(all(/\.\s*(\w+)/gu))
/** What is taken out of a whole: `const { told } = words.ticket`. */
const taken = new Set(all(/\{([^{}]*)\} = /gu).flatMap((names) => names.match(/\w+/gu) ?? []))
/** What is handed on as it is, or of which one is chosen by a value: all that is in it may be shown. */
const whole = new Set(all(/\.\s*(\w+)\b(?!\s*[?]?\.)/gu))
const chosen = new Set(all(/(\w+)\[/gu))
const values = new Set(all(/'(\w+)'/gu))
const aliases = new Map(all(/\{ (\w+: \w+) \} = words\n/gu).map((both) => [both.split(': ')[0], both.split(': ')[1]]))

/** The texts of a part of the page that no code names. */
function unnamedOf(part: string, texts: object): string[] {
  return Object.entries(texts).flatMap(([name, text]: [string, unknown]) => {
    const isNamed =
      asked.has(`${part}.${name}`) ||
      asked.has(`${aliases.get(part)}.${name}`) ||
      taken.has(name) ||
      (chosen.has(part) && values.has(name))
    return isNamed ? unnamedIn(`${part}.${name}`, name, text) : [`${part}.${name}`]
  })
}

function unnamedIn(path: string, name: string, text: unknown): string[] {
  if (typeof text !== 'object' || text === null || whole.has(name) || chosen.has(name)) return []
  return Object.entries(text).flatMap(([below, one]: [string, unknown]) =>
    members.has(below) || taken.has(below) ? unnamedIn(`${path}.${below}`, below, one) : [`${path}.${below}`],
  )
}

test('no text is left that nothing shows', () => {
  expect(Object.entries(words).flatMap(([part, texts]) => unnamedOf(part, texts))).toEqual([])
})
