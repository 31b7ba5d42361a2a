/** What settings mean, which of several sources wins, and what is said about one that can not be used. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { configSetting, settingsTable, variableName, type Settings } from '#src/server/settings-table.js'
import { noticesOf, readSettings, SettingsError, storeUrl } from '#src/server/settings.js'
import { unknownVariables } from '#src/server/unknown-variables.js'
import { certificatePem, keyPem } from '../support/pem.js'
import { repositoryRoot } from '../support/source.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function configFile(content: unknown): string {
  files += 1
  const path = join(folder, `${files}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

interface Sources {
  readonly flags?: Record<string, unknown>
  readonly env?: Record<string, string>
  readonly file?: unknown
}

function read({ flags = {}, env = {}, file }: Sources): Settings {
  return readSettings({ flags: file === undefined ? flags : { ...flags, config: configFile(file) }, env })
}

/** The sentence of the refusal, with the config file's path as FILE. */
function refusal(sources: Sources): string {
  try {
    read(sources)
  } catch (error) {
    if (error instanceof SettingsError)
      return error.message.replaceAll(new RegExp(`${folder}/\\d+\\.json`, 'gu'), 'FILE')
    throw error
  }
  throw new Error('the settings were not refused')
}

const pemFile = join(folder, 'one.pem')
writeFileSync(pemFile, certificatePem)
const keyFile = join(folder, 'one.key')
writeFileSync(keyFile, keyPem, { mode: 0o600 })

/** One good value of each setting as text and what it is read as. */
const examples: { readonly [Name in keyof Settings]: { text: string; json: unknown; value: Settings[Name] } } = {
  listen: { text: '127.0.0.1:8080', json: '127.0.0.1:8080', value: { host: '127.0.0.1', port: 8080 } },
  keysListen: { text: '[::1]:4001', json: '[::1]:4001', value: { host: '::1', port: 4001 } },
  dataDirectory: { text: 'some/folder', json: 'some/folder', value: 'some/folder' },
  store: { text: 'sqlite::memory:', json: 'sqlite::memory:', value: 'sqlite::memory:' },
  etcdCa: { text: pemFile, json: pemFile, value: certificatePem },
  etcdCert: { text: pemFile, json: pemFile, value: certificatePem },
  etcdKey: { text: keyFile, json: keyFile, value: keyPem },
  etcdUser: { text: 'desk', json: 'desk', value: 'desk' },
  etcdPassword: { text: 'secret', json: 'secret', value: 'secret' },
  etcdCompactSeconds: { text: '60', json: 60, value: 60 },
  etcdCompareSeconds: { text: '600', json: 600, value: 600 },
  etcdStartSeconds: { text: '5', json: 5, value: 5 },
  etcdMaxRequestBytes: { text: '10485760', json: 10_485_760, value: 10_485_760 },
  etcdMaxTxnOps: { text: '1024', json: 1024, value: 1024 },
  historyEventsMax: { text: '1000', json: 1000, value: 1000 },
  advertise: {
    text: 'http://desk.example.net:2224',
    json: 'http://desk.example.net:2224/',
    value: 'http://desk.example.net:2224',
  },
  keysAdvertise: {
    text: 'http://desk.example.net:2379',
    json: 'http://desk.example.net:2379/',
    value: 'http://desk.example.net:2379',
  },
  cors: {
    text: 'https://a.example, http://b.example:81',
    json: ['https://a.example', 'http://b.example:81'],
    value: ['https://a.example', 'http://b.example:81'],
  },
  hostWhitelist: {
    text: 'desk.example,10.0.0.7',
    json: ['desk.example', '10.0.0.7'],
    value: ['desk.example', '10.0.0.7'],
  },
  insecure: { text: 'true', json: true, value: true },
  tlsCert: { text: pemFile, json: pemFile, value: pemFile },
  tlsKey: { text: keyFile, json: keyFile, value: keyFile },
  hstsSeconds: { text: '31536000', json: 31_536_000, value: 31_536_000 },
  trustedProxies: {
    text: '127.0.0.1, 10.0.0.0/8,fd00::/8',
    json: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
    value: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
  },
  staleReadsSeconds: { text: '5', json: 5, value: 5 },
  rateLimit: { text: '50', json: 50, value: 50 },
  rateLimitNode: { text: '0', json: 0, value: 0 },
  logLevel: { text: 'debug', json: 'debug', value: 'debug' },
}

