/** A text that was erased: after the step that the documentation names, no file of the desk holds its bytes, and no new backup. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.js'
import { startEtcdCluster } from '../support/etcd-cluster.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, startServer, type RunningServer } from '../support/server.js'

const SECRET = 'correct-horse-battery-staple'
const SAID = `The password is ${SECRET}.`

const servers: RunningServer[] = []
let keys = 0
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function start(args: readonly string[], dataDirectory?: string): Promise<RunningServer> {
  const server = await startServer({ args, ...(dataDirectory !== undefined && { dataDirectory }), deadlineMs: 60_000 })
  servers.push(server)
  return server
}

async function send(
  server: RunningServer,
  method: string,
  path: string,
  body: object,
): Promise<Record<string, number>> {
  const headers = {
    'Content-Type': 'application/json',
    ...(method === 'POST' && { 'Idempotency-Key': `key-${++keys}` }),
  }
  const answer = await fetch(`${server.deskUrl}/v1${path}`, { method, headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${text}`)
  const json: Record<string, number> = text === '' ? {} : JSON.parse(text)
  return json
}

/** Writes the text everywhere, edits it away, and erases it. */
async function writeAndErase(server: RunningServer): Promise<void> {
  await send(server, 'POST', '/fields', { name: 'site', type: 'text' })
  await send(server, 'POST', '/queues', { name: 'storage', fields: [{ name: 'site' }] })
  const ticket = { title: SAID, description: SAID, queue: 'storage', fields: { site: SAID } }
  const { version: index } = await send(server, 'POST', '/tickets', ticket)
  const { id: comment } = await send(server, 'POST', '/tickets/1/comments', { text: SAID })
  const batch = [{ op: 'create', ticket: { title: 'other', description: `${SAID}\n`.repeat(500) } }]
  await send(server, 'POST', '/batch', { operations: batch })
  const { version: second } = await send(server, 'PATCH', '/tickets/2', {})
  await send(server, 'PATCH', `/tickets/1/comments/${comment}`, { text: 'nothing' })
  await send(server, 'PATCH', '/tickets/1', { title: 'nothing', description: null, fields: null })
  for (const field of ['title', 'description', 'fields.site']) {
    await send(server, 'POST', '/tickets/1/redact', { index, field })
  }
  await send(server, 'POST', '/tickets/1/redact', { comment })
  await send(server, 'POST', '/tickets/2/redact', { index: second, field: 'description' })
}

/** All that can be read of it through the doors. */
async function everythingRead(server: RunningServer): Promise<string> {
  // So that every watch of what has been is answered, at the latest by this.
  const last = await fetch(`${server.keysUrl}/v2/keys/last`, {
    method: 'PUT',
    body: new URLSearchParams({ value: 'x' }),
  })
  expect(last.ok).toBe(true)
  const head = Number((await fetch(`${server.deskUrl}/v1/tickets`)).headers.get('desk-index'))
  // A restored desk goes on far above: between what was and what is there was nothing.
  const indexes = Array.from({ length: Math.min(head, 60) }, (_, at) => at + 1)
  if (head > 60) indexes.push(head - 1, head)
  const paths = ['/v1/tickets', '/v1/events?since=0', '/v1/views', '/tickets']
  for (const number of [1, 2]) {
    const ticket = `/v1/tickets/${number}`
    paths.push(ticket, `${ticket}?include=activity`, `${ticket}/comments`, `${ticket}/history`)
    for (const at of indexes) paths.push(`${ticket}?at=${at}`)
  }
  for (const at of indexes) paths.push(`/v1/events?since=${at}`)
  const headers = { Accept: 'application/json' }
  const answers = await Promise.all(paths.map(async (path) => (await fetch(server.deskUrl + path, { headers })).text()))
  const keysOf = async (query: string) => (await fetch(`${server.keysUrl}/v2/keys/?recursive=true${query}`)).text()
  const keys = await keysOf('')
  const watched = await Promise.all(indexes.map((at) => keysOf(`&wait=true&waitIndex=${at}`)))
  return [...answers, keys, ...watched].join('\n')
}

/** The files below a folder that hold the text. */
function filesWithSecret(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && readFileSync(file).includes(SECRET))
}

describe('over a file', () => {
  test('nothing tells it, and after a backup and its restoring no file holds it', async () => {
    const folder = temporaryFolder()
    const server = await start([], join(folder, 'data'))
    await writeAndErase(server)
    expect(await everythingRead(server)).not.toContain(SECRET)
    const backup = join(folder, 'backup.db')
    expect(await runEtcdesk(['backup', '--data', join(folder, 'data'), backup])).toMatchObject({ code: 0 })
    await server.stop()
    expect(await runEtcdesk(['restore', backup, '--data', join(folder, 'new')])).toMatchObject({ code: 0 })
    const again = await start([], join(folder, 'new'))
    expect(await everythingRead(again)).not.toContain(SECRET)
    await again.stop()
    expect(filesWithSecret(folder).filter((file) => !file.startsWith(join(folder, 'data')))).toEqual([])
  })
})

describe.skipIf(missing('etcd'))('over etcd', () => {
  test('nothing tells it; once etcd is compacted its log alone still holds it, and no new local copy or backup', async () => {
    const folder = temporaryFolder()
    const etcd = await startEtcdCluster({ folder: join(folder, 'etcd') })
    try {
      const store = ['--store', `etcd://${etcd.endpoints.join(',')}/desk`]
      const server = await start(store, join(folder, 'old copy'))
      await writeAndErase(server)
      expect(await everythingRead(server)).not.toContain(SECRET)
      expect(await runEtcdesk(['backup', ...store, join(folder, 'backup.db')])).toMatchObject({ code: 0 })
      const fresh = await start(store, join(folder, 'new copy'))
      expect(await everythingRead(fresh)).not.toContain(SECRET)
      for (const one of [server, fresh]) await one.stop()
      expect(await runEtcdesk(['compact', ...store])).toMatchObject({ code: 0 })
      const files = filesWithSecret(folder).filter((file) => !file.startsWith(join(folder, 'old copy')))
      expect(files.filter((file) => !file.endsWith('.wal'))).toEqual([])
    } finally {
      await etcd.stop()
    }
  })
})
