/**
 * The ticket menu as a person or a script meets it: whole sessions through a pipe and on a pseudo terminal, word for word,
 * on etcdesk and on a real etcd with its v2 API.
 */
import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startEtcd } from '../support/etcd.js'
import { missing } from '../support/requirements.js'
import { programPath, runEtcdesk, startEtcdesk, startProgram, startServer, waitUntil } from '../support/server.js'

const menu = `
   1  list all tickets
   2  get one ticket
   3  create a ticket
   4  update a ticket
   5  delete a ticket
   6  exit
  99  delete ALL tickets
`

/** Runs a session through a pipe; resolves with what it showed after the menu, without the questions. */
async function session(url: string, answers: readonly string[]): Promise<string[]> {
  const input = answers.map((answer) => `${answer}\n`).join('')
  const { code, stdout, stderr } = await runEtcdesk(['menu', '--endpoint', url], { input })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const start = `Tickets at ${url}\n${menu}`
  expect(stdout.startsWith(start)).toBe(true)
  const questions = /^(?:Choice \(Enter shows the menu\):|Ticket number:|Title .*:|New title .*:)?$/u
  return stdout
    .slice(start.length)
    .split('\n')
    .filter((line) => !questions.test(line))
}

/** Ids as numbers, since they start elsewhere on every server: the first id in the text becomes #1, the next new one #2. */
function numbered(lines: readonly string[]): string[] {
  const known = new Map<string, number>()
  return lines.map((line) =>
    line.replaceAll(/\d{20}/gu, (id) => {
      if (!known.has(id)) known.set(id, known.size + 1)
      return `#${known.get(id)}`
    }),
  )
}

interface Target {
  readonly url: string
  stop(): Promise<unknown>
}

const targets: [name: string, isMissing: boolean, start: () => Promise<Target>][] = [
  [
    'etcdesk',
    false,
    async () => {
      const server = await startServer()
      return { url: server.keysUrl, stop: () => server.stop() }
    },
  ],
  ['a real etcd', missing('etcd'), () => startEtcd()],
]

