// @ts-check
/**
 * Makes a backup of a desk, looks through it, and removes the old ones: what etcdesk-backup.service runs every night.
 *
 *     node backup.mjs [--daily 7] [--weekly 4] [--monthly 6] FOLDER
 *
 * Which desk, its settings in the environment say (ETCDESK_DATA or ETCDESK_STORE, as for `etcdesk backup`).
 *
 * Promises: a backup has its name, `etcdesk-2026-11-28T030000Z.db`, only when it is whole, on the disk, and `etcdesk check` found it
 * well; old ones are removed only after that, so whatever goes wrong, the last good one stays. It may be killed at any moment and run
 * twice at once. It touches nothing but its own files: those of such names, `.etcdesk-partial-…` and `etcdesk-suspect.db`.
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nameOf, outdated } from './backup-files.mjs'

const program = fileURLToPath(new URL('../dist/program/main.js', import.meta.url))
const help = `node backup.mjs [options] FOLDER

Makes a backup of a desk in FOLDER, looks through it, and removes the old ones: what etcdesk-backup.service runs every night.
Which desk, its settings in the environment say (ETCDESK_DATA or ETCDESK_STORE, as for 'etcdesk backup').

  --daily N    how many of the newest days that have a backup keep one, default 7
  --weekly N   how many weeks do, default 4
  --monthly N  how many months do, default 6
  --now TIME   what the clock says, to try it out, such as 2026-11-28T03:00:00Z
  -h, --help   show this help

The exit code is 0, or 1 where there is no good backup or an old one could not be removed, or 2 where it was called wrongly.
`

/** Where a backup is made. The number is the process that makes it. */
const PARTIAL = /^\.etcdesk-partial-(\d+)-[A-Za-z0-9]{6}$/u
/** What was left behind is removed after this time even if its process seems to be there: numbers are given again. */
const partialAgeMsMax = 86_400_000
/** The newest one that `etcdesk check` found fault with: better than nothing, and something to look at. */
const suspectName = 'etcdesk-suspect.db'

/** It could not be done; the message is a sentence that says why. */
class BackupError extends Error {}

/** It was called wrongly. */
class UsageError extends Error {}

const stopping = new AbortController()
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) {
  process.on(signal, () => stopping.abort())
}
// A reader that has gone is no reason to fail.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
process.umask(0o077)

