/**
 * `etcdesk serve` as an operator meets it: starting, what it says, what it refuses and leaves untouched, and stopping. Every test
 * runs the real program as a process of its own.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request, type IncomingMessage } from 'node:http'
import type { Server } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openDatabase } from '#src/sqlite/database.js'
import {
  runEtcdesk,
  startEtcdesk,
  startProgram,
  startServer,
  waitUntil,
  type RunningServer,
  type StartOptions,
} from '../support/server.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-serve-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let folders = 0
/** A path below the tests' folder where nothing is yet. */
function newPath(): string {
  folders += 1
  return join(folder, `case-${folders}`)
}

const servers: RunningServer[] = []
async function start(options?: StartOptions): Promise<RunningServer> {
  const server = await startServer(options)
  servers.push(server)
  return server
}
const listeners: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
  for (const listener of listeners.splice(0)) listener.close()
})

/** Another program that holds a port; resolves with `127.0.0.1:PORT`. */
async function takenAddress(): Promise<string> {
  const listener = createServer()
  listeners.push(listener)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const freeDoors = ['--listen', '127.0.0.1:0', '--keys-listen', '127.0.0.1:0']

/** Starts a server that is to be refused; resolves with its sentence. */
async function refusal(args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await runEtcdesk(['serve', ...args], cwd === undefined ? {} : { cwd })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^etcdesk: [^\n]+\.\n$/u)
  return stderr.slice('etcdesk: '.length).trim()
}

/** All files below a folder with their content, to see that nothing changed. SQLite's own helpers for readers aside. */
function contents(path: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(path)
      .filter((name) => !/-(?:shm|wal|journal)$/u.test(name))
      .map((name) => [name, readFileSync(join(path, name)).toString('base64')]),
  )
}

async function put(server: RunningServer, key: string, value: string): Promise<number> {
  const answer = await fetch(`${server.keysUrl}/v2/keys${key}`, { method: 'PUT', body: new URLSearchParams({ value }) })
  await answer.arrayBuffer()
  return answer.status
}

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url)
  await answer.arrayBuffer()
  return answer.status
}