/** What some settings need beside them. */
const beside: Partial<Record<keyof Settings, Record<string, string>>> = {
  tlsCert: { ETCDESK_TLS_KEY: keyFile },
  tlsKey: { ETCDESK_TLS_CERT: pemFile },
}
const names = Object.keys(settingsTable).filter((name): name is keyof Settings => name in examples)

describe('without any setting', () => {
  test('the desk listens on 127.0.0.1:2224, the keys API on 127.0.0.1:2379, and the data is in etcdesk-data', () => {
    expect(read({})).toEqual({
      listen: { host: '127.0.0.1', port: 2224 },
      keysListen: { host: '127.0.0.1', port: 2379 },
      dataDirectory: 'etcdesk-data',
      store: undefined,
      etcdCa: undefined,
      etcdCert: undefined,
      etcdKey: undefined,
      etcdUser: undefined,
      etcdPassword: undefined,
      etcdCompactSeconds: 300,
      etcdCompareSeconds: 3600,
      etcdStartSeconds: 30,
      etcdMaxRequestBytes: 1_572_864,
      etcdMaxTxnOps: 128,
      historyEventsMax: 100_000,
      advertise: undefined,
      keysAdvertise: undefined,
      cors: [],
      hostWhitelist: [],
      insecure: false,
      tlsCert: undefined,
      tlsKey: undefined,
      hstsSeconds: 0,
      trustedProxies: [],
      staleReadsSeconds: 60,
      rateLimit: 200,
      rateLimitNode: 0,
      logLevel: 'info',
    })
    expect(storeUrl(read({}))).toBe('sqlite:etcdesk-data/desk.db')
  })

  test('the defaults in the help are the defaults', () => {
    for (const setting of Object.values(settingsTable)) {
      if (setting.defaultValue === undefined || ['none', 'off'].includes(setting.defaultText)) continue
      expect(setting.read(setting.defaultText)).toEqual(setting.defaultValue)
    }
  })
})

describe.each(names)('%s', (name) => {
  const { flag } = settingsTable[name]
  const { text, json, value } = examples[name]
  const env = beside[name] ?? {}

  test('can be given as a flag', () => {
    expect(read({ flags: { [flag]: text }, env })[name]).toEqual(value)
  })

  test('can be given as an environment variable', () => {
    expect(read({ env: { ...env, [variableName(flag)]: text } })[name]).toEqual(value)
  })

  test('can be given in the config file by its flag', () => {
    expect(read({ file: { [flag]: json }, env })[name]).toEqual(value)
    expect(read({ file: { [flag]: text }, env })[name]).toEqual(value)
  })

  test.each(['flag', 'variable', 'file'])(
    'with a wrong value is refused with a sentence that names the %s',
    (source) => {
      const wrong = ['dataDirectory', 'etcdUser', 'etcdPassword', 'tlsCert', 'tlsKey'].includes(name) ? '\0' : 'wr ong'
      const [sources, where]: [Sources, string] =
        source === 'flag'
          ? [{ flags: { [flag]: wrong } }, `--${flag}`]
          : source === 'variable'
            ? [{ env: { [variableName(flag)]: wrong } }, variableName(flag)]
            : [{ file: { [flag]: wrong } }, `"${flag}" in FILE`]
      const sentence = refusal(sources)
      expect(sentence).toMatch(
        settingsTable[name].isSecret === true ? /^.+ should be [^"]+\.$/u : /^.+ should be .+, not ".*"\.$/u,
      )
      expect(sentence.startsWith(`${where} should be `)).toBe(true)
    },
  )

  test.each([[null], [17.5], [{}], [[1]]])('in the config file is refused as %j', (raw) => {
    expect(refusal({ file: { [flag]: raw } })).toMatch(
      settingsTable[name].isSecret === true ? / should be /u : / should be .+, not /u,
    )
  })
})

describe('of several sources', () => {
  test('the flag wins over the variable, the variable over the file', () => {
    const file = { history: 3, cors: '*', 'log-level': 'warn' }
    const env = { ETCDESK_HISTORY: '2', ETCDESK_CORS: 'https://a.example' }
    const settings = read({ flags: { history: '1' }, env, file })
    expect(settings).toMatchObject({ historyEventsMax: 1, cors: ['https://a.example'], logLevel: 'warn' })
  })

  test('a flag can take back what the file switches on', () => {
    expect(read({ env: { ETCDESK_INSECURE: 'false' }, file: { insecure: true } }).insecure).toBe(false)
  })

  test('an empty variable counts as not set', () => {
    expect(read({ env: { ETCDESK_HISTORY: '' } }).historyEventsMax).toBe(100_000)
  })

  test('the config file may be named by a variable', () => {
    const env = { [variableName(configSetting.flag)]: configFile({ history: 7 }) }
    expect(read({ env }).historyEventsMax).toBe(7)
  })
})

describe('addresses', () => {
  test.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['[::1]:2224', { host: '::1', port: 2224 }],
    ['127.1.2.3:65535', { host: '127.1.2.3', port: 65_535 }],
  ])('%s is one', (text, address) => {
    expect(read({ flags: { listen: text } }).listen).toEqual(address)
  })

  test.each([
    '',
    '2224',
    ':2224',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:2224',
    'http://127.0.0.1:2224',
    'a b:1',
    '127.0.0.1:-1',
  ])("'%s' is none", (text) => {
    expect(refusal({ flags: { listen: text } })).toBe(
      `--listen should be HOST:PORT, such as 127.0.0.1:2224 or [::1]:2224 (port 0 picks a free one), not ${JSON.stringify(text)}.`,
    )
  })

  test('the keys API can be off, the desk can not', () => {
    expect(read({ flags: { 'keys-listen': 'off' } }).keysListen).toBeUndefined()
    expect(refusal({ flags: { listen: 'off' } })).toContain('--listen should be HOST:PORT')
  })

  test('both doors on one address are refused, but not on two free ports', () => {
    expect(refusal({ flags: { listen: '127.0.0.1:5000' }, env: { ETCDESK_KEYS_LISTEN: '127.0.0.1:5000' } })).toBe(
      '--listen and ETCDESK_KEYS_LISTEN both name 127.0.0.1:5000: give the doors different ports.',
    )
    expect(read({ flags: { listen: '127.0.0.1:0', 'keys-listen': '127.0.0.1:0' } }).keysListen?.port).toBe(0)
  })
})

