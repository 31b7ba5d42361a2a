/**
 * Every secret that a desk gives out or takes is looked for in all that it writes and prints: the data folder, the log at its most
 * talkative, a backup and what the verbs say, metrics and the document.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../support/folder.js'
import { programPath, startProgram, startServer, type RunningServer } from '../support/server.js'

async function onMachine(server: RunningServer, ...args: readonly string[]): Promise<string> {
  const program = startProgram([process.execPath, programPath, ...args, '--data', server.dataDirectory])
  await program.ended
  return `${program.stdout()}\n${program.stderr()}`
}

test('no secret is in what the desk writes or prints', async () => {
  const server = await startServer({ args: ['--log-level', 'debug'], dataDirectory: temporaryFolder() })
  onTestFinished(async () => void (await server.stop()))
  await onMachine(server, 'users', 'add', 'ann', '--role', 'admin')
  const token = /edk_\w+/u.exec(await onMachine(server, 'tokens', 'add', 'ann', '--scopes', 'admin'))?.[0] ?? ''
  const link = /edl_\w+/u.exec(await onMachine(server, 'users', 'link', 'ann'))?.[0] ?? ''
  const [password, wrong] = ['a password that is planted', 'a wrong one that is planted']
  const send = async (method: string, path: string, body: object, headers: Record<string, string> = {}) => {
    const sent = { 'Content-Type': 'application/json', ...headers }
    const answer = await fetch(`${server.deskUrl}${path}`, { method, headers: sent, body: JSON.stringify(body) })
    const told = await answer.text()
    return { status: answer.status, told, cookie: answer.headers.get('set-cookie') ?? '' }
  }
  expect((await send('POST', '/v1/sign-in-links/use', { secret: link, password })).status).toBe(201)
  const signedIn = await send('POST', '/v1/sessions', { user: 'ann', password })
  const session = /eds_\w+/u.exec(signedIn.cookie)?.[0] ?? ''
  const Authorization = `Bearer ${token}`
  const made = await send('POST', '/v1/tokens', { name: 'planted', scopes: ['read'] }, { Authorization })
  const other: { secret: string } = JSON.parse(made.told)
  const secrets = [token, link, password, wrong, session, other.secret]
  for (const secret of secrets) expect(secret.length).toBeGreaterThan(20)
  // Where people put them by mistake, and where they are refused.
  const refusals = [
    await send('POST', '/v1/sessions', { user: 'ann', password: wrong }),
    await send('POST', '/v1/sessions', { user: 'ann', pass: wrong }),
    await send('POST', '/v1/sign-in-links/use', { secret: link, password }),
    await send('POST', '/v1/tokens', { name: 'x', scopes: ['no'] }, { Authorization }),
    await send('POST', '/v1/tickets', {}, { Authorization: `Bearer ${other.secret}` }),
    await send('POST', '/v1/nothing', {}, { Authorization: `Basic ${btoa(`ann:${wrong}`)}` }),
  ]
  for (const { status, told } of refusals) {
    expect(status).toBeGreaterThanOrEqual(400)
    for (const secret of secrets) expect(told).not.toContain(secret)
  }
  const shown = await Promise.all(
    ['/metrics', '/nodes', '/openapi.json', '/v1/audit', '/v1/tokens', '/v1/sessions', '/v1/users'].map(async (path) =>
      (await fetch(`${server.deskUrl}${path}`, { headers: { Authorization } })).text(),
    ),
  )
  const backup = join(temporaryFolder(), 'backup.db')
  const said = [
    await onMachine(server, 'backup', backup),
    await onMachine(server, 'users'),
    await onMachine(server, 'tokens'),
    await onMachine(server, 'audit'),
    await onMachine(server, 'desk'),
  ]
  expect(said[3]).toMatch(/token\.created .*"user":"ann"/u)
  await server.stop()
  const files = [backup, ...filesIn(server.dataDirectory)].map((file) => readFileSync(file, 'latin1'))
  expect(files.length).toBeGreaterThan(1)
  expect(files.some((text) => text.includes('planted'))).toBe(true)
  for (const secret of secrets) {
    for (const text of [...files, ...shown, ...said, server.stdout(), server.stderr()]) {
      expect(text.includes(secret)).toBe(false)
    }
  }
})

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => statSync(file).isFile())
}
