// @ts-check
/**
 * The largest values that a PUT may bring, of the bytes that cost most: what others wait, and what the process holds, while they are
 * written over each other, read, compared and removed.
 */
import { request } from 'node:http'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startEtcdesk } from '../contestants.mjs'
import { memoryPeakMb } from '../processes.mjs'
import { startOthers } from './others.mjs'

const formBytes = 10 * 1024 * 1024
const field = Buffer.from('value=')
/** Clients that write such values at once. */
const clients = 4

/** What the form's value is made of. @type {Readonly<Record<string, Buffer>>} */
const kinds = {
  'the byte 0x01': Buffer.from([0x01]),
  'the byte 0xff': Buffer.from([0xff]),
  plus: Buffer.from('+'),
  'percent 01': Buffer.from('%01'),
  euro: Buffer.from('€'),
  quotes: Buffer.from('"'),
}

/** @param {import('../cluster/cluster.mjs').Bench} bench @param {number} round */
export async function measureValues({ folder, note, say }, round) {
  const data = join(folder, `values-${round}`)
  mkdirSync(data)
  const server = await startEtcdesk('large values', data)
  const others = await startOthers(server)
  try {
    let [readMs, writeMs] = [0, 0]
    for (const [name, unit] of Object.entries(kinds)) {
      await others.waits()
      const body = bodyOf(unit)
      const ask = (/** @type {string} */ method, /** @type {string} */ path, /** @type {Buffer} */ sent) =>
        send(`${server.keysUrl}/v2/keys/large/${path}`, method, sent)
      for (let client = 0; client < 2; client++) await ask('PUT', 'one', body)
      await ask('PUT', 'one?prevValue=other', body)
      await ask('GET', 'one', Buffer.alloc(0))
      await Promise.all(Array.from({ length: clients }, (_, client) => ask('PUT', `at-once-${client}`, body)))
      await Promise.all(
        Array.from({ length: clients }, (_, client) => ask('DELETE', `at-once-${client}`, Buffer.alloc(0))),
      )
      await ask('DELETE', 'one', Buffer.alloc(0))
      const waits = await others.waits()
      say(
        `round ${round}: values of ${name}: a read waited ${waits.readMs.toFixed(0)} ms, a write ${waits.writeMs.toFixed(0)} ms, ${waits.failed} failed`,
      )
      readMs = Math.max(readMs, waits.readMs)
      writeMs = Math.max(writeMs, waits.writeMs)
    }
    note('fair-values read', readMs / 1000)
    note('fair-values write', writeMs / 1000)
    const peak = memoryPeakMb(server.pid)
    if (peak !== undefined) note('fair-values memory', peak)
  } finally {
    others.stop()
    await server.stop()
  }
}

/** A form of the largest size, whole characters only. @param {Buffer} unit */
function bodyOf(unit) {
  const units = Math.floor((formBytes - field.length) / unit.length)
  return Buffer.concat([field, Buffer.alloc(units * unit.length, unit)])
}

/** Sends a request and reads its answer to the end, whatever it is. @param {string} url @param {string} method @param {Buffer} body @returns {Promise<void>} */
function send(url, method, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
    const asking = request(url, { method, headers, agent: false }, (response) => {
      response.resume()
      response.once('end', () => resolve()).once('error', reject)
    })
    asking.once('error', reject).end(body)
  })
}
