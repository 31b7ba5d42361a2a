/** What was begun on an open desk and outlives its closing: requests on their way, and links. */
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { newSecret, secretHash } from '#src/access/secret.js'
import { openAccessDesk, type AccessDesk } from '../../support/access-desk.js'
import type { Target } from '../../support/target.js'

const MACHINE = { actor: null, door: 'machine' }
const PASSWORD = 'correct horse battery'

/** A request whose body comes in two parts, the second when the test says so. */
async function begin(desk: AccessDesk, method: string, path: string, sent: object, headers: object) {
  const node = desk.doors.length - 1
  const { host, port } = desk.doorOf(node).address
  const body = JSON.stringify(sent)
  const own = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers }
  const begun = request({ host, port, method, path, agent: false, headers: own })
  const answered = once(begun, 'response')
  begun.write(body.slice(0, 3))
  // What came before it on another connection was handled.
  await desk.ask('GET', '/healthz', { node })
  return async (): Promise<readonly [number, string]> => {
    begun.end(body.slice(3))
    const [response] = await answered
    return [response.statusCode, await text(response)]
  }
}

export function testClosing(target: Target): void {
  const opened = () => openAccessDesk({ target, until: onTestFinished, closed: false })

  test.each([{}, { 'Desk-As': 'ada' }, { 'Desk-As': 'ada', 'Idempotency-Key': 'one' }])(
    'what is still on its way when the desk is closed, and says who it is for by %j, is not carried out',
    async (headers) => {
      const desk = await opened()
      const isOnce = 'Idempotency-Key' in headers
      const requests = [
        ['POST', '/v1/tickets', { title: 'too late' }],
        ['POST', '/v1/users', { handle: 'mallory', role: 'admin' }],
        ['POST', '/v1/labels', { name: 'too late' }],
        ['POST', '/v1/batch', { operations: [{ op: 'create', ticket: { title: 'too late' } }] }],
        ['POST', '/v1/import', { tickets: [{ ticket: { title: 'too late', ref: 'x' } }] }],
        ...(isOnce
          ? []
          : ([
              ['POST', '/v1/tokens', { user: 'ada', name: 'too late', scopes: ['admin'] }],
              ['PUT', '/v1/password', { password: PASSWORD }],
              ['POST', '/v1/sign-in-links', { user: 'ada' }],
              ['POST', '/tickets', { value: 'too late' }],
            ] as const)),
      ] as const
      const late = await Promise.all(requests.map(([method, path, body]) => begin(desk, method, path, body, headers)))
      const { secret: token } = await desk.token('ada')
      for (const [place, finish] of late.entries()) {
        const [status, body] = await finish()
        const path = requests[place]?.[1]
        expect([path, status]).toEqual([
          path,
          'Desk-As' in headers && path?.startsWith('/v1/') ? 401 : expect.toBeOneOf([401, 403]),
        ])
        expect(body).not.toMatch(/ed[ksl]_\w{20}/u)
      }
      const seen = await Promise.all(
        ['/v1/tickets', '/v1/users', '/v1/labels', '/v1/tokens?user=*'].map((path) => desk.ask('GET', path, { token })),
      )
      for (const { status, body } of seen) {
        expect(status).toBe(200)
        expect(body).not.toMatch(/too late|mallory/u)
      }
      expect(await desk.refused('POST', '/v1/sessions', { body: { user: 'ada', password: PASSWORD } })).toEqual([
        401,
        'wrong_password',
      ])
      expect(desk.faults).toEqual([])
    },
  )

  test('a link that anybody could make while the desk was open is none once it is closed; one of the machine is', async () => {
    const desk = await opened()
    const planted = await desk.ask('POST', '/v1/sign-in-links', { body: { user: 'ada' } })
    expect(planted.status).toBe(201)
    const own = newSecret('link')
    await desk.desk.run('link.create', { user: 'abe', hash: secretHash(own) }, MACHINE)
    await desk.token('ada')
    const use = (secret: string) =>
      desk.refused('POST', '/v1/sign-in-links/use', { body: { secret, password: PASSWORD } })
    expect(await use(planted.json.secret)).toEqual([410, 'link_ended'])
    expect((await use(own))[0]).toBe(201)
  })
}
