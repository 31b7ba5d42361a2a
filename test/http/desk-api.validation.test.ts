/** How bodies and queries are checked: the lab's paths tell their first fault, as ever; where a route refuses in problems all are told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, askJson, openDesk, type OpenDesk } from '../support/desk-door.js'
import { addProbe } from '../support/v1-probe.js'

let desk: OpenDesk
beforeAll(async () => {
  desk = await openDesk({ addRoutes: (app) => addProbe(app) })
})
afterAll(() => desk.close())

/** The faults of a query: parameters and sentences. */
async function queryFaults(query: string): Promise<[string, string][]> {
  const { status, body } = await ask(desk.door, 'GET', `/v1/notes?${query}`)
  const { code, errors } = JSON.parse(body)
  expect([status, code]).toEqual([400, 'invalid_query'])
  return errors.map(({ parameter, detail }: { parameter: string; detail: string }) => [parameter, detail])
}

/** The faults of a body: pointers and sentences. */
async function bodyFaults(value: unknown): Promise<[string, string][]> {
  const { status, body } = await askJson(desk.door, 'POST', '/v1/notes', value)
  const { code, errors } = JSON.parse(body)
  expect([
    [400, 'invalid_body'],
    [422, 'invalid_value'],
  ]).toContainEqual([status, code])
  return errors.map(({ pointer, detail }: { pointer: string; detail: string }) => [pointer, detail])
}

describe("a query on the lab's paths", () => {
  test.each([
    ['GET', '/tickets?limit=0&limt=5', "The query parameter 'limit' is not a whole number from 1 to 1000."],
    [
      'GET',
      '/tickets?limt=5&limit=0',
      "The query parameter 'limt' is not known here. The known ones are 'limit', 'after', 'consistency'.",
    ],
    ['GET', '/tickets?limit=5&after=x&limit=6', "The query parameter 'limit' stands there twice. Send it once."],
    ['GET', '/tickets?consistency=weak&after=x', "The query parameter 'consistency' is neither local nor strong."],
    [
      'GET',
      '/tickets?after=x&consistency=weak',
      "The query parameter 'after' is no ticket number. Send 20 digits, or the plain number.",
    ],
    [
      'DELETE',
      `/tickets?ticket_id=${'1'.repeat(65)}`,
      "The query parameter 'ticket_id' is no ticket number. Send 20 digits, or the plain number.",
    ],
  ])('of several faults tells the one that was sent first: %s %s', async (method, path, msg) => {
    const { status, body } = await ask(desk.door, method, path)
    expect([status, JSON.parse(body)]).toEqual([400, { code: 'invalid_query', msg }])
  })
})

describe('a query where there are no parameters', () => {
  test.each(['/healthz', '/readyz', '/version', '/nodes', '/metrics', '/openapi.json'])(
    'is refused where a program asks: %s',
    async (path) => {
      const { status, body } = await ask(desk.door, 'GET', `${path}?x=5`)
      const msg = "The query parameter 'x' is not known here. There are none here."
      expect([status, JSON.parse(body)]).toEqual([400, { code: 'invalid_query', msg }])
    },
  )

  test('is refused where something would be written, and nothing is', async () => {
    const before = desk.store.history.head()
    const { body } = await askJson(desk.door, 'PUT', '/tickets?x=5', { msg: 'one', ticket_id: '1' })
    expect(JSON.parse(body)).toMatchObject({ code: 'invalid_query' })
    expect((await askJson(desk.door, 'POST', '/tickets?x=5', { value: 'one' })).status).toBe(400)
    expect((await ask(desk.door, 'DELETE', '/remove_all_tickets?x=5')).status).toBe(400)
    expect(desk.store.history.head()).toBe(before)
  })

  test.each(['/', '/docs'])(
    'is taken where a person opens a page, since links get some on their way: %s',
    async (path) => {
      expect((await ask(desk.door, 'GET', `${path}?x=5`)).status).toBe(200)
    },
  )
})

