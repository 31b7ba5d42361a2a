/** What tests of limits need: a server with few files to open, raw connections, and a look at what a process uses. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Client } from '../support/load.js'
import { startServer, waitUntil, type RunningServer, type StartOptions } from '../support/server.js'

/** Starts a server that is gone with the running test. */
export async function serverOfTest(options: StartOptions = {}): Promise<RunningServer> {
  const server = await startServer(options)
  onTestFinished(async () => {
    await server.kill9()
    if (options.dataDirectory === undefined) server.removeData()
  })
  return server
}

export function clientOfTest(): Client {
  const client = new Client()
  onTestFinished(() => client.close())
  return client
}

/** Memory that a process has in use, in MiB. */
export function residentMebibytes(server: RunningServer): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

/** How many files, sockets among them, a process has open. */
export function openFiles(server: RunningServer): number {
  return readdirSync(`/proc/${server.process.pid}/fd`).length
}

/** How many times a process has files open whose path is like that. */
export function openFilesAt(server: RunningServer, path: RegExp): number {
  const folder = `/proc/${server.process.pid}/fd`
  return readdirSync(folder).filter((file) => path.test(targetOf(join(folder, file)))).length
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // Closed meanwhile.
    return ''
  }
}

/** How many files a process may open. */
export function openFilesMax(pid: number | 'self'): number {
  const [, limit] = /^Max open files\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? []
  return Number(limit)
}

/** Waits until the process has no more files open than before, but for a few connections that tests keep. */
export function filesGivenBack(server: RunningServer, before: number): Promise<void> {
  return waitUntil(
    () => `${openFiles(server)} files are open, ${before} were before`,
    () => openFiles(server) <= before + 10,
  )
}

/** A connection without any HTTP client between. */
export class Connection {
  readonly socket: Socket
  readonly closed: Promise<void>
  isClosed = false
  received = ''

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => (this.received += piece))
    // A connection that the server resets is closed next; that is what tests look at.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.isClosed = true
        resolve()
      })
    })
  }

  /** `reads`: false for a client that takes nothing of what it is sent. */
  static async open(url: string, { reads = true, allowHalfOpen = false } = {}): Promise<Connection> {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen })
    const connection = new Connection(socket)
    if (!reads) socket.pause()
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return connection
  }

  /** Sends bytes; nothing where the connection is closed. */
  send(bytes: string | Buffer): void {
    if (!this.isClosed && this.socket.writable) this.socket.write(bytes)
  }

  /** Waits until something that looks like this has come. */
  async receives(what: string): Promise<void> {
    await waitUntil(
      () => `${what} in ${JSON.stringify(this.received.slice(0, 500))}`,
      () => this.received.includes(what),
    )
  }

  close(): void {
    this.socket.destroy()
  }
}

/** Opens many connections, a few hundred at a time; they are gone with the running test. */
export async function connections(
  url: string,
  count: number,
  options: { readonly reads?: boolean; readonly allowHalfOpen?: boolean } = {},
): Promise<Connection[]> {
  const open: Connection[] = []
  onTestFinished(() => {
    for (const connection of open) connection.close()
  })
  while (open.length < count) {
    const next = Math.min(500, count - open.length)
    open.push(...(await Promise.all(Array.from({ length: next }, () => Connection.open(url, options)))))
  }
  return open
}

/** What a write is answered that a slow machine could not do in time, begun or not. */
const LATE = /did not answer in time|can not be written now/u

/** Asks everything that others would ask, on connections of their own, and throws where an answer is not as it should be. */
export async function othersAreAnswered(server: RunningServer): Promise<void> {
  await waitUntil('others to be answered in time', () => areAnswered(server))
}

/** False where a write was too late. */
async function areAnswered(server: RunningServer): Promise<boolean> {
  const client = new Client()
  const other = new Client()
  try {
    const [health, ready, written, ticket] = await Promise.all([
      client.get(`${server.deskUrl}/healthz`),
      client.get(`${server.deskUrl}/readyz`),
      other.form('PUT', `${server.keysUrl}/v2/keys/others`, { value: 'here' }),
      client.json('POST', `${server.deskUrl}/tickets`, { value: 'from another client' }),
    ])
    if ([written, ticket].some(({ status, body }) => status >= 500 && LATE.test(body))) return false
    const read = await other.get(`${server.keysUrl}/v2/keys/others`)
    const statuses = [health.status, ready.status, ticket.status, read.status, written.status < 300]
    if (JSON.stringify(statuses) !== '[200,200,201,200,true]') throw new Error(`others got ${JSON.stringify(statuses)}`)
    return true
  } finally {
    client.close()
    other.close()
  }
}
