/** What is erased at `/v1` is nowhere any more: on no node, and in no record that the journal keeps. */
import { describe, expect, test } from 'vitest'
import { rowsOf } from '../../support/target.js'
import type { SharedV1, Told, V1Desk } from '../../support/v1-desk.js'

const ADMIN = { who: 'admin' } as const
const JSON_WANTED = { headers: { Accept: 'application/json' } }

interface Given {
  readonly path: string
  /** Who gave it by mistake sends the request again: with its key. */
  readonly again: () => Promise<Told>
  /** What the redaction names. */
  readonly what: object
  /** The last event that told of it; none tells of descriptions and comments. */
  readonly told?: number
}

/** How a text may come into a ticket and be changed since; each returns what erases it. */
const ways: Readonly<Record<string, (v1: V1Desk, secret: string) => Promise<Given>>> = {
  'the description of a new ticket': async (v1, secret) => {
    const given = { title: 'x', description: `it is ${secret}` }
    const again = () => v1.ask('POST', '/tickets', { headers: { 'Idempotency-Key': secret.slice(7) }, body: given })
    const { number, version } = (await again()).json
    const path = `/tickets/${number}`
    await v1.done('PATCH', path, { description: 'without it' })
    return { path, again, what: { index: version, field: 'description' } }
  },
  'the description that stands': async (v1, secret) => {
    const path = `/tickets/${await v1.create()}`
    const { version } = (await v1.done('PATCH', path, { description: `it is ${secret}` })).json
    return { path, again: () => v1.ask('GET', path), what: { index: version, field: 'description' } }
  },
  'a title that was changed since': async (v1, secret) => {
    const path = `/tickets/${await v1.create()}`
    const { version } = (await v1.done('PATCH', path, { title: `it is ${secret}` })).json
    const refused = await v1.refused('POST', `${path}/redact`, { index: version, field: 'title' }, ADMIN)
    expect(refused).toEqual([409, 'still_standing'])
    const told = (await v1.done('PATCH', path, { title: 'without it' })).json.version
    return { path, again: () => v1.ask('GET', `${path}?at=${version}`), what: { index: version, field: 'title' }, told }
  },
  'a field that was changed since': async (v1, secret) => {
    const path = `/tickets/${await v1.create({ queue: 'storage', fields: { site: `it is ${secret}` } })}`
    const { version } = await v1.read(path)
    const told = (await v1.done('PATCH', path, { fields: { site: 'fra' } })).json.version
    return {
      path,
      again: () => v1.ask('GET', `${path}?at=${version}`),
      what: { index: version, field: 'fields.site' },
      told,
    }
  },
  'a comment that was edited since': async (v1, secret) => {
    const path = `/tickets/${await v1.create()}`
    const comment = { text: `it is ${secret}` }
    const again = () =>
      v1.ask('POST', `${path}/comments`, { headers: { 'Idempotency-Key': secret.slice(7) }, body: comment })
    const { id } = (await again()).json
    await v1.done('PATCH', `${path}/comments/${id}`, { text: `it was ${secret}, really` })
    await v1.done('PATCH', `${path}/comments/${id}`, { text: 'without it' })
    return { path, again, what: { comment: id } }
  },
}

/** Texts that stand no more, and who may know that they were erased: whoever could read them, in the history too. */
const readers: Readonly<Record<string, (v1: V1Desk) => Promise<{ path: string; what: object; isTold: boolean }>>> = {
  'an older description': async (v1) => {
    const path = `/tickets/${await v1.create({ requester: 'rita' })}`
    const { version } = await v1.done('PATCH', path, { description: 'a secret' }).then(({ json }) => json)
    await v1.done('PATCH', path, { description: 'without it' })
    return { path, what: { index: version, field: 'description' }, isTold: true }
  },
  'an older title': async (v1) => {
    const path = `/tickets/${await v1.create({ requester: 'rita', title: 'a secret' })}`
    const { version } = await v1.read(path)
    await v1.done('PATCH', path, { title: 'without it' })
    return { path, what: { index: version, field: 'title' }, isTold: true }
  },
  'a description that went before the ticket became public': async (v1) => {
    const path = `/tickets/${await v1.create({ requester: 'rita', internal: true, description: 'a secret' })}`
    const { version } = await v1.read(path)
    await v1.done('PATCH', path, { description: 'without it' })
    await v1.done('PATCH', path, { internal: false })
    return { path, what: { index: version, field: 'description' }, isTold: false }
  },
  'a description that stood when the ticket became public': async (v1) => {
    const path = `/tickets/${await v1.create({ requester: 'rita', internal: true, description: 'a secret' })}`
    const { version } = await v1.read(path)
    await v1.done('PATCH', path, { internal: false })
    await v1.done('PATCH', path, { description: 'without it' })
    return { path, what: { index: version, field: 'description' }, isTold: true }
  },
  'a comment that was edited and deleted': async (v1) => {
    const path = `/tickets/${await v1.create({ requester: 'rita' })}`
    const { id } = (await v1.done('POST', `${path}/comments`, { text: 'a secret' })).json
    await v1.done('PATCH', `${path}/comments/${id}`, { text: 'without it' })
    await v1.done('DELETE', `${path}/comments/${id}`)
    return { path, what: { comment: id }, isTold: true }
  },
  'a comment that came and went while the ticket was internal': async (v1) => {
    const path = `/tickets/${await v1.create({ requester: 'rita', internal: true })}`
    const { id } = (await v1.done('POST', `${path}/comments`, { text: 'a secret' })).json
    await v1.done('PATCH', `${path}/comments/${id}`, { text: 'without it' })
    await v1.done('DELETE', `${path}/comments/${id}`)
    await v1.done('PATCH', path, { internal: false })
    return { path, what: { comment: id }, isTold: false }
  },
  'an older value of a field that is public': async (v1) => {
    const path = `/tickets/${await v1.create({ requester: 'rita', queue: 'storage', fields: { site: 'a secret' } })}`
    const { version } = await v1.read(path)
    await v1.done('PATCH', path, { fields: { site: 'fra' } })
    return { path, what: { index: version, field: 'fields.site' }, isTold: true }
  },
  'an older value of a field that was public only while the ticket was internal': async (v1) => {
    const given = { requester: 'rita', queue: 'storage', internal: true, fields: { site: 'a secret' } }
    const path = `/tickets/${await v1.create(given)}`
    const { version } = await v1.read(path)
    await v1.done('PATCH', path, { queue: 'vault', internal: false })
    await v1.done('PATCH', path, { fields: { site: 'fra' } })
    return { path, what: { index: version, field: 'fields.site' }, isTold: false }
  },
  'an internal comment': async (v1) => {
    const path = `/tickets/${await v1.create({ requester: 'rita' })}`
    const { id } = (await v1.done('POST', `${path}/comments`, { text: 'a secret', internal: true })).json
    return { path, what: { comment: id }, isTold: false }
  },
}

