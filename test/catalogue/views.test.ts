/** Views: one's own and everybody's. */
import { describe, expect, test } from 'vitest'
import { columnsOf, findView } from '#src/catalogue/views.js'
import { viewsMax } from '#src/contract/limits.js'
import { CommandDesk } from '../support/command-desk.js'

const view = (name: string, more: object = {}) => ({ view: { name, ...more } })

describe('a view', () => {
  test('is a search with columns and an order under a name', () => {
    const desk = new CommandDesk()
    const made = view('Mine ', { query: 'is:open @me', columns: ['number', 'field.cost'], sort: 'due-asc' })
    const { number } = desk.run('view.create', made).result
    const found = findView(desk.transaction, number)
    expect(found).toMatchObject({
      number: 1,
      name: 'Mine',
      owner: null,
      query: 'is:open @me',
      sort: 'due-asc',
      version: 1,
    })
    expect(found && columnsOf(found)).toEqual(['number', 'field.cost'])
    desk.run('view.change', { number, change: { columns: null, sort: null, query: '' }, version: 1 })
    expect(findView(desk.transaction, number)).toMatchObject({ query: '', columns: '', sort: '', version: 2 })
    desk.run('view.change', { number, change: { name: 'Mine', query: '', columns: [] } })
    expect(desk.index).toBe(2)
  })

  test.each([
    ['a query of more than 1,000 characters', { query: 'x'.repeat(1001) }, '/query'],
    ['a query in two lines', { query: 'a\nb' }, '/query'],
    ['31 columns', { columns: Array.from({ length: 31 }, (_, at) => `c${at}`) }, '/columns'],
    ['a column twice', { columns: ['a', 'a'] }, '/columns/1'],
    ['a column without a name', { columns: ['a', ''] }, '/columns/1'],
    ['a long column', { columns: ['x'.repeat(61)] }, '/columns/0'],
    ['a long sort', { sort: 'x'.repeat(51) }, '/sort'],
    ['no name', { name: '' }, '/name'],
    ['another owner', { owner: 'ann' }, '/owner'],
  ])('with %s is refused, made or changed', (_, members, pointer) => {
    const desk = new CommandDesk()
    desk.user('ann', 'agent')
    desk.run('view.create', view('good'))
    expect(desk.refusal('view.create', view('another', members))).toMatchObject({
      code: 'invalid_value',
      faults: [pointer],
    })
    expect(desk.refusal('view.change', { number: 1, change: members }).faults).toEqual([pointer])
  })

  test('has a name that no other of its owner has', () => {
    const desk = new CommandDesk()
    const [ann, ben] = [desk.user('ann', 'agent'), desk.user('ben', 'agent')]
    desk.run('view.create', view('Mine'), ann)
    const refusal = desk.refusal('view.create', view('MINE'), ann)
    expect(refusal).toMatchObject({ code: 'name_taken', faults: ['/name'], details: { taken: 'Mine' } })
    desk.run('view.create', view('mine'), ben)
    desk.run('view.create', view('mine', { owner: null }), ben)
    expect(desk.refusal('view.create', view('mine', { owner: null }), ann).code).toBe('name_taken')
    expect(desk.refusal('view.change', { number: 1, change: { owner: null } }, ann).code).toBe('name_taken')
    desk.run('view.change', { number: 1, change: { name: 'hers', owner: null } }, ann)
    expect(findView(desk.transaction, 1)).toMatchObject({ name: 'hers', owner: null })
  })

  test('of one’s own is not there for others, and tells nobody else of itself', () => {
    const desk = new CommandDesk()
    const [ann, ben] = [desk.user('ann', 'viewer'), desk.user('ben', 'admin')]
    desk.close()
    desk.run('view.create', view('hers'), ann)
    expect(desk.newestEvent()).toMatchObject({
      key: 'views/1',
      detail: { type: 'view.created', view: 1, owner: ann.actor, hidden: true },
    })
    for (const asker of [ben, { actor: null, door: 'api' }]) {
      expect(desk.refusal('view.change', { number: 1, change: {} }, asker).code).toBe('not_found')
      expect(desk.refusal('view.delete', { number: 1 }, asker).code).toBe('not_found')
    }
    desk.run('view.delete', { number: 1 }, ann)
    expect(findView(desk.transaction, 1)).toBeUndefined()
    expect(desk.newestEvent().detail).toMatchObject({ type: 'view.deleted', hidden: true })
    expect(desk.run('view.create', view('hers'), ann).result).toEqual({ number: 2 })
  })

  test('of everybody is made, changed and removed by those who may share', () => {
    const desk = new CommandDesk()
    const [ann, ben] = [desk.user('ann', 'agent'), desk.user('ben', 'requester')]
    desk.close()
    desk.run('view.create', view('all', { owner: null }), ann)
    expect(desk.newestEvent().detail).not.toHaveProperty('hidden')
    desk.run('view.create', view('his'), ben)
    expect(desk.refusal('view.create', view('his, for all', { owner: null }), ben).code).toBe('forbidden')
    expect(desk.refusal('view.change', { number: 1, change: { name: 'x' } }, ben).code).toBe('forbidden')
    expect(desk.refusal('view.change', { number: 2, change: { owner: null } }, ben).code).toBe('forbidden')
    expect(desk.refusal('view.delete', { number: 1 }, ben).code).toBe('forbidden')
    desk.run('view.change', { number: 1, change: { owner: 'ann', name: 'a secret' } }, ann)
    expect(desk.newestEvent().detail).toMatchObject({ name: 'all' })
    expect(desk.refusal('view.delete', { number: 1 }, ben).code).toBe('not_found')
  })

  test('of nobody in particular is everybody’s on an open desk, and is not made on a closed one', () => {
    const desk = new CommandDesk()
    desk.run('view.create', view('a'))
    expect(findView(desk.transaction, 1)?.owner).toBeNull()
    desk.close()
    expect(desk.refusal('view.create', view('b')).code).toBe('forbidden')
  })

  test('of another version than is believed in stays', () => {
    const desk = new CommandDesk()
    desk.run('view.create', view('a'))
    expect(desk.refusal('view.change', { number: 1, change: { name: 'b' }, version: 0 }).code).toBe('not_current')
    expect(desk.refusal('view.delete', { number: 1, version: 2 }).code).toBe('not_current')
  })

  test(`is refused where its owner has ${viewsMax} already`, () => {
    const desk = new CommandDesk()
    const ann = desk.user('ann', 'agent')
    desk.query(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${viewsMax})
       INSERT INTO views (number, name, owner, query, columns, sort, version) SELECT 1000 + i, 'v' || i, 1, '', '', '', 1 FROM n`,
    )
    expect(desk.refusal('view.create', view('one more'), ann).code).toBe('full')
    desk.run('view.change', { number: 1001, change: { name: 'renamed' } }, ann)
    desk.run('view.create', view('for all', { owner: null }), ann)
  })
})
