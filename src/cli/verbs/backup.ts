/** `etcdesk backup FILE`: a consistent copy of a store, running or not, in one file. */
import type { Command } from 'commander'
import { placeOfFile, readPlace } from '../../server/store-access.js'
import { exitCodes, type ExitCode } from '../exit-codes.js'
import { accessHelp, addAccess, addStore, flagsOf, interruptible, keep, progressOn, told } from '../keeping.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command.argument('<FILE>', 'the file to make; it must not exist')
  addStore(command, 'existing')
  addAccess(command)
  command.description(
    'Copy the state of a store at one moment to a file, while the desk runs. Its folder must exist, and a backup that fails ' +
      'leaves nothing. The file is a store of its own: ' +
      "'etcdesk restore' brings it back, 'etcdesk check --store sqlite:FILE' looks at it.",
  )
  command.addHelpText(
    'after',
    `
${accessHelp()}

Examples:
  etcdesk backup --data /var/lib/etcdesk monday.db
  etcdesk backup --store etcd://127.0.0.1:2379/etcdesk monday.db`,
  )
}

function run(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  [file]: readonly string[],
): Promise<ExitCode> {
  return keep(terminal, async () => {
    const from = readPlace({ flags: flagsOf(given), env: terminal.env })
    const to = placeOfFile(file)
    const { backUp } = await import('../../server/keeping.js')
    const onProgress = progressOn(terminal)
    const result = await interruptible((signal) => backUp({ from, to, onProgress, signal }))
    terminal.write(`backed up to ${String(file)}: ${told(result)}\n`)
    if (result.problems.length === 0) return exitCodes.success
    const problems = result.problems.map((problem) => `  ${problem}\n`).join('')
    terminal.complain(`etcdesk: the backup is what the store is, but something is wrong with that:\n${problems}`)
    return exitCodes.failure
  })
}

export const verb: Verb = { describe, run }
