/** What whoever is not staff is told of the past of a ticket that was internal for a while, and of fields that were not public. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldsOfQueue, queueOf } from '#src/catalogue/queues.js'
import { CommandError } from '#src/store/errors.js'
import { fieldValuesOf } from '#src/tickets/members.js'
import { askers } from '../../support/names.js'
import type { TicketDesk } from '../../support/ticket-desk.js'
import { openV1, type Told, type V1Desk } from '../../support/v1-desk.js'

const who = 'requester'
const asPage = { headers: { Accept: 'application/json' } }

/** A ticket of rita's that is open, internal for a while, and open again. */
async function openHidden() {
  const v1 = await openV1()
  const { desk } = v1
  const number = await desk.create({ requester: 'rita', title: 'before', description: 'plain', labels: ['bug'] })
  const created = desk.index
  const open = await desk.change(number, { title: 'still before' })
  const went = await desk.change(number, { internal: true, title: 'secret one', labels: ['bug', 'disk'] })
  await desk.change(number, { title: 'secret two', description: 'secret text', priority: 'urgent' })
  const comment = await desk.comment(number, 'secret words')
  await desk.run('comment.edit', { number, comment, text: 'words' })
  const last = desk.index
  const came = await desk.change(number, { internal: false, title: 'after', description: 'text', labels: ['disk'] })
  await desk.change(number, { title: 'later', priority: 'low' })
  return { v1, desk, number, created, open, went, last, came, comment }
}

describe('of a ticket that was internal for a while a requester is told', () => {
  test('the history without that time, and of its end only what stood from then on', async () => {
    const { v1, number, created, open, came } = await openHidden()
    const { json, body } = await v1.ask('GET', `/tickets/${number}/history`, { who })
    expect(body).not.toContain('secret')
    expect(json.history).toMatchObject([
      { index: created, type: 'ticket.created', changes: {} },
      { index: open, changes: { title: { from: 'before', to: 'still before' } } },
      {
        index: came,
        type: 'ticket.changed',
        changes: {
          internal: { from: null, to: false },
          title: { from: null, to: 'after' },
          description: { from: null, to: 'text' },
          labels: { added: ['disk'], removed: [] },
        },
      },
      // What stood when it came back may be told, also what was set while it was hidden.
      { changes: { title: { from: 'after', to: 'later' }, priority: { from: 'urgent', to: 'low' } } },
    ])
    expect(json.history).toHaveLength(4)
  })

  test('how it was at each index and time but those', async () => {
    const { v1, desk, number, created, went, last } = await openHidden()
    for (let index = created; index <= desk.index; index++) {
      const { status, body } = await v1.ask('GET', `/tickets/${number}?at=${index}&include=activity`, { who })
      expect([index, status]).toEqual([index, index >= went && index <= last ? 404 : 200])
      expect(body).not.toContain('secret')
    }
    const time = (index: number) =>
      new Date(Number(desk.rows(`SELECT time FROM changes WHERE idx = ${index}`)[0]?.['time'])).toISOString()
    const { json } = await v1.ask('GET', `/tickets/${number}?at=${time(desk.index)}`, { who })
    expect(json.title).toBe('later')
    const { json: staff } = await v1.ask('GET', `/tickets/${number}?at=${last}`)
    expect(staff.title).toBe('secret two')
  })

  test('that it went and came back, by events', async () => {
    const { v1, number, created, open, went, came } = await openHidden()
    const { json, body } = await v1.ask('GET', `/events?since=${created - 1}`, { ...asPage, who })
    expect(body).not.toContain('secret')
    expect(json.events).toMatchObject([
      { index: created, type: 'ticket.created' },
      { index: open },
      { index: went, type: 'ticket.deleted', ticket: number, version: null, actor: null },
      { index: came, changes: { title: { from: null, to: 'after' }, labels: { added: ['disk'], removed: [] } } },
      { index: came + 1, changes: { title: { from: 'after', to: 'later' } } },
    ])
    expect(json.events).toHaveLength(5)
  })

  test('its comments as they stand', async () => {
    const { v1, number } = await openHidden()
    const { json } = await v1.ask('GET', `/tickets/${number}/comments`, { who })
    expect(json.comments).toMatchObject([{ text: 'words' }])
  })

  test('the same of every undo that reaches into that time as of an index at which nothing was', async () => {
    const { v1, desk, number, open } = await openHidden()
    const closed = await v1.ask('PATCH', `/tickets/${number}`, { who, body: { status: 'closed' } })
    const answers = new Set<string>()
    for (let index = open; index < closed.json.version - 1; index++) {
      const { status, body } = await v1.ask('POST', '/undo', { who, body: { index } })
      answers.add(`${status} ${body}`)
    }
    const { status, body } = await v1.ask('POST', '/undo', { who, body: { index: desk.index + 1000 } })
    expect([...answers]).toEqual([`${status} ${body}`])
    expect((await v1.ask('POST', '/undo', { who, body: { index: closed.json.version } })).status).toBe(200)
  })

  test('nothing of before, where it was internal when it was made', async () => {
    const v1 = await openV1()
    const number = await v1.desk.create({ requester: 'rita', title: 'secret', internal: true })
    const made = v1.desk.index
    await v1.desk.change(number, { internal: false, title: 'open' })
    const { json } = await v1.ask('GET', `/tickets/${number}/history`, { who })
    expect(json.history).toMatchObject([{ index: made + 1, changes: { title: { from: null, to: 'open' } } }])
    expect((await v1.ask('GET', `/tickets/${number}?at=${made}`, { who })).status).toBe(404)
    const { json: page } = await v1.ask('GET', `/events?since=${made - 1}`, { ...asPage, who })
    expect(page.events).toMatchObject([{ index: made + 1, type: 'ticket.changed' }])
  })
})