describe('a query of a route that refuses in problems', () => {
  test('is handed on as its schema says, whole numbers as numbers', async () => {
    const { body } = await ask(desk.door, 'GET', '/v1/notes?q=5&limit=007&sort=created')
    expect(JSON.parse(body)).toEqual({ q: '5', limit: 7, sort: 'created' })
  })

  test('names each parameter that is at fault, in the order in which they came, and then what is missing', async () => {
    expect(await queryFaults('colour=red&limit=0&sort=size&limit=5&day=today&constructor=1')).toEqual([
      ['colour', "The query parameter 'colour' is not known here. The known ones are 'limit', 'sort', 'day', 'q'."],
      ['limit', "The query parameter 'limit' stands there twice. Send it once."],
      ['sort', "The query parameter 'sort' is neither number nor created."],
      ['day', "The query parameter 'day' is not in the form that it must have. See /docs."],
      [
        'constructor',
        "The query parameter 'constructor' is not known here. The known ones are 'limit', 'sort', 'day', 'q'.",
      ],
      ['q', "The query parameter 'q' is missing. Send it."],
    ])
    expect(await queryFaults('q=123456')).toEqual([
      ['q', "The query parameter 'q' is too long. Send at most 5 characters."],
    ])
  })

  test.each(['', '0', '201', '1e2', '0x10', '5.0', '%2b5', '%205', '5%20', 'abc', '9007199254740993', '%ff'])(
    'takes nothing for a whole number but its digits: %s',
    async (limit) => {
      expect(await queryFaults(`q=a&limit=${limit}`)).toEqual([
        ['limit', "The query parameter 'limit' is not a whole number from 1 to 200."],
      ])
    },
  )

  test.each(['__proto__', 'a%2fb%7ec', '%20'])('names an odd parameter as it is: %s', async (name) => {
    const [[parameter] = []] = await queryFaults(`${name}=1&q=a`)
    expect(parameter).toBe(decodeURIComponent(name))
  })

  test('tells at most 100 faults, and repeats little of each', async () => {
    const many = Array.from({ length: 150 }, (_, number) => `p${number}=1`).join('&')
    expect(await queryFaults(`q=a&${many}`)).toHaveLength(100)
    expect(JSON.stringify(await queryFaults(`q=a&${'x'.repeat(5000)}=1`)).length).toBeLessThan(800)
  })
})

describe('a body of a route that refuses in problems', () => {
  test('is told every fault, and where', async () => {
    const body = { priority: 'none', labels: ['a', 5, 'c'], due: 5, size: 0, colour: 'red', 'a/b~c': 1 }
    const faults = await bodyFaults(body)
    expect(new Map(faults)).toEqual(
      new Map([
        ['/title', "The field 'title' is missing. Send it."],
        ['/colour', "The field 'colour' is not known here. Send the body without it."],
        ['/a~1b~0c', "The field 'a~1b~0c' is not known here. Send the body without it."],
        ['/priority', "The field 'priority' is none of the values that it may have: 'low', 'high'."],
        ['/labels', "The field 'labels' has too many entries. Send at most 2."],
        ['/labels/1', "The field 'labels/1' is not a string."],
        ['/due', "The field 'due' is not in a form that it may have. See /docs."],
        ['/size', "The field 'size' is too small. Send at least 1."],
      ]),
    )
    expect(faults).toHaveLength(8)
  })

  test('says the first of them in its detail, and how many more there are', async () => {
    const detailOf = async (value: unknown) =>
      JSON.parse((await askJson(desk.door, 'POST', '/v1/notes', value)).body).detail
    expect(await detailOf({ title: '' })).toBe("The field 'title' is too short. Send at least one character.")
    expect(await detailOf({ title: '', size: 0 })).toMatch(/^The field '.*\. 'errors' names one more fault\.$/u)
    expect(await detailOf({ title: '', size: 0, colour: 1 })).toMatch(/ 'errors' names 2 more faults\.$/u)
  })

  test.each([[null], [[]], ['text'], [5]])('that is no object is one fault of all of it: %j', async (value) => {
    expect(await bodyFaults(value)).toEqual([['', 'The body is not an object.']])
  })

  test('may be anything that its schema takes', async () => {
    for (const due of [null, '2026']) {
      const { status, body } = await askJson(desk.door, 'POST', '/v1/notes', { title: '🎫'.repeat(10), due })
      expect([status, JSON.parse(body).due]).toEqual([201, due])
    }
  })

  test('that is hostile is told its first fault alone, in few words', async () => {
    const fill = (count: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: count }, (_, number) => [`m${number}`, number]))
    expect(await bodyFaults({ title: 'a', ...fill(1900) })).toHaveLength(100)
    expect(await bodyFaults({ title: 'a', ...fill(2100) })).toHaveLength(1)
    expect(await bodyFaults({ title: 5, labels: Array.from({ length: 50_000 }, () => 5) })).toHaveLength(1)
    expect(JSON.stringify(await bodyFaults({ title: 'a', ['x'.repeat(100_000)]: 1 })).length).toBeLessThan(800)
  })
})
