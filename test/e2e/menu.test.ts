/**
 * The ticket menu as a person or a script meets it: whole sessions through a pipe and on a pseudo terminal, word for word,
 * on etcdesk, whatever it stands on, and on a real etcd with its v2 API.
 */
import { createServer, get, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEtcd, type RunningEtcd } from '../support/etcd.js'
import { missing } from '../support/requirements.js'
import { onEveryStore } from '../support/served.js'
import { programPath, runEtcdesk, startEtcdesk, startProgram, startServer, waitUntil } from '../support/server.js'
import { menu, testMenu } from '../suites/menu.js'

onEveryStore('the menu through a pipe', (server) => {
  testMenu({
    isEtcdesk: true,
    get keysUrl() {
      return server.keysUrl
    },
  })
})

describe.skipIf(missing('etcd'))('the menu through a pipe, on a real etcd', () => {
  let etcd: RunningEtcd
  beforeAll(async () => {
    etcd = await startEtcd()
  })
  afterAll(() => etcd.stop())
  testMenu({
    isEtcdesk: false,
    get keysUrl() {
      return etcd.url
    },
  })
})

describe('a server that is not there', () => {
  test('is one sentence that says what to do, and exit code 1', async () => {
    const gone = await startServer()
    await gone.stop()
    expect(await runEtcdesk(['menu', '--endpoint', gone.keysUrl], { input: '1\n' })).toEqual({
      code: 1,
      stdout: '',
      stderr: `etcdesk: ${gone.keysUrl} can not be reached (nothing listens there): start a server with 'etcdesk serve', or name another with --endpoint URL.\n`,
    })
  })

  test('in the middle of a session is a sentence and the menu again; when it is back the session goes on', async () => {
    const first = await startServer()
    const program = startEtcdesk(['menu', '--endpoint', first.keysUrl])
    await waitUntil('the menu', () => program.stdout().includes(menu))
    await first.stop()
    program.process.stdin.write('3\nLost\n')
    await waitUntil('the sentence', () =>
      program.stdout().includes(`${first.keysUrl} can not be reached (nothing listens there).\n`),
    )
    await waitUntil('the menu again', () => program.stdout().split(menu).length === 3)
    const second = await startServer({ args: ['--keys-listen', new URL(first.keysUrl).host] })
    program.process.stdin.end('3\nFound\n1\n')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.stdout()).toMatch(/Created (\d{20}): Found\n[^]*\n\1 {2}Found\n/u)
    expect(program.stderr()).toBe('')
    await second.stop()
  })
})

test('a reader of the answers who has gone ends the session: nothing is done that nobody sees', async () => {
  const server = await startServer()
  const program = startProgram([
    'sh',
    '-c',
    '"$@" | head -n 1',
    'sh',
    process.execPath,
    programPath,
    'menu',
    '--endpoint',
    server.keysUrl,
  ])
  program.process.stdin.end('3\nUnseen\n'.repeat(500))
  await program.ended
  expect(program.stdout()).toBe(`Tickets at ${server.keysUrl}\n`)
  const listed: { node?: { nodes?: unknown[] } } = JSON.parse(
    await (await fetch(`${server.keysUrl}/v2/keys/tickets`)).text(),
  )
  expect(listed.node?.nodes?.length ?? 0).toBeLessThan(300)
  await server.stop()
})

describe('a door that lets nobody in', () => {
  async function menuAt(other: Server): Promise<{ code: number | null; stdout: string; stderr: string; url: string }> {
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const told = await runEtcdesk(['menu', '--endpoint', url])
    other.close()
    return { ...told, url }
  }

  test('by this name says what would help, and nothing of --enable-v2', async () => {
    const server = await startServer()
    // As a proxy that asks by a name which the server does not go by.
    const proxy = createServer(({ url }, response) => {
      get(`${server.keysUrl}${url}`, { headers: { Host: 'desk.example.net' } }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(response)
      })
    })
    const { url, ...told } = await menuAt(proxy)
    await server.stop()
    expect(told).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `etcdesk: ${url} did not let the request in (HTTP status 403): The Host 'desk.example.net' is none that this server goes by. ` +
        'Call it by its address or as localhost, or start it with --host-whitelist desk.example.net.\n',
    })
  })

  test('for now says for how long', async () => {
    const slow = createServer((_, response) =>
      response.writeHead(429, { 'Retry-After': '9' }).end('{"message":"too many passwords were tried: wait"}'),
    )
    const { url, ...told } = await menuAt(slow)
    expect(told).toEqual({
      code: 1,
      stdout: '',
      stderr: `etcdesk: ${url} did not let the request in (HTTP status 429): too many passwords were tried: wait (Retry-After: 9 s).\n`,
    })
  })
})

