/**
 * deploy/backup.mjs as its service runs it, on a desk that is served meanwhile: what it makes, what it prunes, and that the good ones
 * stay and nothing else is touched, whatever goes wrong. Dates are given, so nobody waits for a night.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlainDatabase } from '#src/sqlite/database.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import {
  runEtcdesk,
  startProgram,
  startServer,
  waitUntil,
  type RunningProgram,
  type RunningServer,
} from '../support/server.js'
import { smallDisk } from '../support/small-disk.js'
import { repositoryRoot } from '../support/source.js'

const script = join(repositoryRoot, 'deploy/backup.mjs')

interface Run {
  readonly folder: string
  readonly data: string
  readonly now?: string
  readonly args?: readonly string[]
}

function startBackup({ folder, data, now = '2026-11-28T03:00:00Z', args = [] }: Run): RunningProgram {
  const command = [process.execPath, script, '--now', now, ...args, folder]
  return startProgram(command, { env: { ETCDESK_DATA: data } })
}

async function backUp(run: Run): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const program = startBackup(run)
  const { code } = await program.ended
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}

const made = 'etcdesk-2026-11-28T030000Z.db'
/** An older one: good, as far as its name says. */
const older = 'etcdesk-2026-11-01T030000Z.db'

/** A folder for backups that has an older one. */
function folderWithOlder(): string {
  const folder = temporaryFolder()
  writeFileSync(join(folder, older), 'the older one')
  return folder
}

describe('a backup of a served desk', () => {
  let server: RunningServer
  let data = ''
  beforeAll(async () => {
    server = await startServer()
    data = server.dataDirectory
    for (const value of ['one', 'two']) {
      const body = JSON.stringify({ value })
      const headers = { 'Content-Type': 'application/json' }
      await fetch(`${server.deskUrl}/tickets`, { method: 'POST', headers, body })
    }
  })
  afterAll(() => server.stop())

  test('is whole, for its user alone, and what a restore needs', async () => {
    const folder = temporaryFolder()
    const { code, stdout } = await backUp({ folder, data })
    expect(code).toBe(0)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .at(-1)
        ?.replace(/[\da-f]{16}$/u, 'SUM'),
    ).toBe(`${join(folder, made)} is well: 6 records and 2 events up to index 2, checksum SUM`)
    expect(readdirSync(folder)).toEqual([made])
    expect(statSync(join(folder, made)).mode & 0o777).toBe(0o600)
    const restored = join(temporaryFolder(), 'desk.db')
    expect((await runEtcdesk(['restore', join(folder, made), '--store', `sqlite:${restored}`])).code).toBe(0)
    const second = await startServer({ args: ['--store', `sqlite:${restored}`] })
    expect(await (await fetch(`${second.deskUrl}/tickets/2`)).text()).toBe('two')
    await second.stop()
  })

  test('lets the old ones go that its rules do not keep, and leaves alone whatever is not its own', async () => {
    const folder = join(temporaryFolder(), '-o \'d"d\n%41?#é:;$(x)')
    mkdirSync(folder)
    const dates = [
      '2026-11-27',
      '2026-11-26',
      '2026-11-24',
      '2026-11-23',
      '2026-11-22',
      '2026-10-31',
      '2026-10-01',
      '2026-09-30',
    ]
    for (const date of dates) writeFileSync(join(folder, `etcdesk-${date}T030000Z.db`), date)
    const foreign = ['monday.db', 'etcdesk-2026-11-23T030000Z.db.copy', ' etcdesk-2026-11-23T030000Z.db', '-rf', 'ä\n*']
    for (const name of foreign) writeFileSync(join(folder, name), name)
    // A link and a folder that bear such names are somebody else's.
    symlinkSync('monday.db', join(folder, 'etcdesk-2020-01-01T030000Z.db'))
    mkdirSync(join(folder, 'etcdesk-2020-01-02T030000Z.db'))
    const args = ['--daily', '2', '--weekly', '2', '--monthly', '2']
    const { code, stdout } = await backUp({ folder, data, args })
    expect(code).toBe(0)
    const kept = ['2026-11-28', '2026-11-27', '2026-11-22', '2026-10-31'].map((date) => `etcdesk-${date}T030000Z.db`)
    const links = ['etcdesk-2020-01-01T030000Z.db', 'etcdesk-2020-01-02T030000Z.db']
    expect(readdirSync(folder).toSorted()).toEqual([...kept, ...foreign, ...links].toSorted())
    expect(stdout.match(/^removed etcdesk-/gmu)).toHaveLength(5)
  })

  test('can be made twice at once', async () => {
    const folder = folderWithOlder()
    const runs = ['2026-11-28T03:00:00Z', '2026-11-28T03:00:01Z'].map((now) => backUp({ folder, data, now }))
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([0, 0])
    const names = readdirSync(folder)
    expect(names).toEqual(expect.arrayContaining([older, 'etcdesk-2026-11-28T030001Z.db']))
    expect(names.filter((name) => name.startsWith('.'))).toEqual([])
    const check = await runEtcdesk(['check', '--store', `sqlite:${join(folder, 'etcdesk-2026-11-28T030001Z.db')}`])
    expect(check.code).toBe(0)
  })

  test('takes no name that is taken', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, made), 'another')
    expect(await backUp({ folder, data })).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') })
    expect(readFileSync(join(folder, made), 'utf8')).toBe('another')
  })

  test('that is interrupted leaves nothing', async () => {
    const folder = folderWithOlder()
    const backup = startBackup({ folder, data })
    await waitUntil('it to have begun', () => readdirSync(folder).some((name) => name.startsWith('.etcdesk-partial-')))
    backup.process.kill('SIGTERM')
    expect(await backup.ended).toEqual({ code: 1, signal: null })
    expect(backup.stderr()).toContain('Interrupted')
    expect(readdirSync(folder)).toEqual([older])
  })

  test('removes what one that was killed has left, but nothing of one that runs', async () => {
    const folder = temporaryFolder()
    const { pid: dead } = spawnSync('true')
    const [left, running, old] = [
      `.etcdesk-partial-${dead}-aaaaaa`,
      `.etcdesk-partial-${process.pid}-bbbbbb`,
      `.etcdesk-partial-${process.pid}-cccccc`,
    ]
    for (const name of [left, running, old]) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'backup.db'), 'half')
    }
    // Process numbers are given again: after days it is none of ours that runs.
    utimesSync(join(folder, old), new Date('2026-01-01'), new Date('2026-01-01'))
    expect(await backUp({ folder, data })).toMatchObject({ code: 0 })
    expect(readdirSync(folder)).toEqual([running, made])
  })

  test.skipIf(missing('tmpfs'))('that finds no room leaves the old ones, and the room as it was', async () => {
    const disk = smallDisk({ megabytes: 1, ballastMegabytes: 0 })
    const { folder } = disk
    writeFileSync(join(folder, older), 'the older one')
    disk.fill()
    const before = readdirSync(folder)
    expect(await backUp({ folder, data, args: ['--daily', '1', '--weekly', '0', '--monthly', '0'] })).toMatchObject({
      code: 1,
    })
    expect(readdirSync(folder)).toEqual(before)
    expect(readFileSync(join(folder, older), 'utf8')).toBe('the older one')
  })
})

