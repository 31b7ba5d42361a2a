/** `etcdesk serve`: starts the server. Flags and help are made from the table of settings; what they mean is said there. */
import { Option, type Command } from 'commander'
import { configSetting, settingsTable, variableName } from '../../server/settings-table.js'
import { noticesOf, readSettings, SettingsError } from '../../server/settings.js'
import { CliError, exitCodes, type ExitCode } from '../exit-codes.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

/** The settings as commander's options. Their values stay as they were typed: the table reads them. */
function options(): Option[] {
  const flags = Object.values(settingsTable).filter(({ isSecret }) => isSecret !== true)
  const ofTable = flags.map(({ flag, placeholder, help, defaultText }) => {
    const value = placeholder === undefined ? '' : ` <${placeholder}>`
    return new Option(`--${flag}${value}`, `${help} (default: ${defaultText}; ${variableName(flag)})`)
  })
  const { flag, placeholder, help } = configSetting
  return [...ofTable, new Option(`--${flag} <${placeholder}>`, `${help} (${variableName(flag)})`)]
}

/** The settings that a list of processes must not show, a line each. */
function secrets(): string {
  return Object.values(settingsTable)
    .filter(({ isSecret }) => isSecret === true)
    .map(({ flag, help, defaultText }) => `  ${variableName(flag)}  ${help} (default: ${defaultText})`)
    .join('\n')
}

function describe(command: Command): void {
  for (const option of options()) command.addOption(option)
  command.description(
    "Start the server: etcd's v2 keys API and the ticket desk, on the data in one folder. One line on stdout says when it is ready " +
      'and where; what goes wrong is logged on stderr. SIGTERM, SIGINT (Ctrl-C) and SIGHUP end it once running requests are answered.',
  )
  command.addHelpText(
    'after',
    `
Each setting can also be an environment variable (named in brackets) or a key of the JSON file that --${configSetting.flag} names:
a flag wins over a variable, a variable over the file. What others may not see has no flag:
${secrets()}

Examples:
  etcdesk serve
  etcdesk serve --keys-listen 127.0.0.1:4001 --data /var/lib/etcdesk
  ETCDESK_LISTEN=127.0.0.1:8080 etcdesk serve --keys-listen off`,
  )
}

async function run(given: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitCode> {
  const flags = Object.fromEntries(options().map((option) => [option.name(), given[option.attributeName()]]))
  try {
    const sources = { flags, env: terminal.env }
    const settings = readSettings(sources)
    // Loaded only now: wrong settings and --help need none of it.
    const { serve } = await import('../../server/serve.js')
    await serve(settings, (line) => terminal.tell(`${line}\n`), noticesOf(sources))
    return exitCodes.success
  } catch (error) {
    if (error instanceof SettingsError) throw new CliError(error.message, exitCodes.usage, { cause: error })
    throw error
  }
}

export const verb: Verb = { describe, run }
