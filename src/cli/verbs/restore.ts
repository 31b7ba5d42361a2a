/** `etcdesk restore FILE`: brings a backup back to a place where nothing is. */
import type { Command } from 'commander'
import { placeOfFile, readGiven, readPlace } from '../../server/store-access.js'
import type { ExitCode } from '../exit-codes.js'
import { accessHelp, addAccess, addStore, flagsOf, keep, progressOn, told } from '../keeping.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command.argument('<FILE>', "what 'etcdesk backup' has made")
  command.option(
    '--above <INDEX>',
    "the newest index that the lost desk has given, where the backup was restored before, or that may be 1,000,000 above the backup's",
  )
  addStore(command, 'empty')
  addAccess(command)
  command.description(
    'Check a backup and fill an empty store from it: a file that does not exist, or a prefix in etcd with nothing below it. What the store ' +
      'held before has to be moved away first, so that nothing is lost by a slip. What was written since the backup was made is lost, but ' +
      'its indexes were seen: so the index is raised by 1,000,000, the history for watchers that come late is left behind, and whoever ' +
      "followed the desk is told to read it anew. Tickets, their own history and their versions are the backup's. To move a desk, use 'etcdesk copy'.",
  )
  command.addHelpText(
    'after',
    `
${accessHelp()}

Examples:
  etcdesk restore monday.db --data /var/lib/etcdesk
  etcdesk restore monday.db --data /var/lib/etcdesk --above 7350211
  etcdesk restore monday.db --store etcd://127.0.0.1:2379/etcdesk`,
  )
}

function run(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  [file]: readonly string[],
): Promise<ExitCode> {
  return keep(terminal, async () => {
    const sources = { flags: flagsOf(given), env: terminal.env }
    const to = readPlace(sources)
    const from = placeOfFile(file)
    const above = readGiven(sources)
    const { restoreStore } = await import('../../server/keeping.js')
    const result = await restoreStore({ from, to, given: above, onProgress: progressOn(terminal) })
    terminal.write(`restored to ${to.address}: ${told(result)}\n`)
    terminal.write(
      'Its indexes go on above that; whoever followed the desk is told that the history is gone, and reads it anew.\n',
    )
  })
}

export const verb: Verb = { describe, run }
