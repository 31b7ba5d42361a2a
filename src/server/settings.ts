/**
 * Reads the settings of `etcdesk serve` from where they may stand: the flag wins over the environment variable, the variable over
 * the config file.
 *
 * Promise: whatever is wrong with a setting is said in one sentence that names where it came from and what it should be.
 */
import { join } from 'node:path'
import type { EtcdAccess } from '../journal/open.js'
import { readGivenFile, UnreadableFile } from './given-file.js'
import { formatAddress } from './addresses.js'
import { BadValue, type Reader, quoted } from './setting-values.js'
import { configSetting, settingsTable, variableName, type Setting, type Settings } from './settings-table.js'
import { unknownVariables } from './unknown-variables.js'

/** A setting can not be used. The message is one sentence that says what it should be and where it came from. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** Where settings come from. */
export interface SettingsSources {
  /** What the flags were given, by their names without dashes; undefined where a flag was not given. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A value as it was given, and by what. */
interface Given {
  readonly raw: unknown
  /** Who says so, for a sentence: `--listen`, `ETCDESK_LISTEN`, `"listen" in desk.json`. */
  readonly source: string
}

/** Reads all settings. @throws SettingsError for the first that can not be used */
export function readSettings(sources: SettingsSources): Settings {
  const file = readConfigFile(sources)
  const read = <T>(setting: Setting<T>): T => {
    const given = findGiven(setting.flag, sources, file)
    return given === undefined ? setting.defaultValue : readValue(setting.read, given, setting.isSecret)
  }
  const settings: Settings = {
    listen: read(settingsTable.listen),
    keysListen: read(settingsTable.keysListen),
    dataDirectory: read(settingsTable.dataDirectory),
    store: read(settingsTable.store),
    etcdCa: read(settingsTable.etcdCa),
    etcdCert: read(settingsTable.etcdCert),
    etcdKey: read(settingsTable.etcdKey),
    etcdUser: read(settingsTable.etcdUser),
    etcdPassword: read(settingsTable.etcdPassword),
    etcdCompactSeconds: read(settingsTable.etcdCompactSeconds),
    etcdCompareSeconds: read(settingsTable.etcdCompareSeconds),
    etcdStartSeconds: read(settingsTable.etcdStartSeconds),
    etcdMaxRequestBytes: read(settingsTable.etcdMaxRequestBytes),
    etcdMaxTxnOps: read(settingsTable.etcdMaxTxnOps),
    historyEventsMax: read(settingsTable.historyEventsMax),
    advertise: read(settingsTable.advertise),
    keysAdvertise: read(settingsTable.keysAdvertise),
    cors: read(settingsTable.cors),
    hostWhitelist: read(settingsTable.hostWhitelist),
    insecure: read(settingsTable.insecure),
    tlsCert: read(settingsTable.tlsCert),
    tlsKey: read(settingsTable.tlsKey),
    hstsSeconds: read(settingsTable.hstsSeconds),
    trustedProxies: read(settingsTable.trustedProxies),
    staleReadsSeconds: read(settingsTable.staleReadsSeconds),
    rateLimit: read(settingsTable.rateLimit),
    rateLimitNode: read(settingsTable.rateLimitNode),
    logLevel: read(settingsTable.logLevel),
  }
  const sourceOf = (name: keyof Settings): string =>
    findGiven(settingsTable[name].flag, sources, file)?.source ?? `--${settingsTable[name].flag}`
  refuseSameAddress(settings, sourceOf)
  refuseHalfCertificate(settings)
  return settings
}

/**
 * What an operator should know of what was given, in sentences: where others on the machine can read a secret, and which variables
 * are no settings. Settings that can't be used are refused by `readSettings`, not here.
 */
export function noticesOf(sources: SettingsSources): string[] {
  const file = readConfigFile(sources)
  const config = findGiven(configSetting.flag, sources, new Map())
  const keys = [settingsTable.etcdKey, settingsTable.tlsKey].map(({ flag }) => findGiven(flag, sources, file))
  const secrets = Object.values(settingsTable).filter(({ flag, isSecret }) => isSecret === true && file.has(flag))
  const isOpen = (given: Given | undefined): boolean => typeof given?.raw === 'string' && isOpenToOthers(given.raw)
  return [
    ...(secrets.length > 0 && isOpen(config)
      ? [
          `The config file ${String(config?.raw)} holds a password, and everyone on this machine can read it: chmod o-r it.`,
        ]
      : []),
    ...keys
      .filter(isOpen)
      .map(
        (key) => `Everyone on this machine can read the key ${String(key?.raw)} (${key?.source ?? ''}): chmod o-r it.`,
      ),
    ...unknownVariables(sources.env),
  ]
}

/** Whether everyone on this machine can read a file. What can't be read at all is refused elsewhere. */
function isOpenToOthers(path: string): boolean {
  try {
    return readGivenFile(path).isOpenToOthers
  } catch (error) {
    if (error instanceof UnreadableFile) return false
    throw error
  }
}

/** The store's URL: the one that was set, or the file in the data folder. */
export function storeUrl(settings: Settings): string {
  return settings.store ?? `sqlite:${join(settings.dataDirectory, 'desk.db')}`
}

/** The store's file on this machine; undefined where the store keeps nothing. */
export function storeFile(settings: Settings): string | undefined {
  const url = storeUrl(settings)
  if (url.startsWith('etcd:')) return join(settings.dataDirectory, 'replica.db')
  return url === 'sqlite::memory:' ? undefined : url.slice('sqlite:'.length)
}

/** How the store's etcd is reached and looked after. */
export function etcdAccess(settings: Settings): EtcdAccess {
  return {
    ca: settings.etcdCa,
    cert: settings.etcdCert,
    key: settings.etcdKey,
    user: settings.etcdUser,
    password: settings.etcdPassword,
    compactSeconds: settings.etcdCompactSeconds,
    compareSeconds: settings.etcdCompareSeconds,
    startSeconds: settings.etcdStartSeconds,
    maxRequestBytes: settings.etcdMaxRequestBytes,
    maxTxnOps: settings.etcdMaxTxnOps,
  }
}

function findGiven(flag: string, { flags, env }: SettingsSources, file: ReadonlyMap<string, Given>): Given | undefined {
  if (flags[flag] !== undefined) return { raw: flags[flag], source: `--${flag}` }
  const variable = variableName(flag)
  // An empty variable counts as not set, as is usual in scripts and service files.
  if (env[variable] !== undefined && env[variable] !== '') return { raw: env[variable], source: variable }
  return file.get(flag)
}

function readValue<T>(read: Reader<T>, { raw, source }: Given, isSecret = false): T {
  try {
    return read(raw)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    const instead = isSecret ? '' : `, not ${quoted(raw)}`
    throw new SettingsError(`${source} should be ${error.message}${instead}.`)
  }
}

/** What the config file sets, by the flags' names; nothing where no file is named. */
function readConfigFile(sources: SettingsSources): ReadonlyMap<string, Given> {
  const given = findGiven(configSetting.flag, sources, new Map())
  if (given === undefined) return new Map()
  const path = readValue((raw) => {
    if (typeof raw === 'string' && raw !== '') return raw
    throw new BadValue('the path of a JSON file')
  }, given)
  const values = parseObject(path, given.source)
  const settings = new Map<string, Given>()
  for (const [key, raw] of Object.entries(values)) {
    const flag = flagOfKey(key)
    if (flag === undefined) {
      const known = Object.values(settingsTable).map((setting) => setting.flag)
      throw new SettingsError(`${path} has a setting "${key}" that does not exist: known are ${known.join(', ')}.`)
    }
    if (settings.has(flag)) throw new SettingsError(`${path} has the setting "${flag}" twice: keep one of them.`)
    settings.set(flag, { raw, source: `"${key}" in ${path}` })
  }
  return settings
}

/** The flag that a key of the config file means. JSON is often written in camelCase, so `keysListen` will do for `keys-listen`. */
function flagOfKey(key: string): string | undefined {
  const dashed = key.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)
  return Object.values(settingsTable).find(({ flag }) => flag === dashed)?.flag
}

