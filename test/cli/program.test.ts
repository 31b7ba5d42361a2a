/** Finding the verb, help, and what is said about a wrong call: one sentence on stderr, exit code 2. */
import { describe, expect, test } from 'vitest'
import { runProgram } from '#src/cli/program.js'
import type { Terminal } from '#src/cli/terminal.js'
import { configSetting, settingsTable, variableName } from '#src/server/settings-table.js'

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command line in this process, on a terminal of the test's. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  let out = ''
  let err = ''
  const terminal: Terminal = {
    env,
    isInteractive: false,
    columns: undefined,
    write: (text) => (out += text),
    tell: (text) => (out += text),
    complain: (text) => (err += text),
    openLines: () => Promise.reject(new Error('this test types nothing')),
  }
  const code = await runProgram(args, terminal)
  return { code, out, err }
}

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j shows the verbs', async (args) => {
    const { code, out, err } = await run(args)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^Usage: etcdesk VERB \[flags\]\n/u)
    expect(out).toMatch(/^ {2}serve +start the server/mu)
    expect(out).toMatch(/^ {2}menu +work on tickets/mu)
  })

  test('--version shows the version alone', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u), err: '' })
  })

  test.each([[['help', 'serve']], [['serve', '--help']], [['serve', '-h']]])(
    '%j shows every setting: flag, default and variable',
    async (args) => {
      const { code, out } = await run(args)
      expect(code).toBe(0)
      const text = out.replaceAll(/\s+/gu, ' ')
      for (const { flag, placeholder, help, defaultText, isSecret } of Object.values(settingsTable)) {
        const value = placeholder === undefined ? '' : ` <${placeholder}>`
        if (isSecret === true) {
          expect(text).toContain(`${variableName(flag)} ${help} (default: ${defaultText})`)
          expect(text).not.toContain(`--${flag}${value}`)
          continue
        }
        expect(text).toContain(`--${flag}${value} ${help} (default: ${defaultText}; ${variableName(flag)})`)
      }
      expect(text).toContain(`--${configSetting.flag} <${configSetting.placeholder}>`)
    },
  )

  test("'help menu' shows the flags and examples of the menu", async () => {
    const { out } = await run(['help', 'menu'])
    expect(out).toContain('--endpoint <URL>')
    expect(out).toContain('etcdesk menu --endpoint http://127.0.0.1:4001')
  })
})

describe.each(['backup', 'restore', 'check', 'copy', 'compact', 'nodes'])('the help of %s', (verb) => {
  test('offers no store that is not kept, and no folder that is made unless it makes one', async () => {
    const { code, out } = await run([verb, '--help'])
    const text = out.replaceAll(/\s+/gu, ' ')
    expect([code, text.includes(':memory:'), text.includes('made when it is not there')]).toEqual([
      0,
      false,
      verb === 'restore',
    ])
    expect(text).not.toContain('this node')
    for (const { flag, placeholder, defaultText } of [settingsTable.store, settingsTable.dataDirectory]) {
      const shown = new RegExp(
        `--${flag} <${placeholder}> .+? \\(default: ${defaultText}; ${variableName(flag)}\\)`,
        'u',
      )
      if (['backup', 'restore', 'check'].includes(verb)) expect(text).toMatch(shown)
    }
  })
})

