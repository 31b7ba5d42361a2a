// @ts-check
/**
 * `npm run cluster -- [FOLDER]`: a whole cluster on this machine to try things on: three members of etcd and three nodes of the
 * desk, each a process of its own. Says where they are, and stops them all on Ctrl-C. Their data and logs lie in the folder
 * `etcdesk-cluster` (or FOLDER), with the ports that were picked, so that the next start goes on where this one ended.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ready } from './ready.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [asked = 'etcdesk-cluster', ...others] = process.argv.slice(2)
if (asked.startsWith('-') || others.length > 0) {
  console.log(
    'npm run cluster -- [FOLDER]\n\nStarts three members of etcd and three nodes of the desk on this machine, with their data',
  )
  console.log('and logs in FOLDER (etcdesk-cluster where none is named). Ctrl-C stops them all.')
  process.exit(asked === '--help' && others.length === 0 ? 0 : 2)
}
const folder = resolve(asked)
const numbers = [1, 2, 3]
const readyMsMax = 60_000
/** How long they may take to end. etcd looks for a new leader when it ends, and here there soon is none; what it has taken is on its disk. */
const stopMsMax = { node: 15_000, etcd: 3000 }

/**
 * @typedef {{ client: number, peer: number, desk: number, keys: number }} Ports
 * @typedef {{ name: string, child: import('node:child_process').ChildProcess, ended: Promise<void> }} Running
 */

/** What was started, in this order. @type {Running[]} */
const running = []
const stopping = new AbortController()

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

/** Ports that are free now. @param {number} count @returns {Promise<number[]>} */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = []
  for (const server of servers) {
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)))
    const address = server.address()
    if (address !== null && typeof address === 'object') ports.push(address.port)
  }
  await Promise.all(servers.map((server) => new Promise((done) => server.close(() => done(undefined)))))
  return ports
}

/** The ports of the last start in this folder: etcd's members keep theirs in their data. @returns {Promise<Ports[]>} */
async function readOrPickPorts() {
  const file = join(folder, 'ports.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    const picked = await freePorts(numbers.length * 4)
    const ports = numbers.map((_, place) => {
      const [client = 0, peer = 0, desk = 0, keys = 0] = picked.slice(place * 4)
      return { client, peer, desk, keys }
    })
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, `${JSON.stringify(ports, undefined, 2)}\n`)
    return ports
  }
}

/**
 * Starts a process whose output goes to a log in the folder. In a group of its own: Ctrl-C is for this script, which ends the
 * nodes before the members that they need.
 * @param {string} name @param {string} file @param {string[]} args
 */
function start(name, file, args) {
  const log = openSync(join(folder, `${name}.log`), 'a')
  const env = { ...process.env, ETCD_UNSUPPORTED_ARCH: process.arch }
  const child = spawn(file, args, { stdio: ['ignore', log, log], detached: true, env })
  closeSync(log)
  /** @type {Promise<void>} */
  const ended = new Promise((done) => {
    child.once('error', () => done())
    child.once('exit', (code, signal) => {
      if (!stopping.signal.aborted)
        say(`${name} has ended (${signal ?? `code ${code}`}): ${join(folder, `${name}.log`)} says more`)
      done()
    })
  })
  running.push({ name, child, ended })
}

/** @param {string} what @param {string} url @param {(body: string, ok: boolean) => boolean} isReady */
async function waitFor(what, url, isReady) {
  const deadline = Date.now() + readyMsMax
  while (!stopping.signal.aborted) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
    if (answer !== undefined && isReady(await answer.text().catch(() => ''), answer.ok)) return
    const process_ = running.find(({ name }) => name === what)?.child
    const isGone = process_ === undefined || process_.exitCode !== null || process_.signalCode !== null
    if (isGone || Date.now() > deadline)
      throw new Error(`${what} did not start: ${join(folder, `${what}.log`)} says why`)
    await delay(50)
  }
}