try {
  await main()
} catch (error) {
  process.stderr.write(`etcdesk-backup: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function main() {
  const given = readArguments()
  if (given === undefined) {
    process.stdout.write(help)
    return
  }
  const { folder, keep, time } = given
  const made = nameOf(time)
  if (lstatSync(join(folder, made), { throwIfNoEntry: false }) !== undefined) {
    throw new BackupError(`${join(folder, made)} exists already: nothing was done.`)
  }
  removeAbandoned(folder)
  const partial = makePartial(folder)
  let holds = ''
  try {
    const file = join(partial, 'backup.db')
    try {
      holds = heldBy(file, await run('The backup could not be made', ['backup', file]))
      await run('The backup is not well', ['check', '--store', `sqlite:${file}`])
    } catch (error) {
      // A backup of a store with which something is wrong is made all the same, and told so.
      if (stopping.signal.aborted || lstatSync(file, { throwIfNoEntry: false }) === undefined) throw error
      keepSuspect(file, folder)
      throw new BackupError('The backup is not well: no old one was removed.')
    }
    renameSync(file, join(folder, made))
    syncFolder(folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  prune(folder, keep, made)
  process.stdout.write(`${join(folder, made)} is well${holds}\n`)
}

/** Of what `etcdesk backup` says of a file: how much it holds, and its checksum. @param {string} file @param {string} said */
function heldBy(file, said) {
  const before = `backed up to ${file}: `
  const at = said.lastIndexOf(before)
  return at === -1 ? '' : `: ${said.slice(at + before.length).trimEnd()}`
}

/** Undefined where the help is asked for. */
function readArguments() {
  const options = /** @type {const} */ ({
    daily: { type: 'string', default: '7' },
    weekly: { type: 'string', default: '4' },
    monthly: { type: 'string', default: '6' },
    // What the clock says, for whoever tries it out.
    now: { type: 'string', default: new Date().toISOString() },
    help: { type: 'boolean', short: 'h' },
  })
  /** @type {ReturnType<typeof parseArgs<{ options: typeof options, allowPositionals: true }>>} */
  let given
  try {
    given = parseArgs({ options, allowPositionals: true })
  } catch (error) {
    // What Node says goes on with advice of its own.
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split(/\.(?:\s|$)|\n/u, 1)
    throw wrongCall(what)
  }
  if (given.values.help === true) return undefined
  const [name, ...more] = given.positionals
  if (name === undefined) throw wrongCall('No folder is named')
  if (more.length > 0) throw wrongCall(`One folder should be named, not ${more.length + 1}`)
  const time = new Date(given.values.now)
  if (Number.isNaN(time.getTime())) throw new UsageError(`--now should be a time, such as 2026-11-28T03:00:00Z.`)
  const folder = resolve(name)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new BackupError(
      `${folder} is no folder: make it first, for the user that makes the backups alone (mode 0700).`,
    )
  }
  const keep = {
    daily: readCount('daily', given.values.daily),
    weekly: readCount('weekly', given.values.weekly),
    monthly: readCount('monthly', given.values.monthly),
  }
  return { folder, keep, time }
}

/** @param {string} what */
function wrongCall(what) {
  return new UsageError(`${what}: see 'node backup.mjs --help'.`)
}

/** @param {string} flag @param {string} text */
function readCount(flag, text) {
  if (/^\d{1,4}$/u.test(text)) return Number(text)
  throw new UsageError(`--${flag} should be how many to keep, from 0 to 9999, not "${text}".`)
}

/**
 * Runs a verb of etcdesk to its end, its output being ours, and resolves with what it wrote to stdout.
 * @param {string} complaint @param {string[]} args @returns {Promise<string>}
 */
function run(complaint, args) {
  return new Promise((done, fail) => {
    let said = ''
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal: stopping.signal,
      killSignal: 'SIGKILL',
    })
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text
      process.stdout.write(text)
    })
    child.once('error', (error) => {
      // One that is being stopped is waited for: it must not write into what is removed.
      if (!stopping.signal.aborted) fail(new BackupError(`${complaint}: ${error.message}`))
    })
    child.once('close', (code, signal) => {
      if (stopping.signal.aborted) fail(new BackupError('Interrupted: nothing was removed.'))
      else if (code === 0) done(said)
      else fail(new BackupError(`${complaint} (${signal ?? `code ${code}`}): no old one was removed.`))
    })
  })
}

/** A folder for a backup that is being made. @param {string} folder */
function makePartial(folder) {
  try {
    return mkdtempSync(join(folder, `.etcdesk-partial-${process.pid}-`))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BackupError(`No backup can be made in ${folder}: ${why}. No old one was removed.`)
  }
}

/** Removes what runs that were killed have left. @param {string} folder */
function removeAbandoned(folder) {
  for (const name of readdirSync(folder)) {
    const [, pid] = PARTIAL.exec(name) ?? []
    if (pid === undefined) continue
    const path = join(folder, name)
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory() !== true) continue
    if (isRunning(Number(pid)) && Date.now() - found.mtimeMs < partialAgeMsMax) continue
    const sentence = `removed ${name}, which an interrupted backup left`
    attempt(sentence, () => rmSync(path, { recursive: true, force: true }))
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** @param {string} file @param {string} folder */
function keepSuspect(file, folder) {
  const suspect = join(folder, suspectName)
  if (lstatSync(suspect, { throwIfNoEntry: false })?.isDirectory() === true) return
  renameSync(file, suspect)
  process.stderr.write(
    `etcdesk-backup: it is kept as ${suspect}, to be looked at; the next such one takes its place.\n`,
  )
}

/** What was renamed in a folder is on the disk when this returns. @param {string} folder */
function syncFolder(folder) {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** @param {string} folder @param {import('./backup-files.mjs').Keep} keep @param {string} made */
function prune(folder, keep, made) {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
  for (const name of outdated(files, keep, made)) {
    attempt(`removed ${name}`, () => rmSync(join(folder, name)))
  }
}

/** Removes something and says so. Where that fails the rest is done all the same, and the exit code tells. @param {string} sentence @param {() => void} remove */
function attempt(sentence, remove) {
  try {
    remove()
    process.stdout.write(`${sentence}\n`)
  } catch (error) {
    // Another run may have been first.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    process.stderr.write(`etcdesk-backup: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
