/** Both doors behind a real nginx that ends TLS, with the configuration that is deployed: nothing is lost or held up on the way. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { request, type RequestOptions } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tmpdir } from 'node:os'
import { Authority } from '../support/authority.js'
import { missing, nginxProgram } from '../support/requirements.js'
import {
  runEtcdesk,
  startProgram,
  startServer,
  waitUntil,
  type RunningProgram,
  type RunningServer,
} from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

const JSON_TYPE = { 'Content-Type': 'application/json' }
const PASSWORD = 'a password of some length'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return address !== null && typeof address === 'object' ? address.port : 0
}

describe.skipIf(missing('nginx', 'openssl'))('behind nginx', () => {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-nginx-'))
  let server: RunningServer
  let nginx: RunningProgram
  let ca = ''
  let deskPort = 0
  let keysPort = 0
  let admin = ''

  beforeAll(async () => {
    const authority = new Authority(folder, 'ours').sign('desk')
    ca = authority.text()
    deskPort = await freePort()
    keysPort = await freePort()
    const data = join(folder, 'data')
    server = await startServer({
      dataDirectory: data,
      args: [
        ...['--advertise', `https://localhost:${deskPort}`, '--keys-advertise', `https://localhost:${keysPort}`],
        ...['--trusted-proxy', '127.0.0.1'],
      ],
    })
    for (const words of [
      ['users', 'add', 'ann', '--role', 'admin'],
      ['tokens', 'add', 'ann', '--scopes', 'admin,keys:read,keys:write'],
    ]) {
      const { stdout } = await runEtcdesk([...words, '--data', data])
      admin = stdout.trim().split('\n').at(-1) ?? ''
    }
    nginx = await startNginx(authority)
  })
  afterAll(async () => {
    nginx.process.kill('SIGTERM')
    await nginx.ended
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The deployed file, with the addresses and paths of the test. */
  async function startNginx(authority: Authority): Promise<RunningProgram> {
    let conf = readFileSync(join(repositoryRoot, 'deploy/nginx/etcdesk.conf'), 'utf8')
    const changes = [
      ['listen 443 ssl', `listen 127.0.0.1:${deskPort} ssl`],
      ['listen 2379 ssl', `listen 127.0.0.1:${keysPort} ssl`],
      ['server 127.0.0.1:2224', `server ${new URL(server.deskUrl).host}`],
      ['server 127.0.0.1:12379', `server ${new URL(server.keysUrl).host}`],
      ['/etc/nginx/tls/desk.crt', authority.cert('desk')],
      ['/etc/nginx/tls/desk.key', authority.key('desk')],
      ['server_name desk.example.net', 'server_name localhost'],
    ] as const
    for (const [from, to] of changes) {
      expect(conf).toContain(from)
      conf = conf.replaceAll(from, to)
    }
    mkdirSync(join(folder, 'temporary'))
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/temporary/${name};`,
    )
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr;\nevents {}\nhttp { access_log off; ${temporary.join(' ')}\n${conf}\n}\n`,
    )
    const program = startProgram([nginxProgram, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
    await waitUntil(
      () => `nginx: ${program.stderr()}`,
      () =>
        ask('/healthz').then(
          ({ status }) => status === 200,
          () => false,
        ),
    )
    return program
  }

  interface Asked extends Omit<RequestOptions, 'headers'> {
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly anonymous?: boolean
  }

  function begin(
    path: string,
    { body, port, anonymous = false, headers, ...options }: Asked = {},
  ): Promise<IncomingMessage> {
    const sentHeaders = { ...(!anonymous && { Authorization: `Bearer ${admin}` }), ...headers }
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: 'localhost', port: port ?? deskPort, path, ca, agent: false, ...options, headers: sentHeaders },
        resolve,
      )
      sent.once('error', reject).end(body)
    })
  }

  /** How the desk answers to who brings a cookie and nothing else. */
  async function statusWith(cookie: string): Promise<number> {
    const answer = await begin('/v1/tickets', { headers: { Cookie: cookie }, anonymous: true })
    return answer.resume().statusCode ?? 0
  }

  async function ask(
    path: string,
    asked?: Asked,
  ): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }> {
    const answer = await begin(path, asked)
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }
  }

  test('the desk answers, and refuses pages of other origins by the name that the client asked for', async () => {
    expect((await ask('/v1/tickets')).status).toBe(200)
    const own = { headers: { ...JSON_TYPE, Origin: `https://localhost:${deskPort}` }, method: 'POST' }
    expect((await ask('/v1/tickets', { ...own, body: '{"title":"by nginx"}' })).status).toBe(201)
    const foreign = { ...own, headers: { ...own.headers, Origin: 'https://evil.example' } }
    expect((await ask('/v1/tickets', { ...foreign, body: '{"title":"no"}' })).status).toBe(403)
  })

  test('a body of 1 MiB goes through, and a larger one is refused by the desk in its own words', async () => {
    const put = { method: 'POST', headers: JSON_TYPE }
    const just = await ask('/tickets', { ...put, body: `{"value":"${'x'.repeat(1024 * 1024 - 12)}"}` })
    // It is no title, but all of it was read.
    expect([just.status, just.body]).toEqual([400, expect.not.stringContaining('nginx')])
    const over = await ask('/tickets', { ...put, body: `{"value":"${'x'.repeat(1024 * 1024)}"}` })
    expect([over.status, over.body]).toEqual([413, expect.stringContaining('too large')])
  })

  test('a value of 1 MiB goes through the keys API and comes back', async () => {
    const value = 'x'.repeat(1024 * 1024)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const put = await ask('/v2/keys/large', { port: keysPort, method: 'PUT', headers, body: `value=${value}` })
    expect(put.status).toBe(201)
    expect((await ask('/v2/keys/large', { port: keysPort })).body).toContain(value)
  })

  test('a long poll is answered as soon as something happens, and its headers are there before', async () => {
    const watch = await begin('/v2/keys/watched?wait=true', { port: keysPort })
    expect(watch.headers).toHaveProperty('x-etcd-index')
    const whole = text(watch)
    await ask('/v2/keys/watched?value=1', { port: keysPort, method: 'PUT' })
    expect(await whole).toContain('"value":"1"')
  })

  test('events come one by one while the stream stands', async () => {
    const stream = await begin('/v1/events', { headers: { Accept: 'text/event-stream' } })
    expect(stream.headers['content-type']).toContain('text/event-stream')
    let received = ''
    stream.setEncoding('utf8').on('data', (piece: string) => (received += piece))
    for (const title of ['the first of them', 'the second of them']) {
      await ask('/v1/tickets', { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ title }) })
      await waitUntil(`the event of ${title}`, () => received.includes(title))
    }
    stream.destroy()
  })

  test('the audit has the address of the client, and nothing that the client claims', async () => {
    const headers = {
      ...JSON_TYPE,
      'X-Forwarded-For': '198.51.100.7',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Host': 'evil.example',
    }
    const body = JSON.stringify({ name: 'made behind nginx', scopes: ['read'] })
    // Another address of this machine than that of nginx, which is trusted.
    const asked = { method: 'POST', headers, body, localAddress: '127.0.0.2' }
    expect((await ask('/v1/tokens', asked)).status).toBe(201)
    const { body: audit } = await ask('/v1/audit')
    expect(audit).toContain('"127.0.0.2"')
    expect(audit).not.toContain('198.51.100.7')
    expect(audit).not.toContain('evil.example')
  })

  test('a session is a cookie for https alone', async () => {
    const link = await runEtcdesk(['users', 'link', 'ann', '--data', server.dataDirectory])
    const [, secret = ''] = /#link=(\S+)/u.exec(link.stdout) ?? []
    const used = await ask('/v1/sign-in-links/use', {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ secret, password: PASSWORD }),
    })
    expect(used.status).toBe(201)
    const [cookie = ''] = used.headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^__Host-etcdesk_session=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/u)
    const [pair = ''] = cookie.split(';')
    expect(await statusWith(pair)).toBe(200)
    // One that another host of the domain, or a plain page, could have set does not count.
    expect(await statusWith(pair.replace('__Host-', ''))).toBe(401)
  })

  test('a client that goes away ends its watch at the desk too', async () => {
    const watch = await begin('/v2/keys/left?wait=true', { port: keysPort })
    const watchers = async (): Promise<number> =>
      Number(/"watchers":(\d+)/u.exec((await ask('/v2/stats/store', { port: keysPort })).body)?.[1])
    expect(await watchers()).toBe(1)
    watch.destroy()
    await once(watch, 'close')
    await waitUntil('no watch', async () => (await watchers()) === 0)
  })
})
