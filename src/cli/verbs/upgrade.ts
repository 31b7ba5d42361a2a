/** `etcdesk upgrade`: raises the format of the data in etcd, when every node is of a version that knows it. */
import { Option, type Command } from 'commander'
import { readPlace } from '../../server/store-access.js'
import { CliError, exitCodes, type ExitCode } from '../exit-codes.js'
import { accessHelp, addAccess, flagsOf, keep } from '../keeping.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command
    .addOption(new Option('--store <URL>', 'the etcd: etcd://HOST:PORT,HOST:PORT/PREFIX (ETCDESK_STORE)'))
    .addOption(new Option('--force', 'also where nodes of an older version are there: they end'))
  addAccess(command)
  command.description(
    'Raise the format of the data in etcd to that of this version. Until then nodes of this version write what older ones read, so ' +
      'that they can be exchanged one by one. Afterwards older nodes end, and are refused when they are started. A desk on SQLite ' +
      'needs none of it: its file is raised by the first start of a newer version.',
  )
  command.addHelpText(
    'after',
    `
${accessHelp()}

Example:
  etcdesk upgrade --store etcd://10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379/etcdesk`,
  )
}

function run({ force, ...given }: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitCode> {
  return keep(terminal, async () => {
    const place = readPlace({ flags: flagsOf(given), env: terminal.env })
    if (!place.address.startsWith('etcd:')) {
      throw new CliError(
        'upgrade works on etcd alone (a file is raised by the first start of a newer version): name it with --store etcd://HOST:PORT/PREFIX.',
        exitCodes.usage,
      )
    }
    // Loaded only now: --help needs none of it.
    const { upgrade } = await import('../../server/upgrade.js')
    const isDone = await upgrade(place, force === true, (line) => terminal.write(`${line}\n`))
    return isDone ? exitCodes.success : exitCodes.failure
  })
}

export const verb: Verb = { describe, run }
