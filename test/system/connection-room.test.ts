/** More idle connections than the process may open files: they make room for those who ask something. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { programPath, startProgram, waitUntil } from '../support/server.js'

const filesMax = 900
const idleConnections = 1500

test.skipIf(process.platform !== 'linux')('idle connections shut nobody out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
  const serve = ['serve', '--listen', '127.0.0.1:0', '--keys-listen', 'off', '--data', folder]
  const limited = `ulimit -n ${filesMax} && exec "$0" "$@"`
  const server = startProgram(['sh', '-c', limited, process.execPath, programPath, ...serve])
  const idle: Socket[] = []
  try {
    await waitUntil(server.stderr, () => /desk at \S+/u.test(server.stdout()))
    const url = new URL(/desk at ([^\s,]+)/u.exec(server.stdout())?.[1] ?? '')
    for (let count = 0; count < idleConnections; count += 1) {
      const socket = connect(Number(url.port), url.hostname).on('error', () => {})
      idle.push(socket)
      if (count % 100 === 99) await once(socket, 'connect')
    }
    const statuses: number[] = []
    for (let count = 0; count < 20; count += 1) {
      const [response] = await once(request(new URL('/tickets', url), { agent: false }).end(), 'response')
      response.resume()
      statuses.push(response.statusCode)
    }
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(idle.filter((socket) => !socket.destroyed).length).toBeLessThan(filesMax)
  } finally {
    for (const socket of idle) socket.destroy()
    server.process.kill('SIGTERM')
    await server.ended
    rmSync(folder, { recursive: true, force: true })
  }
})
