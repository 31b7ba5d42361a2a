/** Both doors by TLS as they ship, met by clients that trust an authority of the house: curl, etcd's own, Node's, and ours. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Authority } from '../support/authority.js'
import { patienceOfV2 } from '../support/etcdctl.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, startProgram, startServer, waitUntil, type RunningServer } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'

describe.skipIf(missing('openssl'))('a desk with a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-tls-'))
  const cert = join(folder, 'tls.crt')
  const key = join(folder, 'tls.key')
  let ours: Authority
  let server: RunningServer
  beforeAll(async () => {
    ours = new Authority(folder, 'ours').sign('first').sign('second')
    copyFileSync(ours.cert('first'), cert)
    copyFileSync(ours.key('first'), key)
    chmodSync(key, 0o600)
    server = await startServer({ args: ['--tls-cert', cert, '--tls-key', key, '--hsts', '31536000'] })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs a program of Node's that trusts the authority, as documented. */
  async function inNode(program: string): Promise<string> {
    const node = startProgram([process.execPath, '--input-type=module', '--eval', program], {
      cwd: repositoryRoot,
      env: { NODE_EXTRA_CA_CERTS: ours.cert() },
    })
    expect([(await node.ended).code, node.stderr()]).toEqual([0, ''])
    return node.stdout().trim()
  }

  test('says that it is at https, in the log, to other nodes, to clients and to its page', async () => {
    expect(server.deskUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/u)
    expect(server.keysUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/u)
    expect(server.stderr()).toBe('')
    const page = (url: string): Promise<string> => inNode(`console.log(await (await fetch('${url}')).text())`)
    expect(JSON.parse(await page(`${server.deskUrl}/nodes`))).toMatchObject({
      nodes: [{ deskUrl: server.deskUrl, keysUrl: server.keysUrl }],
    })
    expect(await page(`${server.keysUrl}/v2/machines`)).toBe(server.keysUrl)
    const front = await inNode(
      `console.log(await (await fetch('${server.deskUrl}/', { headers: { Accept: 'text/html' } })).text())`,
    )
    expect(front).toContain(server.keysUrl)
  })

  test.skipIf(missing('curl'))('is met by curl, which is told to come by TLS alone', () => {
    const curl = (...args: string[]): string =>
      execFileSync('curl', ['-sSi', '--cacert', ours.cert(), ...args], { encoding: 'utf8' })
    const put = curl('-X', 'PUT', `${server.keysUrl}/v2/keys/by-curl`, '-d', 'value=1')
    expect(put).toMatch(/^HTTP\/1\.1 201 [^]*Strict-Transport-Security: max-age=31536000\r\n/u)
    expect(curl(`${server.deskUrl}/readyz`)).toMatch(
      /^HTTP\/1\.1 200 [^]*Strict-Transport-Security: max-age=31536000\r\n/u,
    )
    const stranger = spawnSync('curl', ['-sS', `${server.deskUrl}/readyz`], { encoding: 'utf8' })
    expect([stranger.status, stranger.stdout]).toEqual([60, ''])
    const plain = spawnSync('curl', ['-sS', server.deskUrl.replace('https:', 'http:')], { encoding: 'utf8' })
    expect([plain.status, plain.stdout]).toEqual([52, ''])
  })

  test.skipIf(missing('etcdctl'))("is met by etcd's own client of v2, a watch too", async () => {
    const env = { ETCDCTL_API: '2' }
    const trusting = [...patienceOfV2, '--endpoints', server.keysUrl, '--ca-file', ours.cert()]
    const etcdctl = (...args: string[]) => ['etcdctl', ...trusting, ...args]
    const run = async (...args: string[]): Promise<string> => {
      const program = startProgram(etcdctl(...args), { env })
      expect([(await program.ended).code, program.stderr()]).toEqual([0, ''])
      return program.stdout()
    }
    expect(await run('set', '/by-etcdctl', 'one')).toBe('one\n')
    const watch = startProgram(etcdctl('watch', '/by-etcdctl', '--forever'), { env })
    await waitUntil('its event', async () => {
      await run('set', '/by-etcdctl', 'two')
      return watch.stdout().includes('two')
    })
    watch.process.kill('SIGTERM')
    await watch.ended
    expect(await run('cluster-health')).toContain('cluster is healthy')
  })

  test('is met by our clients and the menu, with NODE_EXTRA_CA_CERTS and not without', async () => {
    const told = await inNode(`
      import { createClient, createDeskClient } from '#src/client/client.js'
      const { keys } = createClient({ endpoint: '${server.keysUrl}' })
      await keys.set('/by-client', 'here')
      console.log((await keys.get('/by-client')).node.value)
      const desk = createDeskClient({ endpoint: '${server.deskUrl}' })
      console.log((await desk.tickets.create({ title: 'By https' })).title)`)
    expect(told).toBe('here\nBy https')
    const menu = ['menu', '--endpoint', server.keysUrl]
    const trusting = await runEtcdesk(menu, { env: { NODE_EXTRA_CA_CERTS: ours.cert() }, input: '1\n' })
    expect([trusting.code, trusting.stdout]).toEqual([0, expect.stringContaining('By https')])
    const stranger = await runEtcdesk(menu, { input: '1\n' })
    expect(stranger.code).not.toBe(0)
    expect(stranger.stderr).toContain('NODE_EXTRA_CA_CERTS')
  })

  test.each([
    [
      ['--tls-cert', '/none'],
      /^etcdesk: --tls-cert is given without --tls-key: TLS needs a certificate and its key\.\n$/u,
    ],
    [['--tls-key', '/none'], /^etcdesk: --tls-key is given without --tls-cert: .+\n$/u],
    [
      ['--tls-cert', '/none', '--tls-key', '/none'],
      /^etcdesk: The file \/none can not be read \(it does not exist\): .+\n$/u,
    ],
    [
      ['--tls-cert', repositoryRoot, '--tls-key', '/none'],
      /^etcdesk: The file .+ can not be read \(it is a folder\): .+\n$/u,
    ],
  ])('is not started with %j, and says so in a sentence', async (args, sentence) => {
    const { code, stdout, stderr } = await runEtcdesk(['serve', ...args, '--data', join(folder, 'none')])
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(sentence)])
  })

  test('whose files change shows the new certificate to the next client, without a restart', async () => {
    copyFileSync(ours.cert('second'), cert)
    await waitUntil('the half to be told', () => server.stderr().includes('is not of the key in'))
    copyFileSync(ours.key('second'), key)
    const subject = `
      import { connect } from 'node:tls'
      const socket = connect({ host: '127.0.0.1', port: ${new URL(server.deskUrl).port} }, () => {
        console.log(socket.getPeerCertificate().subject.CN)
        socket.destroy()
      })`
    await waitUntil('the second certificate', async () => (await inNode(subject)) === 'second')
    expect(server.stderr().match(/The certificate of before stays in use/gu)).toHaveLength(1)
  })
})
