// @ts-check
/** Server processes of the bench: starting, waiting until they answer, their memory, and their end whatever happens. */
import { spawn } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** How long a server may take until it is ready, and until it has ended. */
const deadlineMs = 30_000

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
 */

/** Starts a server and waits for a line of its output. @param {string[]} command @param {RegExp} readyLine @returns {Promise<Running>} */
export async function start(command, readyLine) {
  const [file = '', ...args] = command
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:ETCD|NODE_OPTIONS)/u.test(name)))
  const startedAt = performance.now()
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  void ended.then(() => running.delete(child))
  let output = ''
  /** @type {Promise<RegExpExecArray>} */
  const isReady = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${command.join(' ')} is not ready in time: ${output}`)), deadlineMs)
    /** @param {string} text */
    const look = (text) => {
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
    return { pid: child.pid ?? 0, ready, startedAt, readyMs: performance.now() - startedAt, stop }
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
}

/** Resident memory of a process in MB (10^6 bytes), where the system tells (Linux). @param {number} pid */
export function memoryMb(pid) {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / 1e6
  } catch {
    return undefined
  }
}

/** A port that is free now. @returns {Promise<number>} */
export async function freePort() {
  const server = createServer()
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(undefined))
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

/** Asks again until the server answers, at most until the deadline. @param {string} url */
export async function untilAnswered(url) {
  for (const deadline = Date.now() + deadlineMs; ; await delay(20)) {
    try {
      const response = await fetch(url)
      await response.text()
      if (response.ok) return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