describe('lists', () => {
  test('* allows all origins and hosts, and nothing allows none', () => {
    expect(read({ flags: { cors: '*', 'host-whitelist': '*' } })).toMatchObject({ cors: ['*'], hostWhitelist: ['*'] })
    expect(read({ flags: { cors: '', 'host-whitelist': '' } })).toMatchObject({ cors: [], hostWhitelist: [] })
  })

  test.each(['example.net', 'https://example.net/path', 'ftp://example.net', 'https://*.example.net'])(
    "'%s' is no origin",
    (text) => {
      expect(refusal({ flags: { cors: text } })).toContain('--cors should be origins separated by commas')
    },
  )
})

describe('a file that a setting names', () => {
  const fifo = join(folder, 'fifo')
  const settings = ['config', 'etcd-ca', 'etcd-cert', 'etcd-key']

  test.skipIf(process.platform === 'win32').each(settings)('by --%s is refused at once where it is a pipe', (flag) => {
    if (!existsSync(fifo)) execFileSync('mkfifo', [fifo])
    expect(refusal({ flags: { [flag]: fifo } })).toMatch(/it is a pipe \(FIFO\)/u)
  })

  test.each(settings)('by --%s is refused where it is a folder, or not there', (flag) => {
    expect(refusal({ flags: { [flag]: folder } })).toMatch(/it is a folder/u)
    expect(refusal({ flags: { [flag]: join(folder, 'missing') } })).toMatch(/it does not exist/u)
  })

  test('as a certificate holds one, as a key a key', () => {
    expect(refusal({ flags: { 'etcd-ca': keyFile } })).toMatch(/^--etcd-ca should be .* a certificate in PEM form/u)
    expect(refusal({ env: { ETCDESK_ETCD_KEY: pemFile } })).toMatch(/^ETCDESK_ETCD_KEY should be .* a private key/u)
  })

  test.skipIf(process.platform === 'win32')(
    'with a secret that everyone can read is told, and one that is kept is not',
    () => {
      const config = configFile({ 'etcd-password': 'hunter2', 'etcd-key': keyFile })
      const plain = configFile({ history: 7 })
      for (const path of [config, plain]) chmodSync(path, 0o644)
      expect(noticesOf({ flags: { config }, env: {} })).toEqual([
        `The config file ${config} holds a password, and everyone on this machine can read it: chmod o-r it.`,
      ])
      expect(noticesOf({ flags: { config: plain }, env: {} })).toEqual([])
      chmodSync(config, 0o640)
      expect(noticesOf({ flags: { config }, env: {} })).toEqual([])
      const openKey = join(folder, 'open.key')
      writeFileSync(openKey, keyPem)
      chmodSync(openKey, 0o644)
      expect(noticesOf({ flags: { 'etcd-key': openKey }, env: {} })).toEqual([
        `Everyone on this machine can read the key ${openKey} (--etcd-key): chmod o-r it.`,
      ])
    },
  )
})