describe('a start', () => {
  test('says in one line on stdout where each door listens and where the data is, and nothing on stderr', async () => {
    const server = await start()
    expect(server.stdout()).toBe(
      `etcdesk 0.1.0 is ready: desk at ${server.deskUrl}, keys API at ${server.keysUrl}, data in ${server.dataDirectory}/desk.db\n`,
    )
    expect(server.stderr()).toBe('')
    expect(await statusOf(`${server.deskUrl}/readyz`)).toBe(200)
    expect(await statusOf(`${server.keysUrl}/version`)).toBe(200)
  })

  test('makes the data folder below the working folder when none is named', async () => {
    const cwd = newPath()
    mkdirSync(cwd)
    const program = startEtcdesk(['serve', ...freeDoors], { cwd })
    await waitUntil('the server to be ready', () => program.stdout().includes('is ready'))
    expect(program.stdout()).toContain(`data in ${cwd}/etcdesk-data/desk.db\n`)
    program.process.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: 0, signal: null })
  })

  test('finds what the last one stored', async () => {
    const dataDirectory = newPath()
    const first = await start({ dataDirectory })
    expect(await put(first, '/kept', 'yes')).toBe(201)
    await first.stop()
    const second = await start({ dataDirectory })
    expect(await (await fetch(`${second.keysUrl}/v2/keys/kept`)).json()).toMatchObject({ node: { value: 'yes' } })
  })

  test('leaves the keys API out with --keys-listen off', async () => {
    const server = await start({ args: ['--keys-listen', 'off'] })
    expect(server.stdout()).toContain(', keys API off, ')
    expect(await statusOf(`${server.deskUrl}/tickets`)).toBe(200)
  })

  test('takes settings from variables and from a config file', async () => {
    const config = newPath()
    const data = newPath()
    writeFileSync(config, JSON.stringify({ listen: '127.0.0.1:0', 'keys-listen': '127.0.0.1:0', data: newPath() }))
    const program = startEtcdesk(['serve', '--config', config], {
      env: { ETCDESK_DATA: data, ETCDESK_KEYS_ADVERTISE: 'http://desk.example.net:2379' },
    })
    await waitUntil('the server to be ready', () => program.stdout().includes('is ready'))
    const [, keysUrl = ''] = /keys API at (\S+),/u.exec(program.stdout()) ?? []
    expect(program.stdout()).toContain(`data in ${data}/desk.db\n`)
    expect(await (await fetch(`${keysUrl}/v2/machines`)).text()).toBe('http://desk.example.net:2379')
    program.process.kill('SIGTERM')
    await program.ended
  })

  test('keeps the data in another file with --store sqlite:PATH', async () => {
    const path = join(newPath(), 'sub', 'other.db')
    const server = await start({ args: ['--store', `sqlite:${path}`] })
    expect(server.stdout()).toContain(`data in ${path}\n`)
    expect(readdirSync(server.dataDirectory)).toEqual([])
  })

  test('keeps nothing with --store sqlite::memory:', async () => {
    const cwd = newPath()
    const temporary = newPath()
    mkdirSync(cwd)
    mkdirSync(temporary)
    const server = await start({ args: ['--store', 'sqlite::memory:'], cwd, env: { TMPDIR: temporary } })
    expect(await put(server, '/a', 'b')).toBe(201)
    await server.stop()
    expect([readdirSync(cwd), readdirSync(temporary)]).toEqual([[], []])
  })

  test('listens on IPv6', async () => {
    const server = await start({ args: ['--listen', '[::1]:0', '--keys-listen', '[::1]:0'] })
    expect(server.deskUrl).toMatch(/^http:\/\/\[::1\]:\d+$/u)
    expect(await statusOf(`${server.keysUrl}/version`)).toBe(200)
  })

  test('listens for other machines with --insecure', async () => {
    const server = await start({ args: ['--listen', '0.0.0.0:0', '--insecure'] })
    expect(await statusOf(`http://127.0.0.1:${new URL(server.deskUrl).port}/healthz`)).toBe(200)
  })

  test('answers other machines only under names of its own: others may be those of a page (DNS rebinding)', async () => {
    const names = ['--host-whitelist', 'listed.example', '--advertise', 'http://told.example:8080']
    const server = await start({
      args: ['--listen', '0.0.0.0:0', '--keys-listen', '0.0.0.0:0', '--insecure', ...names],
    })
    const ask = (port: string, host: string): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path: '/version', headers: { host }, agent: false }, resolve)
        sent.once('error', reject).end()
      })
    for (const { port } of [new URL(server.deskUrl), new URL(server.keysUrl)]) {
      for (const host of ['127.0.0.1', '10.1.2.3:80', 'localhost', 'listed.example', 'told.example', hostname()]) {
        expect([host, (await ask(port, host)).statusCode]).toEqual([host, 200])
      }
      const refused = await ask(port, `evil.example:${port}`)
      expect([refused.statusCode, await text(refused)]).toEqual([403, expect.stringContaining('--host-whitelist')])
    }
  })

  test('goes on when nobody reads its output any more', async () => {
    const server = await start()
    server.process.stdout.destroy()
    server.process.stderr.destroy()
    expect(await put(server, '/a', 'b')).toBe(201)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
  })
})