export function testRedact(shared: SharedV1): void {
  test.each(Object.entries(readers))('that a text was erased is told to whom it was shown: %s', async (_, make) => {
    const v1 = shared()
    const { path, what, isTold } = await make(v1)
    const since = v1.index
    const shown = await v1.ask('GET', `${path}/history`, { who: 'requester' })
    expect(shown.body.includes('secret')).toBe(isTold)
    await v1.done('POST', `${path}/redact`, what, ADMIN)
    const { body } = await v1.ask('GET', `/events?since=${since}`, { who: 'requester', ...JSON_WANTED })
    expect(body.includes('ticket.redacted')).toBe(isTold)
    expect(body).not.toContain('secret')
  })

  test('a ticket that was made without a description has none to erase there, though it was given one since', async () => {
    const v1 = shared()
    const path = `/tickets/${await v1.create()}`
    const { version } = await v1.read(path)
    await v1.done('PATCH', path, { description: 'later' })
    const { status } = await v1.ask('POST', `${path}/redact`, {
      body: { index: version, field: 'description' },
      ...ADMIN,
    })
    expect(status).toBe(404)
  })

  test('a description that stood and was erased makes a new version, so that no guard of before brings it back', async () => {
    const v1 = shared()
    const path = `/tickets/${await v1.create({ requester: 'rita' })}`
    const { version } = (await v1.done('PATCH', path, { description: 'a secret' })).json
    await v1.done('POST', `${path}/redact`, { index: version, field: 'description' }, ADMIN)
    const erased = v1.index
    for (const asking of [
      { headers: { 'If-Match': `"${version}"` }, body: { description: 'a secret, and more' } },
      { body: { description: 'a secret, and more', version } },
    ]) {
      const { status, json } = await v1.ask('PATCH', path, asking)
      expect([status, json.current]).toMatchObject([412, { version: erased, description: null }])
    }
    const redacted = { description: null, redacted: ['description'] }
    expect(await v1.read(path)).toMatchObject({ version: erased, ...redacted })
    expect(await v1.read(`${path}?at=${version}&include=activity`)).toMatchObject({
      version,
      ...redacted,
      activity: { index: version },
    })
    for (const who of ['agent', 'requester'] as const) {
      const { activity } = await v1.read(`${path}?include=activity`, { who })
      expect(activity.index).toBe(erased)
      const { json } = await v1.ask('GET', `/events?since=${version}`, { who, ...JSON_WANTED })
      expect(json.events).toMatchObject([{ index: erased, type: 'ticket.redacted', version: erased }])
    }
    // What is erased already is so again: nothing is new.
    await v1.done('POST', `${path}/redact`, { index: version, field: 'description' }, ADMIN)
    expect(await v1.read(path)).toMatchObject({ version: erased })
    await v1.done('PATCH', path, { description: 'without it', version: erased })
  })

  describe('a text that is erased is nowhere any more:', () => {
    test.each(Object.entries(ways))('%s', async (_, way) => {
      const v1 = shared()
      const secret = `secret-${v1.index}`
      const since = v1.index
      const { path, again, what, told } = await way(v1, secret)
      expect(await shared.kept()).toContain(secret)
      expect(await v1.refused('POST', `${path}/redact`, what)).toEqual([403, 'forbidden'])
      await v1.done('POST', `${path}/redact`, what, ADMIN)
      expect(await shared.kept()).not.toContain(secret)
      for (let index = since + 1; index <= v1.index; index++) {
        for (const { body } of await v1.askAll('GET', `${path}?at=${index}&include=activity`)) {
          expect(body).not.toContain(secret)
        }
      }
      for (const part of ['', '/comments', '/history']) {
        expect(JSON.stringify(await v1.read(`${path}${part}`))).not.toContain(secret)
      }
      expect((await again()).body).not.toContain(secret)
      const { history } = await v1.read(`${path}/history`)
      expect(history.at(-1)).toMatchObject({ type: 'ticket.redacted', actor: 'ada' })
      for (let after = since; after < v1.index; after++) {
        for (const { status, body } of await v1.askAll('GET', `/events?since=${after}`, JSON_WANTED)) {
          expect([after, status]).toEqual([after, told !== undefined && after < told ? 410 : 200])
          expect(body).not.toContain(secret)
        }
      }
      expect(v1.nodes.map((store) => rowsOf(store.reader)).filter((rows) => rows.includes(secret))).toEqual([])
    })
  })
}