describe('what is there, but no keys API,', () => {
  test('is one sentence that names --enable-v2, and exit code 1', async () => {
    const other = createServer((_, response) => response.writeHead(404).end('404 page not found\n'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const { code, stdout, stderr } = await runEtcdesk(['menu', '--endpoint', url])
    other.close()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `etcdesk: What answers at ${url} is no etcd v2 keys API (HTTP status 404): name the keys API with --endpoint URL; ` +
        'an etcd offers it when it is started with --enable-v2=true (etcd 3.5 or older).\n',
    )
  })
})

describe.skipIf(missing('script'))('on a terminal', () => {
  const ctrlC = '\u0003'
  const ctrlD = '\u0004'
  let server: Awaited<ReturnType<typeof startServer>>
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())
  const programs: ReturnType<typeof startProgram>[] = []
  afterEach(() => {
    for (const program of programs.splice(0)) program.process.kill('SIGKILL')
  })

  /** A menu on a pseudo terminal, with a person that waits for a question before answering. */
  function open(url = server.keysUrl) {
    const command = `'${process.execPath}' '${programPath}' menu --endpoint '${url}'`
    const program = startProgram(['script', '-qec', command, '/dev/null'], { env: { TERM: 'dumb' } })
    programs.push(program)
    let read = 0
    const screen = (): string => program.stdout().replaceAll('\r', '')
    return {
      program,
      /** Waits until `text` is shown after what was waited for before. */
      async sees(text: string): Promise<void> {
        await waitUntil(
          () => `${JSON.stringify(text)} in ${screen().slice(read)}${program.stderr()}`,
          () => screen().indexOf(text, read) >= 0,
        )
        read = screen().indexOf(text, read) + text.length
      },
      types(text: string): void {
        program.process.stdin.write(text)
      },
    }
  }
  const question = 'Choice (Enter shows the menu): '

  test('a question waits on its own line for the answer', async () => {
    const terminal = open()
    await terminal.sees(`Tickets at ${server.keysUrl}\n${menu}\n${question}`)
    terminal.types('3\r')
    await terminal.sees('Title (1 to 256 characters): ')
    terminal.types('From a terminal\r')
    await terminal.sees(': From a terminal\n')
    await terminal.sees(question)
    terminal.types('6\r')
    expect(await terminal.program.ended).toEqual({ code: 0, signal: null })
  })

  test('a wrong answer is asked again, and Enter alone goes back to the menu', async () => {
    const terminal = open()
    await terminal.sees(question)
    terminal.types('2\r')
    await terminal.sees('Ticket number: ')
    terminal.types('abc\r')
    await terminal.sees(
      'A ticket number is up to 20 digits, such as 12 for 00000000000000000012. Press Enter alone to go back.\n',
    )
    await terminal.sees('Ticket number: ')
    terminal.types('\r')
    await terminal.sees(`Back to the menu.\n\n${question}`)
    terminal.types(ctrlD)
    expect(await terminal.program.ended).toEqual({ code: 0, signal: null })
  })

  test('deleting all asks first, and only yes does it', async () => {
    const terminal = open()
    await terminal.sees(question)
    terminal.types('3\r')
    await terminal.sees('Title (1 to 256 characters): ')
    terminal.types('Precious\r')
    await terminal.sees(question)
    terminal.types('99\r')
    await terminal.sees("This deletes every ticket. Type 'yes' to do it: ")
    terminal.types('y\r')
    await terminal.sees('Nothing was deleted.\n')
    await terminal.sees(question)
    terminal.types('1\r')
    await terminal.sees('  Precious\n')
    await terminal.sees(question)
    terminal.types('99\r')
    await terminal.sees("This deletes every ticket. Type 'yes' to do it: ")
    terminal.types('yes\r')
    await terminal.sees('All tickets are deleted.\n')
    terminal.types(ctrlD)
    await terminal.program.ended
  })

  test.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', ctrlD],
  ])('%s at a question leaves quietly', async (_, key) => {
    const terminal = open()
    await terminal.sees(question)
    terminal.types('3\r')
    await terminal.sees('Title (1 to 256 characters): ')
    terminal.types(key)
    expect(await terminal.program.ended).toEqual({ code: 0, signal: null })
    expect(terminal.program.stdout()).not.toMatch(/error|at .*\.js/iu)
  })

  test('Ctrl-C leaves quietly while the server does not answer', async () => {
    let asked = 0
    const silent = createServer((_, response) => {
      asked += 1
      if (asked === 1)
        response.writeHead(404).end('{"errorCode":100,"message":"Key not found","cause":"/tickets","index":1}')
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const terminal = open(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    await terminal.sees(question)
    terminal.types('1\r')
    await waitUntil('the request', () => asked === 2)
    terminal.types(ctrlC)
    expect(await terminal.program.ended).toEqual({ code: 0, signal: null })
    silent.closeAllConnections()
    silent.close()
  })

  test('what is typed ahead answers the questions as they come', async () => {
    const terminal = open()
    await terminal.sees(question)
    terminal.types('3\rTyped ahead\r1\r6\r')
    await terminal.sees(': Typed ahead\n')
    await terminal.sees('  Typed ahead\n')
    expect(await terminal.program.ended).toEqual({ code: 0, signal: null })
  })
})