describe('nothing is pruned', () => {
  const few = ['--daily', '1', '--weekly', '0', '--monthly', '0']

  test('where the backup is not well; it is kept aside, the newest such one', async () => {
    const data = temporaryFolder()
    const server = await startServer({ dataDirectory: data })
    await fetch(`${server.keysUrl}/v2/keys/tickets`, { method: 'POST', body: new URLSearchParams({ value: 'one' }) })
    await server.stop()
    const database = openPlainDatabase(join(data, 'desk.db'))
    database.exec('UPDATE counters SET value = 0')
    database.close()
    const folder = folderWithOlder()
    writeFileSync(join(folder, 'etcdesk-suspect.db'), 'an earlier one')
    const { code, stderr } = await backUp({ folder, data, args: few })
    expect([code, stderr]).toEqual([1, expect.stringContaining('The backup is not well')])
    expect(readdirSync(folder)).toEqual([older, 'etcdesk-suspect.db'])
    expect(readFileSync(join(folder, 'etcdesk-suspect.db')).subarray(0, 6).toString()).toBe('SQLite')
  })

  test('where there is nothing to back up', async () => {
    const folder = folderWithOlder()
    const data = temporaryFolder()
    rmSync(data, { recursive: true })
    expect(await backUp({ folder, data, args: few })).toMatchObject({ code: 1 })
    expect(readdirSync(folder)).toEqual([older])
  })

  const seeHelp = "see 'node backup.mjs --help'."
  test.each([
    ['no folder', [], `No folder is named: ${seeHelp}`],
    ['two folders', ['.', '..'], `One folder should be named, not 2: ${seeHelp}`],
    ['a flag that is not known', ['--dayly', '3', '.'], `Unknown option '--dayly': ${seeHelp}`],
    ['a flag without its number', ['.', '--daily'], `Option '--daily <value>' argument missing: ${seeHelp}`],
    ['a flag in the place of a number', ['--daily', '-1', '.'], `Option '--daily' argument is ambiguous: ${seeHelp}`],
    [
      'a number that is none',
      ['--daily', 'all', '.'],
      '--daily should be how many to keep, from 0 to 9999, not "all".',
    ],
    ['a time that is none', ['--now', 'tomorrow', '.'], '--now should be a time, such as 2026-11-28T03:00:00Z.'],
  ])('where it was called with %s', async (_, args, sentence) => {
    const folder = folderWithOlder()
    const program = startProgram([process.execPath, script, ...args], { cwd: folder })
    expect((await program.ended).code).toBe(2)
    expect(program.stderr()).toBe(`etcdesk-backup: ${sentence}\n`)
    expect(readdirSync(folder)).toEqual([older])
  })

  test.each(['--help', '-h'])('where it was asked what it does, with %s', async (flag) => {
    const folder = folderWithOlder()
    const program = startProgram([process.execPath, script, flag], { cwd: folder })
    expect([await program.ended, program.stderr()]).toEqual([{ code: 0, signal: null }, ''])
    for (const option of ['FOLDER', '--daily N', '--weekly N', '--monthly N', '--now TIME', 'ETCDESK_STORE'])
      expect(program.stdout()).toContain(option)
    expect(readdirSync(folder)).toEqual([older])
  })
})
