/** `Desk-As`: on an open desk a request says who it is for, by a handle that stands for somebody who is there. */
import { describe, expect, test } from 'vitest'
import { follow } from '../../support/events.js'
import { openV1, type Told, type V1Desk } from '../../support/v1-desk.js'

/** Asks without a credential. */
function as(v1: V1Desk, handle: string, method = 'POST'): Promise<Told> {
  const headers = { 'x-who': '', 'Desk-As': handle }
  // With a text behind it Node would send the header in UTF-8 too.
  const body = Buffer.from(JSON.stringify({ title: 'x' }))
  return v1.ask(method, '/tickets', { headers, ...(method === 'POST' && { body }) })
}

describe('on an open desk', () => {
  test('says who did it, however the handle is written', async () => {
    const v1 = await openV1({ closed: false })
    for (const handle of ['ada', 'ADA']) expect((await as(v1, handle)).json).toMatchObject({ createdBy: 'ada' })
  })

  test('takes a handle of any script, in UTF-8, and one of Latin-1 as it is', async () => {
    const v1 = await openV1({ closed: false })
    for (const handle of ['Ünï', '李']) {
      await v1.desk.run('user.create', { user: { handle, role: 'agent' } })
      expect((await as(v1, Buffer.from(handle).toString('latin1'))).json).toMatchObject({ createdBy: handle })
    }
    expect((await as(v1, 'Ünï')).json).toMatchObject({ createdBy: 'Ünï' })
  })

  test('is refused for who is not active any more, and nothing is done or read', async () => {
    const v1 = await openV1({ closed: false })
    const { index } = v1.desk
    for (const method of ['POST', 'GET']) {
      const { status, json } = await as(v1, 'GIL', method)
      expect([status, json.code]).toEqual([400, 'invalid_header'])
      expect(json.detail).toMatch(/Desk-As: the user 'gil' is not active/u)
    }
    expect(v1.desk.index).toBe(index)
    await v1.desk.run('user.change', { number: 7, change: { active: true } })
    expect((await as(v1, 'gil')).json).toMatchObject({ createdBy: 'gil' })
  })

  test('is refused for nobody, and for a handle of before: that stands for nobody, though it stays taken', async () => {
    const v1 = await openV1({ closed: false })
    await v1.desk.run('user.change', { number: 1, change: { handle: 'adele' } })
    for (const handle of ['ada', 'nobody', '']) {
      const { status, json } = await as(v1, handle)
      expect([status, json.code, json.detail]).toEqual([400, 'invalid_header', expect.stringContaining('no user')])
    }
    expect((await as(v1, 'adele')).json).toMatchObject({ createdBy: 'adele' })
  })

  test('ends a stream of events once its user is not active', async () => {
    const v1 = await openV1({ closed: false })
    const stream = await follow(v1.door, '', { headers: { 'Desk-As': 'abe' } })
    await v1.desk.run('user.change', { number: 2, change: { active: false } })
    expect(await stream.ended).toBe('whole')
  })
})

test('on a closed desk it is refused: there one signs in', async () => {
  const v1 = await openV1()
  const { status, json } = await v1.ask('GET', '/tickets', { headers: { 'Desk-As': 'ada' } })
  expect([status, json.code]).toEqual([400, 'invalid_header'])
})
