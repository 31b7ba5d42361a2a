/** Emptying: null removes, what is left out stays, and what is there no more is no change; by the API and by the typed client. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { openDesk, askJson, ask, type OpenDesk } from '../../support/desk-door.js'
import { Contract } from '../../support/contract-desk.js'

let opened: OpenDesk
let client: DeskClient

beforeAll(async () => {
  opened = await openDesk()
  client = createDeskClient({ endpoint: opened.door.url })
  await client.users.create({ handle: 'ann' })
  await client.labels.create({ name: 'disk' })
  await client.fields.create({ name: 'site', type: 'text' })
  await client.fields.create({ name: 'cost', type: 'number' })
  await client.fields.create({ name: 'bought', type: 'date' })
  await client.fields.create({ name: 'size', type: 'choice', choices: ['small', 'large'] })
  await client.fields.create({ name: 'paid', type: 'yes/no' })
  const fields = ['site', 'cost', 'bought', 'size', 'paid'].map((name) => ({ name }))
  await client.queues.create({ name: 'storage', fields })
})
afterAll(() => opened.close())

/** What may be empty, with a value, and how it reads when it is. */
const members = {
  description: ['text', null],
  requester: ['ann', null],
  assignees: [['ann'], []],
  labels: [['disk'], []],
  due: ['2026-12-01', null],
  ref: ['ref-1', null],
} as const
const fields = { site: 'fra', cost: 5, bought: '2026-12-01', size: 'small', paid: false } as const

const full = Object.fromEntries(Object.entries(members).map(([name, [value]]) => [name, value]))

/** Both ways to change a ticket. */
const ways: Readonly<Record<string, (number: number, change: object) => Promise<unknown>>> = {
  'the API': async (number, change) => {
    const { status, body } = await askJson(opened.door, 'PATCH', `/v1/tickets/${number}`, change)
    expect(status).toBe(200)
    return JSON.parse(body)
  },
  'the typed client': (number, change) => client.tickets.change(number, change),
}

test('what may be null in a change of a ticket, as the document says, is all tried here', async () => {
  const { schemas } = new Contract((await ask(opened.door, 'GET', '/openapi.json')).body)
  const readOnly = ['createdBy', 'closedAt', 'deletedAt']
  const nullable = Object.entries(schemas['TicketChange']?.properties ?? {}).flatMap(([name, schema]) =>
    JSON.stringify(schema).includes('"null"') && !readOnly.includes(name) ? [name] : [],
  )
  expect(nullable.toSorted()).toEqual([...Object.keys(members), 'fields'].toSorted())
})

describe.each(Object.entries(ways))('by %s', (_, change) => {
  const made = async () => {
    const { number } = await client.tickets.create({ title: 'Full', queue: 'storage', ...full, fields })
    return number
  }
  const dropped = (number: number) => client.tickets.delete(number)

  test.each(Object.entries(members))('%s is emptied alone, and once more is no change', async (name, [, empty]) => {
    const number = await made()
    const expected = { ...full, fields, [name]: empty }
    expect(await change(number, { [name]: null })).toMatchObject(expected)
    const head = opened.store.history.head()
    expect(await change(number, { [name]: null })).toMatchObject(expected)
    if (Array.isArray(empty)) expect(await change(number, { [name]: [] })).toMatchObject(expected)
    expect(opened.store.history.head()).toBe(head)
    const { body } = await ask(opened.door, 'GET', `/v1/tickets/${number}/history`)
    expect(JSON.parse(body).history).toHaveLength(2)
    await dropped(number)
  })

  test('each custom field is emptied alone, and once more is no change', async () => {
    for (const name of Object.keys(fields)) {
      const number = await made()
      const { [name]: _emptied, ...others } = { ...fields } as Readonly<Record<string, unknown>>
      expect(await change(number, { fields: { [name]: null } })).toHaveProperty('fields', others)
      const head = opened.store.history.head()
      await change(number, { fields: { [name]: null } })
      expect(opened.store.history.head()).toBe(head)
      await dropped(number)
    }
  })

  test('what is left out, or undefined, stays', async () => {
    const number = await made()
    const nothing = Object.fromEntries([...Object.keys(members), 'fields'].map((name) => [name, undefined]))
    expect(await change(number, { ...nothing, title: 'Other' })).toMatchObject({ ...full, fields, title: 'Other' })
    await dropped(number)
  })
})

