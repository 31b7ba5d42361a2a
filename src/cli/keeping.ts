/** What the verbs that work on the data itself have in common: flags, progress on stderr, sentences, exit codes. */
import { Option, type Command } from 'commander'
import { accessSettings } from '../server/store-access.js'
import { SettingsError } from '../server/settings.js'
import { configSetting, settingsTable, variableName, type Setting } from '../server/settings-table.js'
import { CliError, exitCodes, type ExitCode } from './exit-codes.js'
import type { Terminal } from './terminal.js'

/** How often progress is told, in milliseconds. */
const progressMs = 1000

type AnySetting = Pick<Setting<unknown>, 'flag' | 'placeholder' | 'help' | 'defaultText'>

const optionOf = ({ flag, placeholder = '', help, defaultText }: AnySetting): Option =>
  new Option(`--${flag} <${placeholder}>`, `${help} (default: ${defaultText}; ${variableName(flag)})`)

/** What the flags that name a store mean where one is read that is there, and where one is made. `serve` has words of its own. */
const STORE_HELP = {
  existing: {
    store: 'where the data is: sqlite:PATH, a file; etcd://HOST:PORT,HOST:PORT/PREFIX, an etcd v3 cluster',
    data: 'folder that holds the data, or the local copy of what lies in etcd',
  },
  empty: {
    store:
      'where the data is to be: sqlite:PATH, a file that does not exist; etcd://HOST:PORT,HOST:PORT/PREFIX, a prefix of an etcd v3 ' +
      'cluster with nothing below it',
    data: 'folder that is to hold the data; made when it is not there',
  },
} as const

/** The flags that name a store, which is there already or is to be filled. */
export function addStore(command: Command, state: keyof typeof STORE_HELP): void {
  const { store, data } = STORE_HELP[state]
  command.addOption(optionOf({ ...settingsTable.store, help: store }))
  command.addOption(optionOf({ ...settingsTable.dataDirectory, help: data }))
}

/** The flags that say how etcd is reached. */
export function addAccess(command: Command): void {
  for (const setting of accessSettings) if (setting.isSecret !== true) command.addOption(optionOf(setting))
}

/** What a list of processes must not show, for the end of a help. */
export function accessHelp(): string {
  const { flag, help } = settingsTable.etcdPassword
  return `${variableName(flag)}: ${help}.`
}

/** Commander's names of the flags as the flags themselves: `etcdCa` was given by `--etcd-ca`. */
export function flagsOf(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const dashed = (name: string): string => name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [dashed(name), value]))
}

/** Runs what a verb does; a wrong setting is a wrong call. */
export async function keep(terminal: Terminal, work: () => Promise<ExitCode | void>): Promise<ExitCode> {
  refuseConfigFile(terminal)
  try {
    return (await work()) ?? exitCodes.success
  } catch (error) {
    if (error instanceof SettingsError) throw new CliError(error.message, exitCodes.usage, { cause: error })
    throw error
  }
}

/** These verbs read no config file: who has set one would be told of another store than the one that is meant. */
function refuseConfigFile({ env }: Terminal): void {
  const variable = variableName(configSetting.flag)
  if ((env[variable] ?? '') === '') return
  throw new CliError(
    `${variable} names a config file, which 'etcdesk serve' alone reads: unset it, and give what is needed of it by flags or other variables.`,
    exitCodes.usage,
  )
}

/**
 * Runs work that cleans up after itself when it is interrupted (Ctrl-C, SIGTERM, SIGHUP): its signal aborts then. The second
 * interruption ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const interrupt = (): void => {
    interruption.abort()
    release()
  }
  const release = (): void => {
    for (const signal of signals) process.off(signal, interrupt)
  }
  for (const signal of signals) process.on(signal, interrupt)
  try {
    return await work(interruption.signal)
  } finally {
    release()
  }
}

/** How far a copy is, as `TransferProgress` says it. */
interface Progress {
  readonly phase: string
  readonly done: number
  readonly total: number | undefined
}

/**
 * Tells progress on stderr: the beginning of each phase, then a line a second, and its end. A beginning of which nobody knows yet
 * whether it is the end too waits for its second.
 */
export function progressOn(terminal: Terminal): (progress: Progress) => void {
  let phase = ''
  let told = 0
  let last = ''
  return (progress) => {
    const { done, total } = progress
    const isNew = progress.phase !== phase
    if (isNew) {
      ;({ phase } = progress)
      told = Date.now()
    }
    const isBeginning = isNew && total !== undefined
    if (!isBeginning && done !== total && Date.now() - told < progressMs) return
    const line = `${phase}: ${done}${total === undefined ? '' : ` of ${total}`}\n`
    if (line === last) return
    told = Date.now()
    last = line
    terminal.complain(line)
  }
}

/** `1 event`, `2 events`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** What a copy holds, in words. */
export function told(result: {
  readonly records: number
  readonly events: number
  readonly index: number
  readonly checksum: string
}): string {
  const { records, events, index, checksum } = result
  return `${counted(records, 'record')} and ${counted(events, 'event')} up to index ${index}, checksum ${checksum.slice(0, 16)}`
}