describe('a start that can not be', () => {
  test('where another program holds the port of the keys API names it and --keys-listen, and makes no folder', async () => {
    const address = await takenAddress()
    const data = newPath()
    expect(await refusal(['--listen', '127.0.0.1:0', '--keys-listen', address, '--data', data])).toBe(
      `The keys API can not be opened: another program already listens on ${address}: stop that program, or choose another address ` +
        'with --keys-listen HOST:PORT (etcd itself uses port 2379), or leave the keys API out with --keys-listen off.',
    )
    expect(existsSync(data)).toBe(false)
  })

  test('where another program holds the port of the desk names it and --listen, and makes no folder', async () => {
    const address = await takenAddress()
    const data = newPath()
    expect(await refusal(['--listen', address, '--keys-listen', '127.0.0.1:0', '--data', data])).toBe(
      `The desk can not be opened: another program already listens on ${address}: stop that program, or choose another address with --listen HOST:PORT.`,
    )
    expect(existsSync(data)).toBe(false)
  })

  test('where the machine has no such address says so', async () => {
    expect(await refusal(['--listen', '192.0.2.1:0', '--keys-listen', 'off', '--insecure', '--data', newPath()])).toBe(
      'The desk can not be opened: this machine has no address 192.0.2.1: choose one that it has with --listen HOST:PORT.',
    )
  })

  test('where the folder can not be made says so', async () => {
    const file = newPath()
    writeFileSync(file, 'a file')
    expect(await refusal([...freeDoors, '--data', join(file, 'data')])).toBe(
      `The folder ${file}/data can not be made (a part of the path is a file): choose another with --data, or change who may write there.`,
    )
    expect(readFileSync(file, 'utf8')).toBe('a file')
  })

  test.skipIf(!existsSync('/proc/self'))('where the file system takes no folders says so', async () => {
    expect(await refusal([...freeDoors, '--data', '/proc/etcdesk'])).toContain('can not be made')
  })

  test('where the store is a folder says so', async () => {
    const path = newPath()
    mkdirSync(path)
    expect(await refusal([...freeDoors, '--store', `sqlite:${path}`])).toBe(
      `${path} is a folder, not a file: name the file, such as --store sqlite:${path}/desk.db.`,
    )
    expect(readdirSync(path)).toEqual([])
  })

  test('where the file can not be says so, and takes back the folders made for it', async () => {
    const path = newPath()
    expect(await refusal([...freeDoors, '--store', `sqlite:${path}/sub/${'x'.repeat(300)}`])).toContain(
      'can not be reached (the name is too long): choose another place with --store',
    )
    expect(existsSync(path)).toBe(false)
  })

  test('where another process holds the data says so, and that one goes on', async () => {
    const server = await start()
    expect(await refusal([...freeDoors, '--data', server.dataDirectory])).toBe(
      `Another etcdesk already uses ${server.dataDirectory}/desk.db: stop that one first, or choose another folder with --data.`,
    )
    expect(await put(server, '/a', 'b')).toBe(201)
  })

  test('where the file is no database says so and leaves it as it is', async () => {
    const data = newPath()
    mkdirSync(data)
    writeFileSync(join(data, 'desk.db'), 'Dear diary, this is not a database.\n'.repeat(50))
    const before = contents(data)
    expect(await refusal([...freeDoors, '--data', data])).toMatch(/desk\.db is not a SQLite database/u)
    expect(contents(data)).toMatchObject(before)
  })

  test("where the file is another program's database says so and leaves it as it is", async () => {
    const data = newPath()
    mkdirSync(data)
    const database = openDatabase(join(data, 'desk.db'))
    database.exec('CREATE TABLE recipes (name TEXT)')
    database.close()
    const before = contents(data)
    expect(await refusal([...freeDoors, '--data', data])).toMatch(/is a SQLite database, but not one of etcdesk/u)
    expect(contents(data)).toMatchObject(before)
  })

  test('where the data is of a newer version says so and leaves it as it is', async () => {
    const dataDirectory = newPath()
    const server = await start({ dataDirectory })
    await put(server, '/a', 'b')
    await server.stop()
    const database = openDatabase(join(dataDirectory, 'desk.db'))
    database.exec('PRAGMA user_version = 4242')
    database.close()
    const before = contents(dataDirectory)
    expect(await refusal([...freeDoors, '--data', dataDirectory])).toMatch(
      /was written by a newer etcdesk \(format 4242; /u,
    )
    expect(contents(dataDirectory)).toEqual(before)
  })
})

/** One request on a connection that stays open. */
function ask(url: string, agent: Agent, method = 'GET'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { agent, method }, (answer) => {
      answer.resume().once('end', () => resolve(answer))
    })
      .once('error', reject)
      .end()
  })
}

