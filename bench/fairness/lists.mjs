// @ts-check
/** Clients that ask for a long list and take next to nothing of it, beside writers: what the log grows to, and what others wait. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createTickets } from '../cases.mjs'
import { startEtcdesk } from '../contestants.mjs'
import { copyFolder } from '../data.mjs'
import { run } from '../load.mjs'
import { startOthers } from './others.mjs'
import { openSocket } from './raw-socket.mjs'

/** Stalled readers on each door. */
const readers = 20
const seconds = 15
const writers = 16
/** How often the log is looked at, in milliseconds. */
const lookMs = 200

/** @param {import('../cluster/cluster.mjs').Bench} bench @param {number} round */
export async function measureLists({ folder, filled, note, say }, round) {
  const data = join(folder, `lists-${round}`)
  copyFolder(filled.many, data)
  const server = await startEtcdesk('slow readers', data)
  const others = await startOthers(server)
  const sockets = [
    ...Array.from({ length: readers }, () => stalled(server.deskUrl ?? '', '/tickets')),
    ...Array.from({ length: readers }, () => stalled(server.keysUrl ?? '', '/v2/keys/tickets?recursive=true')),
  ]
  try {
    await others.waits()
    const writing = run(server.deskUrl ?? '', createTickets, { connections: writers, seconds, seed: round })
    let logMb = 0
    const looking = setInterval(() => (logMb = Math.max(logMb, logMbOf(data))), lookMs)
    const written = await writing.finally(() => clearInterval(looking))
    const waits = await others.waits()
    say(
      `round ${round}: ${sockets.length} stalled lists beside ${(written.requests / written.seconds).toFixed(0)} writes/s: the log grew to ${logMb.toFixed(0)} MB, ` +
        `a read waited ${waits.readMs.toFixed(0)} ms, a write ${waits.writeMs.toFixed(0)} ms, ${waits.failed} failed`,
    )
    note('fair-lists log', logMb)
    note('fair-lists read', waits.readMs / 1000)
    note('fair-lists write', waits.writeMs / 1000)
  } finally {
    for (const socket of sockets) socket.destroy()
    others.stop()
    await server.stop()
  }
}

/** A client that sends a request and takes nothing of the answer. @param {string} url @param {string} path */
function stalled(url, path) {
  const socket = openSocket(url)
  socket.pause()
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`)
  return socket
}

/** What the log beside the store's file takes, in MB. @param {string} folder */
function logMbOf(folder) {
  const sizes = readdirSync(folder)
    .filter((name) => name.endsWith('-wal'))
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
  return sizes.reduce((sum, size) => sum + size, 0) / 1e6
}
