// @ts-check
/**
 * What it costs to be known: the same build on an open desk and on a closed one, whose requests bring a token, or for keys a user and a
 * password; and what those who read wait longer while others sign in.
 *
 *     node bench/access/access.mjs [ROUNDS] [SECONDS]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEtcdesk } from '../contestants.mjs'
import { run } from '../load.mjs'

const connections = 64
const tickets = 1000
const warmUpSeconds = 3
const password = 'correct horse battery'
/** How many wait to sign in at any moment. */
const signingIn = 20
const program = fileURLToPath(new URL('../../dist/program/main.js', import.meta.url))

/** @typedef {import('../load.mjs').Traffic} Traffic */

/** What an operator does on the machine. @param {string} data @param {readonly string[]} words */
function onMachine(data, ...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words, '--data', data], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`etcdesk ${words.join(' ')}: ${stderr}`)
  return stdout.trim()
}

/** @param {string} url @param {string} method @param {unknown} [body] @param {Record<string, string>} [headers] */
async function ask(url, method, body, headers = {}) {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
}

/** A desk with some tickets and a key. @param {string} data @param {boolean} isClosed */
async function openDesk(data, isClosed) {
  const token = { Authorization: '' }
  const basic = { Authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}` }
  const server = await startEtcdesk(isClosed ? 'closed' : 'open', data, { more: ['--trusted-proxy', '127.0.0.1'] })
  const { deskUrl = '', keysUrl = '' } = server
  for (let place = 0; place < tickets; place += 100) {
    const operations = Array.from({ length: 100 }, () => ({ op: 'create', ticket: { title: 'A ticket of the bench' } }))
    await ask(`${deskUrl}/v1/batch`, 'POST', { operations })
  }
  const set = await fetch(`${keysUrl}/v2/keys/bench`, { method: 'PUT', body: new URLSearchParams({ value: 'x' }) })
  if (!set.ok) throw new Error(`the key is not set: ${set.status}`)
  if (!isClosed) return { ...server, deskUrl, keysUrl, token: undefined, basic: undefined }
  onMachine(data, 'users', 'add', 'ann', '--role', 'admin')
  const secret = onMachine(data, 'users', 'link', 'ann').match(/edl_\w+/u)?.[0]
  await ask(`${deskUrl}/v1/sign-in-links/use`, 'POST', { secret, password })
  token.Authorization = `Bearer ${onMachine(data, 'tokens', 'add', 'ann', '--scopes', 'admin').split('\n').at(-1)}`
  return { ...server, deskUrl, keysUrl, token: token.Authorization, basic: basic.Authorization }
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** @param {Awaited<ReturnType<typeof openDesk>>} desk @returns {readonly (readonly [name: string, url: string, traffic: Traffic])[]} */
function casesOf({ deskUrl, keysUrl, token, basic }) {
  const byToken = token === undefined ? {} : { authorization: token }
  const byPassword = basic === undefined ? {} : { authorization: basic }
  const body = JSON.stringify({ title: 'A ticket of the bench' })
  const contentType = 'application/json'
  return [
    ['GET /v1/tickets/{n}, token', deskUrl, { method: 'GET', path: '/v1/tickets/{n}', highest: tickets, ...byToken }],
    ['POST /v1/tickets, token', deskUrl, { method: 'POST', path: '/v1/tickets', contentType, body, ...byToken }],
    ['keys GET, user and password', keysUrl, { method: 'GET', path: '/v2/keys/bench', ...byPassword }],
  ]
}

/** Signs in with wrong passwords, from other addresses each time, until it is told to stop; returns how often. */
async function keepSigningIn(/** @type {string} */ url, /** @type {{ isOver: boolean }} */ until) {
  let times = 0
  const one = async (/** @type {number} */ lane) => {
    while (!until.isOver) {
      times += 1
      const from = `10.${lane}.${(times >> 8) & 255}.${times & 255}`
      const answer = await fetch(`${url}/v1/sessions`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': from },
        body: JSON.stringify({ user: 'ann', password: 'not the password' }),
      })
      await answer.text()
      if (answer.status !== 401 && answer.status !== 503) throw new Error(`signing in: ${answer.status}`)
    }
  }
  await Promise.all(Array.from({ length: signingIn }, (_, lane) => one(lane)))
  return times
}

/** @param {number} rounds @param {number} seconds */
async function measure(rounds, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-bench-'))
  const desks = [await openDesk(join(folder, 'open'), false), await openDesk(join(folder, 'closed'), true)]
  /** @type {Map<string, { open: number, closed: number }[]>} */
  const speeds = new Map()
  for (let round = 0; round <= rounds; round += 1) {
    for (const [place, [name]] of (desks[0] === undefined ? [] : casesOf(desks[0])).entries()) {
      const speed = { open: 0, closed: 0 }
      for (const desk of round % 2 === 0 ? desks : desks.toReversed()) {
        const [, url = '', traffic] = casesOf(desk)[place] ?? []
        if (traffic === undefined) continue
        const load = { connections, seconds: round === 0 ? warmUpSeconds : seconds, seed: round }
        const { requests, seconds: took } = await run(url, traffic, load)
        speed[desk.token === undefined ? 'open' : 'closed'] = requests / took
      }
      if (round > 0) speeds.set(name, [...(speeds.get(name) ?? []), speed])
    }
  }
  for (const [name, all] of speeds) {
    const ratios = all.map(({ open, closed }) => closed / open)
    const [open, closed] = [median(all.map((one) => one.open)), median(all.map((one) => one.closed))]
    console.log(`${name}: ${closed.toFixed(0)}/s against ${open.toFixed(0)}/s open, ratio ${median(ratios).toFixed(2)}`)
  }
  const [, closed] = desks
  if (closed === undefined) throw new Error('unreachable: there are two desks')
  const [[, url, traffic] = ['', '', undefined]] = casesOf(closed)
  if (traffic === undefined) throw new Error('unreachable: there is a case')
  const few = { connections: 4, seconds, seed: 1 }
  /** @type {number[]} */
  const slower = []
  for (let round = 0; round < rounds; round += 1) {
    const alone = await run(url, traffic, few)
    const until = { isOver: false }
    const signing = keepSigningIn(closed.deskUrl, until)
    const beside = await run(url, traffic, few)
    until.isOver = true
    const times = await signing
    slower.push(beside.p99Ms / alone.p99Ms)
    console.log(
      `GET p99 alone ${alone.p99Ms.toFixed(2)} ms, beside ${signingIn} sign-ins that wait (${times} tries) ${beside.p99Ms.toFixed(2)} ms`,
    )
  }
  console.log(`GET p99 beside sign-ins against alone: ${median(slower).toFixed(1)}`)
  for (const { stop } of desks) await stop()
  rmSync(folder, { recursive: true })
}

const [, , rounds = '5', seconds = '3'] = process.argv
await measure(Number(rounds), Number(seconds))
