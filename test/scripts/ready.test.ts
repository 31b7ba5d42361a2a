/**
 * scripts/ready.mjs in a small clone of its own, where the build is a script that writes a line to a log: when it builds, when it
 * leaves things alone, and what two at once do. That it really installs and builds is tested in package.test.ts.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { repositoryRoot } from '../support/source.js'

let root = ''
const children: ChildProcess[] = []

/** Writes a file of the small clone. */
function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** How often it was built. */
function builds(): number {
  const log = join(root, 'builds.log')
  return existsSync(log) ? readFileSync(log, 'utf8').length : 0
}

interface Ended {
  readonly code: number | null
  readonly said: string
}

function ready(): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'scripts/ready.mjs')], { stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, said }))
  })
}

const quietly: Ended = { code: 0, said: '' }
const building: Ended = { code: 0, said: 'etcdesk: building …\n' }

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'etcdesk-ready-'))
  const lock = JSON.stringify({ packages: { '': {}, 'node_modules/typescript': { version: '1.0.0' } } })
  write('package-lock.json', lock)
  write('node_modules/.package-lock.json', lock)
  write('node_modules/typescript/package.json', '{}')
  write('src/main.ts', 'one')
  write('web/main.tsx', 'one')
  write('scripts/build.mjs', "import { appendFileSync } from 'node:fs'\nappendFileSync('builds.log', '.')\n")
  cpSync(join(repositoryRoot, 'scripts/ready.mjs'), join(root, 'scripts/ready.mjs'))
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

describe('ready', () => {
  test('builds the first time and then leaves things alone, without a word', async () => {
    expect(await ready()).toEqual(building)
    expect(await ready()).toEqual(quietly)
    expect(builds()).toBe(1)
  })

  test('takes packages that somebody else installed as they are', async () => {
    await ready()
    rmSync(join(root, 'node_modules/.etcdesk-installed'))
    expect(await ready()).toEqual(quietly)
  })

  test.each([
    ['changes', () => write('src/main.ts', 'two')],
    ['comes', () => write('src/room/more.ts', '')],
    ['of the page changes', () => write('web/main.tsx', 'two')],
    ['goes', () => rmSync(join(root, 'src/main.ts'))],
    ['becomes older', () => utimesSync(join(root, 'src/main.ts'), new Date(0), new Date(0))],
  ])('builds again when a source %s', async (_, change) => {
    await ready()
    change()
    expect(await ready()).toEqual(building)
    expect(await ready()).toEqual(quietly)
  })

  test('builds again when dist is gone', async () => {
    await ready()
    rmSync(join(root, 'dist'), { recursive: true })
    expect(await ready()).toEqual(building)
  })

  test('says that a build failed, and tries again next time', async () => {
    write('scripts/build.mjs', 'process.exitCode = 2')
    for (let time = 1; time <= 2; time += 1) {
      const { code, said } = await ready()
      expect(code).toBe(1)
      expect(said).toContain('ended with exit code 2')
    }
    expect(existsSync(join(root, '.ready.lock'))).toBe(false)
  })

  test('several at once build once', async () => {
    const all = await Promise.all([ready(), ready(), ready()])
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(builds()).toBe(1)
  })

  test('waits for another that is at work', async () => {
    write('.ready.lock', String(process.pid))
    const waiting = ready()
    const child = children.at(-1)
    let said = ''
    child?.stderr?.on('data', (text: string) => {
      said += text
    })
    await vi.waitUntil(() => said.includes('waiting'), { timeout: 60_000 })
    expect(builds()).toBe(0)
    rmSync(join(root, '.ready.lock'))
    expect((await waiting).code).toBe(0)
    expect(builds()).toBe(1)
  })

  test('takes over from one that died', async () => {
    const dead = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => {
      dead.once('close', resolve)
    })
    write('.ready.lock', String(dead.pid))
    expect(await ready()).toEqual(building)
    expect(existsSync(join(root, '.ready.lock'))).toBe(false)
  })

  test('takes over a lock that nobody has touched for long, whoever has its number now', async () => {
    write('.ready.lock', String(process.pid))
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(join(root, '.ready.lock'), longAgo, longAgo)
    expect(await ready()).toEqual(building)
  })
})
