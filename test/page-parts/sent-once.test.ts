/** What is sent again and again, and written on between, is stored once, as it was written last. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import fc from 'fast-check'
import { DeskError, isUnsure } from '../../web/state/failures.js'
import { isTries, SentLongAgo, sendOnce, triesAt, type Tries } from '../../web/state/sent-once.js'

interface Stored {
  readonly id: number
  readonly text: string
}

const refused = (code: string | undefined, status: number): DeskError =>
  new DeskError({
    status,
    code,
    detail: 'No.',
    errors: [],
    current: undefined,
    retryAfterMs: undefined,
    requestId: undefined,
  })

/** `busy`: the client's first try is stored, and its last is answered that there is no time. */
type Fate = 'lost' | 'unanswered' | 'busy' | 'refused' | 'answered'

/** A desk that does what is sent with a key once, and loses some requests and some answers. */
class Desk {
  readonly stored: Stored[] = []
  /** All that ever stood in it. */
  readonly texts = new Set<string>()
  readonly #done = new Map<string, { readonly body: string; readonly made: Stored }>()
  /** What becomes of the requests to come. */
  fates: Fate[] = []

  async send(body: string, key: string): Promise<Stored> {
    const fate = this.fates.shift()
    if (fate === 'lost') throw new TypeError('fetch failed')
    if (fate === 'refused') throw refused('invalid_value', 422)
    const done = this.#done.get(key)
    if (done !== undefined && done.body !== body) throw refused('key_reused', 422)
    const made = done?.made ?? { id: this.stored.length, text: body }
    if (done === undefined) {
      this.stored.push(made)
      this.texts.add(body)
      this.#done.set(key, { body, made })
    }
    if (fate === 'unanswered') throw new TypeError('terminated')
    if (fate === 'busy') throw refused('overloaded', 503)
    return made
  }

  async amend({ id }: Stored, text: string): Promise<Stored> {
    const fate = this.fates.shift()
    if (fate === 'lost') throw new TypeError('fetch failed')
    if (fate === 'refused') throw refused('invalid_value', 422)
    const made = { id, text }
    this.stored[id] = made
    this.texts.add(text)
    if (fate === 'unanswered') throw new TypeError('terminated')
    if (fate === 'busy') throw refused('overloaded', 503)
    return made
  }
}

/** Somebody who writes and sends; who `isEmptying` takes all away before he writes on. */
function writer(desk: Desk): (text: string, isEmptying?: boolean) => Promise<Stored> {
  let tries: Tries | null = null
  return (text, isEmptying = false) => {
    if (isEmptying) tries = triesAt(tries, '')
    return sendOnce({
      body: text,
      // Over a reload.
      tries: structuredClone(tries),
      keep: (now) => {
        tries = now
        expect(now === null || isTries(now)).toBe(true)
      },
      send: (body, key) => desk.send(body, key),
      amend: (made) => desk.amend(made, text),
      parse: (value) => (typeof value === 'string' ? value : undefined),
    })
  }
}