test('a history with a long hidden time is told page by page', async () => {
  const v1 = await openV1()
  const number = await v1.desk.create({ requester: 'rita' })
  await v1.desk.change(number, { internal: true })
  for (let at = 0; at < 120; at++) await v1.desk.change(number, { title: `secret ${at}` })
  const came = await v1.desk.change(number, { internal: false, title: 'open' })
  await v1.desk.change(number, { title: 'wide open' })
  const indexes: number[] = []
  for (let next: string | null = ''; next !== null;) {
    const cursor: string = next === '' ? '' : `&cursor=${next}`
    const { json, body }: Told = await v1.ask('GET', `/tickets/${number}/history?limit=1${cursor}`, { who })
    expect(body).not.toMatch(/secret \d/u)
    indexes.push(...json.history.map(({ index }: { index: number }) => index))
    next = json.next
  }
  expect(indexes).toEqual([came - 122, came, came + 1])
})

test("a ticket's history goes with it to another requester, as its comments do", async () => {
  const v1 = await openV1()
  const number = await v1.desk.create({ requester: 'rolf', title: 'of rolf' })
  const made = v1.desk.index
  await v1.desk.change(number, { requester: 'rita' })
  const { json } = await v1.ask('GET', `/tickets/${number}/history`, { who })
  expect(json.history).toMatchObject([
    { type: 'ticket.created' },
    { changes: { requester: { from: 'rolf', to: 'rita' } } },
  ])
  expect((await v1.ask('GET', `/tickets/${number}?at=${made}`, { who })).json.requester).toBe('rolf')
})

test('what a field held before it became public is hidden, what it holds since then is not', async () => {
  const v1 = await openV1()
  const { desk } = v1
  const number = await desk.create({ requester: 'rita', queue: 'storage', fields: { site: 'fra', cost: 1001 } })
  await desk.change(number, { fields: { site: 'ams', cost: 1002 } })
  const before = desk.index
  const fields = [
    { name: 'site', public: true },
    { name: 'cost', public: true },
  ]
  await desk.run('queue.change', { name: 'storage', change: { fields } }, askers.admin)
  const since = desk.index
  await desk.change(number, { fields: { cost: 1003 } })
  const { json, body } = await v1.ask('GET', `/tickets/${number}/history`, { who })
  expect(body).not.toContain('1001')
  expect(json.history).toMatchObject([
    { changes: {} },
    { changes: { fields: { site: { from: 'fra', to: 'ams' } } } },
    { changes: { fields: { cost: { from: 1002, to: 1003 } } } },
  ])
  const at = async (index: number) => (await v1.ask('GET', `/tickets/${number}?at=${index}`, { who })).json.fields
  expect([await at(before), await at(since)]).toEqual([{ site: 'ams' }, { site: 'ams', cost: 1002 }])
  // Sent again as it is, the queue stays public since then.
  await desk.run('queue.change', { name: 'storage', change: { fields, description: 'again' } }, askers.admin)
  expect(await at(before)).toEqual({ site: 'ams' })
  const events = await v1.ask('GET', `/events?since=0`, { ...asPage, who })
  expect(events.body).not.toContain('1001')
  expect(await desk.problems()).toEqual([])
})

