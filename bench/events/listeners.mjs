// @ts-check
/**
 * A program of the bench: clients that follow the desk's events, a connection each. Arguments: DESK_URL LISTENERS. Says `listening` once all do.
 * For each number on its input it creates so many tickets, one after another, and says as JSON how many milliseconds passed from
 * each request until its event was there, for each listener: the 99th percentile and the longest.
 */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { createTickets } from '../cases.mjs'

/** Between two tickets, in milliseconds. */
const pauseMs = 100
/** Connections that are opened at once: no more than a listening socket holds back. */
const openedAtOnce = 200

const [deskUrl = '', count = '0'] = process.argv.slice(2)
const { hostname, port, host } = new URL(deskUrl)
const request = `GET /v1/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`

let sentAt = 0
/** @type {number[]} */
let delays = []

for (let opened = 0; opened < Number(count); opened += openedAtOnce) {
  await Promise.all(Array.from({ length: Math.min(openedAtOnce, Number(count) - opened) }, listen))
}
console.log('listening')

for await (const line of createInterface({ input: process.stdin })) {
  delays = []
  for (let made = 1; made <= Number(line); made++) {
    await delay(pauseMs)
    sentAt = performance.now()
    const answer = await fetch(deskUrl + createTickets.path, {
      method: createTickets.method,
      headers: { 'content-type': createTickets.contentType ?? '' },
      body: createTickets.body ?? '',
    })
    await answer.text()
    while (delays.length < made * Number(count)) await delay(1)
  }
  const sorted = delays.toSorted((one, other) => one - other)
  const p99Ms = sorted[Math.ceil(sorted.length * 0.99) - 1]
  console.log(JSON.stringify({ p99Ms, worstMs: sorted.at(-1) }))
}

/** One listener; resolves once it is answered. @returns {Promise<void>} */
function listen() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request))
    socket.once('error', reject).once('data', () => {
      socket.on('data', (/** @type {Buffer} */ data) => {
        if (data.includes('\ndata: ')) delays.push(performance.now() - sentAt)
      })
      resolve()
    })
  })
}
