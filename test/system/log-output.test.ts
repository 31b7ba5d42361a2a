/**
 * Whatever becomes of the log (a full disk, a reader that stands still or has gone, a terminal that was stopped) the server
 * answers as before and ends when it is told to; lines that were lost are counted, and said when the log works again.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants, openSync, readFileSync, readSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freePorts } from '../support/etcd.js'
import { temporaryFolder } from '../support/folder.js'
import { parseMetrics, valueOf } from '../support/metrics.js'
import { missing } from '../support/requirements.js'
import { programPath, waitUntil } from '../support/server.js'
import { smallDisk } from '../support/small-disk.js'

interface Served {
  readonly child: ChildProcess
  readonly keysUrl: string
  readonly deskUrl: string
  readonly ended: Promise<number | null>
}

/** Starts a server that logs every request, with `stderr` (a descriptor, or `pipe` for a socket, as systemd gives one) for its log. */
async function serve(stderr: number | 'pipe', stdout: number | 'pipe' = 'pipe'): Promise<Served> {
  const [desk = 0, keys = 0] = await freePorts(2)
  const settings = ['--listen', `127.0.0.1:${desk}`, '--keys-listen', `127.0.0.1:${keys}`, '--log-level', 'debug']
  const args = [programPath, 'serve', ...settings, '--data', temporaryFolder()]
  return follow(spawn(process.execPath, args, { stdio: ['ignore', stdout, stderr] }), desk, keys)
}

