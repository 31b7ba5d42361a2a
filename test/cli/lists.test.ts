/** What `etcdesk users`, `tokens` and `audit` say where there is nothing to list: a sentence for people, and nothing for scripts to count. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runProgram } from '#src/cli/program.js'
import type { MachineRequest } from '#src/contract/machine.js'
import { MachineRequests } from '#src/server/machine-requests.js'
import { temporaryFolder } from '../support/folder.js'
import { openStore } from '../support/store.js'

/** Makes a desk that does not run; where its data is. */
async function deskWith(...requests: readonly MachineRequest[]): Promise<string> {
  const address = `sqlite:${join(temporaryFolder(), 'desk.db')}`
  const desk = await openStore({ address, dataDirectory: '/nowhere' })
  const machine = new MachineRequests(desk)
  for (const request of requests) await machine.answer(request)
  await desk.close()
  return address
}

/** Runs a verb on a desk. */
async function list(store: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runProgram([...args, '--store', store], {
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
  const sentences = [
    [['users'], "No users. Make one: 'etcdesk users add ann --role admin'.\n"],
    [['tokens'], "No tokens. Make one for a user: 'etcdesk tokens add ann'.\n"],
    [['audit'], `Nothing in the audit. ${audit}`],
    [['audit', '--kind', 'sign-in'], `Nothing of the kind sign-in in the audit. ${audit}`],
  ] as const
  const store = await deskWith()
  for (const [args, err] of sentences)
    expect([args, await list(store, ...args)]).toEqual([args, { code: 0, out: '', err }])
})

test('a list with something in it is its lines alone', async () => {
  const store = await deskWith(
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
