// @ts-check
/** A client that sends a body without an end behind a request that needs none: what the process holds of it, and what others wait. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startEtcdesk } from '../contestants.mjs'
import { memoryPeakMb } from '../processes.mjs'
import { startOthers } from './others.mjs'
import { openSocket } from './raw-socket.mjs'

const seconds = 4
const piece = Buffer.alloc(1024 * 1024, 'x')

/** Request lines and what declares the body; the first is one that Node's parser refuses. */
const heads = [
  Buffer.from(
    'GET /v2/keys/gr\u00f6\u00dfe?wait=true HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n',
    'latin1',
  ),
  Buffer.from('GET /v2/keys/none?wait=true HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n'),
  Buffer.from('PUT /v2/keys/none HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n'),
]

/** @param {import('../cluster/cluster.mjs').Bench} bench @param {number} round */
export async function measureBodies({ folder, note, say }, round) {
  const data = join(folder, `bodies-${round}`)
  mkdirSync(data)
  const server = await startEtcdesk('endless bodies', data)
  const others = await startOthers(server)
  const senders = heads.map((head) => endless(server.keysUrl ?? '', head))
  try {
    await others.waits()
    await delay(seconds * 1000)
    const waits = await others.waits()
    const peak = memoryPeakMb(server.pid)
    say(
      `round ${round}: endless bodies: ${peak?.toFixed(0)} MB, a read waited ${waits.readMs.toFixed(0)} ms, a write ${waits.writeMs.toFixed(0)} ms`,
    )
    if (peak !== undefined) note('fair-bodies memory', peak)
    note('fair-bodies read', waits.readMs / 1000)
  } finally {
    for (const sender of senders) sender.destroy()
    others.stop()
    await server.stop()
  }
}

/** Sends as fast as it is taken. @param {string} url @param {Buffer} head */
function endless(url, head) {
  const socket = openSocket(url)
  const send = () => {
    while (socket.writable && socket.write(piece));
  }
  socket.on('drain', send)
  socket.resume()
  socket.write(head)
  send()
  return socket
}
