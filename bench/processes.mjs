// @ts-check
/** Server processes of the bench: starting, waiting until they answer, their memory, and their end whatever happens. */
import { spawn } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** How long a server may take until it is ready if nothing else is said, and until it has ended. */
const deadlineMs = 30_000

/** What a process is started with: nothing that would set it up from outside. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:ETCD|NODE_OPTIONS)/u.test(name))),
  ETCD_UNSUPPORTED_ARCH: process.arch,
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/** The full path of a program on PATH, or undefined. @param {string} name */
export function findProgram(name) {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/**
 * @typedef {object} Running
 * @property {number} pid
 * @property {RegExpExecArray} ready what the line that says it is ready held
 * @property {number} readyMs from the start to that line
 * @property {number} startedAt `performance.now()` just before the start
 * @property {() => Promise<void>} stop
 * @property {() => Promise<void>} kill ends it as a power cut would
 */

/**
 * Starts a server and waits for a line of its output.
 * @param {string[]} command @param {RegExp} readyLine
 * @param {{ readyMsMax?: number | undefined, onOutput?: (text: string) => void }} [options] `onOutput` gets all that it says
 * @returns {Promise<Running>}
 */
export async function start(command, readyLine, { readyMsMax = deadlineMs, onOutput } = {}) {
  const [file = '', ...args] = command
  const startedAt = performance.now()
  const child = spawn(file, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  void ended.then(() => running.delete(child))
  let output = ''
  /** @type {Promise<RegExpExecArray>} */
  const isReady = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${command.join(' ')} is not ready in time: ${output}`)), readyMsMax)
    /** @param {string} text */
    const look = (text) => {
      onOutput?.(text)
      // Once it is ready, what it says is thrown away: the bench must not grow with a server's log.
      if (output === 'ready') return
      output += text
      const found = readyLine.exec(output)
      if (found === null) return
      output = 'ready'
      clearTimeout(late)
      resolve(found)
    }
    child.stdout.setEncoding('utf8').on('data', look)
    child.stderr.setEncoding('utf8').on('data', look)
    void ended.then(() => {
      clearTimeout(late)
      reject(new Error(`${command.join(' ')} ended: ${output}`))
    })
  })
  try {
    const ready = await isReady
    return { pid: child.pid ?? 0, ready, startedAt, readyMs: performance.now() - startedAt, stop, kill }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }

  async function stop() {
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await ended
    clearTimeout(kill)
  }

  async function kill() {
    child.kill('SIGKILL')
    await ended
  }
}

/** Runs a program to its end; what it wrote to its standard output. @param {string[]} command @returns {Promise<string>} */
export async function runToEnd(command) {
  const [file = '', ...args] = command
  const child = spawn(file, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let [output, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (errors = (errors + text).slice(-2000)))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  running.delete(child)
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${errors}`)
  return output
}

/** Resident memory of a process in MB (10^6 bytes), where the system tells (Linux). @param {number} pid */
export function memoryMb(pid) {
  return readMemory(pid, /^VmRSS:\s+(\d+) kB$/m)
}

/** The most that was ever resident of it. @param {number} pid */
export function memoryPeakMb(pid) {
  return readMemory(pid, /^VmHWM:\s+(\d+) kB$/m)
}

/** @param {number} pid @param {RegExp} line */
function readMemory(pid, line) {
  try {
    const kibibytes = line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / 1e6
  } catch {
    return undefined
  }
}

/** Ports that are free now. @param {number} count @returns {Promise<number[]>} */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = []
  for (const server of servers) {
    await new Promise((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', () => resolve(undefined))
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port is free')
    ports.push(address.port)
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Asks again until the server answers, if only that there is no such thing; at most until the deadline. @param {string} url */
export async function untilAnswered(url) {
  for (const deadline = Date.now() + deadlineMs; ; await delay(20)) {
    const response = await fetch(url).catch(() => undefined)
    await response?.text()
    if (response !== undefined && response.status < 500) return
    if (Date.now() > deadline) throw new Error(`${url} is not answered in time`)
  }
}
