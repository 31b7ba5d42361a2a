/**
 * The lab's ticket API, row by row: the same requests and the same bodies to the letter, with honest statuses; and the same
 * operations in REST style.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { titleCharactersMax } from '#src/contract/ticket-form.js'
import { labWords } from '#src/contract/tickets.js'
import { ask, askJson, openDesk } from '../../support/desk-door.js'
import type { Answer, OpenDesk } from '../../support/desk-door.js'
import { suite } from '../../support/target.js'

const text = 'text/plain; charset=utf-8'
const json = 'application/json; charset=utf-8'

const missing = '00000000009999999999'

function expectAnswer(answer: Answer, status: number, contentType: string, body: string): void {
  expect(answer.body).toBe(body)
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toBe(contentType)
}

export const testLab = suite("the lab's ticket API", (target) => {
  let desk: OpenDesk
  beforeAll(async () => {
    desk = await openDesk({ target })
  })
  afterAll(async () => {
    await desk.close()
  })
  beforeEach(async () => {
    await ask(desk.door, 'DELETE', '/remove_all_tickets')
  })

  const get = (path: string): Promise<Answer> => ask(desk.door, 'GET', path)
  const remove = (path: string): Promise<Answer> => ask(desk.door, 'DELETE', path)

  /** Creates a ticket and returns its number. */
  async function create(title: string): Promise<string> {
    return (await askJson(desk.door, 'POST', '/tickets', { value: title })).body
  }

  describe('the list', () => {
    test('where there was never a ticket is an error code in words, with status 200', async () => {
      const fresh = await openDesk({ target })
      expectAnswer(await ask(fresh.door, 'GET', '/tickets'), 200, json, '{\n  "msg": "Error Code: 100"\n}\n')
      await fresh.close()
    })

    test('of one ticket is its number, indented by two spaces', async () => {
      const id = await create('Learning to add tickets')
      expectAnswer(await get('/tickets'), 200, json, `{\n  "tickets": [\n    "${id}"\n  ]\n}\n`)
    })

    test('of several is in the order of their making', async () => {
      const ids = [await create('one'), await create('two'), await create('three')]
      expect(JSON.parse((await get('/tickets')).body)).toEqual({ tickets: ids })
    })

    test('after all were deleted one by one is praise', async () => {
      await remove(`/tickets/${await create('one')}`)
      expectAnswer(await get('/tickets'), 200, json, '{"msg": "No Tickets Found! Good Work!"}\n')
    })

    test('after all were removed at once is the error code again', async () => {
      await create('one')
      await remove('/remove_all_tickets')
      expectAnswer(await get('/tickets'), 200, json, '{\n  "msg": "Error Code: 100"\n}\n')
    })

    test('leaves out keys below /tickets that are no tickets', async () => {
      const id = await create('one')
      await desk.store.run('keys.set', {
        path: '/tickets/notes',
        value: 'x',
        directory: false,
        ttl: undefined,
        refresh: false,
      })
      expect(JSON.parse((await get('/tickets')).body)).toEqual({ tickets: [id] })
    })
  })

  describe('creating', () => {
    test('answers 201 with the number alone and where the ticket is', async () => {
      const answer = await askJson(desk.door, 'POST', '/tickets', { value: 'Learning to add tickets' })
      expect(answer.status).toBe(201)
      expect(answer.headers['content-type']).toBe(text)
      expect(answer.body).toMatch(/^\d{20}$/u)
      expect(answer.headers.location).toBe(`/tickets/${answer.body}`)
      expectAnswer(await get(answer.headers.location ?? ''), 200, text, 'Learning to add tickets')
    })

    test('numbers go up by one and are not used again', async () => {
      const first = Number(await create('one'))
      await remove(`/tickets/${first}`)
      expect(Number(await create('two'))).toBe(first + 1)
      await remove('/remove_all_tickets')
      expect(Number(await create('three'))).toBe(first + 2)
    })

    test.each(['ü', '\u0000', 'line\nbreak', '🎫'.repeat(256), '"quoted" <b>', ' '])(
      'keeps any text of 1 to 256 characters as it is: %j',
      async (title) => {
        expect((await get(`/tickets/${await create(title)}`)).body).toBe(title)
      },
    )

    test('half a surrogate pair becomes U+FFFD, since no UTF-8 can hold it', async () => {
      const { body: id } = await ask(desk.door, 'POST', '/tickets', {
        headers: { 'Content-Type': 'application/json' },
        body: '{"value": "a\\ud800b"}',
      })
      expect((await get(`/tickets/${id}`)).body).toBe('a\ufffdb')
    })

    test('a byte order mark before the JSON is passed over', async () => {
      const options = { headers: { 'Content-Type': 'application/json' }, body: '\u{feff}{"value": "marked"}' }
      const { body: id } = await ask(desk.door, 'POST', '/tickets', options)
      expect((await get(`/tickets/${id}`)).body).toBe('marked')
    })

    test('bytes that are no UTF-8 become U+FFFD', async () => {
      const { body: id } = await ask(desk.door, 'POST', '/tickets', {
        headers: { 'Content-Type': 'application/json' },
        body: Buffer.from('{"value": "a\xffb"}', 'latin1'),
      })
      expect((await get(`/tickets/${id}`)).body).toBe('a\ufffdb')
    })

    test('the contract and the rule agree on the longest title', async () => {
      const [longest, tooLong] = ['x'.repeat(titleCharactersMax), 'x'.repeat(titleCharactersMax + 1)]
      expect((await askJson(desk.door, 'POST', '/tickets', { value: longest })).status).toBe(201)
      expect((await askJson(desk.door, 'POST', '/tickets', { value: tooLong })).status).toBe(400)
      expect(await desk.store.run('lab.create', { title: longest })).toMatchObject({ result: expect.anything() })
      await expect(desk.store.run('lab.create', { title: tooLong })).rejects.toThrow('Invalid field')
    })
  })

  describe('getting one', () => {
    test('is its title as text', async () => {
      expectAnswer(await get(`/tickets/${await create('PUT it there!')}`), 200, text, 'PUT it there!')
    })

    test('works with the plain number too', async () => {
      expectAnswer(await get(`/tickets/${Number(await create('short'))}`), 200, text, 'short')
    })

    test.each([
      missing,
      '0',
      '0'.repeat(20),
      'abc',
      '-1',
      '1.5',
      '99999999999999999999',
      '999999999999999999999',
      '%20',
      '..%2f..',
    ])('that does not exist is 404: %s', async (id) => {
      expectAnswer(await get(`/tickets/${id}`), 404, json, '{"msg": "Ticket Not Found"}\n')
    })

    test('is answered to the letter the same by its full number, by its plain one, and with a slash or a query behind it', async () => {
      const id = await create('the same')
      const { date: _date, ...headers } = (await get(`/tickets/${id}`)).headers
      for (const path of [`/tickets/${Number(id)}`, `/tickets/${id}/`, `/tickets/${id}?`]) {
        const answer = await get(path)
        expect([answer.status, answer.body]).toEqual([200, 'the same'])
        expect(answer.headers).toMatchObject(headers)
      }
    })

    test('HEAD has the same headers and no body', async () => {
      const id = await create('PUT it there!')
      const answer = await ask(desk.door, 'HEAD', `/tickets/${id}`)
      expect(answer.body).toBe('')
      expect(answer.headers['content-length']).toBe('13')
    })
  })

  describe.each([
    [
      'PUT /tickets with ticket_id in the body',
      (id: string, title: string) => askJson(desk.door, 'PUT', '/tickets', { msg: title, ticket_id: id }),
    ],
    ['PUT /tickets/{id}', (id: string, title: string) => askJson(desk.door, 'PUT', `/tickets/${id}`, { value: title })],
  ])('updating by %s', (_name, update) => {
    test('answers the new title, and so does GET', async () => {
      const id = await create('old')
      expectAnswer(await update(id, 'PUT it there!'), 200, text, 'PUT it there!')
      expectAnswer(await get(`/tickets/${id}`), 200, text, 'PUT it there!')
    })

    test('takes the plain number too', async () => {
      const id = await create('old')
      expectAnswer(await update(String(Number(id)), 'new'), 200, text, 'new')
    })

    test.each([missing, 'abc', '99999999999999999999'])('that does not exist is 404: %s', async (id) => {
      expectAnswer(await update(id, 'new'), 404, json, `{"msg": "Unable to update ticket # ${id}"}\n`)
      expect((await get(`/tickets/${id}`)).status).toBe(404)
    })
  })

  test('updating takes ticket_id as a number too', async () => {
    const id = await create('old')
    const answer = await askJson(desk.door, 'PUT', '/tickets', { msg: 'new', ticket_id: Number(id) })
    expectAnswer(answer, 200, text, 'new')
  })

  describe.each([
    ['DELETE /tickets?ticket_id=', (id: string) => remove(`/tickets?ticket_id=${id}`)],
    ['DELETE /tickets/', (id: string) => remove(`/tickets/${id}`)],
  ])('deleting by %s', (_name, removeOne) => {
    test('says which ticket was deleted, and it is gone', async () => {
      const id = await create('gone')
      expectAnswer(await removeOne(id), 200, text, `The following ticket was deleted: ${id}`)
      expect((await get(`/tickets/${id}`)).status).toBe(404)
    })

    test('takes the plain number too and names the ticket in full', async () => {
      const id = await create('gone')
      expectAnswer(await removeOne(String(Number(id))), 200, text, `The following ticket was deleted: ${id}`)
    })

    test('a second time is 404: nothing is said to be deleted that was not there', async () => {
      const id = await create('gone')
      await removeOne(id)
      expectAnswer(await removeOne(id), 404, json, '{"msg": "Ticket Not Found"}\n')
    })

    test('what never existed is 404', async () => {
      expectAnswer(await removeOne(missing), 404, json, '{"msg": "Ticket Not Found"}\n')
      expectAnswer(await removeOne('abc'), 404, json, '{"msg": "Ticket Not Found"}\n')
    })
  })

  describe('deleting without a ticket_id', () => {
    test.each(['/tickets', '/tickets/', '/tickets?ticket_id='])('is refused with 400: %s', async (path) => {
      await create('stays')
      expectAnswer(await remove(path), 400, text, 'Unable to delete the ticket')
      expect(JSON.parse((await get('/tickets')).body)).toMatchObject({ tickets: [expect.any(String)] })
    })
  })

  describe.each(['/remove_all_tickets', '/tickets?dir=true&recursive=true', '/tickets/?recursive=true&dir=true'])(
    'deleting all by DELETE %s',
    (path) => {
      const done = '{"msg": "You just removed everything. I hope you are happy now"}\n'

      test('removes every ticket', async () => {
        const id = await create('one')
        await create('two')
        expectAnswer(await remove(path), 200, json, done)
        expect((await get(`/tickets/${id}`)).status).toBe(404)
      })

      test('succeeds where there are none', async () => {
        expectAnswer(await remove(path), 200, json, done)
        expectAnswer(await remove(path), 200, json, done)
      })
    },
  )

  test.each(['/tickets?dir=true', '/tickets?recursive=true', '/tickets?dir=true&recursive=false'])(
    'half a wish to delete all deletes nothing: DELETE %s',
    async (path) => {
      const id = await create('stays')
      expect((await remove(path)).status).toBe(400)
      expect((await get(`/tickets/${id}`)).status).toBe(200)
    },
  )

  test('a wish to delete one and all deletes nothing', async () => {
    const id = await create('stays')
    expect((await remove(`/tickets?ticket_id=${id}&dir=true&recursive=true`)).status).toBe(400)
    expect((await get(`/tickets/${id}`)).status).toBe(200)
  })

  describe('a slash at the end changes nothing', () => {
    test('of any path', async () => {
      const created = await askJson(desk.door, 'POST', '/tickets/', { value: 'slash' })
      expect(created.status).toBe(201)
      expect((await get('/tickets/')).status).toBe(200)
      expect((await get(`/tickets/${created.body}/`)).body).toBe('slash')
      expect((await askJson(desk.door, 'PUT', `/tickets/${created.body}/`, { value: 'x' })).body).toBe('x')
      const updated = await askJson(desk.door, 'PUT', '/tickets/', { msg: 'y', ticket_id: created.body })
      expect(updated.body).toBe('y')
      expect((await remove(`/tickets/${created.body}/`)).status).toBe(200)
      expect((await remove('/remove_all_tickets/')).status).toBe(200)
    })
  })

  describe('strong reads', () => {
    test('of one ticket, of the list and of pages answer what others answer, when the store has caught up', async () => {
      const ids = [await create('a'), await create('b'), await create('c')]
      for (const path of [`/tickets/${ids[0]}`, '/tickets', `/tickets/${missing}`]) {
        const [local, strong] = [await get(path), await get(`${path}?consistency=strong`)]
        expect([strong.status, strong.body]).toEqual([local.status, local.body])
        expect((await get(`${path}?consistency=local`)).body).toBe(local.body)
      }
      const { body, headers } = await get('/tickets?limit=2&consistency=strong')
      expect(JSON.parse(body).tickets).toEqual(ids.slice(0, 2))
      expect(headers['link']).toBe(`</tickets?limit=2&after=${ids[1]}&consistency=strong>; rel="next"`)
    })
  })

  describe('pages', () => {
    test('hold limit tickets in order and name the next page until there is none', async () => {
      const ids: string[] = []
      for (let number = 0; number < 7; number += 1) ids.push(await create(`ticket ${number}`))
      const seen: string[][] = []
      for (let path: string | undefined = '/tickets?limit=3'; path !== undefined;) {
        const { body, headers } = await get(path)
        seen.push(JSON.parse(body).tickets)
        path = /^<([^>]*)>; rel="next"$/u.exec(String(headers['link']))?.[1]
      }
      expect(seen).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)])
    })

    test('begin after the given number, which may be short and need not exist', async () => {
      const [first, second, third] = [await create('a'), await create('b'), await create('c')]
      const after = async (id: string) => JSON.parse((await get(`/tickets?after=${id}`)).body).tickets
      expect(await after(first)).toEqual([second, third])
      expect(await after(String(Number(second)))).toEqual([third])
      expect(await after(missing)).toEqual([])
      expect(await after('0')).toEqual([first, second, third])
    })

    test('are empty lists where there is nothing, never words', async () => {
      expectAnswer(await get('/tickets?limit=5'), 200, json, '{\n  "tickets": []\n}\n')
    })

    test.each(['0', '1001', '-1', '1.5', '1e2', 'abc', '', '%20', '01x'])(
      'of %j tickets are refused',
      async (limit) => {
        const answer = await get(`/tickets?limit=${limit}`)
        expect(answer.status).toBe(400)
        expect(JSON.parse(answer.body)).toEqual({
          code: 'invalid_query',
          msg: "The query parameter 'limit' is not a whole number from 1 to 1000.",
        })
      },
    )

    test.each(['abc', '', '-1', '123456789012345678901'])('after %j are refused', async (after) => {
      expect((await get(`/tickets?after=${after}`)).status).toBe(400)
    })
  })

  describe('races', () => {
    test('of 100 updates and a delete: each is answered by what happened, none brings the ticket back', async () => {
      const id = await create('start')
      const updates = Array.from({ length: 100 }, (_, turn) =>
        askJson(desk.door, 'PUT', `/tickets/${id}`, { value: `turn ${turn}` }),
      )
      const [removed, ...updated] = await Promise.all([remove(`/tickets/${id}`), ...updates])
      expect(removed?.status).toBe(200)
      for (const [turn, answer] of updated.entries()) {
        if (answer.status === 200) expect(answer.body).toBe(`turn ${turn}`)
        else expectAnswer(answer, 404, json, `{"msg": "${labWords.cannotUpdate(id)}"}\n`)
      }
      expect((await get(`/tickets/${id}`)).status).toBe(404)
    })

    test('of 100 deletes of one ticket: just one says that it deleted it', async () => {
      const id = await create('once')
      const answers = await Promise.all(Array.from({ length: 100 }, () => remove(`/tickets/${id}`)))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 404)).toHaveLength(99)
    })

    test('of 100 creates: each gets a number of its own, and all are there', async () => {
      const ids = await Promise.all(Array.from({ length: 100 }, (_, turn) => create(`turn ${turn}`)))
      expect(new Set(ids).size).toBe(100)
      expect(JSON.parse((await get('/tickets')).body)).toEqual({ tickets: ids.toSorted() })
    })
  })

  test('a change made through the key tree is a change to the ticket', async () => {
    const id = await create('by the desk')
    const args = { path: `/tickets/${id}`, value: 'by a key', directory: false, ttl: undefined, refresh: false }
    await desk.store.run('keys.set', args)
    expect((await get(`/tickets/${id}`)).body).toBe('by a key')
  })

  test('nothing of all this was a fault of the program', () => {
    expect(desk.faults).toEqual([])
  })
})
