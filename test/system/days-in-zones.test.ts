/** A due day is a day: the same ten characters, in whichever zone the server runs. */
import { expect, test } from 'vitest'
import { startServer } from '../support/server.js'

const days = ['2026-12-01', '1970-01-01', '2105-12-31', '2028-02-29', '2026-03-29']

test.each(['Pacific/Auckland', 'America/Los_Angeles', 'UTC'])('in %s', async (zone) => {
  const server = await startServer({ env: { TZ: zone }, deadlineMs: 60_000 })
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${server.deskUrl}/v1${path}`, {
      method,
      ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const json: Readonly<Record<string, unknown>> = JSON.parse(await answer.text())
    return { status: answer.status, json }
  }
  try {
    await ask('POST', '/fields', { name: 'bought', type: 'date' })
    await ask('PATCH', '/queues/default', { fields: [{ name: 'bought' }] })
    for (const day of days) {
      const { json } = await ask('POST', '/tickets', { title: day, due: day, fields: { bought: day } })
      const { json: read } = await ask('GET', `/tickets/${String(json['number'])}`)
      expect([read['due'], read['fields']]).toEqual([day, { bought: day }])
    }
    await ask('PATCH', '/tickets/1', { due: '2026-12-02', fields: { bought: '2026-12-02' } })
    const { json } = await ask('GET', '/tickets/1/history')
    expect(JSON.stringify(json)).toContain('"due":{"from":"2026-12-01","to":"2026-12-02"}')
    for (const day of ['2026-02-30', '2026-12-01T00:00:00Z', '2026-12-1', '2027-02-29']) {
      expect((await ask('PATCH', '/tickets/1', { due: day })).status).toBe(422)
      expect((await ask('PATCH', '/tickets/1', { fields: { bought: day } })).status).toBe(422)
    }
  } finally {
    await server.stop()
  }
})
