/** `etcdesk nodes`: lists the nodes of a desk in etcd; `etcdesk nodes remove NAME` takes one off the list. */
import { Argument, Option, type Command } from 'commander'
import { readPlace } from '../../server/store-access.js'
import { CliError, exitCodes, type ExitCode } from '../exit-codes.js'
import { isList, LIST } from '../asking.js'
import { accessHelp, addAccess, flagsOf, keep } from '../keeping.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command.addArgument(new Argument('[ACTION]', 'what to do; lists them where it is left out').choices([LIST, 'remove']))
  command.addArgument(new Argument('[NODE]', 'for remove the name or the id of the node'))
  command.addOption(new Option('--store <URL>', 'the etcd: etcd://HOST:PORT,HOST:PORT/PREFIX (ETCDESK_STORE)'))
  addAccess(command)
  command.description(
    'List the nodes that were announced (`list`, or no action), a line each: id, name, machine, address, version, and whether it is alive. A node that is ' +
      'away stays listed, for clients that will look for it again, until it has been away for a week or is taken off the list with `remove`. One ' +
      'that is alive can not be removed: stop it first.',
  )
  command.addHelpText(
    'after',
    `
${accessHelp()}

Examples:
  etcdesk nodes list --store etcd://10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379/etcdesk
  etcdesk nodes remove etcdesk-9b8f4b5f --store etcd://10.0.0.1:2379/etcdesk`,
  )
}

function run(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  [action, node]: readonly string[],
): Promise<ExitCode> {
  return keep(terminal, async () => {
    const place = readPlace({ flags: flagsOf(given), env: terminal.env })
    if (!place.address.startsWith('etcd:')) {
      throw new CliError('nodes works on etcd alone: name it with --store etcd://HOST:PORT/PREFIX.', exitCodes.usage)
    }
    const lists = isList('nodes', action, node)
    if (!lists && (node ?? '') === '') {
      throw new CliError("Name the node to remove, by its name or its id: 'etcdesk nodes' lists them.", exitCodes.usage)
    }
    const say = (line: string): void => terminal.write(`${line}\n`)
    // Loaded only now: --help needs none of it.
    const { removeNamedNode, sayNodes } = await import('../../server/nodes.js')
    if (lists || node === undefined) await sayNodes(place, say)
    else await removeNamedNode(place, node, say)
  })
}

export const verb: Verb = { describe, run }