function parseObject(path: string, source: string): object {
  let text: string
  try {
    ;({ text } = readGivenFile(path))
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    throw new SettingsError(`The config file ${path} (${source}) can not be read: ${error.message}.`, { cause: error })
  }
  let values: unknown
  try {
    values = JSON.parse(text.replace(/^\uFEFF/u, ''))
  } catch {
    // Not why: what the parser says repeats a part of the file, and there may be a password in it.
    throw new SettingsError(
      `The config file ${path} (${source}) is no valid JSON: look for a quote, comma or bracket that is missing or too much.`,
    )
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new SettingsError(
      `The config file ${path} (${source}) should hold a JSON object, such as {"listen": "127.0.0.1:8080"}.`,
    )
  }
  return values
}

function refuseHalfCertificate({ tlsCert, tlsKey }: Settings): void {
  if ((tlsCert === undefined) === (tlsKey === undefined)) return
  const [given, lacking] = tlsCert === undefined ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key']
  throw new SettingsError(`${given} is given without ${lacking}: TLS needs a certificate and its key.`)
}

function refuseSameAddress({ listen, keysListen }: Settings, sourceOf: (name: keyof Settings) => string): void {
  if (keysListen === undefined || listen.port === 0) return
  if (listen.port !== keysListen.port || listen.host !== keysListen.host) return
  throw new SettingsError(
    `${sourceOf('listen')} and ${sourceOf('keysListen')} both name ${formatAddress(listen)}: give the doors different ports.`,
  )
}
