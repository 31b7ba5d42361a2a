/**
 * Lists that are walked while others change what is in them, each page from the next node, the changes between and beside the pages. By
 * number and by creation each ticket that is there throughout comes exactly once. By any other order none comes twice, each that stayed where
 * it was comes, and one that moved is told by the events since the first page.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { randomOf } from '../../crash/copies.js'
import type { Target } from '../../support/target.js'
import type { SharedV1, V1Desk } from '../../support/v1-desk.js'

/** A walk: what each page showed, and the index of the first. */
interface Walk {
  readonly numbers: readonly number[]
  readonly since: number
}

type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>
type Change = (ask: Ask, number: number, random: () => number) => Promise<unknown>

const pick = <T>(list: readonly T[], random: () => number): T | undefined => list[Math.floor(random() * list.length)]

/** What moves tickets, each in some orders, and what moves none. */
const changes: readonly Change[] = [
  (ask, number, random) => ask('PATCH', `/tickets/${number}`, { title: `retitled ${random()}` }),
  (ask, number, random) =>
    ask('PATCH', `/tickets/${number}`, { priority: pick(['low', 'normal', 'high', 'urgent'], random) }),
  (ask, number, random) =>
    ask('PATCH', `/tickets/${number}`, { due: pick([null, '2026-12-01', '2026-12-05', '2026-12-09'], random) }),
  (ask, number, random) =>
    ask('PATCH', `/tickets/${number}`, { status: pick(['open', 'waiting', 'resolved', 'closed'], random) }),
  (ask, number) => ask('POST', `/tickets/${number}/comments`, { text: 'said meanwhile' }),
  (ask, number) => ask('POST', `/tickets/${number}/comments`, { text: 'said among us meanwhile', internal: true }),
  (ask, number, random) => ask('PUT', `/tickets/${number}/watchers/${pick(['abe', 'ada'], random)}`),
]

const COUNT = 60
const LIMIT = 7

/** What changes is left to chance, the same each time. */
const SEED = 12

/** Rounds of changes beside each page. */
const BESIDE = 4

export function testWalking(shared: SharedV1, target: Target): void {
  /** Where they are, so that the tickets of others are not found. */
  let queue = ''
  /** Tickets that are there throughout, and some that come and go, by number. */
  const staying: number[] = []
  const going: number[] = []

  beforeAll(async () => {
    const v1 = shared()
    queue = v1.freshName('walked')
    await v1.done('POST', '/queues', { name: queue, public: true }, { who: 'admin' })
    const operations = Array.from({ length: COUNT }, (_, place) => ({
      op: 'create',
      ticket: {
        title: `ticket ${place}`,
        queue,
        requester: 'rita',
        priority: ['low', 'normal', 'high', 'urgent'][place % 4],
        due: [null, '2026-12-01', '2026-12-05'][place % 3],
        status: ['open', 'closed'][place % 2],
      },
    }))
    const { json } = await v1.done('POST', '/batch', { operations })
    for (const [place, { number }] of json.results.entries()) (place % 6 === 5 ? going : staying).push(number)
  })

  /** One change of any ticket; now and then one comes, one goes to the bin, or comes back. */
  async function changeSome(v1: V1Desk, random: () => number): Promise<void> {
    const ask: Ask = (method, path, body) => v1.ask(method, path, body === undefined ? {} : { body })
    const dice = random()
    const other = pick(going, random) ?? 0
    if (dice < 0.03) await ask('POST', '/tickets', { title: 'new meanwhile', queue, requester: 'rita' })
    else if (dice < 0.16) await ask('DELETE', `/tickets/${other}`)
    else if (dice < 0.24) await ask('POST', `/tickets/${other}/restore`)
    else if (dice < 0.32) await ask('PATCH', `/tickets/${other}`, { internal: random() < 0.5 })
    else await pick(changes, random)?.(ask, pick(staying, random) ?? 0, random)
  }

  /** All pages of an order, one after another, while others change tickets. */
  async function walk(sort: string, who: 'agent' | 'requester'): Promise<Walk> {
    const [v1, random] = [shared(), randomOf(SEED)]
    const numbers: number[] = []
    let [since, cursor]: [number, string | null] = [0, '']
    while (cursor !== null) {
      const query = new URLSearchParams({
        q: `queue:"${queue}"`,
        sort,
        limit: String(LIMIT),
        ...(cursor !== '' && { cursor }),
      })
      const asked = v1.ask('GET', `/tickets?${query.toString()}`, { who })
      const beside = Array.from({ length: BESIDE }, () => changeSome(v1, random))
      const { status, json, headers } = await asked
      await Promise.all(beside)
      expect([status, json.incomplete]).toEqual([200, false])
      if (since === 0) since = Number(headers['desk-index'])
      numbers.push(...json.tickets.map(({ number }: { number: number }) => number))
      cursor = json.next
    }
    return { numbers, since }
  }

  /** The events since then that whoever walked is told, by ticket. */
  async function eventsSince(
    since: number,
    who: 'agent' | 'requester',
  ): Promise<ReadonlyMap<number, readonly string[]>> {
    const v1 = shared()
    const told = new Map<number, string[]>()
    for (let next = since; next < v1.index;) {
      const { json } = await v1.ask('GET', `/events?since=${next}&limit=1000`, {
        who,
        headers: { Accept: 'application/json' },
      })
      for (const { ticket, type, changes: changed = {} } of json.events) {
        if (ticket !== undefined) told.set(ticket, [...(told.get(ticket) ?? []), type, ...Object.keys(changed)])
      }
      next = json.next
    }
    return told
  }

  describe.each(['agent', 'requester'] as const)('a list that the %s walks while others change tickets', (who) => {
    test.each(target.isAlone ? ['number', 'number-asc', 'created', 'created-asc'] : ['number', 'created-asc'])(
      'has by %s each that is there throughout once, in order',
      async (sort) => {
        const { numbers } = await walk(sort, who)
        expect(new Set(numbers).size).toBe(numbers.length)
        const direction = sort.endsWith('-asc') ? staying : staying.toReversed()
        expect(numbers.filter((number) => staying.includes(number))).toEqual(direction)
      },
    )

    /** What an event says that moves a ticket in an order; any event of it where nothing is said. */
    const movedBy: readonly (readonly [order: string, moves: RegExp])[] = [
      ['updated', /./u],
      ['due', /^due$/u],
      ['priority', /^priority$/u],
      ['closed', /^status$/u],
      ['comments', /^comment\.created$/u],
    ]
    const ordered = movedBy.flatMap(([order, moves]) =>
      ['asc', 'desc'].map((way) => [`${order}-${way}`, moves] as const),
    )
    // Where pages come from several nodes, one order shows what the others would: by a time, by a choice, and by what has none.
    const fewOrders = ['updated-desc', 'priority-asc', 'closed-desc']
    test.each(target.isAlone ? ordered : ordered.filter(([order]) => fewOrders.includes(order)))(
      'has by %s none twice, and what is missing has moved, which events tell',
      async (sort, moves) => {
        const { numbers, since } = await walk(sort, who)
        expect(new Set(numbers).size).toBe(numbers.length)
        const told = await eventsSince(since, who)
        const stood = staying.filter((number) => !(told.get(number) ?? []).some((word) => moves.test(word)))
        expect(stood.filter((number) => !numbers.includes(number))).toEqual([])
      },
    )
  })
}
