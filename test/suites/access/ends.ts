/** What streams or waits ends with the rights by which it was begun; a desk that hears nothing of the others stops telling. */
import { describe, expect, test } from 'vitest'
import { follow } from '../../support/events.js'
import { openAccessDesk, Ends, type AccessDesk } from '../../support/access-desk.js'
import type { Target } from '../../support/target.js'

export function testEnds(target: Target, shared: () => AccessDesk): void {
  const last = (): number => shared().doors.length - 1

  /** Follows on the last node, by a stream and by a page that waits. */
  async function followed(headers: Readonly<Record<string, string>>) {
    const desk = shared()
    const stream = await follow(desk.doorOf(last()), '', { headers })
    expect(stream.status).toBe(200)
    const page = desk.ask('GET', '/v1/events?wait=60', {
      headers: { ...headers, Accept: 'application/json' },
      node: last(),
    })
    await expect.poll(() => desk.doorOf(last()).eventFigures().listeners).toBe(2)
    return { stream, page }
  }

  describe('following ends', () => {
    test.each([
      [
        'when the token is revoked',
        (desk: AccessDesk, number: number) => desk.desk.run('token.revoke', { number }, MACHINE),
      ],
      [
        'when the user is not active any more',
        async (desk: AccessDesk) => {
          await desk.desk.run('user.change', { number: ABE, change: { active: false } }, MACHINE)
          await desk.desk.run('user.change', { number: ABE, change: { active: true } }, MACHINE)
          await desk.desk.run('user.change', { number: ABE, change: { active: false } }, MACHINE)
        },
      ],
    ])('%s', async (_, end) => {
      const desk = shared()
      const { secret, number } = await desk.token('abe')
      const { stream, page } = await followed({ Authorization: `Bearer ${secret}` })
      await end(desk, number)
      expect(await stream.ended).toBe('whole')
      expect((await page).json.events).toEqual([])
      await desk.desk.run('user.change', { number: ABE, change: { active: true } }, MACHINE)
      // Nothing of what comes after was told.
      expect(stream.events()).toEqual([])
    })

    test('when the time of the token is over, though nothing happens', async () => {
      const desk = shared()
      const { secret } = await desk.token('abe', ['read'], Date.now() + 3_600_000)
      const { stream, page } = await followed({ Authorization: `Bearer ${secret}` })
      desk.clock.later = 3_700_000
      expect(await stream.ended).toBe('whole')
      expect((await page).status).toBe(200)
      desk.clock.later = 0
    })

    test('when the session is signed out, on another node too', async () => {
      const desk = shared()
      const cookie = await desk.signIn('rita')
      const { stream, page } = await followed({ Cookie: cookie })
      await desk.ask('DELETE', '/v1/sessions/current', { cookie, node: 0, headers: desk.origin(0) })
      expect(await stream.ended).toBe('whole')
      await page
    })
  })

  test('who followed an open desk without a name follows no more once it is closed', async () => {
    const ends = new Ends()
    try {
      const open = await openAccessDesk({ target, until: ends.until, closed: false })
      const stream = await follow(open.doorOf(open.doors.length - 1))
      await open.ask('POST', '/v1/tokens', { body: { user: 'ada', name: 'x', scopes: ['admin'] }, node: 0 })
      expect(await stream.ended).toBe('whole')
    } finally {
      await ends.end()
    }
  })

  test('a closed desk that has heard nothing of the others for too long answers no reads', async () => {
    const ends = new Ends()
    try {
      // So short that every read is too old; over a file nothing is ever old.
      const desk = await openAccessDesk({ target, until: ends.until, staleReadsMs: target.isAlone ? 60_000 : 1e-9 })
      const { secret: token } = await desk.token('ada')
      const status = target.isAlone ? 200 : 503
      const plain = ['/v1/tickets', '/v1/tickets/1', '/tickets', '/tickets/00000000000000000001', '/metrics']
      // What the router reads as these is these.
      const asWell = ['/v1/%74ickets', '/v1/tickets/1/%63omments', '/%74ickets', '/v1/tickets/', '/v1/tickets?x#y']
      for (const path of [...plain, ...asWell]) {
        if (target.isAlone) break
        const answer = await desk.ask('GET', path, { token })
        expect([path, answer.status, answer.headers['retry-after']]).toEqual([path, status, '1'])
        expect(answer.body).toContain('out_of_touch')
      }
      for (const path of ['/healthz', '/version', '/v1/me']) expect((await desk.ask('GET', path)).status).toBe(200)
    } finally {
      await ends.end()
    }
  })
}

const MACHINE = { actor: null, door: 'machine' }
const ABE = 2
