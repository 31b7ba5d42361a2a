/** The doors' certificate, as its files change: by who renews it, at once or half, by another link, or into rubbish. */
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDoor, type Door } from '#src/http/door.js'
import { openCertificates } from '#src/server/certificates.js'
import { Authority } from '../support/authority.js'
import { missing } from '../support/requirements.js'
import { waitUntil } from '../support/server.js'
import { certificatePem } from '../support/pem.js'

const LOOK_MS = 5

describe.skipIf(missing('openssl'))('a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-certificates-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  let ours: Authority
  beforeAll(() => {
    ours = new Authority(folder, 'ours').sign('first').sign('second')
  })

  const files = { cert: join(folder, 'live', 'tls.crt'), key: join(folder, 'live', 'tls.key') }
  const warnings: string[] = []
  let door: Door

  /** A folder with one certificate, as those who hand out secrets make it; and the link to the one that counts, changed in one step. */
  function linkTo(name: string): void {
    const own = join(folder, `of-${name}`)
    mkdirSync(own, { recursive: true })
    copyFileSync(ours.cert(name), join(own, 'tls.crt'))
    copyFileSync(ours.key(name), join(own, 'tls.key'))
    symlinkSync(own, join(folder, 'next'))
    renameSync(join(folder, 'next'), join(folder, 'live'))
  }

  beforeEach(async () => {
    warnings.length = 0
    linkTo('first')
    const certificates = openCertificates(files, (sentence) => warnings.push(sentence), LOOK_MS)
    const listen = { host: '127.0.0.1', port: 0 }
    door = await openDoor({ listen, handler: (_, response) => void response.end('hello'), tls: { certificates } })
  })
  afterEach(() => door.close(0))

  /** Whom the next connection meets, as a client that trusts the authority sees it. */
  async function met(): Promise<string> {
    const socket = connect({ ...door.address, ca: ours.text() })
    await once(socket, 'secureConnect')
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return String(subject.CN)
  }
  // Until then it may be one that has ended, which no client takes.
  const meets = (name: string): Promise<void> =>
    waitUntil(`${name} to be met`, async () => (await met().catch(() => 'none')) === name)

  test('that is written anew counts for the next connection, and those that stand are not disturbed', async () => {
    const standing = connect({ ...door.address, ca: ours.text() })
    await once(standing, 'secureConnect')
    expect(await met()).toBe('first')
    copyFileSync(ours.cert('second'), files.cert)
    copyFileSync(ours.key('second'), files.key)
    await meets('second')
    const answer = once(standing, 'data')
    standing.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(String((await answer)[0])).toContain('hello')
    standing.destroy()
  })

  test('behind a link that leads elsewhere in one step counts too, and nothing is said', async () => {
    linkTo('second')
    await meets('second')
    linkTo('first')
    await meets('first')
    expect(warnings.filter((sentence) => !sentence.includes('is not of the key in'))).toEqual([])
  })

  test('of which half is renewed does not count, and the log says so once', async () => {
    copyFileSync(ours.cert('second'), files.cert)
    await waitUntil('the warning', () => warnings.length > 0)
    expect(warnings).toEqual([
      `The certificate in ${files.cert} is not of the key in ${files.key}: give files in PEM form that belong together, the key without a ` +
        'passphrase. The certificate of before stays in use.',
    ])
    expect(await met()).toBe('first')
    copyFileSync(ours.key('second'), files.key)
    await meets('second')
    expect(warnings).toHaveLength(1)
  })

  test.each([
    ['rubbish', 'rubbish', 'can not be used with the key in'],
    ['nothing', '', 'can not be used with the key in'],
    ['another one', certificatePem, 'is not of the key in'],
  ])('that becomes %s keeps the one before', async (_name, content, words) => {
    writeFileSync(files.cert, content)
    await waitUntil('the warning', () => warnings.length > 0)
    expect(warnings[0]).toContain(words)
    expect(await met()).toBe('first')
  })

  test('with rubbish behind it, where those belong that lead to its authority, keeps the one before', async () => {
    writeFileSync(files.cert, `${ours.text('first')}-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n`)
    await waitUntil('the warning', () => warnings.length > 0)
    expect(await met()).toBe('first')
  })

  test('that goes away, or is a folder, keeps the one before', async () => {
    unlinkSync(files.cert)
    await waitUntil('the warning', () => warnings.length === 1)
    expect(warnings[0]).toMatch(
      /tls\.crt can not be read \(.+\): name another one, or change who may read it\. The certificate of before/u,
    )
    mkdirSync(files.cert)
    await waitUntil('the next warning', () => warnings.length === 2)
    expect(await met()).toBe('first')
    rmSync(files.cert, { recursive: true })
  })

  test.each([
    ['ends within a week', 3, /^The certificate in \S+ ends at \S+Z: renew it\.$/u],
    ['has ended', 0, /^The certificate in \S+ ended at \S+Z, so clients do not trust it: renew it\.$/u],
  ])('that %s is told of, once, and goes on', async (_name, days, sentence) => {
    ours.sign('ending', days)
    linkTo('ending')
    await waitUntil('the warning', () => warnings.some((warning) => sentence.test(warning)))
    linkTo('first')
    await meets('first')
    expect(warnings.filter((warning) => sentence.test(warning))).toHaveLength(1)
  })

  test('that can not be used is refused at the start', () => {
    const open = (cert: string, key: string): unknown => openCertificates({ cert, key }, () => {})
    expect(() => open(ours.cert('first'), ours.key('second'))).toThrow(/is not of the key in/u)
    expect(() => open(ours.key('first'), ours.cert('first'))).toThrow(/can not be used with the key in/u)
    expect(() => open(join(folder, 'none'), ours.key('first'))).toThrow(/none can not be read \(it does not exist\)/u)
  })
})
