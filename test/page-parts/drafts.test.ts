/** What is being written is kept in the browser, and not for ever. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  DRAFT_AGE_MAX_MS,
  DRAFTS_MAX,
  forgetEdits,
  OwnDraft,
  readDraft,
  writeDraft,
  type DraftPlace,
} from '../../web/state/drafts.js'

/** As a browser's, with room for so many letters. */
function storage(room: number): object {
  const held: Record<string, string> = {}
  const hidden = { enumerable: false, configurable: true }
  return Object.defineProperties(held, {
    getItem: { ...hidden, value: (key: string) => held[key] ?? null },
    removeItem: { ...hidden, value: (key: string) => delete held[key] },
    setItem: {
      ...hidden,
      value(key: string, text: string) {
        const others = Object.entries(held).filter(([name]) => name !== key)
        if (others.reduce((sum, [, other]) => sum + other.length, text.length) > room)
          throw new Error('QuotaExceededError')
        held[key] = text
      },
    },
  })
}

const place = (ticket: number, user = 'ann'): DraftPlace => ({ user, ticket, form: 'comment' })

beforeEach(() => {
  vi.stubGlobal('localStorage', storage(1_000_000))
  vi.useFakeTimers()
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('each user has drafts of their own, for each ticket and form', () => {
  writeDraft(place(1), { text: 'of ann', isInternal: true })
  writeDraft(place(1, 'ben'), { text: 'of ben' })
  expect(readDraft(place(1))).toMatchObject({ text: 'of ann', isInternal: true })
  expect(readDraft(place(1, 'ben'))?.text).toBe('of ben')
  expect(readDraft(place(2))).toBeUndefined()
  writeDraft(place(1), undefined)
  expect(readDraft(place(1))).toBeUndefined()
})

test('what becomes of a send leaves what another has kept there since', () => {
  const [one, other] = [new OwnDraft(place(1)), new OwnDraft(place(1))]
  one.write({ text: 'sent' })
  other.read()
  other.write({ text: 'sent, and written on' })
  one.settle(undefined)
  expect(other.isThere).toBe(true)
  expect(readDraft(place(1))?.text).toBe('sent, and written on')
  other.settle(undefined)
  expect(readDraft(place(1))).toBeUndefined()
})

test('the oldest go where there are too many', () => {
  for (let ticket = 1; ticket <= DRAFTS_MAX + 2; ticket++) {
    vi.advanceTimersByTime(1000)
    writeDraft(place(ticket), { text: 'x' })
  }
  expect(readDraft(place(2))).toBeUndefined()
  expect(readDraft(place(3))?.text).toBe('x')
})

test('one that nobody came back to goes in the end', () => {
  writeDraft(place(1), { text: 'old' })
  vi.advanceTimersByTime(DRAFT_AGE_MAX_MS + 1)
  writeDraft(place(2), { text: 'new' })
  expect(readDraft(place(1))).toBeUndefined()
})

test('a full store makes room for what is written now', () => {
  vi.stubGlobal('localStorage', storage(10_000))
  for (let ticket = 1; ticket <= 60; ticket++) {
    vi.advanceTimersByTime(1000)
    expect(writeDraft(place(ticket), { text: 'x'.repeat(200) })).toBe(true)
  }
  expect(readDraft(place(60))?.text).toBe('x'.repeat(200))
})

test('what is kept and no draft is nothing', () => {
  localStorage.setItem('etcdesk.draft.ann.1.comment', '{"text":5}')
  expect(readDraft(place(1))).toBeUndefined()
})

test('what was written over an erased text is forgotten, whoever wrote it, and nothing else', () => {
  const edit = (ticket: number, user: string): DraftPlace => ({ user, ticket, form: 'comment-840' })
  writeDraft(edit(1, 'ann.b'), { text: 'secret, mended', from: 'secret' })
  writeDraft(edit(11, 'ann.b'), { text: 'other, mended', from: 'other' })
  writeDraft(place(1), { text: 'new' })
  forgetEdits(1)
  expect(readDraft(edit(1, 'ann.b'))).toBeUndefined()
  expect(readDraft(edit(11, 'ann.b'))?.text).toBe('other, mended')
  expect(readDraft(place(1))?.text).toBe('new')
})

test('of an erased text that is known only what was written over that is forgotten, and nothing that was begun where nothing stood', () => {
  const edit = (form: string): DraftPlace => ({ user: 'ann', ticket: 1, form })
  for (const form of ['title', 'description', 'comment-840', 'comment-8'])
    writeDraft(edit(form), { text: `${form}, mended`, from: form, version: 5 })
  writeDraft(edit('comment-9'), { text: 'begun', from: '', version: 5 })
  forgetEdits(1, ['description', 'comment-840', 'comment-9'])
  const left = ['title', 'description', 'comment-840', 'comment-8', 'comment-9'].filter((form) => readDraft(edit(form)))
  expect(left).toEqual(['title', 'comment-8', 'comment-9'])
})
