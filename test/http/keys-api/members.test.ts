/** A request about members while more is on its way than the doors hold: what is told then is no fault of the program. */
import { expect, onTestFinished, test } from 'vitest'
import { holdBytes } from '#src/http/body.js'
import { openKeys, send } from '../../support/keys-door.js'

test('is answered 503 with a sentence, and the same request once there is room again', async () => {
  const faults: unknown[] = []
  const keys = await openKeys({ onFault: (error) => faults.push(error) })
  onTestFinished(() => keys.close())
  const body = JSON.stringify({ peerURLs: [`http://127.0.0.1:1/${'x'.repeat(100_000)}`] })
  const ask = async (method: string, target: string): Promise<readonly unknown[]> => {
    const answer = await send(keys.url, { method, target, headers: { 'Content-Type': 'application/json' }, body })
    return [answer.status, JSON.parse(answer.body)]
  }
  const release = holdBytes(128 * 1024 * 1024)
  const refused = [503, { message: expect.stringMatching(/^Too many .*\.$/u) }]
  try {
    expect(await ask('POST', '/v2/members')).toEqual(refused)
    expect(await ask('PUT', '/v2/members/1')).toEqual(refused)
  } finally {
    release()
  }
  const [status] = await ask('POST', '/v2/members')
  expect([status, faults]).toEqual([400, []])
})
