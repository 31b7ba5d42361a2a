/** What `etcdesk users`, `tokens` and `audit` say where there is nothing to list: a sentence for people, and nothing for scripts to count. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runProgram } from '#src/cli/program.js'
import type { MachineRequest } from '#src/contract/machine.js'
import { MachineRequests } from '#src/server/machine-requests.js'
import { temporaryFolder } from '../support/folder.js'
import { openStore } from '../support/store.js'

/** Makes a desk that does not run; where its data is. */
async function deskWith(folder = temporaryFolder(), ...requests: readonly MachineRequest[]): Promise<string> {
  const address = `sqlite:${join(folder, 'desk.db')}`
  const desk = await openStore({ address, dataDirectory: '/nowhere' })
  const machine = new MachineRequests(desk)
  for (const request of requests) await machine.answer(request)
  await desk.close()
  return address
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a verb on a desk. */
function list(store: string, ...args: readonly string[]): Promise<Ran> {
  return run([...args, '--store', store])
}

async function run(args: readonly string[]): Promise<Ran> {
  let [out, err] = ['', '']
  const code = await runProgram(args, {
    env: {},
    isInteractive: false,
    columns: undefined,
    write: (text) => (out += text),
    tell: (text) => (out += text),
    complain: (text) => (err += text),
    openLines: () => Promise.reject(new Error('this test types nothing')),
  })
  return { code, out, err }
}

test('a list with nothing in it is one sentence on stderr, which says what makes something, and no fault', async () => {
  const audit = 'What is done with rights is written there when it happens.\n'
  const store = await deskWith()
  const noUsers = `No users. Make the first, an admin: 'etcdesk users add ann --role admin --store ${store}'; then a link by which ann sets a password: 'etcdesk users link ann --store ${store}'.\n`
  const noTokens = `No tokens. Make one for a user whom 'etcdesk users list --store ${store}' names: 'etcdesk tokens add HANDLE --store ${store}'.\n`
  const sentences = [
    ...['users', 'users list'].map((words) => [words.split(' '), noUsers] as const),
    ...['tokens', 'tokens list'].map((words) => [words.split(' '), noTokens] as const),
    [['audit'], `Nothing in the audit. ${audit}`],
    [['audit', '--kind', 'sign-in'], `Nothing of the kind sign-in in the audit. ${audit}`],
  ] as const
  for (const [args, err] of sentences)
    expect([args, await list(store, ...args)]).toEqual([args, { code: 0, out: '', err }])
})

test('what a list says to type works as it stands, on the same data', async () => {
  const folder = join(temporaryFolder(), "ann's data")
  mkdirSync(folder)
  const store = await deskWith(folder)
  const said = (await list(store, 'users', 'list')).err
  const commands = [...said.matchAll(/'etcdesk (.*?--store ".*?")'/gu)].map(([, words = '']) => words)
  expect(commands).toHaveLength(2)
  for (const command of commands) {
    const args = [...command.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    expect((await run(args)).code).toBe(0)
  }
  expect((await list(store, 'users', 'list')).out).toMatch(/^ann +admin/u)
})

test('a list is asked for nothing in particular', async () => {
  const store = await deskWith()
  for (const verb of ['users', 'tokens']) {
    const { code, err } = await list(store, verb, 'list', 'ann')
    expect([code, err]).toEqual([2, `etcdesk: 'etcdesk ${verb} list' lists all of them: leave 'ann' out.\n`])
  }
})

test('a list with something in it is its lines alone', async () => {
  const store = await deskWith(
    temporaryFolder(),
    { do: 'add-user', handle: 'ann', role: 'admin', keys: [] },
    { do: 'add-token', user: 'ann', name: 'x', scopes: ['read'], expiresTime: null },
  )
  for (const verb of ['users', 'tokens', 'audit']) {
    expect([verb, await list(store, verb)]).toEqual([
      verb,
      { code: 0, out: expect.stringMatching(/ann.*\n$/su), err: '' },
    ])
  }
})
