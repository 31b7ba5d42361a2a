/** Words and numbers that more than one room needs are said once, in the contract: a second one would be forgotten by whoever changes the first. */
import { expect, test } from 'vitest'
import { deskErrors } from '#src/contract/errors.js'
import { sourceFiles } from '../support/source.js'

const sources = sourceFiles('src').filter(({ path }) => !path.startsWith('src/etcd/generated/'))

/** Where a text stands: comments and code alike. */
function homesOf(text: string): string[] {
  return sources.filter((file) => file.text.includes(text)).map(({ path }) => path)
}

test.each(Object.entries(deskErrors))('the sentence of %s stands in one file', (_code, { sentence }) => {
  expect(homesOf(sentence).filter((path) => path !== 'src/contract/errors.ts')).toEqual([])
})

test.each([
  ['the form of a number in full', '{20}'],
  ['the length of a title', '256 characters'],
])('%s is spelt out nowhere: `contract/ticket-form.ts` has it', (_name, text) => {
  expect(homesOf(text)).toEqual([])
})
