/**
 * What the verbs that work on the data itself (copy, backup, restore, check) are told: which store, and how to reach its
 * etcd. The settings are those of `etcdesk serve`, read by the same table; a flag wins over a variable.
 */
import { join } from 'node:path'
import type { EtcdAccess, StorePlace } from '../journal/open.js'
import {
  BadValue,
  quoted,
  readEventCount,
  readFile,
  readIndex,
  readKeptStoreUrl,
  type Reader,
} from './setting-values.js'
import { SettingsError, type SettingsSources } from './settings.js'
import { settingsTable, variableName, type Setting } from './settings-table.js'

/** The settings that say how etcd is reached; those that are no secrets have flags. */
export const accessSettings = [
  settingsTable.etcdCa,
  settingsTable.etcdCert,
  settingsTable.etcdKey,
  settingsTable.etcdUser,
  settingsTable.etcdPassword,
  settingsTable.etcdMaxRequestBytes,
  settingsTable.etcdMaxTxnOps,
] as const

/** The store that `--store` or the data folder names. @throws SettingsError */
export function readPlace(sources: SettingsSources): StorePlace {
  const dataDirectory = read(settingsTable.dataDirectory, sources)
  const store = read({ ...settingsTable.store, read: readKeptStoreUrl }, sources)
  const address = store ?? `sqlite:${join(dataDirectory, 'desk.db')}`
  return { address, dataDirectory, etcd: readAccess(sources) }
}

/** A store that a flag without a default names, such as `--from`. @throws SettingsError */
export function readPlaceOf(flag: string, sources: SettingsSources): StorePlace {
  return { address: readValue(readKeptStoreUrl, sources.flags[flag], `--${flag}`), etcd: readAccess(sources) }
}

/** A file as a store. @throws SettingsError */
export function placeOfFile(path: string | undefined): StorePlace {
  const file = readValue(readFile, path, 'FILE')
  return { address: `sqlite:${file}` }
}

/** How many events to carry; undefined for all. @throws SettingsError */
export function readHistory({ flags }: SettingsSources): number | undefined {
  return flags['history'] === undefined ? undefined : readValue(readEventCount, flags['history'], '--history')
}

/** An index that was given since a backup was made; undefined where nothing is said. @throws SettingsError */
export function readGiven({ flags }: SettingsSources): number | undefined {
  return flags['above'] === undefined ? undefined : readValue(readIndex, flags['above'], '--above')
}

function readAccess(sources: SettingsSources): EtcdAccess {
  return {
    ca: read(settingsTable.etcdCa, sources),
    cert: read(settingsTable.etcdCert, sources),
    key: read(settingsTable.etcdKey, sources),
    user: read(settingsTable.etcdUser, sources),
    password: read(settingsTable.etcdPassword, sources),
    maxRequestBytes: read(settingsTable.etcdMaxRequestBytes, sources),
    maxTxnOps: read(settingsTable.etcdMaxTxnOps, sources),
  }
}

function read<T>(setting: Setting<T>, { flags, env }: SettingsSources): T {
  const variable = variableName(setting.flag)
  if (flags[setting.flag] !== undefined) return readValue(setting.read, flags[setting.flag], `--${setting.flag}`)
  if ((env[variable] ?? '') === '') return setting.defaultValue
  return readValue(setting.read, env[variable], variable, setting.isSecret)
}

function readValue<T>(reader: Reader<T>, raw: unknown, source: string, isSecret = false): T {
  try {
    return reader(raw)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    throw new SettingsError(`${source} should be ${error.message}${isSecret ? '' : `, not ${quoted(raw)}`}.`)
  }
}
