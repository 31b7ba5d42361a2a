/**
 * The units of deploy/: what systemd itself says of them, that they name what the package has, and that the server tells systemd when it
 * is ready. Here no systemd runs as the first process, so their services are not started; docs/DEPLOY.md says how that was tried.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

const deploy = join(repositoryRoot, 'deploy')
const services = ['etcdesk.service', 'etcdesk-backup.service']
/** Where the units expect the package, as `npm install --global --prefix` lays it out. */
const prefix = '/opt/etcdesk'
const packageFolder = `${prefix}/lib/node_modules/etcdesk`

function read(name: string): string {
  return readFileSync(join(deploy, name), 'utf8')
}

/** What a unit sets, `Name=value`, in order. */
function settings(name: string): string[] {
  return read(name).match(/^[A-Z]\w+=.*$/gmu) ?? []
}

/** The units in a folder of their own, as /etc/systemd/system would have them, but for a prefix that is there. */
function installed(edit: (text: string) => string = (text) => text): string {
  const folder = temporaryFolder()
  const root = join(folder, 'opt')
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'lib/node_modules'), { recursive: true })
  symlinkSync(repositoryRoot, join(root, 'lib/node_modules/etcdesk'))
  symlinkSync('../lib/node_modules/etcdesk/dist/program/main.js', join(root, 'bin/etcdesk'))
  for (const name of readdirSync(deploy).filter((file) => /\.(?:service|timer)$/u.test(file))) {
    writeFileSync(join(folder, name), edit(read(name).replaceAll(`${prefix}/`, `${root}/`)))
  }
  for (const service of services) {
    mkdirSync(join(folder, `${service}.d`))
    cpSync(join(deploy, 'over-etcd.conf'), join(folder, `${service}.d/over-etcd.conf`))
  }
  return folder
}

describe.skipIf(missing('systemd-analyze'))('systemd', () => {
  function verify(folder: string): string {
    const units = readdirSync(folder).filter((file) => /\.(?:service|timer)$/u.test(file))
    // Only these: what else this machine has is none of our business.
    const args = ['verify', '--man=no', '--recursive-errors=no', ...units.map((name) => join(folder, name))]
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    return `${status}: ${stdout}${stderr}`
  }

  test('finds nothing wrong in the units, with over-etcd.conf beside them', () => {
    expect(verify(installed())).toBe('0: ')
  })

  test.each([
    ['a setting that it does not know', (text: string) => text.replaceAll('ProtectSystem', 'ProtectSytem')],
    ['a program that is not there', (text: string) => text.replaceAll('bin/etcdesk', 'bin/etcdisk')],
    ['a time that is none', (text: string) => text.replaceAll('03:00:00', '30:00:00')],
  ])('would find %s', (_, edit) => {
    expect(verify(installed(edit))).not.toBe('0: ')
  })

  /** Whether the exposure is at most a tenth of the number, as `systemd-analyze security` counts it: from 0 to 10. */
  function isBelow(threshold: number, file: string): boolean {
    const args = ['security', '--offline=true', `--threshold=${threshold}`, file]
    return spawnSync('systemd-analyze', args, { stdio: 'ignore' }).status === 0
  }

  // About 1 each with systemd 252. What is left: the network, Unix sockets and executable memory. A newer one may ask for more.
  test.each(services)('finds %s little exposed', (service) => {
    const folder = temporaryFolder()
    cpSync(join(deploy, service), join(folder, service))
    expect(isBelow(20, join(folder, service))).toBe(true)
    writeFileSync(join(folder, service), read(service).replaceAll(/^(?:SystemCallFilter|Protect\w+)=.*$/gmu, ''))
    expect(isBelow(20, join(folder, service))).toBe(false)
  })

  test('makes the user from the sysusers file', () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'etc'))
    const args = [`--root=${root}`, join(deploy, 'etcdesk.sysusers')]
    expect(spawnSync('systemd-sysusers', args, { encoding: 'utf8' }).status).toBe(0)
    const account = readFileSync(join(root, 'etc/passwd'), 'utf8')
    expect(account).toMatch(/^etcdesk:[^:]+:\d+:\d+:etcdesk server:\/var\/lib\/etcdesk:\/usr\/sbin\/nologin$/mu)
  })
})

describe('the units', () => {
  test.each(services)('of %s name files that the package has', (service) => {
    const named = read(service).match(/\/opt\/etcdesk\/[^\s]+/gu) ?? []
    const manifest: { bin: object; files: string[] } = JSON.parse(
      readFileSync(join(repositoryRoot, 'package.json'), 'utf8'),
    )
    expect(named.length).toBeGreaterThan(1)
    const isThere = (path: string): boolean =>
      path === `${prefix}/bin/etcdesk`
        ? 'etcdesk' in manifest.bin
        : existsSync(path.replace(packageFolder, repositoryRoot))
    expect(named.filter((path) => !isThere(path))).toEqual([])
    expect(manifest.files).toContain('deploy')
  })

  test('shut in the backup as they do the server', () => {
    const shutIn = (name: string): string[] => {
      const all = settings(name)
      return all.slice(
        all.findIndex((line) => line.startsWith('IPAddressDeny=')),
        all.indexOf('SystemCallErrorNumber=EPERM') + 1,
      )
    }
    expect(shutIn('etcdesk-backup.service')).toEqual(shutIn('etcdesk.service'))
    expect(shutIn('etcdesk.service').length).toBeGreaterThan(25)
  })

  test('give a stop more time than the server takes at most', () => {
    const serve = readFileSync(join(repositoryRoot, 'src/server/serve.ts'), 'utf8')
    const milliseconds = [...serve.matchAll(/^const (?:graceMs|storeCloseMsMax) = ([\d_]+)$/gmu)].map(
      ([, number = '']) => Number(number.replaceAll('_', '')),
    )
    expect(milliseconds).toHaveLength(2)
    const stop = Number(/^TimeoutStopSec=(\d+)s$/mu.exec(read('etcdesk.service'))?.[1])
    expect(stop * 1000).toBeGreaterThan(milliseconds.reduce((sum, one) => sum + one, 0))
  })
})

describe('a server that systemd started', () => {
  test('says that it is ready once its doors are open, by systemd-notify', async () => {
    const folder = temporaryFolder()
    const said = join(folder, 'said')
    // Stands for systemd's own program, whose socket Node can't listen on.
    const program = join(folder, 'systemd-notify')
    writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >>'${said}'\n`)
    chmodSync(program, 0o755)
    const PATH = `${folder}${delimiter}${process.env['PATH'] ?? ''}`
    const silent = await startServer({ env: { PATH, NOTIFY_SOCKET: '' } })
    expect((await silent.stop()).code).toBe(0)
    expect(existsSync(said)).toBe(false)
    const server = await startServer({ env: { PATH, NOTIFY_SOCKET: '/run/systemd/notify' } })
    await waitUntil('it to have said so', () => existsSync(said) && readFileSync(said, 'utf8') !== '')
    expect(readFileSync(said, 'utf8')).toBe('/run/systemd/notify --ready\n')
    expect((await server.stop()).code).toBe(0)
  })

  test('serves also where there is no systemd-notify', async () => {
    const server = await startServer({ env: { PATH: temporaryFolder(), NOTIFY_SOCKET: '/run/systemd/notify' } })
    expect((await fetch(`${server.deskUrl}/readyz`)).status).toBe(200)
    expect((await server.stop()).code).toBe(0)
    expect(server.stderr()).not.toContain('fault')
  })
})
