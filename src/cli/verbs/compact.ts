/** `etcdesk compact`: gives an etcd its room back, also one that has none left and refuses all writes. */
import { Option, type Command } from 'commander'
import { readPlace } from '../../server/store-access.js'
import { CliError, exitCodes, type ExitCode } from '../exit-codes.js'
import { accessHelp, addAccess, flagsOf, keep } from '../keeping.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command.addOption(
    new Option('--store <URL>', 'the etcd: etcd://HOST:PORT,HOST:PORT/PREFIX, every member (ETCDESK_STORE)'),
  )
  addAccess(command)
  command.description(
    'Give an etcd its room back: forget its history up to now, give the unused space of one member after another back, and take ' +
      'the alarm for lack of room back. It needs no room itself, and the nodes go on meanwhile.',
  )
  command.addHelpText(
    'after',
    `
${accessHelp()}

Example:
  etcdesk compact --store etcd://10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379/etcdesk`,
  )
}

function run(given: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitCode> {
  return keep(terminal, async () => {
    const place = readPlace({ flags: flagsOf(given), env: terminal.env })
    if (!place.address.startsWith('etcd:')) {
      throw new CliError('compact works on etcd alone: name it with --store etcd://HOST:PORT/PREFIX.', exitCodes.usage)
    }
    // Loaded only now: --help needs none of it.
    const { compact } = await import('../../server/compact.js')
    const isDone = await compact(place, (line) => terminal.write(`${line}\n`))
    return isDone ? exitCodes.success : exitCodes.failure
  })
}

export const verb: Verb = { describe, run }