async function follow(child: ChildProcess, desk: number, keys: number): Promise<Served> {
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const [deskUrl, keysUrl] = [`http://127.0.0.1:${desk}`, `http://127.0.0.1:${keys}`]
  await waitUntil('the server to answer', () =>
    fetch(`${deskUrl}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return { child, deskUrl, keysUrl, ended }
}

/** More lines than may wait, and than any pipe holds: 2 MB. */
const MANY = 2500

/** Asks `MANY` times on one connection, each a long line in the log. */
async function askOften({ keysUrl }: Served): Promise<void> {
  const { hostname, port } = new URL(keysUrl)
  const socket = connect(Number(port), hostname)
  const answers = textOf(socket)
  const ask = (number: number): string =>
    `GET /v2/keys/${number}-${'x'.repeat(600)} HTTP/1.1\r\nHost: ${hostname}\r\n${number === MANY ? 'Connection: close\r\n' : ''}\r\n`
  for (let number = 1; number <= MANY; number += 1) socket.write(ask(number))
  await once(socket, 'close')
  expect(answers().split('HTTP/1.1 404 Not Found').length - 1).toBe(MANY)
}

async function linesLost({ deskUrl }: Served): Promise<number> {
  const metrics = parseMetrics(await (await fetch(`${deskUrl}/metrics`)).text())
  return valueOf(metrics, 'etcdesk_log_lines_lost_total')
}

/** Every line is whole; together with those that are said to be lost they are all the requests for keys. */
async function expectAllAccountedFor(text: string, server: Served): Promise<void> {
  const lost = await linesLost(server)
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n')
  const entries = lines.map((line): Record<string, unknown> => JSON.parse(line))
  const notes = entries.filter(({ linesLost }) => linesLost !== undefined)
  expect(notes.map(({ msg }) => msg)).toEqual(notes.map(() => 'lines of this log could not be written'))
  expect(notes.reduce((sum, { linesLost }) => sum + Number(linesLost), 0)).toBe(lost)
  const told = entries.filter(({ door }) => door === 'keys').length
  expect(told).toBeLessThan(MANY)
  // Among those that are lost may be some of the desk's, that were asked for the metrics.
  expect(told + lost).toBeGreaterThanOrEqual(MANY)
}

describe('a log whose reader stands still', () => {
  test('holds up nobody on a socket, as systemd gives one, and says how many lines it lost', async () => {
    const server = await serve('pipe')
    const log = textOf(server.child.stderr)
    server.child.stderr?.pause()
    await askOften(server)
    expect(await linesLost(server)).toBeGreaterThan(0)
    server.child.stderr?.resume()
    await waitUntil('the loss to be said', () => log().includes('linesLost'))
    await expectAllAccountedFor(log(), server)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    await waitUntil('the last line', () => log().includes('stopping on SIGTERM'))
  })

  test('holds up nobody on a pipe, nor the end on SIGTERM', async () => {
    const { reader, writer } = openPipe()
    const server = await serve(writer)
    await askOften(server)
    expect(await linesLost(server)).toBeGreaterThan(0)
    let text = readAvailable(reader)
    await waitUntil('the loss to be said', () => (text += readAvailable(reader)).includes('linesLost'))
    await expectAllAccountedFor(text, server)
    await askOften(server)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  test.skipIf(missing('script'))('holds up nobody on a terminal that was stopped with ^S', async () => {
    const [desk = 0, keys = 0] = await freePorts(2)
    const folder = temporaryFolder()
    const settings = `--listen 127.0.0.1:${desk} --keys-listen 127.0.0.1:${keys} --log-level debug --data ${folder}/data`
    const command = `echo $$ >${folder}/pid; exec '${process.execPath}' '${programPath}' serve ${settings}`
    const terminal = spawn('script', ['-qefc', command, '/dev/null'], { stdio: 'pipe' })
    const shown = textOf(terminal.stdout)
    // Before it says anything at all: the line that says that it is ready waits too.
    terminal.stdin.write('\u0013')
    const server = await follow(terminal, desk, keys)
    await askOften(server)
    expect(await linesLost(server)).toBeGreaterThan(0)
    terminal.stdin.write('\u0011')
    await waitUntil('the loss to be said', () => shown().includes('linesLost'))
    // That line goes another way, and may come later.
    await waitUntil('the line that was held up', () => shown().includes('is ready'))
    terminal.stdin.write('\u0013')
    await askOften(server)
    process.kill(Number(readFileSync(`${folder}/pid`, 'utf8')), 'SIGTERM')
    await waitUntil('the server to end', () =>
      fetch(server.deskUrl).then(
        () => false,
        () => true,
      ),
    )
  })
})

test('a log whose reader has gone ends nothing', async () => {
  const server = await serve('pipe')
  server.child.stderr?.destroy()
  await askOften(server)
  expect(await linesLost(server)).toBeGreaterThan(0)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
})

describe('a full disk', () => {
  test('under log and output ends nothing', async () => {
    const full = openSync('/dev/full', 'w')
    const server = await serve(full, full)
    await askOften(server)
    expect(await linesLost(server)).toBeGreaterThan(0)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  test.skipIf(missing('tmpfs'))('under the log costs lines until there is room again', async () => {
    const disk = smallDisk({ megabytes: 8, ballastMegabytes: 6 })
    const path = join(disk.folder, 'log')
    const server = await serve(openSync(path, 'a'))
    disk.fill()
    await askOften(server)
    expect(await linesLost(server)).toBeGreaterThan(0)
    disk.makeRoom()
    await waitUntil('the loss to be said', () => readFileSync(path, 'utf8').includes('linesLost'))
    await expectAllAccountedFor(readFileSync(path, 'utf8'), server)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(readFileSync(path, 'utf8')).toContain('stopping on SIGTERM')
  })
})

/** What a stream has given so far. */
function textOf(stream: Readable | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (part: string) => (text += part))
  return () => text
}

/** A pipe that is read only when somebody asks. */
function openPipe(): { readonly reader: number; readonly writer: number } {
  const path = join(temporaryFolder(), 'pipe')
  expect(spawnSync('mkfifo', [path]).status).toBe(0)
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { reader, writer: openSync(path, 'w') }
}

/** All that a pipe holds now. */
function readAvailable(reader: number): string {
  const parts: Buffer[] = []
  for (;;) {
    const part = Buffer.alloc(64 * 1024)
    try {
      const bytes = readSync(reader, part)
      if (bytes === 0) break
      parts.push(part.subarray(0, bytes))
    } catch {
      break
    }
  }
  return Buffer.concat(parts).toString('latin1')
}
