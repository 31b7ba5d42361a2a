/** `npm run cluster`: a whole cluster on this machine, which ends with its script and goes on at the next start. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import { startProgram, waitUntil, type RunningProgram } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

const script = join(repositoryRoot, 'scripts/cluster.mjs')

describe.skipIf(missing('etcd'))('the script of the cluster', () => {
  test('starts three members and three nodes, stops them all on Ctrl-C, and goes on with their data', async () => {
    const folder = join(temporaryFolder(), 'trial')
    const first = await startCluster(folder)
    const [one, two, three] = desksOf(first)
    const created = await fetch(`${one}/tickets`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"value":"on three nodes"}',
    })
    expect(created.status).toBe(201)
    for (const desk of [two, three]) {
      await waitUntil('the ticket on every node', async () => (await titleOf(desk)) === 'on three nodes')
    }
    const pids = pidsOf(first)
    expect(pids).toHaveLength(6)
    expect(await stop(first)).toBe(0)
    expect(pids.filter(isRunning)).toEqual([])

    const second = await startCluster(folder)
    expect(desksOf(second)).toEqual([one, two, three])
    expect(await titleOf(three)).toBe('on three nodes')
    expect(await stop(second)).toBe(0)
    expect(pidsOf(second).filter(isRunning)).toEqual([])
  })
})

test('the script of the cluster says how to install etcd where it is not', async () => {
  const program = startProgram([process.execPath, script, temporaryFolder()], { env: { PATH: '/nowhere' } })
  expect((await program.ended).code).toBe(1)
  expect(program.stderr()).toContain('sudo apt-get install etcd-server')
})

async function startCluster(folder: string): Promise<RunningProgram> {
  const program = startProgram([process.execPath, script, folder])
  let hasEnded = false
  void program.ended.then(() => (hasEnded = true))
  onTestFinished(async () => {
    program.process.kill('SIGTERM')
    await program.ended
  })
  await waitUntil(
    () => `the cluster: ${program.stdout()}${program.stderr()}`,
    () => {
      if (hasEnded) throw new Error(program.stderr())
      return program.stdout().includes('Ctrl-C stops all')
    },
  )
  return program
}

async function stop(program: RunningProgram): Promise<number | null> {
  program.process.kill('SIGINT')
  return (await program.ended).code
}

function desksOf(program: RunningProgram): string[] {
  return [...program.stdout().matchAll(/desk at (\S+),/gu)].map(([, url = '']) => url)
}

function pidsOf(program: RunningProgram): number[] {
  return [...program.stdout().matchAll(/process (\d+)/gu)].map(([, pid]) => Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function titleOf(desk: string | undefined): Promise<string> {
  return (await fetch(`${desk}/tickets/1`)).text()
}