describe.each(targets)('on %s', (name, isMissing, start) => {
  describe.skipIf(isMissing)('through a pipe', () => {
    let target: Target
    beforeAll(async () => {
      target = await start()
    })
    afterAll(() => target.stop())
    beforeEach(() => session(target.url, ['99']))

    /** Creates tickets; resolves with their ids. */
    async function create(...titles: string[]): Promise<string[]> {
      const lines = await session(
        target.url,
        titles.flatMap((title) => ['3', title]),
      )
      return lines.map((line) => /^Created (\d{20}): /u.exec(line)?.[1] ?? line)
    }

    test('the whole tour: nothing, create, list, get, update, delete, delete all, exit', async () => {
      expect(await session(target.url, ['1', '6'])).toEqual(['There are no tickets.'])
      const lines = await session(target.url, ['3', 'Learning to add tickets', '3', 'Grüße, 漢字 & 100 % + more', '1'])
      expect(numbered(lines)).toEqual([
        'Created #1: Learning to add tickets',
        'Created #2: Grüße, 漢字 & 100 % + more',
        '#1  Learning to add tickets',
        '#2  Grüße, 漢字 & 100 % + more',
      ])
      const id = /\d{20}/u.exec(lines[0] ?? '')?.[0] ?? ''
      expect(
        numbered(await session(target.url, ['2', id, '4', id, 'PUT it there!', '2', id, '5', id, '2', id, '1'])),
      ).toEqual([
        '#1  Learning to add tickets',
        'Updated #1: PUT it there! (was: Learning to add tickets)',
        '#1  PUT it there!',
        'Deleted #1 (was: PUT it there!)',
        'There is no ticket #1.',
        '#2  Grüße, 漢字 & 100 % + more',
      ])
      expect(await session(target.url, ['99', '1', '99'])).toEqual([
        'All tickets are deleted.',
        'There are no tickets.',
        'There are no tickets.',
      ])
    })

    test('a ticket number may be typed short, with a #, or as the whole key', async () => {
      const [id = ''] = await create('A')
      const forms = [String(Number(id)), `#${Number(id)}`, ` ${id} `, `/tickets/${id}`]
      expect(
        await session(
          target.url,
          forms.flatMap((form) => ['2', form]),
        ),
      ).toEqual(forms.map(() => `${id}  A`))
    })

    test('tickets that are not there are said to be so, and nothing is made', async () => {
      expect(await session(target.url, ['2', '999999', '4', '999999', 'new', '5', '999999', '1'])).toEqual([
        'There is no ticket 00000000000000999999.',
        'There is no ticket 00000000000000999999.',
        'There is no ticket 00000000000000999999.',
        'There are no tickets.',
      ])
    })

    test('wrong answers are told, and each still takes its own line', async () => {
      expect(await session(target.url, ['2', 'abc', '4', '12 or so', 'new', '3', '', '3', 'B'])).toEqual([
        'A ticket number is up to 20 digits, such as 12 for 00000000000000000012.',
        'A ticket number is up to 20 digits, such as 12 for 00000000000000000012.',
        'A title needs at least one character.',
        expect.stringMatching(/^Created \d{20}: B$/u),
      ])
    })

    test('an empty or unknown choice shows the menu again', async () => {
      const rows = menu.trim().split('\n')
      const [first = '', ...rest] = rows
      const again = [`   ${first}`, ...rest]
      expect(await session(target.url, ['', '7', ' 1 '])).toEqual([
        'Please choose one of these:',
        ...again,
        "There is no choice '7'. Please type one of 1, 2, 3, 4, 5, 6, 99:",
        ...again,
        'There are no tickets.',
      ])
    })

    test('characters that could disturb the terminal are shown as signs, though stored as they are', async () => {
      const [line] = await session(target.url, ['3', 'a\tb\u001B[31mred'])
      expect(line).toMatch(/^Created \d{20}: a␉b␛\[31mred$/u)
    })

    test('lines that come one by one, the last without an end, are all answered', async () => {
      const program = startEtcdesk(['menu'], { env: { ETCDESK_ENDPOINT: target.url } })
      const { stdin } = program.process
      stdin.write('3')
      stdin.write('\nfirst\n3\nsec')
      await waitUntil('the first ticket', () => /Created \d{20}: first\n/u.test(program.stdout()))
      stdin.write('ond\n')
      await waitUntil('the second ticket', () => /Created \d{20}: second\n/u.test(program.stdout()))
      stdin.end('1')
      expect(await program.ended).toEqual({ code: 0, signal: null })
      expect(numbered(program.stdout().split('\n')).filter((text) => /^#\d {2}/u.test(text))).toEqual([
        '#1  first',
        '#2  second',
      ])
    })

    test('an interrupt (SIGINT) leaves quietly', async () => {
      const program = startEtcdesk(['menu', '--endpoint', target.url])
      await waitUntil('the menu', () => program.stdout().includes(menu))
      program.process.kill('SIGINT')
      expect(await program.ended).toEqual({ code: 0, signal: null })
      expect(program.stderr()).toBe('')
    })

    test('the end of input in the middle of a question leaves quietly', async () => {
      expect(await session(target.url, ['3'])).toEqual([])
    })

    test('hundreds of tickets from one pipe are all made and listed', async () => {
      const titles = Array.from({ length: 300 }, (_, place) => `Ticket ${place}`)
      const lines = await session(target.url, [...titles.flatMap((title) => ['3', title]), '1'])
      expect(lines.slice(300).map((line) => line.slice(22))).toEqual(titles)
    })

    test('only tickets are listed, not other keys that lie there', async () => {
      await create('A ticket')
      for (const path of ['note', 'folder/inside', '_hidden']) {
        await fetch(`${target.url}/v2/keys/tickets/${path}`, {
          method: 'PUT',
          body: new URLSearchParams({ value: 'x' }),
        })
      }
      expect(numbered(await session(target.url, ['1']))).toEqual(['#1  A ticket'])
    })

    test('what the server refuses is shown in its own words', async () => {
      const directory = '00000000000000000099'
      if (name === 'etcdesk') {
        const [line] = await session(target.url, ['3', 'x'.repeat(257)])
        expect(line).toMatch(/^The server refused: Invalid field: .*256/u)
      } else {
        const body = new URLSearchParams({ dir: 'true' })
        await fetch(`${target.url}/v2/keys/tickets/${directory}`, { method: 'PUT', body })
        expect(await session(target.url, ['5', directory])).toEqual([
          `The server refused: Not a file: /tickets/${directory}`,
        ])
      }
    })
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
