/** Clients that others wrote for etcd v2, unchanged, against the program as it ships, whatever it stands on. */
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { patienceOfV2 } from '../support/etcdctl.js'
import { keyRequest, send } from '../support/keys-door.js'
import { ELECTION, elect } from '../support/patroni.js'
import { missing } from '../support/requirements.js'
import { onSeveralServers } from '../support/served.js'
import { startProgram, waitUntil } from '../support/server.js'

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
}

async function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const program = startProgram(command, { env })
  const { code } = await program.ended
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The last line of a program's output, which is its JSON. */
function sawBy({ stdout, stderr }: Run): Record<string, unknown> {
  const line = stdout.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`no JSON: ${stdout}${stderr}`)
  }
}

onSeveralServers('clients of etcd v2', (server) => {
  // The nodes of one desk are tested one after another: each finds it as the first one did.
  beforeAll(() => removeEverything(server.keysUrl))

  describe.skipIf(missing('etcdctl'))('etcdctl of etcd v2', () => {
    const env = { ETCDCTL_API: '2' }
    /** Unless it is told to stay (`--no-sync`) it asks whom the server names as members, and goes on with any of them. */
    const command = (...args: string[]): string[] => [
      'etcdctl',
      ...patienceOfV2,
      '--no-sync',
      '--endpoints',
      server.keysUrl,
      ...args,
    ]
    const etcdctl = (...args: string[]): Promise<string> => output(command(...args))
    /** What a command prints; a refusal is `exit code: message`. */
    const output = async (whole: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(whole, env)
      return code === 0 ? stdout.trim() : `${code}: ${stderr.trim().replace(/ \[\d+\]$/u, '')}`
    }

    test('makes, sets, reads, updates and removes keys', async () => {
      expect(await etcdctl('mk', '/ctl/a', 'one')).toBe('one')
      expect(await etcdctl('mk', '/ctl/a', 'two')).toBe('4: Error:  105: Key already exists (/ctl/a)')
      expect(await etcdctl('set', '/ctl/a', 'three')).toBe('three')
      expect(await etcdctl('get', '/ctl/a')).toBe('three')
      expect(await etcdctl('-o', 'extended', 'get', '/ctl/a')).toMatch(
        /Created-Index: \d+\nModified-Index: \d+\nTTL: 0/u,
      )
      expect(await etcdctl('update', '/ctl/a', 'four')).toBe('four')
      expect(await etcdctl('update', '/ctl/none', 'four')).toBe('4: Error:  100: Key not found (/ctl/none)')
      expect(await etcdctl('set', '--swap-with-value', 'four', '/ctl/a', 'five')).toBe('five')
      expect(await etcdctl('set', '--swap-with-value', 'nope', '/ctl/a', 'six')).toBe(
        '4: Error:  101: Compare failed ([nope != five])',
      )
      expect(await etcdctl('rm', '--with-value', 'nope', '/ctl/a')).toBe(
        '4: Error:  101: Compare failed ([nope != five])',
      )
      expect(await etcdctl('rm', '--with-value', 'five', '/ctl/a')).toBe('')
      expect(await etcdctl('set', '--ttl', '500', '/ctl/t', 'x')).toBe('x')
      expect(await etcdctl('rm', '/ctl/t')).toBe('PrevNode.Value: x')
    })

    test('makes, lists and removes directories', async () => {
      expect(await etcdctl('mkdir', '/dirs/d')).toBe('')
      expect(await etcdctl('mkdir', '/dirs/d')).toBe('4: Error:  105: Key already exists (/dirs/d)')
      expect(await etcdctl('setdir', '/dirs/e')).toBe('')
      expect(await etcdctl('setdir', '/dirs/e')).toBe('4: Error:  102: Not a file (/dirs/e)')
      expect(await etcdctl('updatedir', '--ttl', '500', '/dirs/e')).toBe('')
      await etcdctl('set', '/dirs/d/key', 'x')
      await etcdctl('set', '/dirs/d/_hidden', 'x')
      expect(await etcdctl('ls', '/dirs')).toBe('/dirs/d\n/dirs/e')
      expect(await etcdctl('ls', '-r', '-p', '/dirs')).toBe('/dirs/d/\n/dirs/d/key\n/dirs/e/')
      expect(await etcdctl('rmdir', '/dirs/d')).toBe('4: Error:  108: Directory not empty (/dirs/d)')
      expect(await etcdctl('rmdir', '/dirs/e')).toBe('')
      expect(await etcdctl('rm', '-r', '/dirs')).toBe('')
      expect(await etcdctl('ls', '/dirs')).toBe('4: Error:  100: Key not found (/dirs)')
    })

    test('watches a key', async () => {
      const watching = startProgram(command('watch', '/watched/a'), { env })
      await waitUntil('a watcher', hasWatcher)
      await etcdctl('set', '/watched/a', 'hello')
      expect((await watching.ended).code).toBe(0)
      expect(watching.stdout().trim()).toBe('hello')
    })

    test('watches the past from an index on', async () => {
      const { headers } = await send(server.keysUrl, keyRequest('PUT', '/past', 'value=was'))
      expect(await etcdctl('watch', '--after-index', String(Number(headers['x-etcd-index']) - 1), '/past')).toBe('was')
    })

    test('runs a command for each event', async () => {
      const script = 'echo $ETCD_WATCH_ACTION $ETCD_WATCH_KEY $ETCD_WATCH_VALUE'
      const watching = startProgram(command('exec-watch', '--recursive', '/exec', '--', 'sh', '-c', script), { env })
      await waitUntil('a watcher', hasWatcher)
      await etcdctl('set', '/exec/a', '1')
      await waitUntil('the first line', () => watching.stdout().split('\n').length > 1)
      await waitUntil('a watcher', hasWatcher)
      await etcdctl('set', '/exec/b', '2')
      await waitUntil('the second line', () => watching.stdout().split('\n').length > 2)
      watching.process.kill()
      await watching.ended
      expect(watching.stdout()).toContain('set /exec/a 1')
      expect(watching.stdout()).toContain('set /exec/b 2')
    })

    test('finds the cluster healthy and its members, and goes on with any of them', async () => {
      const anywhere = (...args: string[]): Promise<string> =>
        output(['etcdctl', ...patienceOfV2, '--endpoints', server.keysUrl, ...args])
      expect(await anywhere('cluster-health')).toMatch(/^(?:member [0-9a-f]+ is healthy: .*\n)+cluster is healthy$/u)
      const lines = (await anywhere('member', 'list')).split('\n')
      const form = /^[0-9a-f]+: name=\S+ peerURLs=\S+ clientURLs=(\S+) isLeader=(?:true|false)$/u
      expectNodes(lines.map((line) => form.exec(line)?.[1] ?? line))
      expect(lines.filter((line) => line.endsWith('isLeader=true'))).toHaveLength(1)
      for (const value of ['one', 'two', 'three']) {
        expect(await anywhere('set', '/ctl/anywhere', value)).toBe(value)
        expect(await anywhere('get', '--quorum', '/ctl/anywhere')).toBe(value)
      }
    })
  })

  test.skipIf(missing('patroni'))('Patroni elects a leader, keeps it and hands over', async () => {
    const { stdout, stderr } = await elect(server.keysUrl)
    expect({ told: stdout.split('\n'), stderr }).toMatchObject({ told: ELECTION })
  })

  test.skipIf(missing('python3-etcd'))('python3-etcd reads, writes, locks, refreshes and watches', async () => {
    const { port } = new URL(server.keysUrl)
    const saw = sawBy(await run(['/usr/bin/python3', fixture('python-etcd.py'), port]))
    const { machines, members, leader, statistics, ...rest } = saw
    expectNodes(machines)
    expectNodes(Array.isArray(members) ? members.flat() : members)
    // Which of several nodes leads is left to chance; one that does not refuses, as etcd's followers do.
    const leads = JSON.stringify(leader) === JSON.stringify([server.keysUrl])
    expect(statistics).toEqual(leads ? ['StateLeader', 0, true] : ['StateFollower', 0, 'not current leader : None'])
    expect([machines].flat()).toContain([leader].flat()[0])
    expect(rest).toEqual({
      'a new key': true,
      'a key set again': [false, 'two', 'one', 'set'],
      'a key read': ['two', false, null, true],
      'no such key': '/py/none',
      'test and set': 'three',
      'test and set refused': '[nope != three]',
      'a key that exists': '/py/a',
      'a directory written': '/py/d',
      'keys in order': ['first', 'second'],
      'a time to live': 50,
      refreshed: [90, 'kept'],
      updated: 'four',
      watched: 'seen',
      'watched on and on': [
        ['set', '/py/w/x', 'seen'],
        ['set', '/py/w/y', '1'],
        ['delete', '/py/w', null],
      ],
      'a lock': [true, false],
      'a lock released': true,
      deleted: ['delete', 'delete'],
    })
  })

  test('node-etcd reads, writes, compares and watches', async () => {
    const saw = sawBy(await run([process.execPath, fixture('node-etcd.mjs'), server.keysUrl]))
    expect(saw).toEqual({
      set: 'one',
      get: 'one',
      missing: '/ne/none',
      testAndSet: 'compareAndSwap',
      compareFailed: 101,
      mkdir: true,
      inOrder: ['first', 'second'],
      raw: '3.4.23',
      sync: 'two',
      watched: 'seen',
      watchedPast: 'past',
      watchedDelete: 'delete',
      compareAndDelete: 'compareAndDelete',
      rmdir: 'delete',
    })
  })

  /** The server itself, and of the other nodes those that it names. */
  function expectNodes(urls: unknown): void {
    expect(urls).toContain(server.keysUrl)
    expect(server.keysUrls).toEqual(expect.arrayContaining(Array.isArray(urls) ? urls : [urls]))
  }

  async function hasWatcher(): Promise<boolean> {
    const { body } = await send(server.keysUrl, { method: 'GET', target: '/v2/stats/store' })
    const stats: unknown = JSON.parse(body)
    return typeof stats === 'object' && stats !== null && 'watchers' in stats && stats.watchers === 1
  }
})

/** Removes every key that is not hidden. */
async function removeEverything(keysUrl: string): Promise<void> {
  const { body } = await send(keysUrl, keyRequest('GET', '/?quorum=true'))
  const keys = [...body.matchAll(/"key":"(?<key>[^"]+)"/gu)].map(({ groups }) => groups?.['key'] ?? '')
  for (const key of keys) await send(keysUrl, keyRequest('DELETE', `${key}?recursive=true`))
}