describe('what is sent once', () => {
  test('is there once, as it was written last, whatever was lost before', async () => {
    const fate = fc.constantFrom<Fate>('lost', 'unanswered', 'busy', 'refused', 'answered')
    const attempt = fc.record({ text: fc.constantFrom('one', 'two', 'three'), fates: fc.array(fate, { maxLength: 3 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { maxLength: 8 }), async (attempts) => {
        const desk = new Desk()
        const send = writer(desk)
        for (const { text, fates } of attempts) {
          desk.fates = [...fates]
          const isDone = await send(text).then(
            () => true,
            () => false,
          )
          if (isDone) {
            expect(desk.stored).toEqual([{ id: 0, text }])
            return
          }
        }
        desk.fates = []
        await send('the end')
        expect(desk.stored).toEqual([{ id: 0, text: 'the end' }])
      }),
      {
        // What was sent, lost, made into another, lost again, and is written as at first.
        examples: [
          [
            [
              { text: 'three', fates: ['unanswered'] },
              { text: 'one', fates: ['answered', 'answered', 'unanswered'] },
              { text: 'three', fates: [] },
            ],
          ],
        ],
      },
    )
  })

  test('stores nothing of what was taken back before it arrived', async () => {
    const desk = new Desk()
    const send = writer(desk)
    desk.fates = ['lost']
    await expect(send('a secret')).rejects.toThrow('fetch failed')
    expect(await send('no secret')).toEqual({ id: 0, text: 'no secret' })
    expect([...desk.texts]).toEqual(['no secret'])
  })

  test('is another where the text was emptied since, and the same where it came back as it was', async () => {
    const desk = new Desk()
    const send = writer(desk)
    desk.fates = ['unanswered', 'unanswered']
    await expect(send('one')).rejects.toThrow('terminated')
    await expect(send('one', true)).rejects.toThrow('terminated')
    expect(await send('two', true)).toEqual({ id: 1, text: 'two' })
    expect(desk.stored.map(({ text }) => text)).toEqual(['one', 'two'])
    // What replaces all is seen by its first letter; what is added to, or taken from, is still the same.
    const tries: Tries = { key: '0'.repeat(32), sent: ['one'] }
    expect(['', ' ', 't', 'on', 'one more'].map((text) => triesAt(tries, text)?.isLeft)).toEqual([
      true,
      true,
      true,
      undefined,
      undefined,
    ])
  })

  test('is not sent at once where the desk may have forgotten the first, and is another then', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const desk = new Desk()
    const send = writer(desk)
    desk.fates = ['unanswered', 'unanswered']
    await expect(send('one')).rejects.toThrow('terminated')
    vi.advanceTimersByTime(23 * 60 * 60 * 1000)
    await expect(send('one')).rejects.toThrow('terminated')
    vi.advanceTimersByTime(60 * 60 * 1000)
    await expect(send('one')).rejects.toThrow(SentLongAgo)
    expect(desk.stored).toHaveLength(1)
    expect(await send('one')).toEqual({ id: 1, text: 'one' })
  })

  test('is made anew where what arrived is there no more', async () => {
    let tries: Tries | null = null
    const keys = new Set<string>()
    const send = (fate: unknown): Promise<string> =>
      sendOnce({
        body: 'one',
        tries,
        keep: (now) => (tries = now),
        send: (body, key) => {
          const isFirst = !keys.has(key)
          keys.add(key)
          return isFirst && keys.size > 1 ? Promise.resolve(body) : Promise.reject(fate)
        },
        amend: (made) => Promise.resolve(made),
        parse: (value) => (typeof value === 'string' ? value : undefined),
        isGone: (refusal) => refusal instanceof DeskError && refusal.status === 410,
      })
    await expect(send(new TypeError('terminated'))).rejects.toThrow('terminated')
    expect(await send(refused('purged', 410))).toBe('one')
    expect([keys.size, tries]).toEqual([2, null])
  })

  test('is a new one where what arrived was forgotten here', async () => {
    const desk = new Desk()
    const send = writer(desk)
    for (let count = 0; count < 9; count++) {
      desk.fates = [count === 0 ? 'unanswered' : 'lost']
      await expect(send(`text ${count}`)).rejects.toThrow(/failed|terminated/u)
    }
    await expect(send('the last')).rejects.toMatchObject({ code: 'key_reused' })
    await send('the last')
    expect(desk.stored.map(({ text }) => text)).toEqual(['text 0', 'the last'])
  })

  test('knows what nobody knows: no answer, or none of the desk', () => {
    expect(
      [new TypeError('fetch failed'), refused('unknown_outcome', 503), refused(undefined, 502)].map(isUnsure),
    ).toEqual([true, true, true])
    expect([refused('invalid_value', 422), refused(undefined, 413)].map(isUnsure)).toEqual([false, false])
  })
})
