/**
 * The two commands on a fresh clone, and the packed program in an empty folder: what a newcomer does first.
 * Installs real packages, so it needs npm's registry or a warm npm cache.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, relative, sep } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { repositoryRoot } from './support/source.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-package-'))
const children: ChildProcess[] = []

/** Doors on free ports, data of its own: what every start here is given. */
function serveFlags(data: string): string[] {
  return ['--listen', '127.0.0.1:0', '--keys-listen', '127.0.0.1:0', '--data', join(folder, data)]
}

/** The environment without what the npm that runs these tests tells its scripts, so that the npm under test starts clean. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own =
    /^(?:npm_(?:package|lifecycle|command|execpath|node_execpath|config_local_prefix)|INIT_CWD|VITEST|NODE_ENV)/u
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

/** An install, a build and a start while other tests use all cores: 25 s alone, over 100 s seen. */
const INSTALL_MS = 240_000

interface Running {
  readonly child: ChildProcess
  /** All it printed so far, on both streams. */
  readonly output: () => string
  /** Addresses of the doors, once it has said that it is ready. */
  readonly doors: () => Promise<string[]>
  /** Exit code and signal, once it has ended. */
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>
}

function run(command: string, args: readonly string[], cwd: string): Running {
  // A process group of its own, so that the clean-up reaches what npm started.
  const child = spawn(command, args, {
    cwd,
    env: cleanEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  let standardOutput = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    standardOutput += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (code, signal) => resolve([code, signal]))
  })
  const doors = async (): Promise<string[]> =>
    vi.waitUntil(
      () => {
        const found = standardOutput.match(/https?:\/\/127\.0\.0\.1:\d+/gu) ?? []
        if (found.length < 2 && child.exitCode !== null) throw new Error(`ended before it was ready:\n${output}`)
        return found.length >= 2 && found
      },
      { timeout: INSTALL_MS, interval: 50 },
    )
  return { child, output: () => output, doors, ended }
}

/** The answers of both doors to the same request, as `STATUS BODY`: which door is printed first does not matter. */
async function ask(doors: readonly string[], path: string, init?: RequestInit): Promise<string[]> {
  return Promise.all(
    doors.slice(0, 2).map(async (door) => {
      const answer = await fetch(`${door}${path}`, init)
      return `${answer.status} ${await answer.text()}`
    }),
  )
}

const putHello = { method: 'PUT', body: new URLSearchParams({ value: 'world' }) }

/** Sees the desk alive behind one door, and puts a key through the other. */
async function expectBothDoors(doors: readonly string[]): Promise<void> {
  expect(await ask(doors, '/readyz')).toContainEqual(expect.stringMatching(/^200 /u))
  expect(await ask(doors, '/v2/keys/hello', putHello)).toContainEqual(expect.stringMatching(/^201 .*"world"/u))
}

afterAll(() => {
  for (const { pid, exitCode } of children) {
    if (pid === undefined || exitCode !== null) continue
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It and all that it started have ended.
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

describe('a fresh clone', () => {
  const clone = join(folder, 'clone')

  beforeAll(() => {
    const left = new Set(['.git', 'node_modules', 'dist', 'coverage', 'etcdesk-data'])
    cpSync(repositoryRoot, clone, {
      recursive: true,
      filter: (path) => !left.has(relative(repositoryRoot, path).split(sep)[0] ?? ''),
    })
    rmSync(join(clone, '.ready.lock'), { force: true })
  })

  test('npm start installs, builds and serves; two at once do it once', { timeout: 2 * INSTALL_MS }, async () => {
    const both = ['first', 'second'].map((data) => run('npm', ['start', '--', ...serveFlags(data)], clone))
    await Promise.all(both.map(async ({ doors }) => expectBothDoors(await doors())))
    const printed = both.map(({ output }) => output()).join('')
    expect(printed.match(/installing packages/gu)).toHaveLength(1)
    expect(printed.match(/building/gu)).toHaveLength(1)
    expect(printed).not.toMatch(/npm warn (?!Unknown (?:user|env|project|global) config)/u)
    for (const { child } of both) child.kill('SIGTERM')
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([
      [0, null],
      [0, null],
    ])
  })

  test('a second npm start neither installs nor builds, has the data of the first, and Ctrl-C ends it with 0', async () => {
    const { child, doors, output, ended } = run('npm', ['start', '--', ...serveFlags('first')], clone)
    expect(await ask(await doors(), '/v2/keys/hello')).toContainEqual(expect.stringMatching(/^200 .*"world"/u))
    expect(output()).not.toMatch(/installing|building|waiting/u)
    // A terminal sends it to the whole group, and npm passes its own on.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
    expect(await ended).toEqual([0, null])
  })
})

describe('the package', () => {
  // Holds the archive and nothing else.
  const empty = join(folder, 'empty')
  let packed: string[] = []
  let archive = ''

  beforeAll(() => {
    mkdirSync(empty)
    // The build is there already, so what prepares it is not run once more.
    const flags = ['pack', '--json', '--ignore-scripts', '--pack-destination', empty]
    execFileSync('npm', flags, { cwd: repositoryRoot, env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'ignore'] })
    archive = readdirSync(empty)[0] ?? ''
    packed = execFileSync('tar', ['-tzf', join(empty, archive)], { encoding: 'utf8' })
      .trim()
      .split('\n')
  })

  test('holds the program, its licence and its first page, and nothing that only development needs', () => {
    for (const name of [
      'dist/program/main.js',
      'package.json',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'deploy/etcdesk.service',
    ]) {
      expect(packed).toContain(`package/${name}`)
    }
    const known =
      /^package\/(?:dist\/.*|deploy\/(?:[a-z]+\/)?[A-Za-z.-]+|docs\/(?:[A-Z]+\.md|pictures\/[a-z-]+\.png)|examples\/[\w-]+\.mjs|package\.json|[A-Z]+(?:\.md)?)$/u
    expect(packed.filter((path) => !known.test(path) || /\.map$|\/\./u.test(path))).toEqual([])
  })

  test('holds every page that its first page, or another of its pages, links', () => {
    const pages = packed.filter((path) => path.endsWith('.md'))
    const missing = pages.flatMap((page) => {
      const text = readFileSync(join(repositoryRoot, page.slice('package/'.length)), 'utf8')
      return [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/gu)]
        .map(([, link = '']) => posix.join(posix.dirname(page), link))
        .filter(
          (target) => !packed.some((path) => path === target || path.startsWith(`${target.replace(/\/$/u, '')}/`)),
        )
        .map((target) => `${page} links ${target}`)
    })
    expect(pages.length).toBeGreaterThan(4)
    expect(missing).toEqual([])
  })

  test('npx runs it in an empty folder', { timeout: 2 * INSTALL_MS }, async () => {
    const command = ['--yes', '--prefer-offline', `./${archive}`, 'serve', ...serveFlags('packed')]
    const { child, doors, ended } = run('npx', command, empty)
    await expectBothDoors(await doors())
    // npx hands no signal on, so the whole group gets it, as from a terminal.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
    await ended
    expect(readdirSync(empty)).toEqual([archive])
  })
})