/** One thing that staff does. Each text in it is another one. */
type Step =
  | { readonly type: 'change'; readonly ticket: 0 | 1; readonly members: readonly string[]; readonly choice: number }
  | { readonly type: 'comment'; readonly ticket: 0 | 1; readonly internal: boolean }
  | { readonly type: 'edit' | 'uncomment'; readonly comment: number }
  | { readonly type: 'delete' | 'restore'; readonly ticket: 0 | 1 }
  | { readonly type: 'queue'; readonly site: boolean; readonly cost: boolean }
  | { readonly type: 'undo'; readonly back: number }

const ticket = fc.constantFrom(0 as const, 1 as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('change' as const),
      ticket,
      members: fc.uniqueArray(
        fc.constantFrom('title', 'description', 'internal', 'internal', 'requester', 'queue', 'site', 'cost'),
        { minLength: 1, maxLength: 4 },
      ),
      choice: fc.nat({ max: 11 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('comment' as const), ticket, internal: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('edit' as const, 'uncomment' as const), comment: fc.nat({ max: 9 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('delete' as const, 'restore' as const), ticket }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('queue' as const), site: fc.boolean(), cost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('undo' as const), back: fc.nat({ max: 6 }) }) },
)

/** What is written, told apart from all else in an answer. */
class Words {
  #last = 0

  text(): string {
    this.#last += 1
    return `word${this.#last}x`
  }

  number(): number {
    this.#last += 1
    return 1_000_000 + this.#last
  }
}

/** As a requester could have seen it at some time; undefined where the ticket was hidden. */
type View = { readonly title: string; readonly words: readonly string[] } | undefined

/** What stood open to whoever may see the ticket, found without what is tested: today's records are enough for that. */
function viewOf(desk: TicketDesk, number: number): View {
  const { record, description, deletedTime } = desk.ticket(number, askers.admin)
  if (record.internal === 1 || deletedTime !== null) return undefined
  const comments = desk.rows(
    `SELECT text FROM comments WHERE ticket = ${number} AND internal = 0 AND deleted_time IS NULL`,
  )
  const open = fieldsOfQueue(queueOf(desk.reading.records, record.queue)).flatMap((field) =>
    field.public ? [String(fieldValuesOf(record.fields)[field.field])] : [],
  )
  return {
    title: record.title,
    words: [record.title, description ?? '', ...comments.map((row) => String(row['text'])), ...open],
  }
}

async function take(
  desk: TicketDesk,
  words: Words,
  numbers: readonly number[],
  began: number,
  step: Step,
): Promise<unknown> {
  switch (step.type) {
    case 'change': {
      const { members, choice } = step
      const has = (member: string): boolean => members.includes(member)
      const queue = (['default', 'storage', 'vault'] as const)[choice % 3]
      const change = {
        ...(has('title') && { title: words.text() }),
        ...(has('description') && { description: words.text() }),
        ...(has('internal') && { internal: choice % 2 === 1 }),
        ...(has('requester') && { requester: choice % 4 < 2 ? 'rita' : 'rolf' }),
        ...(has('queue') && { queue }),
        ...((has('site') || has('cost')) && {
          fields: { ...(has('site') && { site: words.text() }), ...(has('cost') && { cost: words.number() }) },
        }),
      }
      return desk.run('ticket.change', { number: numbers[step.ticket] ?? 0, change })
    }
    case 'comment':
      return desk.comment(numbers[step.ticket] ?? 0, words.text(), askers.agent, step.internal)
    case 'edit':
    case 'uncomment': {
      const known = desk.rows(`SELECT ticket, idx FROM comments WHERE idx > ${began} ORDER BY idx`)
      const at = known[step.comment % Math.max(known.length, 1)]
      const args = { number: Number(at?.['ticket'] ?? 0), comment: Number(at?.['idx'] ?? 0) }
      if (step.type === 'uncomment') return desk.run('comment.delete', args)
      return desk.run('comment.edit', { ...args, text: words.text() })
    }
    case 'delete':
    case 'restore':
      return desk.run(`ticket.${step.type}`, { number: numbers[step.ticket] ?? 0 })
    case 'queue': {
      const fields = [
        { name: 'site', public: step.site },
        { name: 'cost', public: step.cost },
      ]
      return desk.run('queue.change', { name: 'storage', change: { fields } }, askers.admin)
    }
    case 'undo':
      return desk.run('ticket.undo', { index: Math.max(began + 1, desk.index - step.back) }, askers.admin)
  }
}

