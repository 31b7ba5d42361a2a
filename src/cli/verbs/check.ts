/** `etcdesk check`: says what is wrong with a store; exit code 1 where anything is. With `--rebuild` makes its search index anew. */
import type { Command } from 'commander'
import { readPlace } from '../../server/store-access.js'
import { exitCodes, type ExitCode } from '../exit-codes.js'
import { accessHelp, addAccess, addStore, counted, flagsOf, keep } from '../keeping.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  addStore(command, 'existing')
  addAccess(command)
  command.option('--rebuild', 'first make the search index and the ledger anew; the desk must not run meanwhile')
  command.description(
    'Look whether a store is what it should be: nothing in the file that etcdesk did not make, every value one that can be, no gaps in the history, its newest event at the head, every key in a directory ' +
      'that exists, every ticket key with its record and title, no number above the last one given, the search index and the ledger what follows from the records; with etcd also that the local ' +
      'copy in DIR is what etcd held. The desk may run meanwhile; a search index that it is still making is said to be so. What is wrong is said, a line each; the exit code is 1 then.',
  )
  command.addHelpText(
    'after',
    `
${accessHelp()}

Examples:
  etcdesk check --data /var/lib/etcdesk
  etcdesk check --store sqlite:monday.db
  etcdesk check --data /var/lib/etcdesk --rebuild
  etcdesk check --store etcd://127.0.0.1:2379/etcdesk`,
  )
}

function run(given: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitCode> {
  return keep(terminal, async () => {
    const place = readPlace({ flags: flagsOf(given), env: terminal.env })
    if (given['rebuild'] === true) {
      const { rebuildIndex } = await import('../../server/rebuild.js')
      const onNotice = (sentence: string): void => terminal.write(`${sentence}\n`)
      rebuildIndex(place, { onNotice, onProgress: (percent) => onNotice(`search index and ledger: ${percent} %`) })
      onNotice('search index and ledger: made anew')
    }
    const { checkStore } = await import('../../server/check.js')
    const { problems, notices, records, index } = await checkStore(place)
    const verdict =
      problems.length === 0
        ? 'all is well'
        : `${problems.length} ${problems.length === 1 ? 'thing is' : 'things are'} wrong`
    terminal.write(
      `${[...problems, ...notices, `${place.address}: ${counted(records, 'record')} up to index ${index}: ${verdict}`].join('\n')}\n`,
    )
    return problems.length === 0 ? exitCodes.success : exitCodes.failure
  })
}

export const verb: Verb = { describe, run }
