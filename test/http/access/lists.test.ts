/** Tokens and sessions in pages: however many there are of all users, one answer has no more than it is asked for. */
import { expect, onTestFinished, test } from 'vitest'
import { openAccessDesk, type AccessDesk } from '../../support/access-desk.js'
import { sqliteTarget } from '../../support/target.js'
import { Ends } from '../../support/ticket-desk.js'

interface One {
  readonly id: number
  readonly user: string
}

async function opened(): Promise<{ readonly desk: AccessDesk; readonly token: string }> {
  const ends = new Ends()
  onTestFinished(() => ends.end())
  const desk = await openAccessDesk({ target: sqliteTarget, until: ends.until })
  const { secret: token } = await desk.token('ada')
  return { desk, token }
}

/** All pages of a list. */
async function walk(
  { desk, token }: { readonly desk: AccessDesk; readonly token: string },
  kind: string,
  query: string,
) {
  const pages: One[][] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`
    const { status, json } = await desk.ask('GET', `/v1/${kind}?${query}${from}`, { token })
    expect(status).toBe(200)
    pages.push(json[kind])
    cursor = json.next
  }
  return pages
}

test('tokens come as they were made, each once, those that have ended left out', async () => {
  const { desk, token } = await opened()
  const made: number[] = []
  for (const user of ['rolf', 'ada', 'rolf', 'ada', 'rolf']) made.push((await desk.token(user, ['read'])).number)
  await desk.token('rolf', ['read'], Date.now() + 1000)
  made.push((await desk.token('ada', ['read'])).number)
  desk.clock.later += 2000
  const pages = await walk({ desk, token }, 'tokens', 'user=*&limit=2')
  expect(pages.map((page) => page.length)).toEqual([2, 2, 2, 1])
  expect(
    pages
      .flat()
      .slice(-made.length)
      .map(({ id }) => id),
  ).toEqual(made)
  const ofRolf = await walk({ desk, token }, 'tokens', 'user=rolf&limit=2')
  expect(ofRolf.flat().map(({ id }) => id)).toEqual([made[0], made[2], made[4]])
  // One's own are a page, where nothing is said.
  expect((await walk({ desk, token }, 'tokens', '')).map((page) => page.length)).toEqual([4])
})

test('sessions too, and one that ends between two pages moves no other', async () => {
  const { desk, token } = await opened()
  for (const user of ['ada', 'rolf', 'ada', 'rolf']) await desk.signIn(user)
  const all = (await walk({ desk, token }, 'sessions', 'user=*')).flat()
  expect(all.map(({ user }) => user)).toEqual(['ada', 'rolf', 'ada', 'rolf'])
  const { json } = await desk.ask('GET', '/v1/sessions?user=*&limit=2', { token })
  await desk.ask('DELETE', `/v1/sessions/${all[1]?.id}`, { token })
  const rest = await desk.ask('GET', `/v1/sessions?user=*&limit=2&cursor=${json.next}`, { token })
  expect([rest.json.sessions, rest.json.next]).toEqual([all.slice(2), null])
})

test('a cursor is good for the list that gave it alone', async () => {
  const { desk, token } = await opened()
  for (const user of ['ada', 'rolf']) await desk.token(user, ['read'])
  const { json } = await desk.ask('GET', '/v1/tokens?user=*&limit=1', { token })
  for (const path of [
    `/v1/tokens?cursor=${json.next}`,
    `/v1/tokens?user=rolf&cursor=${json.next}`,
    `/v1/sessions?user=*&cursor=${json.next}`,
    '/v1/sessions?cursor=x',
  ]) {
    expect([path, await desk.refused('GET', path, { token })]).toEqual([path, [400, 'invalid_cursor']])
  }
  expect(await desk.refused('GET', '/v1/tokens?limit=201', { token })).toEqual([400, 'invalid_query'])
})