/** Every answer that a requester gets about tickets, what happened to them, and all indexes since `began`. */
async function everyAnswer(v1: V1Desk, numbers: readonly number[], began: number): Promise<readonly Told[]> {
  const answers: Told[] = []
  const ask = async (path: string, asking: Parameters<V1Desk['ask']>[2] = {}, method = 'GET'): Promise<Told> => {
    const answer = await v1.ask(method, path, { ...asking, who })
    answers.push(answer)
    return answer
  }
  const { index } = v1.desk
  await ask('/tickets?limit=200')
  await ask(`/events?since=${began}&limit=1000`, asPage)
  for (const number of numbers) {
    await ask(`/tickets/${number}?include=activity`)
    for (const list of ['comments', 'history']) {
      for (let next: unknown = ''; typeof next === 'string';) {
        const { json } = await ask(`/tickets/${number}/${list}?limit=4${next === '' ? '' : `&cursor=${next}`}`)
        next = json.next
      }
    }
    for (let at = began; at <= index; at++) await ask(`/tickets/${number}?at=${at}&include=activity`)
  }
  for (let at = began; at <= index; at++) await ask('/undo', { body: { index: at } }, 'POST')
  return answers
}

function wordsIn({ body, headers }: Told): readonly string[] {
  return `${body} ${JSON.stringify(headers)}`.match(/word\d+x|\b1\d{6}\b/gu) ?? []
}

test(
  'no answer to a requester holds what stood only while it was hidden, whatever was changed',
  { timeout: 240_000 },
  async () => {
    const v1 = await openV1()
    const { desk } = v1
    const words = new Words()
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 8, maxLength: 22, size: 'max' }),
        fc.boolean(),
        async (plan, internal) => {
          const first = desk.index
          const numbers: number[] = []
          const views = new Map<number, readonly View[]>()
          const record = (): void =>
            void views.set(
              desk.index,
              numbers.map((number) => viewOf(desk, number)),
            )
          for (const hidden of [internal, false]) {
            const about = { title: words.text(), queue: 'storage', requester: 'rita', internal: hidden }
            numbers.push(await desk.create({ ...about, fields: { site: words.text(), cost: words.number() } }))
            record()
          }
          const began = desk.index
          const takeAndRecord = async (run: () => Promise<unknown>): Promise<void> => {
            try {
              await run()
            } catch (error) {
              if (!(error instanceof CommandError)) throw error
            }
            record()
          }
          for (const one of plan) await takeAndRecord(() => take(desk, words, numbers, began, one))
          for (const number of numbers) {
            await takeAndRecord(() => desk.run('ticket.restore', { number }))
            await takeAndRecord(() => desk.change(number, { internal: false, requester: 'rita' }))
          }
          const seen = new Set([...views.values()].flat().flatMap((view) => view?.words ?? []))
          for (const answer of await everyAnswer(v1, numbers, first)) {
            expect([answer.body, wordsIn(answer).filter((word) => !seen.has(word))]).toEqual([answer.body, []])
          }
          // And what was not hidden is told.
          for (const [index, all] of views) {
            for (const [place, view] of all.entries()) {
              const { status, json } = await v1.ask('GET', `/tickets/${numbers[place]}?at=${index}`, { who })
              const told = status === 404 ? undefined : json.title
              expect([index, status, told]).toEqual([index, view === undefined ? 404 : 200, view?.title])
            }
          }
          // Else it would be seen in the next run, in which other fields are public.
          for (const number of numbers) await desk.run('ticket.delete', { number })
        },
      ),
      { numRuns: Number(process.env['SIGHT_RUNS'] ?? 12), endOnFailure: true },
    )
    expect(v1.faults).toEqual([])
    expect(await desk.problems()).toEqual([])
  },
)
