/** `etcdesk copy`: carries a whole store from one place to another, between SQLite and etcd in either direction. */
import type { Command } from 'commander'
import { readHistory, readPlaceOf } from '../../server/store-access.js'
import type { ExitCode } from '../exit-codes.js'
import { accessHelp, addAccess, flagsOf, keep, progressOn, told } from '../keeping.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command
    .requiredOption('--from <URL>', 'the store to copy: sqlite:PATH or etcd://HOST:PORT,HOST:PORT/PREFIX')
    .requiredOption('--to <URL>', 'where to: a file that does not exist, or a prefix with nothing below it')
    .option('--history <N>', 'carry only the newest N events for watchers that come late (default: all)')
  addAccess(command)
  command.description(
    'Copy everything of a store to another place: records, ticket numbers, indexes, times, history and identity, so that ' +
      'clients go on as before. The source is checked first. It may be in use; what is written while the copy is made is not in it. Nobody is served ' +
      'from the target before all of it was read back and compared. An interrupted copy begins anew when it is run again.',
  )
  command.addHelpText(
    'after',
    `
${accessHelp()}

Examples:
  etcdesk copy --from sqlite:etcdesk-data/desk.db --to etcd://127.0.0.1:2379/etcdesk
  etcdesk copy --from etcd://127.0.0.1:2379/etcdesk --to sqlite:moved/desk.db`,
  )
}

function run(given: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitCode> {
  return keep(terminal, async () => {
    const sources = { flags: flagsOf(given), env: terminal.env }
    const [from, to] = [readPlaceOf('from', sources), readPlaceOf('to', sources)]
    const historyEventsMax = readHistory(sources)
    const { copyStore } = await import('../../server/keeping.js')
    const result = await copyStore({ from, to, historyEventsMax, onProgress: progressOn(terminal) })
    terminal.write(`copied to ${to.address}: ${told(result)}\n`)
  })
}

export const verb: Verb = { describe, run }
