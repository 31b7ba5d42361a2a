// @ts-check
/**
 * Makes a clone ready to run: installs the packages of package-lock.json and builds dist, each only when needed.
 * When nothing changed it only looks at time stamps (a few milliseconds) and uses no network. Two at once are safe:
 * the second waits for the first. It uses Node's own modules alone, since at first there are no others.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const installedStamp = join(root, 'node_modules/.etcdesk-installed')
const builtStamp = join(root, 'dist/.built')
const lockFile = join(root, '.ready.lock')
/** A lock whose owner has not touched it for this long is abandoned. */
const lockAbandonedMs = 20_000

/** What a build depends on, beside the files below src and web. */
const buildInputs = [
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build.mjs',
  'scripts/bundle.mjs',
  'scripts/build-page.mjs',
]

/** @param {string} path @returns {string | undefined} */
function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Name, size and time of every input of the build, as one short string. */
function buildSignature() {
  const hash = createHash('sha256').update(process.version)
  /** @param {string} path */
  const add = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    hash.update(`${path} ${stat?.size} ${stat?.mtimeMs}\n`)
  }
  for (const path of buildInputs) add(path)
  /** @param {string} folder */
  const addFolder = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) addFolder(path)
      else add(path)
    }
  }
  addFolder('src')
  addFolder('web')
  return hash.digest('hex')
}

function lockSignature() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

/**
 * Whether node_modules already holds just what package-lock.json asks for, whoever installed it (`npm ci` by hand, say).
 * What is missing may only be optional: packages for other platforms.
 */
function isInstalledByHand() {
  const hidden = readIfThere(join(root, 'node_modules/.package-lock.json'))
  if (hidden === undefined) return false
  const present = JSON.parse(hidden).packages ?? {}
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages ?? {}
  const isWanted = Object.keys(present).every((path) => wanted[path]?.version === present[path].version)
  const isThere = Object.keys(wanted).every((path) => path === '' || path in present || wanted[path].optional === true)
  return isWanted && isThere && existsSync(join(root, 'node_modules/typescript'))
}

const isInstalled = () => readIfThere(installedStamp) === lockSignature()
const isBuilt = () => existsSync(join(root, 'dist')) && readIfThere(builtStamp) === buildSignature()

/** Runs a command; what it prints goes to stderr, as stdout belongs to the program. @param {string[]} command */
function run(command) {
  const [file = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 2, 2] })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(undefined)
      else reject(new Error(`'${command.join(' ')}' ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}

/** @param {string} sentence */
const say = (sentence) => process.stderr.write(`etcdesk: ${sentence}\n`)

async function install() {
  if (isInstalledByHand()) {
    writeFileSync(installedStamp, lockSignature())
    return
  }
  say('installing packages (npm ci) …')
  // Development packages whatever NODE_ENV says: the compiler is one. No install script is needed, so none runs.
  const npm = process.env['npm_execpath']
  const command = npm?.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm']
  const flags = ['ci', '--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund']
  await run([...command, ...flags])
  writeFileSync(installedStamp, lockSignature())
}

async function build() {
  say('building …')
  // Taken before the build, so that a file changed meanwhile is built next time.
  const signature = buildSignature()
  await run([process.execPath, join(root, 'scripts/build.mjs')])
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(builtStamp, signature)
}

/** Runs `work` while no other process does. Waits for one that does; takes over from one that died. @param {() => Promise<void>} work */
async function alone(work) {
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (!isErrorWithCode(error, 'EEXIST')) throw error
    }
    const abandonedBy = abandonedLockOwner()
    if (abandonedBy !== undefined) removeLockOf(abandonedBy)
    else {
      if (!waited) say('waiting for another install or build …')
      await delay(100)
    }
  }
  const beat = setInterval(touchLock, lockAbandonedMs / 10)
  try {
    await work()
  } finally {
    clearInterval(beat)
    rmSync(lockFile, { force: true })
  }
}

function touchLock() {
  try {
    utimesSync(lockFile, new Date(), new Date())
  } catch {
    // Taken over while this machine slept: nothing to keep.
  }
}

/** @param {unknown} error @param {string} code */
function isErrorWithCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code
}

/** The process that left a lock behind: it is dead, or has not touched it for long. @returns {string | undefined} */
function abandonedLockOwner() {
  const stat = statSync(lockFile, { throwIfNoEntry: false })
  const owner = readIfThere(lockFile)
  if (!stat || owner === undefined) return undefined
  if (Date.now() - stat.mtimeMs > lockAbandonedMs) return owner
  // Its owner is just about to write its name.
  if (owner === '') return undefined
  try {
    process.kill(Number(owner), 0)
    return undefined
  } catch (error) {
    return isErrorWithCode(error, 'ESRCH') ? owner : undefined
  }
}

/** Removes an abandoned lock. Renaming picks one winner among several who saw the same one. @param {string} owner */
function removeLockOf(owner) {
  const aside = `${lockFile}.${process.pid}.aside`
  try {
    renameSync(lockFile, aside)
    // Another was quicker and this lock is already the next one's: put it back.
    if (readIfThere(aside) !== owner) linkSync(aside, lockFile)
  } catch {
    // Gone already, or locked anew: the next round of the loop sees which.
  }
  rmSync(aside, { force: true })
}

/** Installs and builds when needed. @throws when npm or the compiler fails; what they said is already on stderr */
export async function ready() {
  if (isInstalled() && isBuilt()) return
  await alone(async () => {
    if (!isInstalled()) await install()
    if (!isBuilt()) await build()
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ready()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