/** Ends all: the nodes first, then the members of etcd. Waits for each kind, then cuts what is left. */
async function stop() {
  stopping.abort()
  for (const kind of /** @type {const} */ (['node', 'etcd'])) {
    const some = running.filter(({ name }) => name.startsWith(kind))
    for (const { child } of some) child.kill('SIGTERM')
    const late = setTimeout(() => some.forEach(({ child }) => child.kill('SIGKILL')), stopMsMax[kind])
    await Promise.all(some.map(({ ended }) => ended))
    clearTimeout(late)
  }
}

async function main() {
  if (spawnSync('etcd', ['--version'], { env: { ...process.env, ETCD_UNSUPPORTED_ARCH: process.arch } }).error) {
    throw new Error(
      "etcd is not installed: install it with 'sudo apt-get install etcd-server' (Debian, Ubuntu), or put the program etcd (3.4 or newer) " +
        'from https://github.com/etcd-io/etcd/releases on your PATH.',
    )
  }
  await ready()
  const ports = await readOrPickPorts()
  const initial = ports.map(({ peer }, place) => `etcd-${place + 1}=http://127.0.0.1:${peer}`).join(',')
  ports.forEach(({ client, peer }, place) => {
    const name = `etcd-${place + 1}`
    start(name, 'etcd', [
      `--name=${name}`,
      `--data-dir=${join(folder, name)}`,
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=${initial}`,
    ])
  })
  await Promise.all(
    ports.map(({ client }, place) =>
      waitFor(`etcd-${place + 1}`, `http://127.0.0.1:${client}/health`, (body) => body.includes('"true"')),
    ),
  )
  const endpoints = ports.map(({ client }) => `127.0.0.1:${client}`).join(',')
  ports.forEach(({ desk, keys }, place) => {
    const name = `node-${place + 1}`
    const flags = ['--listen', `127.0.0.1:${desk}`, '--keys-listen', `127.0.0.1:${keys}`, '--data', join(folder, name)]
    start(name, process.execPath, [
      join(root, 'dist/program/main.js'),
      'serve',
      '--store',
      `etcd://${endpoints}/etcdesk`,
      ...flags,
    ])
  })
  await Promise.all(
    ports.map(({ desk }, place) => waitFor(`node-${place + 1}`, `http://127.0.0.1:${desk}/readyz`, (_, ok) => ok)),
  )
  if (stopping.signal.aborted) return
  tell(ports, endpoints)
}

/** @param {Ports[]} ports @param {string} endpoints */
function tell(ports, endpoints) {
  /** @param {string} name */
  const pid = (name) => `process ${running.find((one) => one.name === name)?.child.pid}`
  say(`The cluster is ready; data and logs are in ${folder}`)
  ports.forEach(({ client }, place) => say(`  etcd-${place + 1}  127.0.0.1:${client}  ${pid(`etcd-${place + 1}`)}`))
  ports.forEach(({ desk, keys }, place) => {
    const name = `node-${place + 1}`
    say(`  ${name}  desk at http://127.0.0.1:${desk}, keys API at http://127.0.0.1:${keys}  ${pid(name)}`)
  })
  say(`A ticket through one node, read through another:`)
  say(`  curl http://127.0.0.1:${ports[0]?.desk}/tickets -H 'Content-Type: application/json' -d '{"value": "Hello"}'`)
  say(`  curl http://127.0.0.1:${ports[1]?.desk}/tickets/1`)
  say(`What lies in etcd: ETCDCTL_API=3 etcdctl --endpoints ${endpoints} get --prefix /etcdesk/`)
  say('Ctrl-C stops all of it; the data stays.')
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    // A second Ctrl-C does not wait. npm passes on the first one too, so the two come at once.
    if (stopping.signal.aborted && Date.now() - stoppingSince > 500)
      running.forEach(({ child }) => child.kill('SIGKILL'))
    if (stopping.signal.aborted) return
    stoppingSince = Date.now()
    void stop()
  })
}
let stoppingSince = 0

try {
  await main()
} catch (error) {
  if (!stopping.signal.aborted) {
    process.stderr.write(`etcdesk: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
    await stop()
  }
}