describe('a variable that is no setting', () => {
  test.each([
    ['ETCDESK_LISTNE', 'is ETCDESK_LISTEN meant?'],
    ['ETCDESK_KEYSLISTEN', 'is ETCDESK_KEYS_LISTEN meant?'],
    ['ETCDESK_STOR', 'is ETCDESK_STORE meant?'],
    ['ETCDESK_HOST_WHITLIST', 'is ETCDESK_HOST_WHITELIST meant?'],
    ['ETCDESK_ETCD_PASSWD', 'is ETCDESK_ETCD_PASSWORD meant?'],
    ['ETCDESK_PORT', "'etcdesk help serve' shows all there are."],
  ])('such as %s is told, and not what it holds', (name, advice) => {
    const sentence = `The environment sets ${name}, which is no setting of etcdesk: ${advice}`
    expect(noticesOf({ flags: {}, env: { [name]: 'hunter2', ETCDESK_HISTORY: '7' } })).toEqual([sentence])
    expect(noticesOf({ flags: {}, env: { [name]: '' } })).toEqual([])
  })

  test('is none that the program or what is deployed with it reads, nor what a container is told of its neighbours', () => {
    const files = ['src', 'deploy'].flatMap((room) => {
      const entries = readdirSync(join(repositoryRoot, room), { recursive: true, withFileTypes: true })
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    })
    const named = files.flatMap((file) => readFileSync(file, 'utf8').match(/ETCDESK_[A-Z][A-Z_]*/gu) ?? [])
    expect(named).toContain('ETCDESK_ENDPOINT')
    const ofContainers = {
      ETCDESK_SERVICE_HOST: '10.0.0.1',
      ETCDESK_SERVICE_PORT_DESK: '2224',
      ETCDESK_PORT: 'tcp://10.0.0.1:2224',
      ETCDESK_PORT_2224_TCP_ADDR: '10.0.0.1',
    }
    const env = { ...ofContainers, ...Object.fromEntries(named.map((name) => [name, 'x'])), PATH: '/bin' }
    expect(unknownVariables(env)).toEqual([])
  })
})

describe('the config file', () => {
  test('may also use camelCase', () => {
    expect(read({ file: { keysListen: 'off', hostWhitelist: 'a.example' } })).toMatchObject({
      keysListen: undefined,
      hostWhitelist: ['a.example'],
    })
  })

  test.each<[string, unknown, string]>([
    [
      'an unknown key',
      { lisen: 'x' },
      'FILE has a setting "lisen" that does not exist: known are listen, keys-listen, data, store, etcd-ca, etcd-cert, etcd-key, etcd-user, etcd-password, etcd-compact-interval, etcd-compare-interval, etcd-start-timeout, etcd-max-request-bytes, etcd-max-txn-ops, history, advertise, keys-advertise, cors, host-whitelist, insecure, tls-cert, tls-key, hsts, trusted-proxy, stale-reads, rate-limit, rate-limit-node, log-level.',
    ],
    ['itself as a key', { config: 'x' }, 'FILE has a setting "config" that does not exist'],
    [
      'the same setting twice',
      { 'keys-listen': 'off', keysListen: 'off' },
      'FILE has the setting "keys-listen" twice: keep one of them.',
    ],
    [
      'an array',
      [],
      'The config file FILE (--config) should hold a JSON object, such as {"listen": "127.0.0.1:8080"}.',
    ],
    ['no JSON', '{"listen": ', 'The config file FILE (--config) is no valid JSON: '],
    // Not what the parser says: it repeats the file, and with it a password.
    ['no JSON but a secret', '{"etcd-password":hunter2}', 'no valid JSON: look for a quote, comma or bracket'],
  ])('with %s is refused', (_, file, sentence) => {
    expect(refusal({ file })).toContain(sentence)
  })

  test('that is not there, or is a folder, is refused', () => {
    const missing = join(folder, 'missing')
    expect(refusal({ env: { ETCDESK_CONFIG: missing } })).toBe(
      `The config file ${missing} (ETCDESK_CONFIG) can not be read: it does not exist.`,
    )
    expect(refusal({ flags: { config: folder } })).toBe(
      `The config file ${folder} (--config) can not be read: it is a folder.`,
    )
  })
})
