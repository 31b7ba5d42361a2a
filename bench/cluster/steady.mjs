// @ts-check
/**
 * A program of the bench: a few clients that create tickets through one node without pause, until it is killed. A write that
 * fails is followed by the next a moment later. Tells of every time without an answered write that was longer than usual, in a
 * line with its begin and its end in milliseconds since 1970. Arguments: URL CLIENTS.
 */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { createTickets } from '../cases.mjs'

const [url = '', clients] = process.argv.slice(2)

/** What is shorter is no gap, in milliseconds. */
const gapMsMin = 50
const pauseMs = 5

const agent = new Agent({ keepAlive: true })
let lastAnswer = Date.now()

console.log('writing')
await Promise.all(Array.from({ length: Number(clients) }, client))

async function client() {
  for (;;) {
    if (await create()) {
      const now = Date.now()
      if (now - lastAnswer >= gapMsMin) console.log(`gap ${lastAnswer} ${now}`)
      lastAnswer = now
    } else {
      await delay(pauseMs)
    }
  }
}

/** @returns {Promise<boolean>} */
function create() {
  const { method, path, contentType = '', body } = createTickets
  return new Promise((resolve) => {
    const asking = request(url + path, { agent, method, headers: { 'content-type': contentType } }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode === 201)).once('error', () => resolve(false))
    })
    asking.once('error', () => resolve(false))
    asking.end(body)
  })
}
