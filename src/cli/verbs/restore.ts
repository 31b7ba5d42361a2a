/** `etcdesk restore FILE`: brings a backup back to a place where nothing is. */
import type { Command } from 'commander'
import { placeOfFile, readPlace } from '../../server/store-access.js'
import type { ExitCode } from '../exit-codes.js'
import { accessHelp, addAccess, addStore, flagsOf, keep, progressOn, told } from '../keeping.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command.argument('<FILE>', "what 'etcdesk backup' has made")
  addStore(command, 'empty')
  addAccess(command)
  command.description(
    'Check a backup and fill an empty store from it: a file that does not exist, or a prefix in etcd with nothing below it. What the store ' +
      'held before has to be moved away first, so that nothing is lost by a slip.',
  )
  command.addHelpText(
    'after',
    `
${accessHelp()}

Examples:
  etcdesk restore monday.db --data /var/lib/etcdesk
  etcdesk restore monday.db --store etcd://127.0.0.1:2379/etcdesk`,
  )
}

function run(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  [file]: readonly string[],
): Promise<ExitCode> {
  return keep(terminal, async () => {
    const to = readPlace({ flags: flagsOf(given), env: terminal.env })
    const from = placeOfFile(file)
    const { copyStore } = await import('../../server/keeping.js')
    const result = await copyStore({ from, to, purpose: 'restore', onProgress: progressOn(terminal) })
    terminal.write(`restored to ${to.address}: ${told(result)}\n`)
  })
}

export const verb: Verb = { describe, run }
