/**
 * The door for whoever sits at the machine: a Unix socket beside the store's file, which only the user of the server can open. It takes what
 * `machine-requests.ts` names and nothing else, of that store alone, and is how `etcdesk users` speaks to a desk that runs.
 */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, connect, type Socket } from 'node:net'
import { isMachineCall, type MachineCall } from '../contract/machine.js'
import { areOneStore } from '../journal/open.js'
import { CommandError, StoreError } from '../store/errors.js'
import { MachineRefusal, type MachineAnswer, type MachineRequests } from './machine-requests.js'

/** No request is longer, in bytes. */
const REQUEST_BYTES_MAX = 1024 * 1024

/** No answer is longer, in bytes: it may list all users, of whom there may be many. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024

/** How long whoever asks waits for a desk that sends nothing, in milliseconds: longer than a write waits for etcd. */
const SILENT_MS_MAX = 15_000

/** What a name of a socket may have on every system, in bytes. */
const PATH_BYTES_MAX = 100

/** What crosses the socket back. */
type Reply = { readonly answer: MachineAnswer } | { readonly refused: string } | { readonly otherStore: true }

/** What a door stands before: the requests, and the address of the store that they are carried out on. */
export interface MachineSide {
  readonly store: string
  readonly requests: Pick<MachineRequests, 'answer'>
  /** Told what went wrong where whoever asks is told no more than that. */
  readonly onFault: (error: unknown) => void
}

/** Where the socket of a store is, by the real name of its file; undefined where the system can't have one of that name. */
export function socketOf(file: string): string | undefined {
  const path = `${file}.sock`
  return Buffer.byteLength(path) <= PATH_BYTES_MAX && process.platform !== 'win32' ? path : undefined
}

/** Opens the door; the caller holds the data, so a socket that lies there is of a server that is gone. Returns what closes it. */
export async function openMachineDoor(path: string, side: MachineSide): Promise<() => Promise<void>> {
  rmSync(path, { force: true })
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    void serve(socket, side)
  })
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(path, resolve)
    })
  } finally {
    process.umask(before)
  }
  chmodSync(path, 0o600)
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      // Whoever asks nothing, or takes no answer, does not keep the server from its end.
      for (const socket of open) socket.destroy()
    })
}

/** Asks a desk that runs; undefined where none listens, or one of another store. Rejects with a sentence where it refuses. */
export async function askMachine(
  path: string,
  call: MachineCall,
  silentMsMax = SILENT_MS_MAX,
): Promise<MachineAnswer | undefined> {
  const socket = await reached(path)
  if (socket === undefined) return undefined
  // One that was stopped (SIGSTOP) is connected to all the same.
  socket.setTimeout(silentMsMax, () =>
    socket.destroy(new MachineRefusal('The desk does not answer. Look whether it was done, then try again.')),
  )
  socket.end(JSON.stringify(call))
  const told = await whole(socket, ANSWER_BYTES_MAX, 'The answer is longer than can be told here.')
  if (told === '')
    throw new MachineRefusal('The desk ended before it answered. Look whether it was done, then try again.')
  const reply: Reply = JSON.parse(told)
  if ('otherStore' in reply) return undefined
  if ('refused' in reply) throw new MachineRefusal(reply.refused)
  return reply.answer
}

async function serve(socket: Socket, { store, requests, onFault }: MachineSide): Promise<void> {
  socket.on('error', () => socket.destroy())
  try {
    const sent = readJson(await whole(socket, REQUEST_BYTES_MAX, 'This is more than can be asked at once.'))
    if (!isMachineCall(sent)) throw new MachineRefusal('This is nothing that can be asked here.')
    const isMeant = areOneStore(sent.store, store)
    end(socket, isMeant ? { answer: await requests.answer(sent.request) } : { otherStore: true })
  } catch (error) {
    // Whoever is gone waits for no answer.
    if (!isTold(error) && !socket.destroyed) onFault(error)
    end(socket, { refused: isTold(error) ? error.message : 'The desk could not do it. See its log.' })
  }
}

/** Undefined where it is none. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether an error says itself what went wrong, and what that means for what was asked: whether it may have been done. */
function isTold(error: unknown): error is Error {
  if (error instanceof StoreError) return error.code !== 'internal'
  return error instanceof CommandError || error instanceof MachineRefusal
}

function end(socket: Socket, reply: Reply): void {
  if (!socket.destroyed) socket.end(JSON.stringify(reply))
}

function reached(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true })
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(undefined))
  })
}

/** All that the other side sends. An iteration over the socket would end it for writing too. */
function whole(socket: Socket, bytesMax: number, tooLong: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= bytesMax) chunks.push(chunk)
      else reject(new MachineRefusal(tooLong))
    })
    socket.once('end', () => resolve(Buffer.concat(chunks).toString()))
    socket.once('error', reject)
  })
}
