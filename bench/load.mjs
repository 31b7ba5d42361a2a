// @ts-check
/**
 * The load: many connections that each send the next request as soon as the last one is answered, without pipelining.
 * wrk makes it where it is installed, for it costs least on a machine that the server shares; autocannon elsewhere.
 * Promise: a run in which any request failed is an error, never a number.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { findProgram } from './processes.mjs'
import { randomNumbers } from './random.mjs'

/**
 * What is sent. In `path` and `body` `{n}` becomes a random number from 1 to `highest`, `{id}` the same with 20 digits.
 * @typedef {object} Traffic
 * @property {'GET' | 'PUT' | 'POST'} method
 * @property {string} path
 * @property {string} [contentType]
 * @property {string} [body]
 * @property {number} [highest]
 * @property {string} [authorization] the header that says who asks
 */

/**
 * @typedef {object} Load
 * @property {number} connections
 * @property {number} seconds
 * @property {number} seed of the random numbers
 */

/**
 * Latencies are those of the client, in milliseconds.
 * @typedef {{ requests: number, seconds: number, p50Ms: number, p99Ms: number }} LoadResult
 */

const script = fileURLToPath(new URL('load.lua', import.meta.url))
const wrk = findProgram('wrk')
/** Different requests made from one template by autocannon, which keeps them for each connection; wrk's script has more. */
const autocannonRequests = 200
/** autocannon tells whole milliseconds, and 0 for what is quicker. */
const autocannonMsMin = 1

export const loadGenerator = wrk === undefined ? 'autocannon' : 'wrk'

/** Sends `traffic` to the server at `url`. @param {string} url @param {Traffic} traffic @param {Load} load @returns {Promise<LoadResult>} */
export async function run(url, traffic, load) {
  const { failed, ...result } = await (wrk === undefined
    ? runAutocannon(url, traffic, load)
    : runWrk(wrk, url, traffic, load))
  if (failed > 0 || result.requests === 0) {
    throw new Error(`${traffic.method} ${url}${traffic.path}: ${failed} of ${result.requests} requests failed`)
  }
  return result
}

/** @param {string} program @param {string} url @param {Traffic} traffic @param {Load} load */
async function runWrk(program, url, { method, path, contentType = '', body = '', highest = 1, authorization }, load) {
  const threads = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '10s', '-s', script, url, '--']
  const who = authorization === undefined ? [] : [authorization]
  const child = spawn(program, [
    ...threads,
    method,
    path,
    contentType,
    body,
    String(highest),
    String(load.seed),
    ...who,
  ])
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text))
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  const line = /^RESULT (.*)$/m.exec(output)?.[1]
  if (line === undefined) throw new Error(`wrk gave no result: ${output}`)
  return readResult(JSON.parse(line))
}

/** @param {Record<string, unknown>} values @returns {LoadResult & { failed: number }} */
function readResult(values) {
  const number = (/** @type {string} */ name) => Number(values[name])
  return {
    requests: number('requests'),
    seconds: number('seconds'),
    p50Ms: number('p50Ms'),
    p99Ms: number('p99Ms'),
    failed: number('failed'),
  }
}

/** @param {string} url @param {Traffic} traffic @param {Load} load @returns {Promise<LoadResult & { failed: number }>} */
async function runAutocannon(url, { method, path, contentType, body, highest = 1, authorization }, load) {
  const varies = /\{(?:n|id)\}/u.test(path + (body ?? ''))
  const random = randomNumbers(load.seed)
  const requests = Array.from({ length: varies ? autocannonRequests : 1 }, () => {
    const number = Math.floor(random() * highest) + 1
    const fill = (/** @type {string} */ template) =>
      template.replaceAll('{n}', String(number)).replaceAll('{id}', String(number).padStart(20, '0'))
    return {
      method,
      path: fill(path),
      headers: {
        ...(contentType !== undefined && { 'content-type': contentType }),
        ...(authorization !== undefined && { authorization }),
      },
      ...(body !== undefined && { body: fill(body) }),
    }
  })
  const result = await autocannon({ url, connections: load.connections, duration: load.seconds, requests })
  return {
    requests: result.requests.total,
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: Math.max(result.latency.p99, autocannonMsMin),
    failed: result.errors + result.timeouts + result.non2xx,
  }
}