test.each(['due', 'cost', 'bought', 'size', 'paid'])('an empty text for %s is refused, and names it', async (name) => {
  const { number } = await client.tickets.create({ title: 'x', queue: 'storage' })
  const change = name === 'due' ? { due: '' } : { fields: { [name]: '' } }
  const { status, body } = await askJson(opened.door, 'PATCH', `/v1/tickets/${number}`, change)
  const { errors }: { errors: { pointer: string }[] } = JSON.parse(body)
  expect([status, errors[0]?.pointer]).toEqual([422, name === 'due' ? '/due' : `/fields/${name}`])
})

describe('of what has a name', () => {
  test.each([
    ['labels', { name: 'full', color: '#ff0000', description: 'text' }, { color: null, description: null }],
    [
      'queues',
      { name: 'full', description: 'text', defaultAssignee: 'ann' },
      { description: null, defaultAssignee: null },
    ],
    ['fields', { name: 'full', type: 'text', description: 'text' }, { description: null }],
    ['users', { handle: 'full', name: 'Full', email: 'full@example.org' }, { name: null, email: null }],
    ['views', { name: 'full', sort: 'due-asc' }, { sort: null }],
  ] as const)('%s are emptied by null alone', async (list, full, emptied) => {
    const made = await askJson(opened.door, 'POST', `/v1/${list}`, full)
    expect(made.status).toBe(201)
    const path = String(made.headers.location)
    for (const [name, value] of Object.entries(emptied)) {
      const { status, body } = await askJson(opened.door, 'PATCH', path, { [name]: value })
      expect([status, JSON.parse(body)[name]]).toEqual([200, null])
    }
    const { body } = await ask(opened.door, 'GET', path)
    expect(JSON.parse(body)).toMatchObject({ ...full, ...emptied })
    const head = opened.store.history.head()
    await askJson(opened.door, 'PATCH', path, emptied)
    expect(opened.store.history.head()).toBe(head)
  })

  test.each(['labels', 'statuses', 'queues', 'fields', 'users', 'views'])(
    '%s may be sent back as they were read',
    async (list) => {
      const made = {
        labels: { name: 'bare' },
        statuses: { name: 'bare', category: 'active' },
        queues: { name: 'bare' },
        fields: { name: 'bare', type: 'text' },
        users: { handle: 'bare' },
        views: { name: 'bare' },
      }
      const { body: first } = await askJson(opened.door, 'POST', `/v1/${list}`, Object(made)[list])
      const { body: all } = await ask(opened.door, 'GET', `/v1/${list}`)
      const read = JSON.parse(first)
      expect(JSON.parse(all)[list]).toContainEqual(read)
      const path = `/v1/${list}/${String(read.id ?? read.handle ?? read.name)}`
      const head = opened.store.history.head()
      const { status, body } = await askJson(opened.door, 'PATCH', path, read)
      expect([status, JSON.parse(body)]).toEqual([200, read])
      expect(opened.store.history.head()).toBe(head)
    },
  )

  test.each([
    ['/v1/statuses/open', { category: 'active' }],
    ['/v1/fields/cost', { type: 'text' }],
    ['/v1/users/ann', { createdAt: '2026-11-28T10:00:00.000Z' }],
  ] as const)('%s keeps what only the desk says', async (path, change) => {
    const { status, body } = await askJson(opened.door, 'PATCH', path, change)
    const { code, errors }: { code: string; errors: { pointer: string }[] } = JSON.parse(body)
    expect([status, code, errors[0]?.pointer]).toEqual([422, 'read_only', `/${Object.keys(change)[0]}`])
  })
})