describe('the end', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s is 0, and says so in the log', async (signal) => {
    const server = await start()
    server.process.kill(signal)
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(JSON.parse(server.stderr())).toMatchObject({ level: 30, msg: `stopping on ${signal}` })
  })

  test('answers the requests that run, and every answered write is there afterwards', async () => {
    const dataDirectory = newPath()
    const server = await start({ dataDirectory })
    const statuses: number[] = []
    let written = 0
    const client = async (name: number): Promise<void> => {
      for (let turn = 0; ; turn += 1) {
        try {
          const status = await put(server, `/c${name}/k${turn}`, 'v')
          statuses.push(status)
          if (status === 201) written += 1
        } catch {
          // The door is closed: a request is either answered or was never taken.
          return
        }
      }
    }
    const clients = [0, 1, 2, 3].map(client)
    await waitUntil('some writes', () => written >= 50)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    await Promise.all(clients)
    expect(statuses.every((status) => status === 201)).toBe(true)

    const again = await start({ dataDirectory })
    const answer: unknown = await (await fetch(`${again.keysUrl}/v2/keys/?recursive=true`)).json()
    expect(JSON.stringify(answer).split('"value"').length - 1).toBeGreaterThanOrEqual(written)
  })

  test('cuts a long poll and a stream off, which do not hold it up, and whose clients do not take that for an answer', async () => {
    const server = await start()
    const polls = ['wait=true', 'wait=true&stream=true'].map((query) => fetch(`${server.keysUrl}/v2/keys/a?${query}`))
    const answers = await Promise.all(polls)
    const bodies = answers.map((answer) => answer.text().catch(() => 'cut off'))
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    expect(await Promise.all(bodies)).toEqual(['cut off', 'cut off'])
  })

  test('does not wait for a connection that is merely open', async () => {
    const server = await start()
    const agent = new Agent({ keepAlive: true })
    expect((await ask(`${server.deskUrl}/readyz`, agent)).statusCode).toBe(200)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    agent.destroy()
  })

  test('comes at once with a second signal, while a request still runs', async () => {
    const server = await start()
    const slow = request(`${server.keysUrl}/v2/keys/a`, { method: 'PUT', headers: { 'Content-Length': 7 } })
    // It is cut in the end, which is what this test is about.
    slow.on('error', () => {})
    slow.write('value=')
    // A request that is not complete holds the drain up.
    await waitUntil('the request to arrive', async () => (await statusOf(`${server.keysUrl}/version`)) === 200)
    server.process.kill('SIGTERM')
    await waitUntil('the server to be stopping', () => server.stderr().includes('stopping on SIGTERM'))
    // What comes within half a second counts as the same press of Ctrl-C, which npm passes on a second time.
    let ending: unknown
    void server.ended.then((how) => (ending = how))
    await waitUntil('the end', () => {
      server.process.kill('SIGTERM')
      return ending !== undefined
    })
    expect(ending).toEqual({ code: 143, signal: null })
  })

  test('comes with a sentence, a line in the log and code 1 where the program has a fault', async () => {
    const [serve, settings] = ['serve', 'settings'].map(
      (name) => new URL(`../../dist/server/${name}.js`, import.meta.url).href,
    )
    const script = `
      import { serve } from '${serve}'
      import { readSettings } from '${settings}'
      const settings = readSettings({ flags: { listen: '127.0.0.1:0', 'keys-listen': 'off', data: process.argv[2] }, env: {} })
      const fail = () => setImmediate(() => { throw new TypeError('no such thing') })
      await serve(settings, fail)`
    const file = `${newPath()}.mjs`
    writeFileSync(file, script)
    const program = startProgram([process.execPath, file, newPath()])
    expect(await program.ended).toEqual({ code: 1, signal: null })
    const [logLine = '', ...rest] = program.stderr().split('\n')
    expect(JSON.parse(logLine)).toMatchObject({ level: 60, err: { type: 'TypeError', message: 'no such thing' } })
    expect(rest).toEqual(['etcdesk: ended by a fault of the program: no such thing', ''])
  })
})
