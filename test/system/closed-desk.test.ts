/**
 * A closed desk as programs meet it that know of credentials no more than etcd v2's do: etcdctl, the menu and the client, against the
 * program as it ships, with a password and with a token in the place of one.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, createDeskClient, keysErrorCodes } from '#src/client/client.js'
import { patienceOfV2 } from '../support/etcdctl.js'
import { ELECTION, elect } from '../support/patroni.js'
import { missing } from '../support/requirements.js'
import {
  runEtcdesk,
  startEtcdesk,
  startProgram,
  startServer,
  waitUntil,
  type RunningServer,
} from '../support/server.js'
import { menu } from '../suites/menu.js'

const PASSWORD = 'Grüße, correct horse'

describe('a closed desk', () => {
  let server: RunningServer
  const tokens: Record<string, string> = {}

  beforeAll(async () => {
    server = await startServer()
    const json = { 'Content-Type': 'application/json' }
    const post = async (path: string, body: object, token?: string): Promise<{ secret: string }> => {
      const headers = token === undefined ? json : { ...json, Authorization: `Bearer ${token}` }
      const answer = await fetch(`${server.deskUrl}/v1/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      if (!answer.ok) throw new Error(await answer.text())
      const text = await answer.text()
      const told: { secret: string } = text === '' ? { secret: '' } : JSON.parse(text)
      return told
    }
    for (const [handle, role] of [
      ['ada', 'admin'],
      ['abe', 'agent'],
      ['rita', 'requester'],
    ])
      await post('users', { handle, role })
    await post('users', { handle: 'sam', role: 'service', keys: [{ prefix: '/app', access: 'write' }] })
    const all = { name: 'a test', scopes: ['admin', 'keys:write'] }
    tokens['ada'] = (await post('tokens', { user: 'ada', ...all })).secret
    for (const user of ['abe', 'rita', 'sam'])
      tokens[user] = (await post('tokens', { user, ...all }, tokens['ada'])).secret
    const { secret } = await post('sign-in-links', { user: 'ada' }, tokens['ada'])
    await post('sign-in-links/use', { secret, password: PASSWORD })
    const admin = createClient({ endpoint: server.keysUrl, user: 'ada', password: PASSWORD })
    await admin.keys.set('/app/a', '1')
    await admin.keys.set('/other', '1')
  })
  afterAll(() => server.stop())

  describe.skipIf(missing('etcdctl'))('etcdctl of etcd v2', () => {
    const etcdctl = async (pair: string | undefined, ...args: string[]): Promise<string> => {
      const who = pair === undefined ? [] : ['--username', pair]
      // A password is looked at for a tenth of a second, on a busy machine for longer than etcdctl waits by itself.
      const program = startProgram(['etcdctl', ...patienceOfV2, '--endpoints', server.keysUrl, ...who, ...args], {
        env: { ETCDCTL_API: '2' },
      })
      const { code } = await program.ended
      return code === 0 ? program.stdout().trim() : `${code}: ${program.stderr().trim()}`
    }

    test('works with a user and a password, or a token', async () => {
      for (const pair of [`ada:${PASSWORD}`, `ada:${tokens['ada']}`]) {
        expect(await etcdctl(pair, 'set', '/ctl/a', 'one')).toBe('one')
        expect(await etcdctl(pair, 'get', '/ctl/a')).toBe('one')
        expect(await etcdctl(pair, 'ls', '--recursive', '-p', '/ctl')).toBe('/ctl/a')
        expect(await etcdctl(pair, 'rm', '--recursive', '/ctl')).toBe('')
        expect(await etcdctl(pair, 'member', 'list')).toContain(server.keysUrl)
      }
    })

    test('is shown its part, and refused all else', async () => {
      const sam = `sam:${tokens['sam']}`
      expect(await etcdctl(sam, 'ls', '--recursive', '/')).toBe('/app\n/app/a')
      expect(await etcdctl(sam, 'set', '/app/b', '2')).toBe('2')
      for (const args of [
        ['get', '/other'],
        ['set', '/other', '2'],
        ['rm', '--recursive', '/'],
        ['watch', '/other'],
      ]) {
        expect(await etcdctl(sam, ...args)).toContain('110: The request requires user authentication')
      }
    })

    test('without credentials, or with wrong ones, gets nothing', async () => {
      for (const pair of [undefined, 'ada:wrong password', 'nobody:x']) {
        expect(await etcdctl(pair, '--no-sync', 'get', '/app/a')).toContain(
          '110: The request requires user authentication (Insufficient credentials)',
        )
      }
    })
  })

  describe('etcdesk menu', () => {
    const run = (env: Readonly<Record<string, string>>, args: readonly string[] = [], input = '3\nA title\n6\n') =>
      runEtcdesk(['menu', '--endpoint', server.keysUrl, ...args], { env, input })

    test.each([
      ['a token', () => ({ ETCDESK_TOKEN: tokens['abe'] ?? '' }), []],
      ['a user and a token', () => ({ ETCDESK_TOKEN: tokens['abe'] ?? '' }), ['--user', 'abe']],
      ['a user and a password', () => ({ ETCDESK_PASSWORD: PASSWORD }), ['--user', 'ada']],
      ['all by the environment', () => ({ ETCDESK_USER: 'ada', ETCDESK_PASSWORD: PASSWORD }), []],
    ] as const)('works with %s', async (_, env, args) => {
      const { code, stdout, stderr } = await run(env(), args)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/Created \d{20}: A title/u)
    })

    test.each([
      ['nothing', () => ({})],
      ["a requester's token", () => ({ ETCDESK_TOKEN: tokens['rita'] ?? '' })],
      ["a service's token", () => ({ ETCDESK_TOKEN: tokens['sam'] ?? '' })],
      ['a wrong password', () => ({ ETCDESK_USER: 'ada', ETCDESK_PASSWORD: 'wrong' })],
    ])('with %s says what it needs', async (_, env) => {
      const { code, stdout, stderr } = await run(env())
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toBe(
        `etcdesk: ${server.keysUrl} does not let you at the tickets: give a token in ETCDESK_TOKEN, or --user and ETCDESK_PASSWORD, of an agent or an admin; a token needs the scope keys:write, to look alone keys:read.\n`,
      )
    })

    test.each([
      [{ ETCDESK_PASSWORD: 'x' }, [], 'whose password?'],
      [{}, ['--user', 'ada'], "The user 'ada' needs a password"],
      [{ ETCDESK_TOKEN: 'x\ny' }, [], "No header can hold this 'token'"],
    ])('says what is missing of %j %j', async (env, args, sentence) => {
      const { code, stderr } = await run(env, args)
      expect(code).toBe(2)
      expect(stderr).toContain(sentence)
    })

    test.skipIf(process.platform !== 'linux')('shows no secret to others on the machine', async () => {
      const secret = tokens['abe'] ?? ''
      const program = startEtcdesk(['menu', '--endpoint', server.keysUrl], { env: { ETCDESK_TOKEN: secret } })
      await waitUntil('the menu', () => program.stdout().includes(menu))
      expect(readFileSync(`/proc/${program.process.pid}/cmdline`, 'utf8')).not.toContain(secret)
      expect(program.stdout()).not.toContain(secret)
      program.process.stdin.end('6\n')
      await program.ended
    })
  })

  test('the clients bring a token, or a user and a password', async () => {
    const endpoint = server.keysUrl
    const sam = createClient({ endpoint, token: tokens['sam'] ?? '' })
    expect((await sam.keys.set('/app/c', '1')).action).toBe('set')
    await expect(sam.keys.get('/other')).rejects.toMatchObject({ errorCode: keysErrorCodes.unauthorized, status: 401 })
    await expect(createClient({ endpoint }).keys.get('/app/a')).rejects.toMatchObject({ status: 401 })
    expect(await createDeskClient({ endpoint: server.deskUrl, user: 'ada', password: PASSWORD }).me()).toMatchObject({
      user: 'ada',
    })
    expect(() => createClient({ user: 'ada' })).toThrow(RangeError)
  })

  test("the keys API on the desk's door is the same", async () => {
    const endpoint = server.deskUrl
    expect((await createClient({ endpoint, user: 'ada', password: PASSWORD }).keys.get('/other')).node.value).toBe('1')
    const sam = createClient({ endpoint, user: 'sam', password: tokens['sam'] ?? '' })
    expect((await sam.keys.list('/')).map(({ key }) => key)).toEqual(['/app'])
    await expect(createClient({ endpoint }).keys.get('/')).rejects.toMatchObject({ errorCode: 110, status: 401 })
  })

  describe.skipIf(missing('python3-etcd'))('python-etcd', () => {
    test('brings a user and a password', async () => {
      const fixture = fileURLToPath(new URL('fixtures/python-etcd-basic.py', import.meta.url))
      const program = startProgram(['/usr/bin/python3', fixture, server.keysUrl], {
        env: { KEYS_USER: 'sam', KEYS_PASSWORD: tokens['sam'] ?? '' },
      })
      await program.ended
      expect(program.stdout().trim().split('\n')).toEqual(['2', '/app', 'EtcdInsufficientPermissions'])
    })
  })

  describe.skipIf(missing('patroni'))('Patroni', () => {
    test('elects its leader as a service, below the prefix that this one has', async () => {
      const { stdout, stderr } = await elect(server.keysUrl, { KEYS_USER: 'sam', KEYS_PASSWORD: tokens['sam'] ?? '' })
      expect({ told: stdout.split('\n'), stderr }).toMatchObject({ told: ELECTION })
    })
  })
})
