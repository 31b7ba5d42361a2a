/** Whole sessions of the ticket menu through a pipe, word for word, on whatever has the keys API. */
import { beforeEach, expect, test } from 'vitest'
import { runEtcdesk, startEtcdesk, waitUntil } from '../support/server.js'

/** What the menu works on. */
export interface MenuTarget {
  readonly keysUrl: string
  /** Whether it has the rules of tickets, or is a plain key store. */
  readonly isEtcdesk: boolean
}

/** What the menu shows. */
export const menu = `
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

export function testMenu(target: MenuTarget): void {
  beforeEach(async () => {
    const { status } = await fetch(`${target.keysUrl}/v2/keys/tickets?recursive=true`, { method: 'DELETE' })
    expect([200, 404]).toContain(status)
  })

  /** Creates tickets; resolves with their ids. */
  async function create(...titles: string[]): Promise<string[]> {
    const lines = await session(
      target.keysUrl,
      titles.flatMap((title) => ['3', title]),
    )
    return lines.map((line) => /^Created (\d{20}): /u.exec(line)?.[1] ?? line)
  }

  test('the whole tour: nothing, create, list, get, update, delete, delete all, exit', async () => {
    expect(await session(target.keysUrl, ['1', '6'])).toEqual(['There are no tickets.'])
    const lines = await session(target.keysUrl, [
      '3',
      'Learning to add tickets',
      '3',
      'Grüße, 漢字 & 100 % + more',
      '1',
    ])
    expect(numbered(lines)).toEqual([
      'Created #1: Learning to add tickets',
      'Created #2: Grüße, 漢字 & 100 % + more',
      '#1  Learning to add tickets',
      '#2  Grüße, 漢字 & 100 % + more',
    ])
    const id = /\d{20}/u.exec(lines[0] ?? '')?.[0] ?? ''
    expect(
      numbered(await session(target.keysUrl, ['2', id, '4', id, 'PUT it there!', '2', id, '5', id, '2', id, '1'])),
    ).toEqual([
      '#1  Learning to add tickets',
      'Updated #1: PUT it there! (was: Learning to add tickets)',
      '#1  PUT it there!',
      'Deleted #1 (was: PUT it there!)',
      'There is no ticket #1.',
      '#2  Grüße, 漢字 & 100 % + more',
    ])
    expect(await session(target.keysUrl, ['99', '1', '99'])).toEqual([
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
        target.keysUrl,
        forms.flatMap((form) => ['2', form]),
      ),
    ).toEqual(forms.map(() => `${id}  A`))
  })

  test('tickets that are not there are said to be so, and nothing is made', async () => {
    expect(await session(target.keysUrl, ['2', '999999', '4', '999999', 'new', '5', '999999', '1'])).toEqual([
      'There is no ticket 00000000000000999999.',
      'There is no ticket 00000000000000999999.',
      'There is no ticket 00000000000000999999.',
      'There are no tickets.',
    ])
  })

  test('wrong answers are told, and each still takes its own line', async () => {
    expect(await session(target.keysUrl, ['2', 'abc', '4', '12 or so', 'new', '3', '', '3', 'B'])).toEqual([
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
    expect(await session(target.keysUrl, ['', '7', ' 1 '])).toEqual([
      'Please choose one of these:',
      ...again,
      "There is no choice '7'. Please type one of 1, 2, 3, 4, 5, 6, 99:",
      ...again,
      'There are no tickets.',
    ])
  })

  test('characters that could disturb the terminal are shown as signs, though stored as they are', async () => {
    const [line] = await session(target.keysUrl, ['3', 'a\tb\u001B[31mred'])
    expect(line).toMatch(/^Created \d{20}: a␉b␛\[31mred$/u)
  })

  test('lines that come one by one, the last without an end, are all answered', async () => {
    const program = startEtcdesk(['menu'], { env: { ETCDESK_ENDPOINT: target.keysUrl } })
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
    const program = startEtcdesk(['menu', '--endpoint', target.keysUrl])
    await waitUntil('the menu', () => program.stdout().includes(menu))
    program.process.kill('SIGINT')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.stderr()).toBe('')
  })

  test('the end of input in the middle of a question leaves quietly', async () => {
    expect(await session(target.keysUrl, ['3'])).toEqual([])
  })

  test('hundreds of tickets from one pipe are all made and listed', async () => {
    const titles = Array.from({ length: 300 }, (_, place) => `Ticket ${place}`)
    const lines = await session(target.keysUrl, [...titles.flatMap((title) => ['3', title]), '1'])
    expect(lines.slice(300).map((line) => line.slice(22))).toEqual(titles)
  })

  test('only tickets are listed, not other keys that lie there', async () => {
    await create('A ticket')
    for (const path of ['note', 'folder/inside', '_hidden']) {
      await fetch(`${target.keysUrl}/v2/keys/tickets/${path}`, {
        method: 'PUT',
        body: new URLSearchParams({ value: 'x' }),
      })
    }
    expect(numbered(await session(target.keysUrl, ['1']))).toEqual(['#1  A ticket'])
  })

  test('what the server refuses is shown in its own words', async () => {
    const directory = '00000000000000000099'
    if (target.isEtcdesk) {
      const [line] = await session(target.keysUrl, ['3', 'x'.repeat(257)])
      expect(line).toMatch(/^The server refused: Invalid field: .*256/u)
    } else {
      const body = new URLSearchParams({ dir: 'true' })
      await fetch(`${target.keysUrl}/v2/keys/tickets/${directory}`, { method: 'PUT', body })
      expect(await session(target.keysUrl, ['5', directory])).toEqual([
        `The server refused: Not a file: /tickets/${directory}`,
      ])
    }
  })
}
