/**
 * The settings of `etcdesk serve`, each once: its name, what it means, its default and how it is read. A setting can be given
 * as a flag (`--keys-listen`), an environment variable (`ETCDESK_KEYS_LISTEN`) or a key of a JSON config file
 * (`"keys-listen"`); the flag wins over the variable, the variable over the file. Help and docs are made from this table.
 *
 * Promise: whatever is wrong with a setting is said in one sentence that names where it came from and what it should be.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Address } from '../http/server.js'
import {
  BadValue,
  formatAddress,
  isLoopback,
  readAddress,
  readAddressOrOff,
  readBaseUrl,
  readEventCount,
  readFolder,
  readHosts,
  readLogLevel,
  readOrigins,
  readStoreUrl,
  readSwitch,
  type LogLevel,
  type Reader,
} from './setting-values.js'

/** All settings, read and checked. */
export interface Settings {
  /** Where the desk listens. */
  readonly listen: Address
  /** Where the keys API listens; undefined when it is off. */
  readonly keysListen: Address | undefined
  readonly dataDirectory: string
  /** URL of the store; undefined stands for `desk.db` in the data folder. */
  readonly store: string | undefined
  /** How many events are kept for late watchers. */
  readonly historyEventsMax: number
  /** What other machines call the keys API by; undefined: the address that it listens on. */
  readonly keysAdvertise: string | undefined
  readonly cors: readonly string[]
  readonly hostWhitelist: readonly string[]
  readonly insecure: boolean
  readonly logLevel: LogLevel
}

interface Setting<T> {
  /** Name of the flag without its dashes, and of the key in a config file. */
  readonly flag: string
  /** What stands for the value in the help; undefined where the flag takes none. */
  readonly placeholder: string | undefined
  readonly help: string
  /** The default in words, for the help. */
  readonly defaultText: string
  readonly defaultValue: T
  readonly read: Reader<T>
}

type SettingsTable = { readonly [Name in keyof Settings]: Setting<Settings[Name]> }

/** Every setting, in the order of the help. */
export const settingsTable: SettingsTable = {
  listen: {
    flag: 'listen',
    placeholder: 'HOST:PORT',
    help: 'where the desk listens; port 0 picks a free one',
    defaultText: '127.0.0.1:2224',
    defaultValue: { host: '127.0.0.1', port: 2224 },
    read: readAddress,
  },
  keysListen: {
    flag: 'keys-listen',
    placeholder: 'HOST:PORT|off',
    help: "where the keys API (etcd's v2 API) listens, or off",
    defaultText: '127.0.0.1:2379',
    defaultValue: { host: '127.0.0.1', port: 2379 },
    read: readAddressOrOff,
  },
  dataDirectory: {
    flag: 'data',
    placeholder: 'DIR',
    help: 'folder that holds the data; made when it is not there',
    defaultText: 'etcdesk-data',
    defaultValue: 'etcdesk-data',
    read: readFolder,
  },
  store: {
    flag: 'store',
    placeholder: 'sqlite:PATH',
    help: 'file that holds the data, if not in DIR; sqlite::memory: keeps nothing after the end, for trials',
    defaultText: 'sqlite:DIR/desk.db',
    defaultValue: undefined,
    read: readStoreUrl,
  },
  historyEventsMax: {
    flag: 'history',
    placeholder: 'N',
    help: 'how many events are kept for watchers that come late',
    defaultText: '100000',
    defaultValue: 100_000,
    read: readEventCount,
  },
  keysAdvertise: {
    flag: 'keys-advertise',
    placeholder: 'URL',
    help: 'what clients are told to call the keys API by (/v2/members, /v2/machines)',
    defaultText: 'the address it listens on',
    defaultValue: undefined,
    read: readBaseUrl,
  },
  cors: {
    flag: 'cors',
    placeholder: 'ORIGINS',
    help: 'origins whose web pages may call both doors, separated by commas, or * for all',
    defaultText: 'none',
    defaultValue: [],
    read: readOrigins,
  },
  hostWhitelist: {
    flag: 'host-whitelist',
    placeholder: 'HOSTS',
    help: 'host names, besides those of loopback, that requests may call a loopback address by, separated by commas, or * for all',
    defaultText: 'none',
    defaultValue: [],
    read: readHosts,
  },
  insecure: {
    flag: 'insecure',
    placeholder: undefined,
    help: 'allow addresses that other machines can reach; whoever reaches them can read and change everything',
    defaultText: 'off',
    defaultValue: false,
    read: readSwitch,
  },
  logLevel: {
    flag: 'log-level',
    placeholder: 'LEVEL',
    help: 'how much is logged on stderr: trace, debug, info, warn, error, fatal or silent',
    defaultText: 'info',
    defaultValue: 'info',
    read: readLogLevel,
  },
}