describe('a wrong call', () => {
  test.each([
    [['mneu'], "etcdesk: unknown verb 'mneu': did you mean menu?"],
    [['help', 'srve'], "etcdesk: unknown verb 'srve': did you mean serve?"],
    [['frobnicate'], "etcdesk: unknown verb 'frobnicate': see 'etcdesk help'"],
    [['--frobnicate'], "etcdesk: unknown option '--frobnicate': see 'etcdesk help'"],
    [['serve', '--lisen', 'x'], "etcdesk: unknown option '--lisen': did you mean --listen?"],
    [['serve', '--frobnicate'], "etcdesk: unknown option '--frobnicate': see 'etcdesk help serve'"],
    [['serve', 'now'], "etcdesk: too many arguments for 'serve': see 'etcdesk help serve'"],
    [['serve', '--listen'], "etcdesk: option '--listen <HOST:PORT>' argument missing: see 'etcdesk help serve'"],
    [
      ['menu', '--endpoint', 'nowhere'],
      'etcdesk: --endpoint should be the URL of a keys API, such as http://127.0.0.1:2379, not "nowhere".',
    ],
    [
      ['check', '--store', 'nowhere'],
      "etcdesk: --store should be 'sqlite:PATH', such as sqlite:/var/lib/etcdesk/desk.db, or 'etcd://HOST:PORT,HOST:PORT/PREFIX', not \"nowhere\".",
    ],
    [
      ['nodes', 'remove', '--store', 'etcd://127.0.0.1:1/x'],
      "etcdesk: Name the node to remove, by its name or its id: 'etcdesk nodes' lists them.",
    ],
    [
      ['nodes', 'remove', '', '--store', 'etcd://127.0.0.1:1/x'],
      "etcdesk: Name the node to remove, by its name or its id: 'etcdesk nodes' lists them.",
    ],
    [['serve', '--history', 'many'], 'etcdesk: --history should be a whole number from 1 to 100000000, not "many".'],
  ])('%j is told in one sentence', async (args, sentence) => {
    expect(await run(args)).toEqual({ code: 2, out: '', err: `${sentence}\n` })
  })

  test.each([
    [[`--${'x'.repeat(100_000)}`], /see 'etcdesk help'\n$/u],
    [['serve', '--listen', 'x'.repeat(100_000)], /should be HOST:PORT.*…\.\n$/u],
    [['menu', '--endpoint', 'x'.repeat(100_000)], /should be the URL of a keys API.* … x+"\.\n$/u],
  ])('however long what is typed, the sentence is short', async (args, sentence) => {
    const { code, err } = await run(args)
    expect(code).toBe(2)
    expect(err.length).toBeLessThan(2100)
    expect(err).toMatch(sentence)
  })

  test.each([
    [['users', '--role', 'admin'], "--role goes with 'etcdesk users add', not with 'etcdesk users' alone."],
    [
      ['users', 'activate', 'ann', '--role', 'admin'],
      "--role goes with 'etcdesk users add', not with 'etcdesk users activate'.",
    ],
    [
      ['users', 'link', 'ann', '--role', 'agent'],
      "--role goes with 'etcdesk users add', not with 'etcdesk users link'.",
    ],
    [
      ['users', 'deactivate', 'ann', '--write', '/app'],
      "--write goes with 'etcdesk users add' and 'etcdesk users keys', not with 'etcdesk users deactivate'.",
    ],
    [['users', 'add', 'ann', '--none'], "--none goes with 'etcdesk users keys', not with 'etcdesk users add'."],
    [['users', 'keys', 'ci', '--none', '--write', '/a'], '--none stands alone: leave it out, or the prefixes.'],
    [['tokens', '--name', 'x'], "--name goes with 'etcdesk tokens add', not with 'etcdesk tokens' alone."],
    [
      ['tokens', 'revoke', '3', '--days', '5'],
      "--days goes with 'etcdesk tokens add', not with 'etcdesk tokens revoke'.",
    ],
  ])('%j, with an option that the action does not take, is refused', async (args, sentence) => {
    expect(await run(args, { ETCDESK_DATA: '/nowhere' })).toEqual({ code: 2, out: '', err: `etcdesk: ${sentence}\n` })
  })

  test('a wrong variable is named', async () => {
    const { code, err } = await run(['menu'], { ETCDESK_ENDPOINT: 'nowhere' })
    expect(code).toBe(2)
    expect(err).toMatch(/^etcdesk: ETCDESK_ENDPOINT should be the URL/u)
  })

  test.each([
    ['backup', 'monday.db'],
    ['restore', 'monday.db'],
    ['check'],
    ['copy', '--from', 'sqlite:one.db', '--to', 'sqlite:two.db'],
    ['nodes', '--store', 'etcd://127.0.0.1:1/x'],
    ['upgrade', '--store', 'etcd://127.0.0.1:1/x'],
    ['compact', '--store', 'etcd://127.0.0.1:1/x'],
  ])('%s with a config file, which it would not read, is refused', async (...args) => {
    const sentence =
      "etcdesk: ETCDESK_CONFIG names a config file, which 'etcdesk serve' alone reads: unset it, and give what is needed of it by flags or other variables.\n"
    expect(await run(args, { ETCDESK_CONFIG: 'c.json' })).toEqual({ code: 2, out: '', err: sentence })
  })

  test('an empty ETCDESK_CONFIG names no config file', async () => {
    const { err } = await run(['check', '--store', 'nowhere'], { ETCDESK_CONFIG: '' })
    expect(err).toMatch(/^etcdesk: --store should be/u)
  })
})