/** The setting that names the config file; it can not stand in the file itself. */
export const configSetting = {
  flag: 'config',
  placeholder: 'FILE',
  help: 'JSON file with settings by the names of these flags, such as {"listen": "127.0.0.1:8080"}',
} as const

/** The environment variable of a setting: `ETCDESK_KEYS_LISTEN` for `keys-listen`. */
export function variableName(flag: string): string {
  return `ETCDESK_${flag.toUpperCase().replaceAll('-', '_')}`
}

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
    return given === undefined ? setting.defaultValue : readValue(setting.read, given)
  }
  const settings: Settings = {
    listen: read(settingsTable.listen),
    keysListen: read(settingsTable.keysListen),
    dataDirectory: read(settingsTable.dataDirectory),
    store: read(settingsTable.store),
    historyEventsMax: read(settingsTable.historyEventsMax),
    keysAdvertise: read(settingsTable.keysAdvertise),
    cors: read(settingsTable.cors),
    hostWhitelist: read(settingsTable.hostWhitelist),
    insecure: read(settingsTable.insecure),
    logLevel: read(settingsTable.logLevel),
  }
  const sourceOf = (name: keyof Settings): string =>
    findGiven(settingsTable[name].flag, sources, file)?.source ?? `--${settingsTable[name].flag}`
  refuseOpenDoors(settings, sourceOf)
  refuseSameAddress(settings, sourceOf)
  return settings
}

/** The store's URL: the one that was set, or the file in the data folder. */
export function storeUrl(settings: Settings): string {
  return settings.store ?? `sqlite:${join(settings.dataDirectory, 'desk.db')}`
}

/** The folder that the store's file lies in; undefined where the store keeps nothing. */
export function storeFolder(settings: Settings): string | undefined {
  const path = storeUrl(settings).slice('sqlite:'.length)
  return path === ':memory:' ? undefined : dirname(path)
}

function findGiven(flag: string, { flags, env }: SettingsSources, file: ReadonlyMap<string, Given>): Given | undefined {
  if (flags[flag] !== undefined) return { raw: flags[flag], source: `--${flag}` }
  const variable = variableName(flag)
  // An empty variable counts as not set, as is usual in scripts and service files.
  if (env[variable] !== undefined && env[variable] !== '') return { raw: env[variable], source: variable }
  return file.get(flag)
}

function readValue<T>(read: Reader<T>, { raw, source }: Given): T {
  try {
    return read(raw)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    throw new SettingsError(`${source} should be ${error.message}, not ${JSON.stringify(raw)}.`)
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
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const reason = { ENOENT: 'it does not exist', EACCES: 'you may not read it', EISDIR: 'it is a folder' }[why] ?? why
    throw new SettingsError(`The config file ${path} (${source}) can not be read: ${reason}.`, { cause: error })
  }
  let values: unknown
  try {
    values = JSON.parse(text.replace(/^\uFEFF/u, ''))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SettingsError(`The config file ${path} (${source}) is no valid JSON: ${why}.`, { cause: error })
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new SettingsError(
      `The config file ${path} (${source}) should hold a JSON object, such as {"listen": "127.0.0.1:8080"}.`,
    )
  }
  return values
}

/** Until there are tokens, a door that others can reach is open to all: the operator has to say that this is meant. */
function refuseOpenDoors(settings: Settings, sourceOf: (name: keyof Settings) => string): void {
  if (settings.insecure) return
  for (const name of ['listen', 'keysListen'] as const) {
    const address = settings[name]
    if (address === undefined || isLoopback(address)) continue
    throw new SettingsError(
      `${sourceOf(name)} names ${formatAddress(address)}, which other machines may reach, and there is no password: ` +
        'choose a loopback address such as 127.0.0.1, or add --insecure if everyone who can reach it may read and change everything.',
    )
  }
}

function refuseSameAddress({ listen, keysListen }: Settings, sourceOf: (name: keyof Settings) => string): void {
  if (keysListen === undefined || listen.port === 0) return
  if (listen.port !== keysListen.port || listen.host !== keysListen.host) return
  throw new SettingsError(
    `${sourceOf('listen')} and ${sourceOf('keysListen')} both name ${formatAddress(listen)}: give the doors different ports.`,
  )
}
